//! Reads a response that breaks the documented shape and keeps everything in it that can be read.
//!
//! Runs only after [`Answer::decode`] failed, so a response as documented costs nothing here. The text is repaired first
//! (`repair`), then the envelope is read key by key, then each item of the list is read alone (`item`).

mod item;
mod pairs;
mod repair;

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::answer::{Answer, DecodeError, Envelope};
use crate::{ErrorCode, ResponseBody};

pub use item::UnreadableItem;
use pairs::Pairs;
use repair::{REPLACEMENT, Repaired};

/// More unreadable items than any command has items: such a list is not worth its memory.
const MAX_UNREADABLE: usize = 1000;

/// What could be read of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading<R> {
    /// The envelope. It is always read, whatever the body looks like.
    pub envelope: Envelope,
    /// The body with all its readable items; `None` when nothing of it can be read.
    pub body: Option<R>,
    /// Set when something else than single items is missing from `body`, for example the cursor of the next page.
    pub problem: Option<DecodeError>,
}

impl<R: ResponseBody> Reading<R> {
    /// Reads a response strictly in one pass ([`Answer::decode`]) and, only if that fails, a second time tolerantly.
    ///
    /// The second time `null` counts as missing, invalid UTF-8 and lone surrogates become U+FFFD, an item that cannot be
    /// read is left out and listed in [`ResponseBody::unreadable_mut`], and keys of the envelope other than `ErrorCode` that
    /// have another type are left out. An id or cursor with broken text is never used.
    ///
    /// # Errors
    /// The bytes are not a JSON object with an `ErrorCode`.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        match Answer::decode(bytes) {
            Ok(Answer { body, envelope }) => Ok(Self { envelope, body: Some(body), problem: None }),
            Err(strict) => decode_tolerantly(bytes).ok_or(strict),
        }
    }
}

impl<R> Reading<R> {
    /// The body, when nothing but single items is missing from it.
    ///
    /// # Errors
    /// Something else is missing; see [`problem`](Self::problem).
    pub fn complete(self) -> Result<R, DecodeError> {
        match (self.body, self.problem) {
            (Some(body), None) => Ok(body),
            (_, problem) => Err(problem.unwrap_or_else(|| DecodeError::new("the body cannot be read".to_owned()))),
        }
    }
}

/// `None` when this is not a response of the service at all.
fn decode_tolerantly<R: ResponseBody>(bytes: &[u8]) -> Option<Reading<R>> {
    let Repaired { text, changed } = repair::repair(bytes);
    let Pairs(keys) = serde_json::from_str::<Pairs<&RawValue>>(&text).ok()?;
    let mut envelope = Envelope::default();
    let mut code = None;
    let mut body = Body { repaired: changed, ..Body::default() };
    for (key, value) in keys {
        match key.as_str() {
            _ if value.get() == "null" => {}
            "ErrorCode" => code = Some(serde_json::from_str::<ErrorCode>(value.get()).ok()?),
            "ActionStatus" => envelope.status = text_of(value),
            "ErrorInfo" => envelope.info = text_of(value),
            "ErrorDisplay" => envelope.display = text_of(value),
            "RequestId" => envelope.request_id = text_of(value),
            _ => body.take::<R>(key, value),
        }
    }
    envelope.code = code?;
    let (body, problem) = body.finish();
    Some(Reading { envelope, body, problem })
}

fn text_of(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// The keys of a body while they are collected.
#[derive(Default)]
struct Body {
    /// Whether broken text was replaced somewhere in the response.
    repaired: bool,
    /// Keys and their values as JSON, without those below. A key that occurs twice has its last value.
    others: BTreeMap<String, String>,
    /// The readable items as JSON.
    items: Vec<String>,
    unreadable: Vec<UnreadableItem>,
    /// The ids in `Fail_Account`.
    failed: Vec<String>,
    problem: Option<DecodeError>,
}

impl Body {
    fn take<R: ResponseBody>(&mut self, key: String, value: &RawValue) {
        match key.as_str() {
            name if R::ITEMS == Some(name) => self.take_items::<R>(value),
            name if R::CURSOR == Some(name) => self.take_cursor(key, value),
            name if R::FAILED == Some(name) => self.take_failed(value),
            _ => {
                let cleaned = item::without_nulls(value).unwrap_or_else(|| value.get().to_owned());
                self.others.insert(key, cleaned);
            }
        }
    }

    /// Reads the items one by one. A list that occurs twice is one list.
    fn take_items<R: ResponseBody>(&mut self, value: &RawValue) {
        let Some(field) = R::ITEMS else { return };
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(value.get()) else {
            return self.fail(format!("`{field}` is not a list"));
        };
        for value in items {
            let index = self.items.len() + self.unreadable.len();
            match item::read::<R>(field, index, value.get(), self.repaired) {
                Ok(item) => self.items.push(item),
                Err(_) if self.unreadable.len() == MAX_UNREADABLE => {
                    return self.fail(format!("more than {MAX_UNREADABLE} items of `{field}` cannot be read"));
                }
                Err(item) => self.unreadable.push(item),
            }
        }
    }

    /// A cursor that is not exactly what the service sent would lead anywhere.
    fn take_cursor(&mut self, key: String, value: &RawValue) {
        match text_of(value) {
            None => self.fail(format!("`{key}` is not a string")),
            Some(cursor) if self.is_broken(&cursor) => self.fail(format!("`{key}` holds broken text")),
            Some(cursor) => {
                let before = self.others.insert(key, value.get().to_owned());
                if before.is_some_and(|before| serde_json::from_str(&before).ok() != Some(cursor)) {
                    self.fail("the cursor occurs twice with different values".to_owned());
                }
            }
        }
    }

    /// The items say what became of each target, so an entry that is not an id is of no use.
    fn take_failed(&mut self, value: &RawValue) {
        let ids = serde_json::from_str::<Vec<&RawValue>>(value.get()).unwrap_or_default();
        self.failed.extend(ids.into_iter().filter_map(text_of));
    }

    /// Whether an id or cursor may have been changed by the repair.
    fn is_broken(&self, id: &str) -> bool {
        self.repaired && id.contains(REPLACEMENT)
    }

    fn fail(&mut self, problem: String) {
        self.problem.get_or_insert(DecodeError::new(problem));
    }

    /// Decodes what was kept.
    fn finish<R: ResponseBody>(mut self) -> (Option<R>, Option<DecodeError>) {
        if let Some(field) = R::ITEMS {
            self.others.insert(field.to_owned(), format!("[{}]", self.items.join(",")));
        }
        if let Some(field) = R::FAILED {
            let failed: Vec<_> = self.failed.iter().filter(|id| !self.is_broken(id)).collect();
            self.others.insert(field.to_owned(), serde_json::json!(failed).to_string());
        }
        let keys = self.others.iter().map(|(key, value)| format!("{}:{value}", serde_json::json!(key)));
        let text = format!("{{{}}}", keys.collect::<Vec<_>>().join(","));
        let Ok(mut body) = serde_json::from_str::<R>(&text) else {
            self.fail("the JSON is not a response to this command".to_owned());
            return (None, self.problem);
        };
        match body.unreadable_mut() {
            Some(unreadable) => *unreadable = self.unreadable,
            None if self.unreadable.is_empty() => {}
            None => self.fail("an item cannot be read".to_owned()),
        }
        (Some(body), self.problem)
    }
}

#[cfg(test)]
mod tests;
