//! Chooses the proxy of a URL, for both backends.

use std::fmt;
use std::net::IpAddr;

use crate::{Proxy, TransportError, TransportErrorKind};

/// The proxies of a transport. `P` is the proxy type of the backend.
pub(crate) struct Proxies<P> {
    http: Parsed<P>,
    https: Parsed<P>,
    /// The value of `NO_PROXY`. `None` if the proxy is not from the environment.
    exempt: Option<String>,
}

type Parsed<P> = Result<Option<P>, InvalidProxy>;

/// The value of this name is not the URL of a proxy. The value is not kept, since it can hold a
/// password.
struct InvalidProxy(String);

impl InvalidProxy {
    fn error(&self) -> TransportError {
        TransportError::new(TransportErrorKind::Setup, format!("{} is not an http:// or https:// URL", self.0))
    }
}

impl<P: Clone> Proxies<P> {
    /// Resolves `proxy`, from the environment for [`Proxy::FromEnv`]. `parse` converts a URL to the
    /// type of the backend.
    ///
    /// An invalid [`Proxy::Url`] is an error here. An invalid variable is an error of the requests
    /// that need it.
    pub(crate) fn new(
        proxy: &Proxy,
        env: impl Fn(&str) -> Option<String>,
        parse: impl Fn(&str) -> Option<P>,
    ) -> Result<Self, TransportError> {
        let read = |url: &str, origin: &str| {
            let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
            let is_http = ["http://", "https://"].iter().any(|scheme| url.strip_prefix(scheme).is_some_and(has_host));
            is_http.then(|| parse(&url)).flatten().ok_or_else(|| InvalidProxy(origin.to_owned()))
        };
        match proxy {
            Proxy::Off => Ok(Self { http: Ok(None), https: Ok(None), exempt: None }),
            Proxy::Url(url) => {
                let proxy = read(url, "the proxy").map_err(|invalid| invalid.error())?;
                Ok(Self { http: Ok(Some(proxy.clone())), https: Ok(Some(proxy)), exempt: None })
            }
            Proxy::FromEnv => {
                let non_empty = |name: String| env(&name).filter(|value| !value.is_empty()).map(|value| (name, value));
                let variable = |name: &str| non_empty(name.to_owned()).or_else(|| non_empty(name.to_ascii_lowercase()));
                let proxy = |name| {
                    let found = variable(name).or_else(|| variable("ALL_PROXY"));
                    found.map(|(name, url)| read(&url, &format!("the proxy in {name}"))).transpose()
                };
                // In a CGI program, `HTTP_PROXY` is the `Proxy` header of an incoming request.
                let http = if env("REQUEST_METHOD").is_some() { Ok(None) } else { proxy("HTTP_PROXY") };
                let exempt = variable("NO_PROXY").map(|(_, hosts)| hosts).unwrap_or_default();
                Ok(Self { http, https: proxy("HTTPS_PROXY"), exempt: Some(exempt) })
            }
        }
    }

    /// The proxy for `url`.
    pub(crate) fn for_url(&self, url: &str) -> Result<Option<&P>, TransportError> {
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = match authority.strip_prefix('[') {
            Some(v6) => v6.split(']').next(),
            None => authority.split(':').next(),
        };
        let host = host.unwrap_or_default();
        if self.exempt.as_ref().is_some_and(|exempt| is_loopback(host) || is_exempt(host, exempt)) {
            return Ok(None);
        }
        let found = if scheme.eq_ignore_ascii_case("https") { &self.https } else { &self.http };
        found.as_ref().map(Option::as_ref).map_err(InvalidProxy::error)
    }
}

impl<P> fmt::Debug for Proxies<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies")
            .field("http", &matches!(self.http, Ok(Some(_))))
            .field("https", &matches!(self.https, Ok(Some(_))))
            .finish_non_exhaustive()
    }
}

/// Whether the part of a URL after the scheme has a host, and a valid port if it has one.
fn has_host(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let endpoint = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match endpoint.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().is_ok()),
        _ => (endpoint, true),
    };
    !host.is_empty() && port
}

/// Whether a host is a loopback address.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Whether `NO_PROXY` contains a host, a parent domain or its network.
fn is_exempt(host: &str, no_proxy: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let address = host.parse::<IpAddr>().ok();
    no_proxy.split(',').map(|entry| entry.trim().to_ascii_lowercase()).any(|entry| {
        let domain = entry.trim_start_matches(['*', '.']);
        let in_domain = || host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        match address {
            _ if entry == "*" => true,
            Some(address) => is_in_network(address, &entry),
            None => !domain.is_empty() && in_domain(),
        }
    })
}

/// Whether `network`, for example `10.0.0.0/8` or a single address, contains an address.
fn is_in_network(address: IpAddr, network: &str) -> bool {
    let (base, bits) = network.split_once('/').unwrap_or((network, "128"));
    let (base, Ok(bits)) = (base.trim_matches(['[', ']']).parse(), bits.parse::<u32>()) else { return false };
    match (address, base) {
        (IpAddr::V4(address), Ok(IpAddr::V4(base))) => {
            (u32::from(address) ^ u32::from(base)).leading_zeros() >= bits.min(32)
        }
        (IpAddr::V6(address), Ok(IpAddr::V6(base))) => {
            (u128::from(address) ^ u128::from(base)).leading_zeros() >= bits.min(128)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(proxy: &Proxy, variables: &[(&str, &str)]) -> Proxies<String> {
        let env =
            |name: &str| variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned());
        Proxies::new(proxy, env, |url| Some(url.to_owned())).unwrap()
    }

    fn from_env(variables: &[(&str, &str)]) -> Proxies<String> {
        resolve(&Proxy::FromEnv, variables)
    }

    fn chosen(proxies: &Proxies<String>, url: &str) -> Option<String> {
        proxies.for_url(url).unwrap().cloned()
    }

    #[test]
    fn each_scheme_has_a_variable_and_all_proxy_is_for_both() {
        let proxies = from_env(&[("HTTPS_PROXY", "http://tls"), ("http_proxy", "plain:3128"), ("ALL_PROXY", "x")]);
        assert_eq!(chosen(&proxies, "https://host/path?query").unwrap(), "http://tls");
        assert_eq!(chosen(&proxies, "http://host").unwrap(), "http://plain:3128");
        let proxies = from_env(&[("https_proxy", ""), ("all_proxy", "http://all")]);
        assert_eq!(chosen(&proxies, "https://host").unwrap(), "http://all");
        assert_eq!(chosen(&proxies, "http://host").unwrap(), "http://all");
        assert_eq!(chosen(&from_env(&[("HTTP_PROXY", "plain")]), "https://host"), None);
        let cgi = from_env(&[("HTTP_PROXY", "http://attacker"), ("REQUEST_METHOD", "POST")]);
        assert_eq!(chosen(&cgi, "http://host"), None);
    }

    #[test]
    fn loopback_addresses_use_no_proxy_from_the_environment() {
        let proxies = from_env(&[("ALL_PROXY", "http://proxy")]);
        let given = resolve(&Proxy::Url("http://proxy".to_owned()), &[("NO_PROXY", "*")]);
        for url in ["http://127.0.0.1:80", "http://127.1.2.3/", "https://LOCALHOST:1", "http://[::1]:80"] {
            assert_eq!(chosen(&proxies, url), None, "{url}");
            assert!(chosen(&given, url).is_some(), "{url}");
        }
        for url in ["http://10.0.0.1", "https://localhost.example", "http://[::2]", "http://127.0.0.1.example"] {
            assert!(chosen(&proxies, url).is_some(), "{url}");
        }
        let off = resolve(&Proxy::Off, &[("ALL_PROXY", "http://proxy")]);
        assert_eq!(chosen(&off, "https://host"), None);
    }

    #[test]
    fn no_proxy_lists_hosts_domains_and_networks() {
        let env =
            [("ALL_PROXY", "http://proxy"), ("NO_PROXY", "a.example, .b.example,*.c.example,10.0.0.0/8,fe80::/10,::5")];
        let proxies = from_env(&env);
        for host in
            ["a.example", "X.A.example", "b.example", "x.b.example", "c.example", "10.9.8.7", "[fe80::1]", "[::5]"]
        {
            assert_eq!(chosen(&proxies, &format!("https://{host}:443/")), None, "{host}");
        }
        for host in ["aa.example", "example", "11.0.0.1", "[fec0::1]", "[::6]", "10.0.0.0.example"] {
            assert!(chosen(&proxies, &format!("https://{host}/")).is_some(), "{host}");
        }
        let none = from_env(&[("ALL_PROXY", "http://proxy"), ("NO_PROXY", "*")]);
        assert_eq!(chosen(&none, "https://host"), None);
        assert_eq!(chosen(&none, "https://10.0.0.1"), None);
        let empty = from_env(&[("ALL_PROXY", "http://proxy"), ("NO_PROXY", " , .,*x*")]);
        assert!(chosen(&empty, "https://host").is_some());
    }

    #[test]
    fn an_invalid_proxy_is_an_error_of_the_requests_that_need_it_and_does_not_show_its_url() {
        let proxies = from_env(&[("ALL_PROXY", "socks5://me:secret@proxy")]);
        assert_eq!(chosen(&proxies, "http://localhost"), None);
        let error = proxies.for_url("https://host").unwrap_err();
        let text = "the request could not be created: the proxy in ALL_PROXY is not an http:// or https:// URL";
        assert_eq!((error.kind(), error.to_string().as_str()), (TransportErrorKind::Setup, text));
        let given = Proxy::Url("http://me:secret@ho st".to_owned());
        let error = Proxies::<String>::new(&given, |_| None, |_| None).unwrap_err();
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}
