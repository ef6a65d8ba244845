//! The addresses on which a command listens.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Reads an address, a port of 127.0.0.1, or both. An address without a port has `default_port`.
///
/// # Errors
/// Returns how to write it.
pub(crate) fn parse(text: &str, default_port: u16) -> Result<SocketAddr, &'static str> {
    let port = text.strip_prefix(':').unwrap_or(text).parse().map(|port| (Ipv4Addr::LOCALHOST, port).into());
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = || bare.parse::<IpAddr>().map(|ip| (ip, default_port).into());
    let either = port.or_else(|_| text.parse::<SocketAddr>()).or_else(|_| address());
    either.map_err(|_| "write it like 127.0.0.1, 127.0.0.1:9000, 9000 or [::1]:9000")
}

/// The URL at which programs of this machine reach the address.
pub(crate) fn local_url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    format!("http://{}/", SocketAddr::new(ip, address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_four_forms() {
        for (text, address) in [
            ("127.0.0.1", "127.0.0.1:8900"),
            ("127.0.0.1:9000", "127.0.0.1:9000"),
            (":9000", "127.0.0.1:9000"),
            (":0", "127.0.0.1:0"),
            ("9000", "127.0.0.1:9000"),
            ("[::1]:0", "[::1]:0"),
            ("[::1]:9000", "[::1]:9000"),
            ("[::1]", "[::1]:8900"),
            ("::1", "[::1]:8900"),
            ("0.0.0.0:9000", "0.0.0.0:9000"),
        ] {
            assert_eq!(parse(text, 8900), Ok(address.parse().unwrap()), "{text}");
        }
        assert_eq!(parse("127.0.0.1", 0), Ok("127.0.0.1:0".parse().unwrap()));
        for text in ["", ":", "localhost", "127.0.0.1:", "127.0.0.1:65536", "99999", "http://127.0.0.1"] {
            assert!(parse(text, 8900).is_err(), "{text}");
        }
    }

    #[test]
    fn an_unspecified_address_is_reached_at_loopback() {
        for (address, url) in [
            ("0.0.0.0:80", "http://127.0.0.1:80/"),
            ("[::]:80", "http://[::1]:80/"),
            ("10.0.0.1:80", "http://10.0.0.1:80/"),
        ] {
            assert_eq!(local_url(address.parse().unwrap()), url);
        }
    }
}
