//! HTTPS with a generated certificate. No private key is written to disk.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

/// Maximum time for the TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long before the start the certificates become valid, for clients whose clock is behind.
const VALID_BEFORE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long after the start the certificates are valid. Some clients reject certificates that are
/// valid longer.
const VALID_AFTER: Duration = Duration::from_secs(397 * 24 * 60 * 60);

const PLAIN_HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n\
    This emulator speaks HTTPS: use https:// in place of http://.\n";

pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    root: String,
}

impl Tls {
    /// Creates a root certificate, and a server certificate for this machine, the listen address
    /// and `names`. The key of the root is dropped, so no other certificate can be signed with it.
    pub(crate) fn new(address: IpAddr, names: &[String], now: Duration) -> Result<Self, String> {
        let (root, chain, key) = certificates(address, names, now).map_err(|error| error.to_string())?;
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key));
        let mut config = config.map_err(|error| error.to_string())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: Arc::new(config).into(), root })
    }

    /// Returns the root certificate in PEM, which clients have to trust.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// Performs the handshake. Returns `None` if the client does not trust the certificate, does
    /// not use TLS, or is too slow.
    pub(crate) async fn accept(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        timeout(HANDSHAKE_TIMEOUT, self.shake_hands(stream)).await.ok()?.ok()?
    }

    async fn shake_hands(&self, mut stream: TcpStream) -> io::Result<Option<TlsStream<TcpStream>>> {
        let mut start = [0; 1];
        stream.peek(&mut start).await?;
        // An uppercase letter is the start of an HTTP method. TLS starts with other bytes.
        if start[0].is_ascii_uppercase() {
            // Closing a socket with unread data can discard the response on its way to the client.
            let _ = stream.read(&mut [0; 4096]).await?;
            stream.write_all(PLAIN_HTTP).await?;
            stream.shutdown().await?;
            return Ok(None);
        }
        self.acceptor.accept(stream).await.map(Some)
    }
}

type Chain = Vec<tokio_rustls::rustls::pki_types::CertificateDer<'static>>;

/// Returns the root certificate in PEM, the certificate chain of the server, and the key of the
/// server.
fn certificates(
    address: IpAddr,
    names: &[String],
    now: Duration,
) -> Result<(String, Chain, PrivateKeyDer<'static>), rcgen::Error> {
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let dated = |mut params: CertificateParams, name: &str| {
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = epoch + now.saturating_sub(VALID_BEFORE);
        params.not_after = epoch + now.saturating_add(VALID_AFTER);
        params
    };

    let root_key = KeyPair::generate()?;
    // A client can trust the roots of several emulators. The id in the name distinguishes them.
    let id: String = root_key.public_key_raw().iter().rev().take(4).map(|byte| format!("{byte:02x}")).collect();
    let mut root = dated(CertificateParams::new(Vec::new())?, &format!("tim-emulator {id}"));
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let root_pem = root.self_signed(&root_key)?.pem();

    let here = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into(), address];
    let mut all: Vec<String> = vec!["localhost".to_owned()];
    for name in here.iter().map(IpAddr::to_string).chain(names.iter().cloned()) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    let key = KeyPair::generate()?;
    let mut own = dated(CertificateParams::new(all)?, "tim-emulator");
    own.use_authority_key_identifier_extension = true;
    own.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    own.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let signed = own.signed_by(&key, &Issuer::new(root, root_key))?;
    Ok((root_pem, vec![signed.der().clone()], key.into()))
}
