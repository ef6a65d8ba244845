//! The documented samples are decoded, and encoded again byte for byte.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tim_types::{Command, Endpoint, ErrorCode, Response, follow, friend};

use crate::documents::{call_each, document, request};

/// The text of a fixture, without the line end.
macro_rules! fixture {
    ($command:literal, $part:literal) => {
        include_str!(concat!("../fixtures/", $command, "/", $part, ".json")).trim_end()
    };
}
pub(crate) use fixture;

fn round_trip<T: Serialize + DeserializeOwned>(text: &str) -> T {
    let value: T = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&value).unwrap(), text);
    value
}

fn both<E>(request: &str, response: &str) -> (E, E::Response)
where
    E: Endpoint + DeserializeOwned,
    E::Response: Serialize + Debug,
{
    let response: Response<E::Response> = round_trip(response);
    assert!(response.envelope.is_ok());
    (round_trip(request), response.body)
}

fn survives_a_round_trip<C: Command>() {
    let _: C = round_trip(&document::<C>("request.json"));
    let response: Response<C::Response> = round_trip(&document::<C>("response.json"));
    assert!(response.envelope.is_ok(), "{}", C::COMMAND);
    assert_eq!(document::<C>("path.txt"), format!("/v4/{}/{}", C::SERVICE, C::COMMAND));
    request::<C>().validate().unwrap();
}

#[test]
fn every_sample_survives_a_round_trip_byte_for_byte() {
    tim_types::for_each_command!(call_each(survives_a_round_trip));
}

#[test]
fn follow_add() {
    let (request, response) =
        both::<follow::Add>(fixture!("follow_add", "request"), fixture!("follow_add", "response"));
    assert_eq!(request, follow::Add::new("UserID_001", ["UserID_002", "UserID_003"]));
    assert_eq!(response.items.len(), 2);
}

#[test]
fn follow_delete() {
    let (request, response) =
        both::<follow::Delete>(fixture!("follow_delete", "request"), fixture!("follow_delete", "response"));
    assert_eq!(request, follow::Delete::new("UserID_001", ["UserID_002", "UserID_003"]));
    assert_eq!(response.items[1].target, "UserID_003");
}

#[test]
fn follow_check() {
    let (request, response) =
        both::<follow::Check>(fixture!("follow_check", "request"), fixture!("follow_check", "response"));
    assert_eq!(request, follow::Check::new("UserID_001", ["UserID_002", "UserID_003"]));
    assert_eq!(response.items[0].result(), Ok(follow::Relation::NONE));
}

#[test]
fn follow_get() {
    let (request, response) =
        both::<follow::List>(fixture!("follow_get", "request"), fixture!("follow_get", "response"));
    assert_eq!(request, follow::List::followers("UserID_001"));
    let first = &response.items[0];
    assert_eq!((first.followed_at, first.profile_sequence), (1702262118, Some(123)));
    assert_eq!(first.profile.as_ref().unwrap()[0].value, "NickNameTest2");
}

#[test]
fn follow_get_info() {
    let (request, response) =
        both::<follow::Counts>(fixture!("follow_get_info", "request"), fixture!("follow_get_info", "response"));
    assert_eq!(request, follow::Counts::new("UserID_001", ["UserID_001", "UserID_002", "UserID_003"]));
    let counts = response.items[0].result().unwrap();
    assert_eq!((counts.followers, counts.following, counts.mutual), (0, 2, 0));
}

#[test]
fn friend_check() {
    let (request, response) =
        both::<friend::Check>(fixture!("friend_check", "request"), fixture!("friend_check", "response"));
    assert_eq!(request, friend::Check::both("id", ["id1", "id2", "id3", "id4", "id5"]));
    assert_eq!(response.items[0].result(), Ok(friend::Relation::BOTH_WAY));
    assert_eq!(response.items[4].result().unwrap_err().code, ErrorCode(30006));
    assert_eq!(response.failed, ["id5"]);
}
