//! Redis over TLS.

use rcgen::CertifiedKey;
use tim_follow::RedisRateLimiter;

use crate::reasons::{reason, succeeds};
use crate::server::{Redis, free_port};

/// A certificate for this name, and its key, in PEM.
fn certificate(name: &str) -> (String, String) {
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    (cert.pem(), signing_key.serialize_pem())
}

/// A server with TLS and its port.
fn start(name: &str, (certificate, key): &(String, String)) -> (Redis, u16) {
    let port = free_port();
    let args = format!(
        "--tls-port {port} --tls-auth-clients no --tls-cert-file cert.pem --tls-key-file key.pem --tls-ca-cert-file cert.pem"
    );
    (Redis::start_with(name, &args, &[("cert.pem", certificate), ("key.pem", key)]), port)
}

#[test]
fn calls_are_made_over_tls() {
    let certificate = certificate("localhost");
    let (redis, port) = start("tls", &certificate);
    let url = format!("rediss://localhost:{port}");
    succeeds(RedisRateLimiter::with_root_certificates(&url, &certificate.0).unwrap());
    assert_eq!(redis.query::<usize>("DBSIZE"), 2, "both keys of the limiter");
}

#[test]
fn a_certificate_that_is_not_trusted_is_the_reason() {
    let (_redis, port) = start("tls-untrusted", &certificate("localhost"));
    let limiter = RedisRateLimiter::new(&format!("rediss://localhost:{port}")).unwrap();
    let text = reason(limiter);
    assert!(text.starts_with("TLS to Redis failed: invalid peer certificate: "), "{text}");
    let other = certificate("localhost").0;
    let limiter = RedisRateLimiter::with_root_certificates(&format!("rediss://localhost:{port}"), &other).unwrap();
    let text = reason(limiter);
    assert!(text.starts_with("TLS to Redis failed: invalid peer certificate: "), "{text}");
}

#[test]
fn a_certificate_for_another_host_is_the_reason() {
    let certificate = certificate("redis.example");
    let (_redis, port) = start("tls-name", &certificate);
    let url = format!("rediss://localhost:{port}");
    let text = reason(RedisRateLimiter::with_root_certificates(&url, &certificate.0).unwrap());
    assert!(text.contains("certificate not valid for name \"localhost\""), "{text}");
}

#[test]
fn tls_on_one_side_only_is_the_reason() {
    let certificate = certificate("localhost");
    let (_redis, port) = start("tls-only", &certificate);
    let text = reason(RedisRateLimiter::new(&format!("redis://localhost:{port}")).unwrap());
    assert!(text.contains("whether it needs TLS (rediss://)"), "{text}");

    let port = free_port();
    let _plain = Redis::start_with("no-tls", &format!("--port {port}"), &[]);
    let limiter = RedisRateLimiter::with_root_certificates(&format!("rediss://localhost:{port}"), &certificate.0);
    let text = reason(limiter.unwrap());
    // Redis takes the start of the handshake for a command that is not complete.
    assert!(text.contains("(rediss:// is for TLS)"), "{text}");
}
