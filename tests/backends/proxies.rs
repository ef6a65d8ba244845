//! Proxies that do not open a tunnel, and what clients send to a proxy.

use tim_follow::transport::{Options, Proxy as Route, TransportErrorKind};
use tim_follow::{Client, blocking};

use crate::proxy::{Behavior, Proxy};
use crate::server::{Fault, Server};
use crate::{Either, check_outcome, check_result, config, error_kind, server};

/// No request is sent, so the client calls the backup host, and targets of a batch are not
/// attempted.
#[test]
fn a_proxy_that_does_not_open_a_tunnel_is_a_connect_error() {
    let mut problems = Vec::new();
    for behavior in [
        Behavior::Denies,
        Behavior::WantsPassword,
        Behavior::NotHttp,
        Behavior::Closes,
        Behavior::Silent,
        Behavior::ClosedPort,
    ] {
        let fault = if behavior == Behavior::Silent { Fault::SilentHandshake } else { Fault::None };
        let (proxy, primary, backup) =
            (Proxy::start(behavior), Server::start(Fault::None, true), Server::start(Fault::None, true));
        for client in Either::both(&config(&primary.url, &backup.url, Some(&proxy), 1, fault)) {
            // The backup host is behind the same proxy, so both checks have the same fault.
            let expected = Err(TransportErrorKind::Connect);
            let checked = [check_result(&client, expected), check_outcome(&client, expected)];
            problems.extend(
                checked
                    .into_iter()
                    .filter_map(Result::err)
                    .map(|problem| format!("{behavior:?}, {}: {problem}", client.name())),
            );
        }
        for client in Either::both(&config(&primary.url, &backup.url, Some(&proxy), 2, fault)) {
            let error = client.send_one().unwrap_err();
            if error.host() != Some(&backup.url) {
                problems.push(format!("{behavior:?}, {}: no failover: {error}", client.name()));
            }
        }
        assert_eq!((primary.connections(), backup.connections()), (0, 0));
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// The client decodes user and password for the proxy. No output shows them.
#[test]
fn a_proxy_with_a_password() {
    let server = Server::start(Fault::None, true);
    for (behavior, expected) in [
        (Behavior::Opens, Ok(())),
        (Behavior::WantsPassword, Err(TransportErrorKind::Connect)),
        (Behavior::ClosedPort, Err(TransportErrorKind::Connect)),
    ] {
        let proxy = Proxy::start(behavior);
        let options = Options::default().add_root_certificate(server::root());
        let options = options.proxy(Route::Url(format!("http://me:hunt%40er2@{}", proxy.authority)));
        let config = config(&server.url, &server.url, None, 1, Fault::None).transport(options);
        for client in Either::both(&config) {
            let result = client.send_one();
            assert_eq!(result.as_ref().copied().map_err(error_kind), expected, "{}: {result:?}", client.name());
            let shown = match &client {
                Either::Async(client) => format!("{client:?} {result:?}"),
                Either::Blocking(client) => format!("{client:?} {result:?}"),
            };
            assert!(!shown.contains("hunt") && !shown.contains("bWU6"), "{shown}");
        }
        let shown = format!("{config:?} {:?}", config.transport_options());
        assert!(shown.contains("***@127.0.0.1") && !shown.contains("hunt"), "{shown}");
        let heads = proxy.heads();
        assert_eq!(heads.len(), if behavior == Behavior::ClosedPort { 0 } else { 2 });
        for head in heads {
            // me:hunt@er2
            assert!(head.contains("asic bWU6aHVudEBlcjI=\r\n"), "{head}");
            assert!(!head.contains("usersig"), "{head}");
        }
    }
}

#[test]
fn an_invalid_proxy_url_is_an_error_of_the_client() {
    for url in
        ["socks5://me:hunter2@127.0.0.1:1", "http://me:hunter2@", "http://me:hunter2@host:99999", "://me:hunter2"]
    {
        let config = config("https://localhost:1", "https://localhost:1", None, 1, Fault::None);
        let config = config.transport(Options::default().proxy(Route::Url(url.to_owned())));
        let reqwest = Client::new(config.clone()).unwrap_err();
        let ureq = blocking::Client::new(config).unwrap_err();
        for shown in [format!("{reqwest} {reqwest:?}"), format!("{ureq} {ureq:?}")] {
            assert!(
                shown.contains("the proxy is not an http:// or https:// URL") && !shown.contains("hunter2"),
                "{shown}"
            );
        }
    }
}

/// The documented difference between the backends.
#[test]
fn reqwest_sends_plain_http_to_the_proxy_and_ureq_opens_a_tunnel() {
    let server = Server::start(Fault::None, false);
    let proxy = Proxy::start(Behavior::Denies);
    let [reqwest, ureq] = Either::both(&config(&server.url, &server.url, Some(&proxy), 1, Fault::None));
    reqwest.send_one().unwrap_err();
    ureq.send_one().unwrap_err();
    let heads = proxy.heads();
    assert!(heads[0].starts_with(&format!("POST {}/v4/follow/follow_add?", server.url)), "{heads:?}");
    assert!(heads[1].starts_with("CONNECT localhost:") && !heads[1].contains("usersig"), "{heads:?}");
    assert_eq!((heads.len(), server.connections()), (2, 0));
}
