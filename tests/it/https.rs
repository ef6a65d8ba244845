//! The emulator over HTTPS, with a certificate that it makes itself.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tim_emulator::{Emulator, SecretKey};
use tim_follow::transport::{Options, TransportErrorKind};
use tim_follow::{Client, Config, Error, ErrorKind, Limits, blocking, follow};

const KEY: &str = "the-secret-key";

fn start() -> Emulator {
    Emulator::builder().secret_key(SecretKey::new(KEY)).tls().start_blocking().unwrap()
}

fn root(emulator: &Emulator) -> &str {
    emulator.root_certificate_pem().unwrap()
}

fn config(emulator: &Emulator, roots: &[&str]) -> Config {
    let mut options = Options::default();
    options.extra_roots = roots.iter().map(|&pem| pem.to_owned()).collect();
    let config = Config::new(emulator.sdkappid(), emulator.admin(), SecretKey::new(KEY)).transport(options);
    config.base_url(emulator.base_url()).limits(Limits::default().max_attempts(1))
}

fn request() -> follow::Counts {
    follow::Counts::new("administrator", ["administrator"])
}

/// Requests the console as a client that trusts this root and expects this name.
fn page(emulator: &Emulator, root: &str, name: &'static str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tls = ClientConnection::new(Arc::new(config), ServerName::try_from(name).unwrap()).unwrap();
    let mut stream = StreamOwned::new(tls, connect(emulator));
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut page = String::new();
    stream.read_to_string(&mut page)?;
    Ok(page)
}

fn connect(emulator: &Emulator) -> TcpStream {
    TcpStream::connect(emulator.base_url().strip_prefix("https://").unwrap()).unwrap()
}

#[tokio::test]
async fn both_clients_trust_the_root_of_the_emulator() {
    let emulator = start();
    let config = config(&emulator, &[root(&emulator)]);
    Client::new(config.clone()).unwrap().send(request()).await.unwrap();
    blocking::Client::new(config).unwrap().send(request()).unwrap();
    assert_eq!(emulator.calls().len(), 2);
}

#[tokio::test]
async fn clients_reject_it_without_its_root() {
    let (emulator, other) = (start(), start());
    assert_ne!(root(&emulator), root(&other), "each has a root of its own");
    for roots in [&[][..], &[root(&other)]] {
        let config = config(&emulator, roots);
        let check = |error: Error| {
            let kind = match error.kind() {
                ErrorKind::Transport(error) => Some(error.kind()),
                _ => None,
            };
            assert_eq!(kind, Some(TransportErrorKind::Certificate), "{error}");
            assert!(error.to_string().contains("certificate"), "{error}");
        };
        check(Client::new(config.clone()).unwrap().send(request()).await.unwrap_err());
        check(blocking::Client::new(config).unwrap().send(request()).unwrap_err());
    }
    assert_eq!(emulator.calls().len(), 0);
}

#[test]
fn connections_without_a_handshake_do_not_block_others() {
    let emulator = start();
    // Some send nothing, some send other bytes; all stay open.
    let silent: Vec<_> = (0..50).map(|_| connect(&emulator)).collect();
    let wrong: Vec<_> = [&b"\x16\x03\x01\x02\x00\x01"[..], b"\x00", b"\xff\xff\xff\xff\xff\xff\xff\xff"]
        .into_iter()
        .map(|bytes| {
            let mut stream = connect(&emulator);
            stream.write_all(bytes).unwrap();
            stream
        })
        .collect();
    blocking::Client::new(config(&emulator, &[])).unwrap().send(request()).unwrap_err();
    blocking::Client::new(config(&emulator, &[root(&emulator)])).unwrap().send(request()).unwrap();
    drop((silent, wrong));
}

#[test]
fn plain_http_gets_a_hint() {
    let emulator = start();
    let mut stream = connect(&emulator);
    stream.write_all(b"POST /v4/follow/follow_get HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 400 ") && response.contains("use https://"), "{response}");
}

#[test]
fn the_certificate_is_valid_for_this_machine_and_for_the_configured_names() {
    let builder = Emulator::builder().tls_name("emulator.test").tls_name("10.1.2.3");
    let emulator = builder.start_blocking().unwrap();
    for name in ["localhost", "127.0.0.1", "::1", "emulator.test", "10.1.2.3"] {
        assert!(page(&emulator, root(&emulator), name).unwrap().contains("<title>tim-emulator</title>"), "{name}");
    }
    for name in ["elsewhere.test", "10.1.2.4"] {
        let error = page(&emulator, root(&emulator), name).unwrap_err().to_string();
        assert!(error.contains("not valid for"), "{error}");
    }
    let error = Emulator::builder().tls_name("b\u{fc}cher").start_blocking().unwrap_err().to_string();
    assert!(error.contains("b\u{fc}cher"), "{error}");
}

#[test]
fn the_root_is_a_certificate_without_a_key() {
    let emulator = start();
    assert!(root(&emulator).starts_with("-----BEGIN CERTIFICATE-----") && !root(&emulator).contains("PRIVATE"));
    let plain = Emulator::builder().start_blocking().unwrap();
    assert!(plain.root_certificate_pem().is_none() && plain.base_url().starts_with("http://"));
}
