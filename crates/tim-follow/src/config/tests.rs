use std::error::Error as _;

use tim_sig::SignError;
use tim_transport::{TransportError, TransportErrorKind};

use super::*;

fn config() -> Config {
    Config::new(SdkAppId(1), "administrator", SecretKey::new("hunter2"))
}

#[test]
fn a_region_is_https_and_has_a_backup() {
    let (primary, backup) = config().region(Region::Tokyo).bases().unwrap();
    assert_eq!(primary, "https://adminapijpn.im.qcloud.com");
    assert_eq!(backup.as_deref(), Some("https://adminapijpn.my-imcloud.com"));
    assert!(matches!(config().bases(), Err(ConfigError::NoRegion)));
}

#[test]
fn a_base_url_has_a_backup_only_if_one_is_set() {
    let config = config().base_url("http://127.0.0.1:80/");
    assert_eq!(config.bases().unwrap(), ("http://127.0.0.1:80".to_owned(), None));
    let backup = config.clone().backup_url("http://[::1]").bases().unwrap().1;
    assert_eq!(backup.as_deref(), Some("http://[::1]"));
    assert!(matches!(config.backup_url("x").bases(), Err(ConfigError::BaseUrl { .. })));
}

#[test]
fn debug_hides_the_key_and_passwords() {
    let shown = format!("{:?}", config().base_url("http://me:hunter2@host"));
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn no_error_has_a_source_that_display_shows_too() {
    let transport = || -> ConfigError {
        let cause = std::io::Error::other("inner");
        TransportError::new(TransportErrorKind::Setup, "TLS").with_source(cause).into()
    };
    let shown = transport().to_string();
    assert_eq!(shown, "cannot create the transport: the request could not be created: TLS: inner; check its options");
    for error in [transport(), SignError::EmptyKey.into(), ConfigError::NoRegion] {
        assert!(error.source().is_none(), "{error}");
    }
    assert_eq!(ConfigError::from(SignError::EmptyKey).to_string(), SignError::EmptyKey.to_string());
}
