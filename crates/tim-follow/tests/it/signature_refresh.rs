//! A signature that is rejected as expired.

use std::time::Duration;

use tim_follow::transport::{MockTransport, Request};
use tim_follow::{ErrorCode, ErrorKind, follow};

use crate::clients::{code, config, ok, with_both};

fn request() -> follow::Add {
    follow::Add::new("alice", ["bob"])
}

fn usersig(request: &Request) -> String {
    request.expose_url().split("usersig=").nth(1).unwrap().split('&').next().unwrap().to_owned()
}

#[test]
fn an_expired_signature_is_replaced_and_the_call_succeeds() {
    for expired in [70001, 70052] {
        with_both(
            &config(),
            || MockTransport::new([ok(), code(expired), ok(), ok()]),
            |client, script| {
                client.send(request()).unwrap();
                script.advance(Duration::from_secs(10));
                client.send(request()).unwrap();
                client.send(request()).unwrap();
                let signatures: Vec<_> = script.requests().iter().map(usersig).collect();
                assert_eq!(signatures[0], signatures[1]);
                assert_ne!(signatures[1], signatures[2]);
                assert_eq!(signatures[2], signatures[3]);
            },
        );
    }
}

#[test]
fn a_new_signature_that_is_rejected_too_points_at_the_clock() {
    with_both(
        &config(),
        || MockTransport::new([code(70001), code(70001), ok()]),
        |client, script| {
            let error = client.send(request()).unwrap_err();
            assert_eq!((error.code(), error.attempts(), script.requests().len()), (Some(ErrorCode(70001)), 2, 2));
            assert!(matches!(error.kind(), ErrorKind::Api { fresh_signature: Some(0), .. }), "{error:?}");
            assert!(error.to_string().contains("was only 0 s old: check the clock of this machine"), "{error}");
        },
    );
}

#[test]
fn a_signature_with_another_key_is_not_replaced() {
    with_both(
        &config(),
        || MockTransport::new([code(70009), ok()]),
        |client, script| {
            assert_eq!(client.send(request()).unwrap_err().code(), Some(ErrorCode(70009)));
            assert_eq!(script.requests().len(), 1);
        },
    );
}
