//! Decodes a response that is not as documented, and keeps all parts of it that can be read.
//!
//! Runs only after [`Response::decode`] failed, so a documented response costs nothing here. First
//! the text is repaired (`repair`). Then the envelope is decoded key by key, and each item of the
//! list is decoded separately (`item`).

mod item;
mod nulls;
mod pairs;
mod repair;

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::response::{DecodeError, Envelope, Response};
use crate::{ErrorCode, ResponseBody, UnreadableItem};

use nulls::without_nulls;
use pairs::{each_item, each_pair};
use repair::{BROKEN, shown};

/// The maximum number of keys in a body, without those of the envelope. No body has that many. A
/// key takes many times the memory of its text, so the number is bounded.
const MAX_KEYS: usize = 1000;

/// The maximum number of unreadable items that are kept. No command returns more items than that.
const MAX_UNREADABLE: usize = 1000;

/// The parts of a response that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decoded<R> {
    /// The envelope. It can always be read, whatever the body contains.
    pub envelope: Envelope,
    /// The body with all its readable items; `None` if the body cannot be read.
    pub body: Option<R>,
    /// Set if `body` lacks more than single items, for example the cursor of the next page. A
    /// cursor that cannot be read, or that occurs twice with different values, is not in `body`.
    pub problem: Option<DecodeError>,
}

impl<R: ResponseBody> Decoded<R> {
    /// Decodes a response strictly with [`Response::decode`]. If that fails, decodes it again with
    /// more tolerance:
    ///
    /// * `null` counts as a missing key.
    /// * Invalid UTF-8 and lone surrogates become U+FFFD. A user id or cursor with such text is
    ///   never used, because it would name another user or position.
    /// * An item that cannot be read is left out, and is listed in
    ///   [`ResponseBody::unreadable_mut`].
    /// * A key of the envelope other than `ErrorCode` is left out if its value has another type.
    /// * `ErrorCode` can be a string or have a fraction of zero. If it occurs several times, the
    ///   first code other than 0 is used.
    /// * A byte order mark, and text after the object, are ignored. Text that contains `ErrorCode`
    ///   can be a second response, so it is an error.
    /// * At most 1000 keys and 1000 unreadable items are kept; more of them set
    ///   [`problem`](Self::problem).
    ///
    /// # Errors
    /// The bytes are not a JSON object with an integer in `ErrorCode`.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        match Response::decode(bytes) {
            Ok(Response { body, envelope }) => Ok(Self { envelope, body: Some(body), problem: None }),
            Err(strict) => decode_tolerantly(bytes).ok_or(strict),
        }
    }
}

impl<R> Decoded<R> {
    /// Returns the body if it lacks nothing but single items.
    ///
    /// The body of a rejected call decodes too, and is empty: check `envelope.is_ok()` first.
    ///
    /// # Errors
    /// The body lacks more than that; see [`problem`](Self::problem).
    pub fn into_result(self) -> Result<R, DecodeError> {
        match (self.body, self.problem) {
            (Some(body), None) => Ok(body),
            (_, problem) => Err(problem.unwrap_or_else(|| DecodeError::new("the body cannot be read".to_owned()))),
        }
    }
}

/// Returns `None` if the bytes are not a response of the service.
fn decode_tolerantly<R: ResponseBody>(bytes: &[u8]) -> Option<Decoded<R>> {
    let text = repair::repair(bytes);
    let object = object(&text)?;
    let mut envelope = Envelope::default();
    let mut code = None;
    let mut has_invalid_code = false;
    let mut body = Body::default();
    each_pair(object, |key, value| match key.as_str() {
        _ if value.get() == "null" => {}
        // A response with different values does not count as success: the first code other than 0
        // and the first status other than `OK` are used.
        "ErrorCode" => match integer(value.get()).map(ErrorCode) {
            Some(value) if code.is_none_or(|code| code == ErrorCode::OK) => code = Some(value),
            Some(_) => {}
            None => has_invalid_code = true,
        },
        "ActionStatus" => {
            let before = envelope.status.take();
            let is_failure = before.as_deref().is_some_and(|status| status != "OK");
            envelope.status = if is_failure { before } else { text_of(value).map(shown).or(before) };
        }
        "ErrorInfo" => envelope.info = text_of(value).map(shown),
        "ErrorDisplay" => envelope.display = text_of(value).map(shown),
        "RequestId" => envelope.request_id = text_of(value).map(shown),
        _ => body.take::<R>(key, value),
    })?;
    envelope.code = code.filter(|_| !has_invalid_code)?;
    let (body, problem) = body.finish();
    Some(Decoded { envelope, body, problem })
}

/// The value of a JSON string. It can contain [`BROKEN`].
fn text_of(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// The value of an integer, which can be in a string or have a fraction of zero.
fn integer(json: &str) -> Option<i64> {
    let text = json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).unwrap_or(json).trim();
    text.parse().ok().or_else(|| text.parse::<f64>().ok()?.to_string().parse().ok())
}

/// The first JSON value of a response. Ignores a byte order mark before it and text after it.
/// Returns `None` if that text can be a second response.
fn object(text: &str) -> Option<&str> {
    let text = text.trim_start_matches('\u{feff}');
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let value = values.next()?.ok()?;
    let rest = text.get(values.byte_offset()..)?;
    (!rest.contains("ErrorCode")).then_some(value.get())
}

/// The items of one list.
#[derive(Default)]
struct List {
    /// The readable items as JSON, each followed by a comma.
    items: String,
    /// The number of items so far, readable or not.
    seen: usize,
}

/// Collects the keys of a body. Values stay JSON text, so they take no more memory than the
/// response.
#[derive(Default)]
struct Body<'a> {
    /// All keys that have no field below. A key that occurs twice has its last value.
    others: BTreeMap<String, &'a str>,
    /// The lists of items.
    items: BTreeMap<&'static str, List>,
    unreadable: Vec<UnreadableItem>,
    /// The position of the next page, as JSON.
    cursor: Option<String>,
    /// Set if the position cannot be read, or occurs twice with different values.
    has_bad_cursor: bool,
    /// The ids of the list [`ResponseBody::FAILED`] as JSON, each followed by a comma.
    failed: String,
    problem: Option<DecodeError>,
}

impl<'a> Body<'a> {
    fn take<R: ResponseBody>(&mut self, key: String, value: &'a RawValue) {
        match key.as_str() {
            name if R::ITEMS.contains(&name) => self.take_items::<R>(name, value),
            name if R::CURSOR == Some(name) => self.take_cursor(&key, value),
            name if R::FAILED == Some(name) => self.take_failed::<R>(R::FAILED.unwrap_or_default(), value),
            _ if self.others.len() < MAX_KEYS || self.others.contains_key(&key) => {
                self.others.insert(key, value.get());
            }
            _ => self.fail(format!("it has more than {MAX_KEYS} keys")),
        }
    }

    /// Decodes the items of a list one by one. If the list occurs twice, its parts count as one
    /// list.
    fn take_items<R: ResponseBody>(&mut self, name: &str, value: &RawValue) {
        let Some(field) = R::ITEMS.iter().find(|field| **field == name) else { return };
        let List { items, seen } = self.items.entry(field).or_default();
        let is_list = each_item(value.get(), |value| {
            if self.unreadable.len() > MAX_UNREADABLE {
                return;
            }
            match item::read::<R>(field, *seen, value.get()) {
                Ok(item) => {
                    items.push_str(&item);
                    items.push(',');
                }
                Err(item) => self.unreadable.push(item),
            }
            *seen = seen.saturating_add(1);
        });
        if is_list.is_none() {
            self.fail(format!("`{field}` is not a list"));
        }
        if self.unreadable.len() > MAX_UNREADABLE {
            self.fail(format!("more than {MAX_UNREADABLE} items of `{field}` cannot be read"));
        }
    }

    /// Keeps the cursor only if its text is intact: a changed cursor would name another position.
    fn take_cursor(&mut self, key: &str, value: &RawValue) {
        let json = match text_of(value) {
            Some(text) if text.contains(BROKEN) => return self.fail_cursor(format!("`{key}` contains broken text")),
            Some(text) => serde_json::json!(text).to_string(),
            None => value.get().to_owned(),
        };
        match &self.cursor {
            Some(before) if json != *before => self.fail_cursor(format!("`{key}` occurs twice with different values")),
            _ => self.cursor = Some(json),
        }
    }

    fn fail_cursor(&mut self, problem: String) {
        self.has_bad_cursor = true;
        self.fail(problem);
    }

    /// Keeps the entries that are user ids. Others are dropped if the items have the result of each
    /// target. Without items they are unreadable: a target that is not in the list would count as
    /// processed.
    fn take_failed<R: ResponseBody>(&mut self, field: &'static str, value: &RawValue) {
        let has_items = !R::ITEMS.is_empty();
        let mut index = 0_usize;
        let is_list = each_item(value.get(), |id| {
            if text_of(id).is_some_and(|id| !id.contains(BROKEN)) {
                self.failed.push_str(id.get());
                self.failed.push(',');
            } else if !has_items && self.unreadable.len() <= MAX_UNREADABLE {
                self.unreadable.push(item::unreadable_user(field, index, id));
            }
            index = index.saturating_add(1);
        });
        if is_list.is_none() && !has_items {
            self.fail(format!("`{field}` is not a list"));
        }
        if self.unreadable.len() > MAX_UNREADABLE && !has_items {
            self.fail(format!("more than {MAX_UNREADABLE} entries of `{field}` cannot be read"));
        }
    }

    fn fail(&mut self, problem: String) {
        self.problem.get_or_insert_with(|| DecodeError::new(problem));
    }

    /// Decodes the body from the keys and items that were kept.
    fn finish<R: ResponseBody>(mut self) -> (Option<R>, Option<DecodeError>) {
        self.unreadable.truncate(MAX_UNREADABLE);
        let mut body = serde_json::from_str::<R>(&self.json::<R>());
        if let (Err(_), Some(key), false) = (&body, R::CURSOR.filter(|_| self.cursor.is_some()), self.has_bad_cursor) {
            self.has_bad_cursor = true;
            body = serde_json::from_str(&self.json::<R>());
            if body.is_ok() {
                self.fail(format!("`{key}` is not a position"));
            }
        }
        let mut body = match body {
            Ok(body) => body,
            Err(error) => {
                self.fail(item::body_problem(&error, &self.json::<R>()));
                return (None, self.problem);
            }
        };
        match body.unreadable_mut() {
            Some(unreadable) => *unreadable = self.unreadable,
            None if self.unreadable.is_empty() => {}
            None => self.fail("an item cannot be read".to_owned()),
        }
        (Some(body), self.problem)
    }

    /// The keys and items that were kept, as the JSON of a body.
    fn json<R: ResponseBody>(&self) -> String {
        let list = |items: &str| format!("[{}]", items.strip_suffix(',').unwrap_or(items));
        let items = self.items.iter().map(|(key, found)| (*key, list(&found.items)));
        let failed = R::FAILED.map(|key| (key, list(&self.failed)));
        let cursor = R::CURSOR.zip(self.cursor.clone().filter(|_| !self.has_bad_cursor));
        let mut text = String::from("{");
        let mut push = |key: &str, value: &str| {
            text.push_str(if text.len() > 1 { "," } else { "" });
            text.push_str(&serde_json::json!(key).to_string());
            text.push(':');
            text.push_str(value);
        };
        let is_doubled =
            |key: &str| R::ALIASES.iter().any(|(alias, key_of)| *alias == key && self.others.contains_key(*key_of));
        for (key, value) in self.others.iter().filter(|(key, _)| !is_doubled(key)) {
            push(key, &without_nulls(value));
        }
        for (key, value) in items.chain(failed).chain(cursor) {
            push(key, &value);
        }
        text.push('}');
        shown(text)
    }
}

#[cfg(test)]
mod tests;
