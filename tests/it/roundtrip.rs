//! For every command, `decode(encode(decode(x)))` equals `decode(x)`, where `x` is derived from the
//! documented samples. Unknown keys are ignored, and unknown values are kept.

mod document;

use std::fmt::Debug;

use proptest::prelude::*;
use serde::Serialize;
use serde_json::Value;
use tim_types::{Command, Decoded, Empty, ErrorCode, Response, TargetResults, follow, friend};

use self::document::{Choices, add_unknown_key, change_value, write};
use crate::documents::{call_each, document};

/// The maximum number of changes of a document; each takes about four bytes of choices.
const CHANGES: usize = 8;

/// Makes a document from a documented one and checks it: unknown keys and the order of keys never
/// matter. Other changes are kept if the document can still be read.
fn survives<T: Debug + PartialEq>(
    documented: &str,
    bytes: &[u8],
    decode: impl Fn(&str) -> Option<T>,
    encode: impl Fn(&T) -> String,
) {
    let mut choices = Choices(bytes);
    let mut value: Value = serde_json::from_str(documented).unwrap();
    for _ in 0..CHANGES {
        if choices.is_empty() {
            break;
        }
        let before = value.clone();
        change_value(&mut value, &mut choices);
        if decode(&value.to_string()).is_none() {
            value = before;
        }
    }
    let expected = decode(&value.to_string());
    add_unknown_key(&mut value, &mut choices);
    let text = write(&value, &mut choices);
    let decoded = decode(&text);
    assert!(decoded.is_some() && decoded == expected, "{text}\n{decoded:?}\n{expected:?}");
    let again = encode(decoded.as_ref().unwrap());
    assert_eq!(decode(&again), decoded, "{text}\n{again}");
}

/// Decodes a response as the clients do. `None` if a part is unreadable, because that part would
/// not be encoded again.
fn read<C: Command>(text: &str) -> Option<Response<C::Response>> {
    let decoded = Decoded::<C::Response>::decode(text.as_bytes()).ok()?;
    let (envelope, mut body) = (decoded.envelope.clone(), decoded.into_result().ok()?);
    let unreadable = tim_types::ResponseBody::unreadable_mut(&mut body).map(std::mem::take);
    unreadable.unwrap_or_default().is_empty().then_some(Response { envelope, body })
}

fn encode<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}

fn all_survive(bytes: &[u8]) {
    fn one<C: Command>(bytes: &[u8]) {
        survives(&document::<C>("request.json"), bytes, |text| serde_json::from_str::<C>(text).ok(), encode);
        survives(&document::<C>("response.json"), bytes, read::<C>, encode);
    }
    macro_rules! all {
        ($($command:ty),* $(,)?) => { $(one::<$command>(bytes);)* };
    }
    tim_types::for_each_command!(all);
}

proptest! {
    #[test]
    fn every_request_and_response_survives(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        all_survive(&bytes);
    }
}

/// Checks that a response without any key of the body can be decoded.
fn decodes_without_keys<C: Command>() {
    let bare = Response::<C::Response>::decode(br#"{"ActionStatus":"OK","ErrorCode":0}"#);
    bare.unwrap_or_else(|error| panic!("{}: {error}", C::COMMAND));
}

#[test]
fn missing_keys_of_a_response_are_empty() {
    tim_types::for_each_command!(call_each(decodes_without_keys));
    assert_eq!(Response::<Empty>::decode(br#"{"ErrorCode":0}"#).unwrap().body, Empty {});
    assert_eq!(Response::<TargetResults>::decode(br#"{"ErrorCode":0}"#).unwrap().body.items, []);
}

/// Values of a documented type that the service could add later.
#[test]
fn unknown_values_are_kept() {
    let text = br#"{"ResultItem":[{"To_Account":"b","ResultCode":999999,"ResultInfo":"new","FollowType":9}],
                    "ErrorCode":0,"ActionStatus":"OK"}"#;
    let response = Response::<follow::CheckResponse>::decode(text).unwrap();
    assert_eq!(response.body.items[0].code, ErrorCode(999999));
    assert_eq!(response.body.items[0].relation, Some(follow::Relation(9)));

    let text = br#"{"InfoItem":[{"To_Account":"b","Relation":"CheckResult_Type_New","ResultCode":0}],"ErrorCode":0}"#;
    let response = Response::<friend::CheckResponse>::decode(text).unwrap();
    assert_eq!(response.body.items[0].result().unwrap().as_str(), "CheckResult_Type_New");
}
