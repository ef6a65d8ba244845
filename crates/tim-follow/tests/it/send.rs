//! One call: the request, and the result of each kind of response.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

use tim_follow::transport::{MockTransport, Response, TransportError, TransportErrorKind};
use tim_follow::{Client, Endpoint, ErrorCode, ErrorKind, InvalidRequest, Limits, follow, friend};

use crate::clients::{OK, broken, config, ok, with_both};

#[test]
fn the_url_names_command_app_admin_and_signature() {
    let config = config();
    with_both(
        &config,
        || MockTransport::texts([OK]),
        |client, script| {
            client.send(follow::Check::new("alice", ["bob"])).unwrap();
            let request = &script.requests()[0];
            assert_eq!(request.endpoint(), "https://adminapisgp.im.qcloud.com/v4/follow/follow_check");
            let (_, query) = request.expose_url().split_once('?').unwrap();
            let keys: Vec<_> = query.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
            assert_eq!(keys[0], ("sdkappid", "1400000000"));
            assert_eq!(keys[1], ("identifier", "administrator"));
            assert_eq!(keys[2].0, "usersig");
            assert!(keys[3].0 == "random" && keys[3].1.parse::<u32>().is_ok());
            assert_eq!(keys[4], ("contenttype", "json"));
            assert_eq!(request.body(), br#"{"From_Account":"alice","To_Account":["bob"]}"#);
        },
    );
}

/// The service documents a random number for each request. Two clients draw different ones too.
#[test]
fn each_request_has_another_random_number() {
    let numbers = Mutex::new(HashSet::new());
    with_both(
        &config(),
        || MockTransport::texts([OK; 8]),
        |client, script| {
            (0..8).for_each(|_| drop(client.send(follow::Counts::new("alice", ["bob"])).unwrap()));
            let random = |url: &str| url.split("&random=").nth(1).unwrap().split('&').next().unwrap().to_owned();
            numbers.lock().unwrap().extend(script.requests().iter().map(|request| random(request.expose_url())));
        },
    );
    // Two of 16 are the same in 3 of 100 million runs.
    assert_eq!(numbers.into_inner().unwrap().len(), 16);
}

#[test]
fn special_characters_of_the_admin_are_percent_encoded() {
    use tim_follow::{Config, Region, SdkAppId, SecretKey};
    let config = Config::new(SdkAppId(1), "a&b=c d", SecretKey::new("key")).region(Region::China);
    with_both(
        &config,
        || MockTransport::texts([OK]),
        |client, script| {
            client.send(follow::Counts::new("alice", ["bob"])).unwrap();
            assert!(script.requests()[0].expose_url().contains("&identifier=a%26b%3Dc%20d&"));
        },
    );
}

#[test]
fn calls_share_a_signature_until_it_is_renewed() {
    let signature = |script: &MockTransport, at: usize| {
        let url = script.requests()[at].expose_url().to_owned();
        url.split("usersig=").nth(1).unwrap().split('&').next().unwrap().to_owned()
    };
    let config = config().validity(Duration::from_secs(7200));
    with_both(
        &config,
        || MockTransport::texts([OK; 4]),
        |client, script| {
            let send = || client.send(follow::Counts::new("alice", ["bob"])).unwrap();
            send();
            script.advance(Duration::from_secs(6479));
            send();
            script.advance(Duration::from_secs(1));
            send();
            let signatures: Vec<_> = (0..3).map(|at| signature(&script, at)).collect();
            assert_eq!(signatures[0], signatures[1]);
            assert_ne!(signatures[1], signatures[2]);
        },
    );
}

#[test]
fn an_invalid_request_is_not_sent() {
    with_both(
        &config(),
        || MockTransport::texts([OK]),
        |client, script| {
            let error = client.send(follow::Check::new("alice", vec!["bob"; 101])).unwrap_err();
            assert!(matches!(
                error.kind(),
                ErrorKind::Invalid(InvalidRequest::TooManyTargets { given: 101, max: 100, .. })
            ));
            assert_eq!(
                error.to_string(),
                "follow_check: not sent: To_Account has 101 targets: one call takes at most 100, so use a batch or several calls"
            );
            assert!(client.send(follow::Add::new("", ["bob"])).is_err());
            assert!(client.send(friend::Check::both("alice", ["x".repeat(33)])).is_err());
            assert_eq!((error.attempts(), script.requests().len()), (0, 0));
        },
    );
}

#[test]
fn a_rejection_keeps_code_text_and_request_id() {
    let text = r#"{"ActionStatus":"FAIL","ErrorCode":30003,"ErrorInfo":"no alice","RequestId":"r-1"}"#;
    with_both(
        &config(),
        || MockTransport::texts([text]),
        |client, _| {
            let error = client.send(follow::Delete::new("alice", ["bob"])).unwrap_err();
            assert_eq!((error.command(), error.code(), error.attempts()), ("follow_delete", Some(ErrorCode(30003)), 1));
            let ErrorKind::Api { info, request_id, .. } = error.kind() else { panic!("{error:?}") };
            assert_eq!((info.as_str(), request_id.as_deref()), ("no alice", Some("r-1")));
        },
    );
}

#[test]
fn an_unexpected_response_is_described_and_not_quoted() {
    let responses = [
        (Response::new(502, "<html>alice</html>"), "unexpected response: HTTP 502, 18 bytes; send it again later"),
        (
            Response::new(200, "<html>alice</html>"),
            "unexpected response: HTTP 200, 18 bytes, this is not JSON at line 1, column 1; check that the base URL leads to the \
             service, and that no proxy or login page responds in its place",
        ),
    ];
    for (response, text) in responses {
        with_both(
            &config().limits(Limits::default().max_attempts(1)),
            || MockTransport::new([Ok(response.clone())]),
            |client, _| {
                let error = client.send(follow::Add::new("alice", ["bob"])).unwrap_err();
                assert_eq!(error.to_string(), format!("follow_add: {text} [https://adminapisgp.im.qcloud.com]"));
            },
        );
    }
}

#[test]
fn a_lost_connection_is_a_transport_error() {
    let script = || MockTransport::new([Err(TransportError::new(TransportErrorKind::Lost, "reset"))]);
    with_both(&config().limits(Limits::default().max_attempts(1)), script, |client, _| {
        let error = client.send(follow::Add::new("alice", ["bob"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "follow_add: the connection broke: reset; the service may have processed the request; check the network, then send \
             it again [https://adminapisgp.im.qcloud.com]"
        );
        assert!(error.is_retryable());
    });
}

#[test]
fn a_call_by_name_returns_rejections_unchanged() {
    let text = r#"{"ActionStatus":"FAIL","ErrorCode":60009,"ErrorInfo":"x","Odd":[1]}"#;
    with_both(
        &config(),
        || MockTransport::texts([text]),
        |client, script| {
            let response = client.call("group_open_http_svc", "get_appid_group_list", " {} ").unwrap();
            assert_eq!((response.text.as_str(), response.envelope.code), (text, ErrorCode(60009)));
            let request = &script.requests()[0];
            assert!(request.endpoint().ends_with("/v4/group_open_http_svc/get_appid_group_list"));
            assert_eq!(request.body(), b"{}");
        },
    );
}

#[test]
fn an_invalid_call_by_name_is_not_sent() {
    with_both(
        &config(),
        || MockTransport::texts([OK]),
        |client, script| {
            for (service, command, body) in [
                ("", "x", "{}"),
                ("a/b", "x", "{}"),
                ("a", "x?y", "{}"),
                ("a", "x", ""),
                ("a", "x", "[]"),
                ("a", "x", "{,}"),
            ] {
                let error = client.call(service, command, body).unwrap_err();
                assert!(matches!(error.kind(), ErrorKind::InvalidCall(_)), "{error}");
            }
            assert_eq!(script.requests().len(), 0);
        },
    );
}

#[test]
fn every_command_has_a_path_of_its_own() {
    fn path<E: Endpoint>() -> String {
        format!("{}/{}", E::SERVICE, E::COMMAND)
    }
    let paths = HashSet::from([
        path::<follow::Add>(),
        path::<follow::Delete>(),
        path::<follow::Check>(),
        path::<follow::List>(),
        path::<follow::Counts>(),
        path::<friend::Check>(),
    ]);
    assert_eq!(paths.len(), 6);
}

#[test]
fn futures_can_move_between_threads() {
    fn is_send<E: tim_follow::Paged + 'static>(client: &Client, request: E, again: E)
    where
        E::Response: Send,
    {
        fn check<T: Send>(_: T) {}
        check(client.send(request));
        let mut pages = client.pages(again);
        check(pages.next());
    }
    let client = Client::with_transport(config(), std::sync::Arc::new(MockTransport::texts([OK]))).unwrap();
    is_send(&client, follow::List::followers("a"), follow::List::followers("a"));
}

/// A command that is not built in may be one that must not be processed twice, for example
/// openim/sendmsg.
#[test]
fn a_call_by_name_of_an_unknown_command_is_not_retried_if_it_may_have_been_processed() {
    let lost = || MockTransport::new([broken(TransportErrorKind::Lost), ok()]);
    with_both(&config(), lost, |client, script| {
        client.call("openim", "sendmsg", "{}").unwrap_err();
        assert_eq!(script.requests().len(), 1);
    });
    with_both(&config(), lost, |client, script| {
        client.call("follow", "follow_check", "{}").unwrap();
        assert_eq!(script.requests().len(), 2);
    });
    let unsent = || MockTransport::new([broken(TransportErrorKind::Connect), ok()]);
    with_both(&config(), unsent, |client, script| {
        client.call("openim", "sendmsg", "{}").unwrap();
        assert_eq!(script.requests().len(), 2);
    });
}

#[test]
fn a_client_without_validation_sends_values_that_this_version_does_not_know() {
    let request = || friend::Check::new("alice", ["bob"], "CheckResult_Type_New".into());
    with_both(
        &config(),
        || MockTransport::texts([OK]),
        |client, script| {
            assert!(matches!(client.send(request()).unwrap_err().kind(), ErrorKind::Invalid(_)));
            client.without_validation().send(request()).unwrap();
            assert_eq!(script.requests().len(), 1);
        },
    );
    let script = MockTransport::texts([r#"{"InfoItem":[],"ErrorCode":0}"#]);
    let client = Client::with_transport(config(), std::sync::Arc::new(script.clone())).unwrap();
    let template = friend::Check::template("alice", "CheckResult_Type_New".into());
    let _ = pollster::block_on(client.without_validation().batch(template, ["bob"]).next());
    assert!(!script.requests().is_empty());
}
