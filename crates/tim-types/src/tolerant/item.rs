//! Decodes one item of a response separately.

use serde_json::value::RawValue;

use super::nulls::without_nulls;
use super::pairs::each_pair;
use super::repair::BROKEN;
use super::{integer, text_of};
use crate::{ResponseBody, UnreadableItem, UserId};

/// The maximum number of keys in an item that may occur more than once with the same value.
const MAX_REPEATED_KEYS: usize = 16;
/// A number with more characters is not shown in a reason.
const MAX_SHOWN_DIGITS: usize = 40;

/// The keys that an item can have for its code. The items of `ErrorList` have `ErrorCode`.
const CODES: [&str; 2] = ["ResultCode", "ErrorCode"];

const CONTRADICTION: &str = "a key occurs twice with different values";

/// Returns the item as JSON that can be decoded.
pub(super) fn read<R: ResponseBody>(field: &'static str, index: usize, item: &str) -> Result<String, UnreadableItem> {
    let unreadable = |target, Reason(reason)| UnreadableItem { field, index, target, reason };
    let head = match Head::read::<R>(item) {
        Ok(head) => head,
        Err(reason) => return Err(unreadable(None, reason)),
    };
    if decodes::<R>(field, item).is_ok() {
        return Ok(item.to_owned());
    }
    let reason = match read_leniently::<R>(field, item) {
        Ok(item) => return Ok(item),
        Err(reason) => reason,
    };
    // A rejected target keeps its code, whatever the other keys contain.
    head.rejection::<R>(field).ok_or_else(|| {
        let target = head.target.map(UserId::from).filter(|target| target.validate("").is_ok());
        unreadable(target, reason)
    })
}

/// An entry of a list of user ids that is not one.
pub(super) fn unreadable_user(field: &'static str, index: usize, value: &RawValue) -> UnreadableItem {
    let user = name(value);
    let reason = match &user {
        Some(user) if user.contains(BROKEN) => "it contains broken text".to_owned(),
        _ => format!("it is {}, not a user id", kind(value.get())),
    };
    let target = user.filter(|user| !user.contains(BROKEN)).map(UserId::from);
    UnreadableItem { field, index, target, reason }
}

/// Why an item cannot be decoded; see [`UnreadableItem::reason`].
struct Reason(String);

/// The target, code and text of an item. They can be read whatever the other keys contain.
#[derive(Default)]
struct Head {
    target: Option<String>,
    /// `None` if there is no code, or an unreadable one.
    code: Option<i64>,
    codes_differ: bool,
    info: Option<String>,
}

impl Head {
    fn read<R: ResponseBody>(item: &str) -> Result<Self, Reason> {
        let mut head = Self::default();
        let mut problem = None;
        let pairs = each_pair(item, |key, value| match key.as_str() {
            _ if value.get() == "null" => {}
            key if key == R::ITEM_USER => match (name(value), &head.target) {
                (Some(name), _) if name.contains(BROKEN) => problem = Some("contains broken text"),
                (Some(name), Some(before)) if name != *before => problem = Some("occurs twice with different values"),
                (Some(name), _) => head.target = Some(name),
                (None, _) => {}
            },
            key if CODES.contains(&key) => {
                let code = integer(value.get());
                head.codes_differ |= code.is_none() || head.code.is_some_and(|before| Some(before) != code);
                head.code = code;
            }
            "ResultInfo" if head.info.is_none() => head.info = text_of(value),
            _ => {}
        });
        match (pairs, problem) {
            (None, _) => Err(Reason(format!("it is {}, not an object", kind(item)))),
            (_, Some(problem)) => Err(Reason(format!("`{}` {problem}", R::ITEM_USER))),
            _ => Ok(head),
        }
    }

    /// The item of a rejected target, reduced to its target, code and text. `None` if the target
    /// was not rejected.
    fn rejection<R: ResponseBody>(&self, field: &str) -> Option<String> {
        let code = self.code.filter(|code| *code != 0 && !self.codes_differ)?;
        let target = serde_json::json!(self.target.as_ref()?);
        let info = serde_json::json!(self.info.as_deref().unwrap_or_default());
        let target = format!("\"{}\":{target},\"ResultInfo\":{info}", R::ITEM_USER);
        // An item that decodes without a code, such as an entry of a list, has no field for a code.
        // A code in it does not mean that the target was rejected.
        if decodes::<R>(field, &format!("{{{target}}}")).is_ok() {
            return None;
        }
        let items = CODES.map(|key| format!("{{{target},\"{key}\":{code}}}"));
        items.into_iter().find(|item| decodes::<R>(field, item).is_ok())
    }
}

/// The user id in a value: a string, or the digits of an integer.
fn name(value: &RawValue) -> Option<String> {
    let raw = value.get();
    let is_integer = raw.len() <= UserId::MAX_BYTES && raw.bytes().all(|digit| digit.is_ascii_digit());
    if is_integer { Some(raw.to_owned()) } else { serde_json::from_str(raw).ok() }
}

/// Returns the item without `null`s, without alternative keys if the main key is present, and
/// without repeated keys if their values are equal. The error is the reason why the item cannot be
/// decoded even then.
fn read_leniently<R: ResponseBody>(field: &str, item: &str) -> Result<String, Reason> {
    let cleaned = without_nulls(item);
    let mut replaced = Vec::new();
    each_pair(&cleaned, |key, _| {
        for (alias, main) in R::ALIASES {
            if *main == key && !replaced.contains(alias) {
                replaced.push(*alias);
            }
        }
    });
    let mut text = retain(&cleaned, |key, value| {
        // `ResultInfo` is only for people, so the item is kept even if it has another type.
        let is_invalid_text = key == "ResultInfo" && !value.starts_with('"');
        !is_invalid_text && !replaced.contains(&key)
    });
    for _ in 0..MAX_REPEATED_KEYS {
        let Err(problem) = decodes::<R>(field, &text) else { return Ok(text) };
        let Some(repeated) = problem.repeated_key() else { return Err(Reason(problem.reason(&text))) };
        text = without_repeats(&text, repeated).ok_or_else(|| Reason(CONTRADICTION.to_owned()))?;
    }
    Err(Reason(CONTRADICTION.to_owned()))
}

/// The object without the keys for which `keep` returns false. A space before the closing brace
/// separates the end of the object from the end of its last value ([`Problem::column`]).
fn retain<'a>(object: &'a str, mut keep: impl FnMut(&str, &'a str) -> bool) -> String {
    let mut out = String::with_capacity(object.len().saturating_add(2));
    each_pair(object, |key, value| {
        if keep(&key, value.get()) {
            out.push(if out.is_empty() { '{' } else { ',' });
            out.push_str(&serde_json::json!(key).to_string());
            out.push(':');
            out.push_str(value.get());
        }
    });
    out.push_str(if out.is_empty() { "{ }" } else { " }" });
    out
}

/// The object with `repeated` only once; `None` if its values differ.
fn without_repeats(object: &str, repeated: &str) -> Option<String> {
    let mut first = None;
    let mut differ = false;
    let once = retain(object, |key, value| {
        if key != repeated {
            return true;
        }
        differ |= first.is_some_and(|first| first != value);
        first.replace(value).is_none()
    });
    (!differ).then_some(once)
}

/// Decodes a body that has only this item.
fn decodes<R: ResponseBody>(field: &str, item: &str) -> Result<(), Problem> {
    let before = format!("{{\"{field}\":[");
    match serde_json::from_str::<R>(&format!("{before}{item}]}}")) {
        Ok(_) => Ok(()),
        Err(error) => {
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message).to_owned();
            Err(Problem { message, column: error.column().saturating_sub(before.len()) })
        }
    }
}

/// Why a body cannot be decoded even without the items that cannot.
pub(super) fn body_problem(error: &serde_json::Error, body: &str) -> String {
    // A body on several lines has an item on several lines, in which the column says nothing.
    let column = if error.line() == 1 { error.column() } else { 0 };
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message).to_owned();
    format!("the body does not fit the response type: {}", Problem { message, column }.reason(body))
}

/// Why an item or a body cannot be decoded.
struct Problem {
    /// The message of serde. It can quote the response.
    message: String,
    /// The position in the item at which serde stopped, if the item is on one line: in the value
    /// that has another type, or at its end.
    column: usize,
}

impl Problem {
    fn repeated_key(&self) -> Option<&str> {
        self.message.strip_prefix("duplicate field `")?.strip_suffix('`')
    }

    /// Names the unreadable key and the expected type, and quotes no text.
    fn reason(&self, item: &str) -> String {
        let message = &self.message;
        if message.starts_with("missing field ") {
            return message.replacen("missing field ", "", 1) + " is missing";
        }
        if ["number out of range", "recursion limit exceeded"].iter().any(|problem| message.starts_with(problem)) {
            return "a number is too large, or a value nests too deep".to_owned();
        }
        let expected = message.rsplit_once(", expected ").map_or("another type", |(_, expected)| expected);
        match self.culprit(item).map(|(key, value)| (key, kind(value), value)) {
            Some((key, "a number", number)) if number.len() <= MAX_SHOWN_DIGITS => {
                format!("`{key}` is {number}, expected {expected}")
            }
            Some((key, kind @ ("a number" | "a string" | "a boolean"), _)) => {
                format!("`{key}` is {kind}, expected {expected}")
            }
            Some((key, ..)) => format!("in `{key}`: expected {expected}"),
            None => format!("expected {expected}"),
        }
    }

    /// The key and value at which serde stopped.
    fn culprit<'a>(&self, item: &'a str) -> Option<(String, &'a str)> {
        let mut found = None;
        each_pair(item, |key, value| {
            let value = value.get();
            let start = value.as_ptr().addr().saturating_sub(item.as_ptr().addr());
            if (start..=start.saturating_add(value.len())).contains(&self.column) {
                found = Some((key, value));
            }
        });
        found
    }
}

/// The type of a JSON value.
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
