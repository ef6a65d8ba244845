//! The proxy of a URL: decided here for both backends.

use std::fmt;
use std::net::IpAddr;

use crate::{Proxy, TransportError, TransportErrorKind};

/// The proxies of a transport, as the backend's own type `P`.
pub(crate) struct Proxies<P> {
    http: Found<P>,
    https: Found<P>,
    /// The value of `NO_PROXY`; `None` when the proxies are not those of the environment.
    exempt: Option<String>,
}

/// A proxy, or what is wrong with it.
type Found<P> = Result<Option<P>, String>;

impl<P: Clone> Proxies<P> {
    /// Reads `proxy`, and the environment where it says so; `parse` makes the backend's own type of a URL.
    ///
    /// Fails when a given URL cannot be used. A variable that cannot be used is an error of the requests that need it.
    pub(crate) fn new(
        proxy: &Proxy,
        env: impl Fn(&str) -> Option<String>,
        parse: impl Fn(&str) -> Option<P>,
    ) -> Result<Self, TransportError> {
        let read = |url: &str, origin: &str| {
            let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
            let is_http =
                ["http://", "https://"].iter().any(|scheme| url.strip_prefix(scheme).is_some_and(names_a_host));
            let problem = || format!("{origin} is not an http:// or https:// URL");
            is_http.then(|| parse(&url)).flatten().ok_or_else(problem)
        };
        match proxy {
            Proxy::Off => Ok(Self { http: Ok(None), https: Ok(None), exempt: None }),
            Proxy::Url(url) => {
                let proxy = read(url, "the proxy")
                    .map_err(|problem| TransportError::new(TransportErrorKind::Setup, problem))?;
                Ok(Self { http: Ok(Some(proxy.clone())), https: Ok(Some(proxy)), exempt: None })
            }
            Proxy::FromEnv => {
                let named = |name: String| env(&name).filter(|value| !value.is_empty()).map(|value| (name, value));
                let variable = |name: &str| named(name.to_owned()).or_else(|| named(name.to_ascii_lowercase()));
                let of = |name| {
                    let found = variable(name).or_else(|| variable("ALL_PROXY"));
                    found.map(|(name, url)| read(&url, &format!("the proxy in {name}"))).transpose()
                };
                // In a CGI program `HTTP_PROXY` is the header `Proxy` of a request from outside.
                let http = if env("REQUEST_METHOD").is_some() { Ok(None) } else { of("HTTP_PROXY") };
                let exempt = variable("NO_PROXY").map(|(_, hosts)| hosts).unwrap_or_default();
                Ok(Self { http, https: of("HTTPS_PROXY"), exempt: Some(exempt) })
            }
        }
    }

    /// The proxy for `url`.
    pub(crate) fn of_url(&self, url: &str) -> Result<Option<&P>, TransportError> {
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
        found.as_ref().map(Option::as_ref).map_err(|problem| TransportError::new(TransportErrorKind::Setup, problem))
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

/// Whether what follows the scheme of a URL has a host, and a port that exists if it has one.
fn names_a_host(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().is_ok()),
        _ => (place, true),
    };
    !host.is_empty() && port
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Whether `NO_PROXY` names a host: itself, a domain above it, or a network that it is in.
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

/// Whether an address is this one, or is in this network, for example `10.0.0.0/8`.
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

    fn of(proxy: &Proxy, variables: &[(&str, &str)]) -> Proxies<String> {
        let env = |name: &str| variables.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned());
        Proxies::new(proxy, env, |url| Some(url.to_owned())).unwrap()
    }

    fn of_env(variables: &[(&str, &str)]) -> Proxies<String> {
        of(&Proxy::FromEnv, variables)
    }

    fn chosen(proxies: &Proxies<String>, url: &str) -> Option<String> {
        proxies.of_url(url).unwrap().cloned()
    }

    #[test]
    fn each_scheme_has_its_variable_and_all_is_for_both() {
        let proxies = of_env(&[("HTTPS_PROXY", "http://tls"), ("http_proxy", "plain:3128"), ("ALL_PROXY", "x")]);
        assert_eq!(chosen(&proxies, "https://host/path?query").unwrap(), "http://tls");
        assert_eq!(chosen(&proxies, "http://host").unwrap(), "http://plain:3128");
        let proxies = of_env(&[("https_proxy", ""), ("all_proxy", "http://all")]);
        assert_eq!(chosen(&proxies, "https://host").unwrap(), "http://all");
        assert_eq!(chosen(&proxies, "http://host").unwrap(), "http://all");
        assert_eq!(chosen(&of_env(&[("HTTP_PROXY", "plain")]), "https://host"), None);
        let cgi = of_env(&[("HTTP_PROXY", "http://attacker"), ("REQUEST_METHOD", "POST")]);
        assert_eq!(chosen(&cgi, "http://host"), None);
    }

    #[test]
    fn this_machine_uses_no_proxy_of_the_environment() {
        let proxies = of_env(&[("ALL_PROXY", "http://proxy")]);
        let given = of(&Proxy::Url("http://proxy".to_owned()), &[("NO_PROXY", "*")]);
        for url in ["http://127.0.0.1:80", "http://127.1.2.3/", "https://LOCALHOST:1", "http://[::1]:80"] {
            assert_eq!(chosen(&proxies, url), None, "{url}");
            assert!(chosen(&given, url).is_some(), "{url}");
        }
        for url in ["http://10.0.0.1", "https://localhost.example", "http://[::2]", "http://127.0.0.1.example"] {
            assert!(chosen(&proxies, url).is_some(), "{url}");
        }
        let off = of(&Proxy::Off, &[("ALL_PROXY", "http://proxy")]);
        assert_eq!(chosen(&off, "https://host"), None);
    }

    #[test]
    fn no_proxy_names_hosts_domains_and_networks() {
        let env =
            [("ALL_PROXY", "http://proxy"), ("NO_PROXY", "a.example, .b.example,*.c.example,10.0.0.0/8,fe80::/10,::5")];
        let proxies = of_env(&env);
        for host in
            ["a.example", "X.A.example", "b.example", "x.b.example", "c.example", "10.9.8.7", "[fe80::1]", "[::5]"]
        {
            assert_eq!(chosen(&proxies, &format!("https://{host}:443/")), None, "{host}");
        }
        for host in ["aa.example", "example", "11.0.0.1", "[fec0::1]", "[::6]", "10.0.0.0.example"] {
            assert!(chosen(&proxies, &format!("https://{host}/")).is_some(), "{host}");
        }
        let none = of_env(&[("ALL_PROXY", "http://proxy"), ("NO_PROXY", "*")]);
        assert_eq!(chosen(&none, "https://host"), None);
        assert_eq!(chosen(&none, "https://10.0.0.1"), None);
        let empty = of_env(&[("ALL_PROXY", "http://proxy"), ("NO_PROXY", " , .,*x*")]);
        assert!(chosen(&empty, "https://host").is_some());
    }

    #[test]
    fn a_proxy_that_is_not_http_is_an_error_without_its_url_where_it_is_needed() {
        let proxies = of_env(&[("ALL_PROXY", "socks5://me:secret@proxy")]);
        assert_eq!(chosen(&proxies, "http://localhost"), None);
        let error = proxies.of_url("https://host").unwrap_err();
        let text = "the request could not be made: the proxy in ALL_PROXY is not an http:// or https:// URL";
        assert_eq!((error.kind(), error.to_string().as_str()), (TransportErrorKind::Setup, text));
        let given = Proxy::Url("http://me:secret@ho st".to_owned());
        let error = Proxies::<String>::new(&given, |_| None, |_| None).unwrap_err();
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}
