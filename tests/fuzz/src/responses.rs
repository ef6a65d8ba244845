//! Any bytes are decoded as the response to a command, or rejected. What was decoded can be shown
//! and encoded again.
//!
//! The first line is the name of a command. With another first line, all bytes are the response to
//! every command.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tim_types::{Command, DecodeError, Decoded, Empty, Endpoint, Envelope, Response, ResponseBody, TargetResults};

use crate::first_line;

/// The most unreadable items that are kept, as documented.
const MAX_UNREADABLE: usize = 1000;

pub(crate) fn run(bytes: &[u8]) {
    let (name, response) = first_line(bytes);
    if !decode_as(response, Some(name)) {
        decode_as(bytes, None);
        decode::<Empty>(bytes);
        decode::<TargetResults>(bytes);
    }
}

/// Decodes a response to the command with this name, or to every command without a name. Returns
/// whether there is a command with this name.
fn decode_as(bytes: &[u8], name: Option<&[u8]>) -> bool {
    fn one<C: Command>(bytes: &[u8], name: Option<&[u8]>) -> bool {
        let is_named = name.is_none_or(|name| name == C::COMMAND.as_bytes());
        if is_named {
            decode::<<C as Endpoint>::Response>(bytes);
        }
        is_named
    }
    macro_rules! commands {
        ($($command:ty),* $(,)?) => { [$(one::<$command>(bytes, name)),*] };
    }
    tim_types::for_each_command!(commands).contains(&true)
}

fn decode<R: ResponseBody + DeserializeOwned + Serialize + Clone + Debug + PartialEq>(bytes: &[u8]) {
    let strict = Response::<R>::decode(bytes);
    let tolerant = Decoded::<R>::decode(bytes);
    if let Ok(Response { body, envelope }) = strict.clone() {
        let expected = (envelope, Some(body), None);
        let Decoded { envelope, body, problem, .. } = tolerant.clone().expect("a strict decoder accepts less");
        assert_eq!((envelope, body, problem), expected, "both decoders agree");
    }
    show(&strict);
    match tolerant {
        Err(error) => check_error(&error),
        Ok(decoded) => {
            show(&decoded);
            check_envelope(&decoded.envelope);
            let Decoded { envelope, body, problem, .. } = decoded;
            assert!(body.is_some() || problem.is_some(), "a body that is missing has a reason");
            problem.iter().for_each(check_error);
            let Some(mut body) = body else { return };
            let unreadable = body.unreadable_mut().map(std::mem::take).unwrap_or_default();
            assert!(unreadable.len() <= MAX_UNREADABLE);
            survives(&Response { envelope, body });
        }
    }
}

/// Encodes a response, and decodes it again.
fn survives<R: DeserializeOwned + Serialize + Debug + PartialEq>(response: &Response<R>) {
    let encode = |response| serde_json::to_string(response).expect("what was decoded can be encoded");
    let text = encode(response);
    let again = Response::<R>::decode(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(again, *response, "{text}");
    assert_eq!(encode(&again), text);
}

/// The text of a response can be hostile: it must not move the cursor of a terminal.
fn check_envelope(envelope: &Envelope) {
    let shown = format!("{envelope:?}");
    assert!(!shown.contains(char::is_control), "{shown}");
}

fn check_error(error: &DecodeError) {
    let shown = error.to_string();
    assert!(!shown.is_empty() && !shown.contains(char::is_control), "{shown:?}");
}

fn show(value: &impl Debug) {
    assert!(!format!("{value:?}").is_empty());
}
