//! Why Redis is unavailable and what to do, in words.

use std::error::Error;
use std::io;
use std::sync::Arc;

use redis::{ErrorKind, RedisError};

use super::TIMEOUT;

/// The reason for this error. It contains no URL and no password: only the texts of responses that
/// cannot repeat a password are quoted.
pub(super) fn reason(error: &RedisError) -> String {
    if let Some((_, error)) = error.clone().into_server_errors().and_then(|errors| errors.first().cloned()) {
        return from_server(error.code(), error.details().unwrap_or_default());
    }
    match (error.kind(), io_error(error)) {
        (_, Some(error)) => from_io(error),
        // The response to AUTH is not quoted: a Redis that does not know the command repeats its
        // arguments.
        (ErrorKind::AuthenticationFailed, _) => {
            "Redis rejected the login (WRONGPASS); check the user and the password in its URL".to_owned()
        }
        (ErrorKind::Parse, _) => {
            "the response is not from Redis; check the address, and whether it needs TLS (rediss://)".to_owned()
        }
        _ => format!("cannot use Redis: {}; check its URL", error.category()),
    }
}

/// The reason for an error response.
fn from_server(code: &str, details: &str) -> String {
    // Before Redis 7, the error of a command in a script is in the details.
    let code = if details.contains("READONLY") { "READONLY" } else { code };
    let reason = match code {
        "NOAUTH" => "Redis requires a password (NOAUTH); add it to the URL",
        "WRONGPASS" => "Redis rejected the login (WRONGPASS); check the user and the password in its URL",
        "READONLY" => "Redis is a read-only replica (READONLY); use the address of the primary",
        "LOADING" => "Redis is loading its data (LOADING); wait until it has started",
        "OOM" => "Redis has no free memory (OOM); raise its maxmemory",
        "MISCONF" => "Redis cannot save its data and rejects writes (MISCONF); check its log",
        "MOVED" | "ASK" | "CLUSTERDOWN" => {
            return format!("this node of a Redis cluster does not serve the key ({code}); use the node that does");
        }
        "NOPERM" => return format!("Redis denied permission (NOPERM): {details}; extend the ACL of the user"),
        // Not quoted: a Redis that does not know HELLO or AUTH repeats their arguments.
        _ => return format!("Redis reported an error ({code}); check its log, its version and its URL"),
    };
    reason.to_owned()
}

fn from_io(error: &io::Error) -> String {
    if let Some(error) = tls_error(error) {
        return format!(
            "TLS to Redis failed: {error}; check that it expects TLS, and that its certificate is valid, trusted and for this host"
        );
    }
    let reason = match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            return format!(
                "no response from Redis within {} ms; check its URL (rediss:// is for TLS), the network and its load",
                TIMEOUT.as_millis()
            );
        }
        io::ErrorKind::ConnectionRefused => {
            "no connection to Redis: nothing listens at its address; start it, or check the URL"
        }
        io::ErrorKind::NotFound => "no connection to Redis: its socket file does not exist; start it, or check the URL",
        io::ErrorKind::PermissionDenied => {
            "no connection to Redis: no permission to open its socket file; check the permissions"
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => {
            "Redis closed the connection; check its log, and whether it needs TLS (rediss://)"
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "no connection to Redis: no route to its address; check the network and the URL"
        }
        _ => return format!("no connection to Redis: {error}; check the network and the URL"),
    };
    reason.to_owned()
}

/// The redis crate wraps its causes in an `Arc`.
fn io_error(error: &RedisError) -> Option<&io::Error> {
    let cause = error.source()?.downcast_ref::<Arc<dyn Error + Send + Sync>>()?;
    cause.downcast_ref()
}

#[cfg(feature = "redis-tls")]
fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

#[cfg(not(feature = "redis-tls"))]
fn tls_error(_: &io::Error) -> Option<&std::convert::Infallible> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(line: &str) -> String {
        let value = redis::parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap();
        reason(&value.extract_error().unwrap_err())
    }

    #[test]
    fn an_error_response_is_explained() {
        for (line, expected) in [
            ("NOAUTH Authentication required.", "Redis requires a password (NOAUTH)"),
            ("WRONGPASS invalid username-password pair", "Redis rejected the login (WRONGPASS)"),
            ("READONLY You can't write against a read only replica.", "Redis is a read-only replica (READONLY)"),
            ("ERR Error running script: -READONLY You can't write", "Redis is a read-only replica (READONLY)"),
            ("LOADING Redis is loading the dataset in memory", "Redis is loading its data (LOADING)"),
            ("MOVED 3999 127.0.0.1:6381", "this node of a Redis cluster does not serve the key (MOVED)"),
            ("OOM command not allowed", "Redis has no free memory (OOM)"),
            ("MISCONF Errors writing to the AOF file", "Redis cannot save its data and rejects writes (MISCONF)"),
            ("ASK 3999 127.0.0.1:6381", "this node of a Redis cluster does not serve the key (ASK)"),
            ("CLUSTERDOWN Hash slot not served", "this node of a Redis cluster does not serve the key (CLUSTERDOWN)"),
            ("NOPERM User x has no permissions", "Redis denied permission (NOPERM): User x has no permissions"),
            ("ERR odd", "Redis reported an error (ERR); check its log"),
        ] {
            let reason = server(line);
            assert!(reason.starts_with(expected), "{line}: {reason}");
        }
    }

    #[test]
    fn an_error_of_the_system_is_explained() {
        for (kind, expected) in [
            (io::ErrorKind::TimedOut, "no response from Redis within 500 ms"),
            (io::ErrorKind::WouldBlock, "no response from Redis within 500 ms"),
            (io::ErrorKind::ConnectionRefused, "no connection to Redis: nothing listens at its address"),
            (io::ErrorKind::NotFound, "no connection to Redis: its socket file does not exist"),
            (io::ErrorKind::UnexpectedEof, "Redis closed the connection"),
            (io::ErrorKind::ConnectionReset, "Redis closed the connection"),
            (io::ErrorKind::HostUnreachable, "no connection to Redis: no route"),
            (io::ErrorKind::PermissionDenied, "no connection to Redis: no permission to open its socket file"),
            (io::ErrorKind::NetworkUnreachable, "no connection to Redis: no route"),
            (io::ErrorKind::Other, "no connection to Redis: other"),
        ] {
            let reason = reason(&io::Error::from(kind).into());
            assert!(reason.starts_with(expected), "{kind}: {reason}");
        }
    }

    #[cfg(feature = "redis-tls")]
    #[test]
    fn an_error_of_tls_is_explained() {
        let reason = reason(&io::Error::other(rustls::Error::HandshakeNotComplete).into());
        assert!(
            reason.starts_with("TLS to Redis failed: handshake not complete; check that it expects TLS"),
            "{reason}"
        );
    }

    #[test]
    fn an_error_of_the_protocol_is_explained() {
        for (kind, expected) in [
            (ErrorKind::Parse, "the response is not from Redis; check the address"),
            (ErrorKind::InvalidClientConfig, "cannot use Redis: invalid client config; check its URL"),
        ] {
            let reason = reason(&RedisError::from((kind, "hunter2")));
            assert!(reason.starts_with(expected) && !reason.contains("hunter2"), "{reason}");
        }
    }

    #[test]
    fn the_response_to_a_login_is_not_quoted() {
        let reason =
            reason(&RedisError::from((ErrorKind::AuthenticationFailed, "failed", "'AUTH' 'hunter2'".to_owned())));
        assert_eq!(reason, "Redis rejected the login (WRONGPASS); check the user and the password in its URL");
        for quote in ["'", "`"] {
            let line =
                format!("ERR unknown command {quote}HELLO{quote}, with args beginning with: '3' 'AUTH' 'hunter2'");
            let reason = server(&line);
            assert!(!reason.contains("hunter2"), "{reason}");
        }
    }
}
