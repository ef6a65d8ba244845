//! The address to listen on.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use super::super::url::DEFAULT_PORT;

/// An address, a port of 127.0.0.1, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listen(pub(super) SocketAddr);

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let port = text.strip_prefix(':').unwrap_or(text).parse().map(|port| (Ipv4Addr::LOCALHOST, port).into());
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        let address = || bare.parse::<IpAddr>().map(|ip| (ip, DEFAULT_PORT).into());
        let either = port.or_else(|_| text.parse::<SocketAddr>()).or_else(|_| address());
        either.map(Self).map_err(|_| "write it like 127.0.0.1:8900, 8900 or [::1]:8900")
    }
}

/// The URL at which programs of this machine reach the address.
pub(super) fn local_url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
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
            ("0.0.0.0:9000", "0.0.0.0:9000"),
            (":0", "127.0.0.1:0"),
            ("9000", "127.0.0.1:9000"),
            ("[::1]", "[::1]:8900"),
            ("::1", "[::1]:8900"),
        ] {
            assert_eq!(text.parse(), Ok(Listen(address.parse().unwrap())), "{text}");
        }
        for text in ["", ":", "localhost", "127.0.0.1:65536", "http://127.0.0.1"] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
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
