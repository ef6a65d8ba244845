//! Checks of the network: host names, connections, and the clock of the server.

use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use tim_follow::transport::{Options, Proxy, Request, ReqwestTransport, Response};
use tim_follow::{Endpoint as _, Printable, Transport, follow::Counts};

use super::report::{Finding, Status};
use crate::settings::Settings;
use crate::time;

/// The time limit of each check.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The URL of a host, without a slash at its end, for example `https://console.tim.qq.com`.
pub(super) struct Base(pub(super) String);

impl Base {
    /// Host and port as they are in the URL.
    fn authority(&self) -> &str {
        self.0.split('/').nth(2).unwrap_or_default()
    }

    fn is_tls(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Host and port in the form that looks a name up.
    fn address(&self) -> String {
        let authority = self.authority();
        let has_port = authority.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok());
        let is_bare_v6 = authority.ends_with(']');
        match has_port && !is_bare_v6 {
            true => authority.to_owned(),
            false => format!("{authority}:{}", if self.is_tls() { 443 } else { 80 }),
        }
    }

    fn is_this_machine(&self) -> bool {
        let address = self.address();
        let host = address.rsplit_once(':').map_or("", |(host, _)| host).trim_matches(['[', ']']);
        host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    }
}

/// Checks the root certificate. Returns `None` if it can be used.
pub(super) fn root(settings: &Settings) -> Option<Finding> {
    let mut options = Options::default();
    let problem = match settings.root_pem().map(|pem| options.extra_roots.extend(pem)) {
        Err(error) => error.to_string(),
        Ok(()) => format!("not a certificate: {}", ReqwestTransport::new(&options).err()?),
    };
    Some(Finding::fail(problem, "give a file with certificates in PEM, or remove the setting"))
}

/// Looks the host name up.
pub(super) async fn name(base: &Base, options: &Options) -> Finding {
    if base.address().parse::<SocketAddr>().is_ok() {
        return Finding::ok(format!("{} is an IP address", base.authority()));
    }
    if uses_proxy(base, &options.proxy) {
        return Finding::skipped("skipped, because the proxy looks names up");
    }
    let fix = "check the name, the network, and the DNS server of this machine (/etc/resolv.conf)";
    match tokio::time::timeout(TIMEOUT, tokio::net::lookup_host(base.address())).await {
        Ok(Ok(found)) => {
            let mut found: Vec<String> = found.map(|address| address.ip().to_string()).collect();
            found.dedup();
            Finding::ok(format!("{} is {}", base.authority(), found.join(", ")))
        }
        Ok(Err(error)) => Finding::fail(format!("cannot find {}: {error}", base.authority()), fix),
        Err(_) => Finding::fail(format!("cannot find {}: no response in 5 s", base.authority()), fix),
    }
}

fn uses_proxy(base: &Base, proxy: &Proxy) -> bool {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match proxy {
        Proxy::FromEnv if base.is_this_machine() => false,
        Proxy::FromEnv => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].iter().any(is_set),
        proxy => *proxy != Proxy::Off,
    }
}

/// Sends a call without a signature, which the service rejects. Returns the finding, and by how
/// many seconds this machine is ahead of the server.
pub(super) async fn connection(base: &Base, transport: &dyn Transport) -> (Finding, Option<i64>) {
    let url = format!("{}/v4/{}/{}", base.0, Counts::SERVICE, Counts::COMMAND);
    let start = transport.now();
    let response = transport.send(Request::post(url, "{}").timeout(TIMEOUT)).await;
    let end = transport.now();
    let took = end.instant - start.instant;
    match response {
        Ok(response) => {
            let ahead = response.date.map(|date| seconds_ahead(end.unix, date));
            let tls = if base.is_tls() { "TLS" } else { "plain HTTP" };
            let info = format!("{}: {tls}, HTTP {} after {} ms", base.authority(), response.status, took.as_millis());
            let finding = match is_of_service(&response) {
                // The clock of another server says nothing about that of the service.
                false => return (not_of_service(base, &response), None),
                true if base.is_tls() || base.is_this_machine() => Finding::ok(info),
                true => Finding::warn(format!("{info}; the network can read the signature"), "use https://"),
            };
            (finding, ahead)
        }
        Err(error) => {
            // The detail is the innermost cause, and is in the text of an error without a source.
            let cause = error.source().map(|_| format!(": {}", Printable(error.detail()))).unwrap_or_default();
            let fix = "check the network, firewalls and the proxy (HTTPS_PROXY, NO_PROXY); an unknown certificate belongs \
                       to a proxy that decrypts TLS or to an emulator: see --root-certificate";
            (Finding::fail(format!("{}: {error}{cause}", base.authority()), fix), None)
        }
    }
}

/// Whether the response has the shape of the service: a JSON object with a code.
fn is_of_service(response: &Response) -> bool {
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    body.is_some_and(|body| body.get("ErrorCode").is_some_and(Value::is_i64))
}

/// The finding about a response of another server, for example of a captive portal.
fn not_of_service(base: &Base, response: &Response) -> Finding {
    let Response { status, body, .. } = response;
    let cause = match status {
        300..=399 => "a redirect",
        _ if body.trim_ascii_start().starts_with(b"<") => "an HTML page",
        _ => "not a response of the service",
    };
    let fix = match base.is_this_machine() {
        true => "check the port: another program than `tim emulator` responds",
        false => {
            "a captive portal or a proxy responds in its place: open any web page and sign in to the \
             network, or check the proxy (HTTPS_PROXY, NO_PROXY) and the base URL"
        }
    };
    Finding::fail(format!("{}: HTTP {status}, {} bytes: {cause}", base.authority(), body.len()), fix)
}

/// The difference of two unix times; it saturates.
fn seconds_ahead(here: u64, there: u64) -> i64 {
    let difference = i64::try_from(here.abs_diff(there)).unwrap_or(i64::MAX);
    if here < there { -difference } else { difference }
}

/// Checks the difference of the clocks, because a signature has the time of signing.
pub(super) fn clock(ahead: i64) -> Finding {
    let by = ahead.unsigned_abs();
    let side = if ahead < 0 { "behind" } else { "ahead of" };
    let info = match by {
        0..=1 => "same time as the server".to_owned(),
        _ => format!("{by} s {side} the server (this machine: {})", time::utc(time::now())),
    };
    let fix = "set the clock, for example with `timedatectl set-ntp true`";
    let status = match by {
        0..=30 => return Finding::ok(info),
        31..=300 => Status::Warn,
        _ => Status::Fail,
    };
    Finding { status, ..Finding::warn(info, fix) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_port() {
        let address = |url: &str| Base(url.to_owned()).address();
        assert_eq!(address("https://host.example"), "host.example:443");
        assert_eq!(address("http://host.example/path"), "host.example:80");
        assert_eq!(address("http://127.0.0.1:9000"), "127.0.0.1:9000");
        assert_eq!(address("http://[::1]"), "[::1]:80");
        assert_eq!(address("http://[::1]:9000"), "[::1]:9000");
        assert!(Base("http://[::1]:9000".into()).is_this_machine());
        assert!(Base("http://localhost".into()).is_this_machine());
        assert!(!Base("http://10.0.0.1".into()).is_this_machine());
    }

    #[test]
    fn only_json_with_a_code_is_a_response_of_the_service() {
        let is_ok = |status, body: &str| is_of_service(&Response::new(status, body));
        assert!(is_ok(200, r#"{"ActionStatus":"FAIL","ErrorCode":70003}"#));
        for (status, body, cause) in [
            (200, "<!DOCTYPE html>", "an HTML page"),
            (302, "", "a redirect"),
            (200, "{}", "not a response of the service"),
            (502, "bad gateway", "not a response of the service"),
        ] {
            assert!(!is_ok(status, body), "{body}");
            let base = Base("https://host.example".to_owned());
            let finding = not_of_service(&base, &Response::new(status, body));
            assert!(finding.info.ends_with(cause), "{}", finding.info);
            assert!(finding.fix.is_some_and(|fix| fix.contains("captive portal")));
        }
    }

    #[test]
    fn a_difference_of_clocks_saturates() {
        assert_eq!([seconds_ahead(7, 10), seconds_ahead(10, 7)], [-3, 3]);
        assert_eq!(seconds_ahead(u64::MAX, 0), i64::MAX);
        assert_eq!(seconds_ahead(0, u64::MAX), -i64::MAX);
    }

    #[test]
    fn a_clock_may_differ_by_seconds_but_not_by_an_hour() {
        assert_eq!(clock(0).status, Status::Ok);
        assert_eq!(clock(-30).status, Status::Ok);
        assert_eq!(clock(31).status, Status::Warn);
        let hour = clock(-3600);
        assert_eq!(hour.status, Status::Fail);
        assert!(hour.info.starts_with("3600 s behind"), "{}", hour.info);
    }
}
