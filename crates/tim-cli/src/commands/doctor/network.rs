//! The way to the service: names, connections, and what time it is there.

use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tim_follow::transport::{Options, Proxy, Request, ReqwestTransport};
use tim_follow::{Endpoint as _, Printable, Transport, follow::Counts};

use super::report::{Finding, Status};
use crate::settings::Settings;
use crate::time;

const PATIENCE: Duration = Duration::from_secs(5);

/// Where calls go, without a slash at its end, for example `https://console.tim.qq.com`.
pub(super) struct Base(pub(super) String);

impl Base {
    /// Host and port as they stand in the URL.
    fn authority(&self) -> &str {
        self.0.split('/').nth(2).unwrap_or_default()
    }

    fn is_tls(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Host and port, as the system wants them for looking a name up.
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

/// What is wrong with the root certificate, if something is.
pub(super) fn root(settings: &Settings) -> Option<Finding> {
    let mut options = Options::default();
    let problem = match settings.root_pem().map(|pem| options.extra_roots.extend(pem)) {
        Err(error) => error.to_string(),
        Ok(()) => format!("it is no certificate: {}", ReqwestTransport::new(&options).err()?),
    };
    Some(Finding::fail(problem, "name a file with certificates in PEM, or none"))
}

/// Whether the name is known here.
pub(super) async fn name(base: &Base, options: &Options) -> Finding {
    if base.address().parse::<SocketAddr>().is_ok() {
        return Finding::ok(format!("{} is an address", base.authority()));
    }
    if uses_proxy(base, &options.proxy) {
        return Finding::skipped("the proxy of the environment looks names up");
    }
    let fix = "check the name, the DNS server of this machine (/etc/resolv.conf) and whether it has a network";
    match tokio::time::timeout(PATIENCE, tokio::net::lookup_host(base.address())).await {
        Ok(Ok(found)) => {
            let mut found: Vec<String> = found.map(|address| address.ip().to_string()).collect();
            found.dedup();
            Finding::ok(format!("{} is {}", base.authority(), found.join(", ")))
        }
        Ok(Err(error)) => Finding::fail(format!("{} is not found: {error}", base.authority()), fix),
        Err(_) => Finding::fail(format!("{} is not found within 5 s", base.authority()), fix),
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

/// Connects, with TLS where the URL asks for it, and sends a call that carries no signature. Any answer will do. Beside
/// the finding: by how many seconds this machine is ahead of the server.
pub(super) async fn connection(base: &Base, transport: &dyn Transport) -> (Finding, Option<i64>) {
    let url = format!("{}/v4/{}/{}", base.0, Counts::SERVICE, Counts::COMMAND);
    let start = transport.now();
    let answer = transport.send(Request::post(url, "{}").timeout(PATIENCE)).await;
    let end = transport.now();
    let took = end.instant - start.instant;
    match answer {
        Ok(answer) => {
            let ahead = answer.date.map(|date| end.unix as i64 - date as i64);
            let how = if base.is_tls() { "TLS" } else { "plain HTTP" };
            let info = format!("{}: {how}, HTTP {} after {} ms", base.authority(), answer.status, took.as_millis());
            let finding = if base.is_tls() || base.is_this_machine() {
                Finding::ok(info)
            } else {
                Finding::warn(format!("{info}; others on the way can read the signature"), "use https://")
            };
            (finding, ahead)
        }
        Err(error) => {
            // The detail is the innermost cause, and is in the text of an error without a source.
            let cause = error.source().map(|_| format!(": {}", Printable(error.detail()))).unwrap_or_default();
            let fix = "check the network, firewalls and the proxy (HTTPS_PROXY, NO_PROXY); a certificate that is not \
                       known is that of a proxy which opens TLS, or of an emulator: see --root-certificate";
            (Finding::fail(format!("{}: {error}{cause}", base.authority()), fix), None)
        }
    }
}

/// Whether the clocks agree well enough: a signature says when it was made.
pub(super) fn clock(ahead: i64) -> Finding {
    let by = ahead.unsigned_abs();
    let side = if ahead < 0 { "behind" } else { "ahead of" };
    let info = match by {
        0..=1 => "the same as that of the server".to_owned(),
        _ => format!("{by} s {side} that of the server (here {})", time::utc(time::now())),
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
    fn an_hour_is_too_much_for_a_clock() {
        assert_eq!(clock(0).status, Status::Ok);
        assert_eq!(clock(-30).status, Status::Ok);
        assert_eq!(clock(31).status, Status::Warn);
        let hour = clock(-3600);
        assert_eq!(hour.status, Status::Fail);
        assert!(hour.info.starts_with("3600 s behind"), "{}", hour.info);
    }
}
