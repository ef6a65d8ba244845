//! The proxy of a transport.

#[cfg(any(feature = "reqwest", feature = "ureq"))]
mod choice;

use std::fmt;

#[cfg(any(feature = "reqwest", feature = "ureq"))]
pub(crate) use choice::Proxies;

/// The HTTP proxy of a transport.
///
/// A proxy URL has the scheme `http://` or `https://`, a host, and optionally a port, a user and a
/// password, both percent-encoded: `http://user:password@proxy.example:3128`. A URL without a
/// scheme counts as `http://`. `Debug` hides the user and the password.
///
/// Requests to `https` URLs go through a tunnel (`CONNECT`), so the proxy can read only the host.
/// It can read all of a plain `http` request, including the signature in its URL.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Proxy {
    /// No proxy. The environment variables are ignored.
    Off,
    /// The proxy in the environment variables, which are read when the transport is made:
    /// `HTTPS_PROXY` for `https` URLs, `HTTP_PROXY` for `http` URLs, `ALL_PROXY` for both, and no
    /// proxy for the hosts in `NO_PROXY`. Lower-case names work too.
    ///
    /// `NO_PROXY` is a comma-separated list of `*`, names (with their subdomains), addresses and
    /// networks such as `10.0.0.0/8`. Loopback addresses (`localhost`, `127.0.0.0/8`, `::1`) never
    /// use a proxy from the environment.
    #[default]
    FromEnv,
    /// This proxy for every request, including those to loopback addresses. `NO_PROXY` is ignored.
    Url(String),
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("Off"),
            Self::FromEnv => f.write_str("FromEnv"),
            Self::Url(url) => f.debug_tuple("Url").field(&without_user(url)).finish(),
        }
    }
}

/// A proxy URL with `***` instead of its user and password, and without a path.
fn without_user(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    // A password can contain any character, so everything up to the last `@` is hidden.
    let (user, rest) = rest.rsplit_once('@').map_or(("", rest), |(_, rest)| ("***@", rest));
    format!("{scheme}://{user}{}", rest.split(['/', '?', '#']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_user_and_the_password() {
        for (url, shown) in [
            ("http://me:secret@proxy.example:3128/", "http://***@proxy.example:3128"),
            ("me:secret@proxy.example", "http://***@proxy.example"),
            ("http://me:sec/ret@se?cret@proxy.example", "http://***@proxy.example"),
            ("https://proxy.example", "https://proxy.example"),
        ] {
            assert_eq!(format!("{:?}", Proxy::Url(url.to_owned())), format!("Url({shown:?})"));
        }
    }
}
