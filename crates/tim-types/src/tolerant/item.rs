//! One item of a response, read alone.

use std::fmt;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::pairs::Pairs;
use super::repair::REPLACEMENT;
use crate::{ResponseBody, UserId};

/// An item of a response that cannot be read. The other items of the response are not affected.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct UnreadableItem {
    /// The list it is in, as on the wire, for example `FollowItem`.
    pub field: &'static str,
    /// Its position in that list, counted from 0.
    pub index: usize,
    /// The user it is about, where that can be read.
    pub target: Option<UserId>,
    /// Why it cannot be read. Names keys and types, never a text from the response.
    pub reason: String,
}

impl fmt::Display for UnreadableItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] of the response cannot be read: {}", self.field, self.index, self.reason)
    }
}

/// An item with more keys is not searched for the one that cannot be read.
const MAX_SEARCHED_KEYS: usize = 32;

/// Returns the item as JSON that decodes.
pub(super) fn read<R: ResponseBody>(
    field: &'static str,
    index: usize,
    item: &str,
    repaired: bool,
) -> Result<String, UnreadableItem> {
    let unreadable = |target, reason| UnreadableItem { field, index, target, reason };
    let Ok(Pairs(keys)) = serde_json::from_str::<Pairs<&RawValue>>(item) else {
        return Err(unreadable(None, format!("it is {}, not an object", kind(item))));
    };
    let target = keys.iter().rev().find(|(key, _)| key == R::TARGET);
    let target: Option<String> = target.and_then(|(_, value)| serde_json::from_str(value.get()).ok());
    if repaired && target.as_ref().is_some_and(|target| target.contains(REPLACEMENT)) {
        return Err(unreadable(None, format!("`{}` holds broken text", R::TARGET)));
    }
    if decodes::<R>(field, item).is_ok() {
        return Ok(item.to_owned());
    }
    let target = target.map(UserId::from).filter(|target| target.validate("").is_ok());
    read_leniently::<R>(field, keys).map_err(|reason| unreadable(target, reason))
}

/// Reads the item without what is `null` and without a second encoding of a key; or why that is not possible.
fn read_leniently<R: ResponseBody>(field: &str, keys: Vec<(String, &RawValue)>) -> Result<String, String> {
    let mut object = Map::new();
    for (key, value) in keys {
        let Ok(value) = serde_json::from_str::<Value>(value.get()) else {
            return Err("a number is too large, or a value nests too deep".to_owned());
        };
        match drop_nulls(value) {
            None => {}
            // A text for people: the code decides.
            Some(value) if key == "ResultInfo" && !value.is_string() => {}
            Some(value) if object.get(&key).is_some_and(|before| *before != value) => {
                return Err("a key occurs twice with different values".to_owned());
            }
            Some(value) => drop(object.insert(key, value)),
        }
    }
    for (alias, key) in R::ALIASES {
        if object.contains_key(*key) {
            object.remove(*alias);
        }
    }
    let Err(problem) = decodes::<R>(field, &json(&object)) else { return Ok(json(&object)) };
    rejection::<R>(field, &object).ok_or_else(|| reason::<R>(field, &object, &problem))
}

/// A rejected target keeps its code, whatever else the item holds.
fn rejection<R: ResponseBody>(field: &str, object: &Map<String, Value>) -> Option<String> {
    object.get("ResultCode")?.as_i64().filter(|code| *code != 0)?;
    let mut rejection = object.clone();
    rejection.retain(|key, _| key == R::TARGET || key == "ResultCode" || key == "ResultInfo");
    decodes::<R>(field, &json(&rejection)).ok().map(|()| json(&rejection))
}

/// Whether a body with only this item can be read; else serde's message without the position in the text.
fn decodes<R: ResponseBody>(field: &str, item: &str) -> Result<(), String> {
    match serde_json::from_str::<R>(&format!("{{\"{field}\":[{item}]}}")) {
        Ok(_) => Ok(()),
        Err(error) => {
            let message = error.to_string();
            Err(message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message).to_owned())
        }
    }
}

/// Names the key that cannot be read: without it the message is another one. The message itself may quote the response, so
/// only the part that names the expected type is kept.
fn reason<R: ResponseBody>(field: &str, object: &Map<String, Value>, problem: &str) -> String {
    if problem.starts_with("missing field ") {
        return problem.replacen("missing field ", "", 1) + " is missing";
    }
    let differs = |key: &&String| {
        let mut rest = object.clone();
        rest.remove(*key);
        decodes::<R>(field, &json(&rest)).err().is_none_or(|other| other != problem)
    };
    let expected = problem.rsplit_once(", expected ").map_or("another type", |(_, expected)| expected);
    let culprit = if object.len() <= MAX_SEARCHED_KEYS { object.keys().find(differs) } else { None };
    match culprit.map(|key| (key, object.get(key))) {
        Some((key, Some(Value::Number(number)))) => format!("`{key}` is {number}, expected {expected}"),
        Some((key, Some(value @ (Value::String(_) | Value::Bool(_))))) => {
            format!("`{key}` is {}, expected {expected}", kind(&value.to_string()))
        }
        Some((key, _)) => format!("in `{key}`: expected {expected}"),
        None => format!("expected {expected}"),
    }
}

/// What kind of value a JSON text is.
fn kind(json: &str) -> &'static str {
    match json.as_bytes().first() {
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// The value as JSON, without all that is `null` in it; `None` when nothing is left, or when it cannot be read.
pub(super) fn without_nulls(value: &RawValue) -> Option<String> {
    drop_nulls(serde_json::from_str(value.get()).ok()?).map(|value| value.to_string())
}

fn drop_nulls(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(values) => Some(values.into_iter().filter_map(drop_nulls).collect()),
        Value::Object(keys) => {
            let keys = keys.into_iter().filter_map(|(key, value)| Some((key, drop_nulls(value)?)));
            Some(Value::Object(keys.collect()))
        }
        other => Some(other),
    }
}

fn json(object: &Map<String, Value>) -> String {
    // A map of JSON values can always be written.
    serde_json::to_string(object).unwrap_or_default()
}
