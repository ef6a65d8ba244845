//! The messages of errors.
#![allow(clippy::unwrap_used)]

use std::error::Error as _;

use tim_sig::SecretKey;

#[test]
fn the_cause_is_the_source_and_not_in_the_message() {
    let error = SecretKey::from_file("no/such/file").unwrap_err();
    let cause = error.source().unwrap().to_string();
    assert!(!error.to_string().contains(&cause), "{error}");
    assert!(error.to_string().contains("no/such/file"), "{error}");
}
