//! The other host of the region.

use std::time::Duration;

use tim_follow::transport::{MockTransport, TransportErrorKind};
use tim_follow::{Config, SdkAppId, SecretKey, follow};

use crate::clients::{Either, broken, config, hosts, ok, with_both};

const PRIMARY: &str = "adminapisgp.im.qcloud.com";
const BACKUP: &str = "adminapisgp.my-imcloud.com";

fn send(client: &Either) -> bool {
    client.send(follow::Add::new("alice", ["bob"])).is_ok()
}

#[test]
fn calls_go_to_the_backup_and_come_back_after_a_minute() {
    let script = || MockTransport::new([broken(TransportErrorKind::Connect), ok(), ok(), ok()]);
    with_both(&config(), script, |client, script| {
        assert!(send(&client));
        assert!(send(&client));
        script.advance(Duration::from_secs(60));
        assert!(send(&client));
        assert_eq!(hosts(&script), [PRIMARY, BACKUP, BACKUP, PRIMARY]);
    });
}

#[test]
fn when_both_hosts_fail_calls_alternate_between_them() {
    with_both(
        &config(),
        || MockTransport::new((0..4).map(|_| broken(TransportErrorKind::Connect))),
        |client, script| {
            assert!(!send(&client));
            assert_eq!(hosts(&script), [PRIMARY, BACKUP, PRIMARY, BACKUP]);
        },
    );
}

#[test]
fn a_call_does_not_use_a_host_again_whose_certificate_is_not_trusted() {
    use TransportErrorKind::{Certificate, Connect};
    for (kinds, expected) in [
        (&[Certificate, Certificate][..], &[PRIMARY, BACKUP][..]),
        (&[Certificate, Connect, Connect, Connect], &[PRIMARY, BACKUP, BACKUP, BACKUP]),
        (&[Connect, Certificate, Connect, Certificate], &[PRIMARY, BACKUP, PRIMARY, PRIMARY]),
    ] {
        let script = || MockTransport::new(kinds.iter().copied().map(broken));
        with_both(&config(), script, |client, script| {
            assert!(!send(&client));
            assert_eq!(hosts(&script), expected);
        });
    }
}

#[test]
fn calls_avoid_a_host_for_a_minute_whose_certificate_is_not_trusted() {
    let script = || MockTransport::new([broken(TransportErrorKind::Certificate), ok(), ok(), ok()]);
    with_both(&config(), script, |client, script| {
        assert!(send(&client) && send(&client));
        script.advance(Duration::from_secs(60));
        assert!(send(&client));
        assert_eq!(hosts(&script), [PRIMARY, BACKUP, BACKUP, PRIMARY]);
    });
}

#[test]
fn only_a_connection_that_was_never_made_changes_the_host() {
    let script = || MockTransport::new([broken(TransportErrorKind::Lost), broken(TransportErrorKind::Timeout), ok()]);
    with_both(&config(), script, |client, script| {
        assert!(send(&client));
        assert_eq!(hosts(&script), [PRIMARY; 3]);
    });
}

fn own() -> Config {
    Config::new(SdkAppId(1), "administrator", SecretKey::new("key")).base_url("http://127.0.0.1:1")
}

#[test]
fn a_base_url_has_no_backup_unless_given_one() {
    let script = || MockTransport::new([broken(TransportErrorKind::Connect), ok()]);
    with_both(&own(), script, |client, script| {
        assert!(send(&client));
        assert_eq!(hosts(&script), ["127.0.0.1:1"; 2]);
    });
    let untrusted = || MockTransport::new([broken(TransportErrorKind::Certificate), ok()]);
    with_both(&own(), untrusted, |client, script| {
        assert!(!send(&client));
        assert_eq!(hosts(&script), ["127.0.0.1:1"]);
    });
    with_both(&own().backup_url("http://127.0.0.1:2"), script, |client, script| {
        assert!(send(&client));
        assert_eq!(hosts(&script), ["127.0.0.1:1", "127.0.0.1:2"]);
    });
}
