//! A server on loopback with one fault, over TLS or plain HTTP.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::crypto::aws_lc_rs;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The most bytes that a response may have in these tests.
pub(crate) const LIMIT: usize = 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No fault: sends a response of exactly [`LIMIT`] bytes.
    None,
    /// Sends a response of one byte more.
    OneOver,
    /// Does not listen on the port.
    ClosedPort,
    /// The host name does not exist.
    NoSuchName,
    /// The certificate is for another name.
    WrongName,
    /// The certificate is no longer valid.
    Expired,
    /// The certificate is from a root that the client does not trust.
    Untrusted,
    /// Speaks plain HTTP, but the URL says https.
    PlainServer,
    /// Never sends its part of the TLS handshake.
    SilentHandshake,
    /// Resets the connection in the TLS handshake.
    ResetInHandshake,
    /// Resets the connection before it reads the request.
    ResetBeforeRequest,
    /// Resets the connection after it has read a part of the request.
    ResetInRequest,
    /// Resets the connection after it has read the request.
    ResetAfterRequest,
    /// Closes the connection after it has read the request.
    CloseAfterRequest,
    /// Closes the connection in the middle of the response.
    CloseInResponse,
    /// Sends a TLS record that cannot be decrypted, after it has read the request.
    DamagedRecord,
    /// Reads the request and sends nothing.
    Silent,
}

pub(crate) struct Server {
    pub(crate) url: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn start(fault: Fault, is_tls: bool) -> Self {
        let scheme = if is_tls { "https" } else { "http" };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = match fault {
            // Nobody listens on port 1, and no other test gets it.
            Fault::ClosedPort => 1,
            _ => listener.local_addr().unwrap().port(),
        };
        let connections = Arc::new(AtomicUsize::new(0));
        let host = match fault {
            // A label of 64 letters is invalid, so every resolver rejects it without a network.
            Fault::NoSuchName => format!("{}.invalid", "a".repeat(64)),
            _ => "localhost".to_owned(),
        };
        let url = format!("{scheme}://{host}:{port}");
        if !matches!(fault, Fault::ClosedPort | Fault::NoSuchName) {
            let count = connections.clone();
            thread::spawn(move || {
                for stream in listener.incoming() {
                    count.fetch_add(1, Ordering::SeqCst);
                    // A client may close the connection at any time, so errors are ignored.
                    thread::spawn(move || serve(stream.unwrap(), fault, is_tls));
                }
            });
        }
        Self { url, connections }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, fault: Fault, is_tls: bool) -> io::Result<()> {
    if fault == Fault::PlainServer {
        stream.peek(&mut [0])?;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")?;
        return stream.read_to_end(&mut Vec::new()).map(drop);
    }
    if !is_tls {
        if fault == Fault::ResetBeforeRequest {
            stream.peek(&mut [0])?;
            return reset(&stream);
        }
        let raw = stream.try_clone()?;
        return respond(&mut stream, &raw, fault);
    }
    match fault {
        Fault::SilentHandshake => return until_closed(&mut stream),
        Fault::ResetInHandshake => {
            stream.peek(&mut [0])?;
            return reset(&stream);
        }
        _ => {}
    }
    let mut tls = ServerConnection::new(config(fault)).map_err(io::Error::other)?;
    tls.complete_io(&mut stream)?;
    if fault == Fault::ResetBeforeRequest {
        return reset(&stream);
    }
    let raw = stream.try_clone()?;
    let mut tls = StreamOwned::new(tls, stream);
    respond(&mut tls, &raw, fault)?;
    tls.conn.send_close_notify();
    tls.flush()
}

/// Reads the request and responds with the fault. `raw` is the connection below `stream`.
fn respond(stream: &mut (impl Read + Write), mut raw: &TcpStream, fault: Fault) -> io::Result<()> {
    let mut request = Vec::new();
    let mut piece = [0; 16];
    // The body of every request in these tests ends like this, and contains it only there.
    while !request.ends_with(b"}]}") {
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            read => request.extend_from_slice(&piece[..read]),
        }
        if fault == Fault::ResetInRequest {
            return reset(raw);
        }
    }
    let length = if fault == Fault::OneOver { LIMIT + 1 } else { LIMIT };
    let item = r#"{"To_Account":"bob","ResultCode":0,"ResultInfo":""}"#;
    let body = format!(r#"{{"ResultItem":[{item}],"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}}"#);
    let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body:length$}");
    match fault {
        Fault::ResetAfterRequest => reset(raw),
        Fault::CloseAfterRequest => Ok(()),
        Fault::CloseInResponse => stream.write_all(&response.as_bytes()[..response.len() / 2]),
        Fault::DamagedRecord => {
            raw.write_all(&[&[0x17, 3, 3, 0, 32][..], &[0x55; 32]].concat())?;
            until_closed(&mut raw)
        }
        Fault::Silent => until_closed(&mut raw),
        _ => stream.write_all(response.as_bytes()),
    }
}

/// Makes closing `stream` a reset. Returns an error, so that nothing more is sent.
fn reset(stream: &TcpStream) -> io::Result<()> {
    socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO))?;
    Err(io::ErrorKind::ConnectionReset.into())
}

fn until_closed(stream: &mut impl Read) -> io::Result<()> {
    io::copy(stream, &mut io::sink()).map(drop)
}

/// A root certificate and servers with certificates that it signed.
struct Authority {
    pem: String,
    valid: Arc<ServerConfig>,
    wrong_name: Arc<ServerConfig>,
    expired: Arc<ServerConfig>,
}

static TRUSTED: LazyLock<Authority> = LazyLock::new(Authority::new);
static UNKNOWN: LazyLock<Authority> = LazyLock::new(Authority::new);

/// The root certificate that clients trust, in PEM.
pub(crate) fn root() -> String {
    TRUSTED.pem.clone()
}

/// A root certificate that signed no certificate of a server that clients trust, in PEM.
pub(crate) fn unknown_root() -> String {
    UNKNOWN.pem.clone()
}

fn config(fault: Fault) -> Arc<ServerConfig> {
    match fault {
        Fault::WrongName => TRUSTED.wrong_name.clone(),
        Fault::Expired => TRUSTED.expired.clone(),
        Fault::Untrusted => UNKNOWN.valid.clone(),
        _ => TRUSTED.valid.clone(),
    }
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut root = CertificateParams::new(Vec::new()).unwrap();
        root.distinguished_name.push(DnType::CommonName, "test root");
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let pem = root.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(root, key);
        let config = |name: &str, last_year: i32| {
            let key = KeyPair::generate().unwrap();
            let mut params = CertificateParams::new([name.to_owned()]).unwrap();
            params.not_before = date_time_ymd(2000, 1, 1);
            params.not_after = date_time_ymd(last_year, 1, 1);
            let certificate = params.signed_by(&key, &issuer).unwrap();
            let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], key.into());
            Arc::new(config.unwrap())
        };
        Self {
            pem,
            valid: config("localhost", 4000),
            wrong_name: config("elsewhere.example", 4000),
            expired: config("localhost", 2001),
        }
    }
}
