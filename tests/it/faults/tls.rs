//! TLS certificates that are valid, for another name, and not trusted.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::aws_lc_rs;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tim_follow::transport::{Options, TransportErrorKind};

use super::{config, send_async, send_blocking, transport_kind};

/// Serves HTTPS with a certificate for this name. Returns the port, the certificate in PEM and the
/// number of connections.
fn serve(name: &str) -> (u16, String, Arc<AtomicUsize>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], signing_key.into())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let (count, config) = (connections.clone(), Arc::new(config));
    thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            let mut tls = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream.unwrap());
            thread::spawn(move || {
                let mut received = Vec::new();
                let mut chunk = [0; 4096];
                while !received.ends_with(b"}") {
                    match tls.read(&mut chunk) {
                        Ok(read) if read > 0 => received.extend_from_slice(&chunk[..read]),
                        _ => return,
                    }
                }
                let body = r#"{"ActionStatus":"OK","ErrorCode":0}"#;
                let length = body.len();
                let _ = write!(tls, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
                tls.conn.send_close_notify();
                let _ = tls.flush();
            });
        }
    });
    (port, cert.pem(), connections)
}

fn trusting(pem: String) -> Options {
    let mut options = Options::default();
    options.extra_roots = vec![pem];
    options
}

#[tokio::test]
async fn a_trusted_certificate_for_the_name_is_accepted() {
    let (port, pem, connections) = serve("localhost");
    let config = config(&format!("https://localhost:{port}")).transport(trusting(pem));
    send_async(config.clone()).await.unwrap();
    send_blocking(config).await.unwrap();
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_retried() {
    let (port, pem, connections) = serve("elsewhere.example");
    let config = config(&format!("https://localhost:{port}")).transport(trusting(pem));
    for error in [send_async(config.clone()).await.unwrap_err(), send_blocking(config).await.unwrap_err()] {
        assert_eq!((transport_kind(&error), error.attempts()), (Some(TransportErrorKind::Certificate), 1), "{error:?}");
        let text = error.to_string();
        assert!(text.starts_with("follow_check: the certificate is not trusted: invalid peer certificate: "), "{text}");
        assert!(text.contains("not valid for name \"localhost\"") && text.contains("root certificate"), "{text}");
        assert!(!error.may_have_reached_service() && !error.is_retryable(), "{error:?}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_certificate_of_an_unknown_root_is_retried_only_at_the_backup_host() {
    let ((port, _, connections), (backup, _, backup_connections)) = (serve("localhost"), serve("localhost"));
    let config = config(&format!("https://localhost:{port}")).backup_url(format!("https://localhost:{backup}"));
    for error in [send_async(config.clone()).await.unwrap_err(), send_blocking(config).await.unwrap_err()] {
        assert_eq!((transport_kind(&error), error.attempts()), (Some(TransportErrorKind::Certificate), 2), "{error:?}");
        assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    }
    assert_eq!((connections.load(Ordering::SeqCst), backup_connections.load(Ordering::SeqCst)), (2, 2));
}
