//! Selects recorded calls.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, de};
use tokio::runtime::Handle;

use super::record::CallRecord;
use super::text::call_contains;

/// Selects calls in the log. A call matches if it fulfils all conditions that are set. An empty
/// filter matches all calls.
///
/// ```
/// use tim_emulator::CallFilter;
///
/// let filter = CallFilter::new().command("follow_add").user("alice").code(30001);
/// assert_eq!(filter.to_string(), "command=follow_add user=alice code=30001");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CallFilter {
    command: Option<String>,
    user: Option<String>,
    target: Option<String>,
    #[serde(deserialize_with = "number")]
    code: Option<i64>,
    #[serde(deserialize_with = "number")]
    since_ms: Option<u64>,
    #[serde(deserialize_with = "number")]
    until_ms: Option<u64>,
    text: Option<String>,
    #[serde(deserialize_with = "flag")]
    failed: Option<bool>,
    #[serde(deserialize_with = "number")]
    fault: Option<u64>,
    #[serde(deserialize_with = "number")]
    pub(super) before: Option<u64>,
    #[serde(deserialize_with = "number")]
    after: Option<u64>,
    #[serde(deserialize_with = "number")]
    pub(super) last: Option<usize>,
}

impl CallFilter {
    /// Returns an empty filter, which matches all calls.
    pub fn new() -> Self {
        Self::default()
    }

    /// Matches only calls of this command, for example `follow_add`.
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }

    /// Matches only calls of this user: the `From_Account`, or the `UserID` if the command has no
    /// `From_Account`.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Matches only calls that name this user as a target.
    pub fn target(mut self, user: impl Into<String>) -> Self {
        self.target = Some(user.into());
        self
    }

    /// Matches only calls with this `ErrorCode`, and calls with an item that has this code.
    pub fn code(mut self, code: i64) -> Self {
        self.code = Some(code);
        self
    }

    /// Matches only calls at or after this time, in unix milliseconds on the clock of the emulator.
    pub fn since_ms(mut self, unix_ms: u64) -> Self {
        self.since_ms = Some(unix_ms);
        self
    }

    /// Matches only calls at or before this time, in unix milliseconds on the clock of the
    /// emulator.
    pub fn until_ms(mut self, unix_ms: u64) -> Self {
        self.until_ms = Some(unix_ms);
        self
    }

    /// Matches only calls that contain this text in the command, the target of the request line,
    /// the user, the targets, the codes, the HTTP status, or the body of the request or the
    /// response. ASCII letters match in both cases. The target of the request line and the bodies
    /// are searched as they were on the wire, with their percent signs and JSON escapes.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Matches only calls that failed, or only calls that did not. A call failed if its connection
    /// was closed without a response, if its HTTP status is not 2xx, or if its `ErrorCode` or the
    /// code of an item is not 0.
    pub fn failed(mut self, failed: bool) -> Self {
        self.failed = Some(failed);
        self
    }

    /// Matches only calls that the fault with this number affected.
    pub fn fault(mut self, fault: u64) -> Self {
        self.fault = Some(fault);
        self
    }

    /// Matches only calls with a number below this one. With [`last`](Self::last), this selects the
    /// calls before those that are already known.
    pub fn before(mut self, number: u64) -> Self {
        self.before = Some(number);
        self
    }

    /// Matches only calls with a number above this one.
    pub fn after(mut self, number: u64) -> Self {
        self.after = Some(number);
        self
    }

    /// Selects only the newest `calls` calls that match. Waiting for calls ignores this.
    pub fn last(mut self, calls: usize) -> Self {
        self.last = Some(calls);
        self
    }

    /// Whether the call fulfils all conditions, apart from `last`.
    pub(crate) fn matches(&self, call: &CallRecord) -> bool {
        // The text is the last condition, because it takes the most time.
        self.matches_fields(call) && self.text.as_deref().is_none_or(|text| call_contains(call, text))
    }

    /// Returns the calls that match. A search for a text runs on a blocking thread, because it can
    /// take longer than a call. Without a tokio runtime, it runs on the thread of the caller.
    pub(crate) async fn select(&self, mut calls: Vec<Arc<CallRecord>>) -> Vec<Arc<CallRecord>> {
        calls.retain(|call| self.matches_fields(call));
        let Some(text) = self.text.clone().filter(|_| !calls.is_empty()) else { return calls };
        let search = move || {
            calls.retain(|call| call_contains(call, &text));
            calls
        };
        match Handle::try_current() {
            Ok(runtime) => runtime.spawn_blocking(search).await.unwrap_or_default(),
            Err(_) => search(),
        }
    }

    /// Whether the call fulfils all conditions, apart from `text` and `last`.
    pub(super) fn matches_fields(&self, call: &CallRecord) -> bool {
        let has_code = |code| call.code == Some(code) || call.item_codes.contains(&code);
        self.after.is_none_or(|after| call.number > after)
            && self.before.is_none_or(|before| call.number < before)
            && self.since_ms.is_none_or(|since| call.at_ms >= since)
            && self.until_ms.is_none_or(|until| call.at_ms <= until)
            && self.code.is_none_or(has_code)
            && self.command.as_deref().is_none_or(|command| call.command == Some(command))
            && self.user.as_deref().is_none_or(|user| call.user.as_deref() == Some(user))
            && self.target.as_deref().is_none_or(|target| call.targets.iter().any(|found| found == target))
            && self.failed.is_none_or(|failed| call.is_failed() == failed)
            && self.fault.is_none_or(|fault| call.faults.contains(&fault))
    }
}

/// Writes the conditions like `command=follow_add user=alice`. Control characters are escaped.
impl fmt::Display for CallFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |key, value: &Option<String>| value.as_ref().map(|value| format!("{key}={}", value.escape_debug()));
        let fields = [
            text("command", &self.command),
            text("user", &self.user),
            text("target", &self.target),
            self.code.map(|value| format!("code={value}")),
            self.since_ms.map(|value| format!("since_ms={value}")),
            self.until_ms.map(|value| format!("until_ms={value}")),
            text("text", &self.text),
            self.failed.map(|value| format!("failed={value}")),
            self.fault.map(|value| format!("fault={value}")),
            self.before.map(|value| format!("before={value}")),
            self.after.map(|value| format!("after={value}")),
            self.last.map(|value| format!("last={value}")),
        ];
        let fields: Vec<_> = fields.into_iter().flatten().collect();
        f.write_str(if fields.is_empty() { "any call" } else { "" })?;
        f.write_str(&fields.join(" "))
    }
}

/// Deserializes a number, or a text that is a number. All values in the query of a URL are texts.
fn number<'de, D, N>(deserializer: D) -> Result<Option<N>, D::Error>
where
    D: Deserializer<'de>,
    N: FromStr + Deserialize<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either<N> {
        Number(N),
        Text(String),
    }
    match Either::<N>::deserialize(deserializer)? {
        Either::Number(number) => Ok(Some(number)),
        Either::Text(text) => {
            text.parse().map(Some).map_err(|_| de::Error::custom(format!("{text:?} is not a number")))
        }
    }
}

/// Deserializes a boolean, or the text `true` or `false`.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Flag(bool),
        Text(String),
    }
    match Either::deserialize(deserializer)? {
        Either::Flag(flag) => Ok(Some(flag)),
        Either::Text(text) => {
            text.parse().map(Some).map_err(|_| de::Error::custom(format!("{text:?} is not true or false")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Error, Value};

    use super::*;

    fn from_query(pairs: &[(&str, &str)]) -> Result<CallFilter, Error> {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value)));
        serde_json::from_value(Value::Object(pairs.collect()))
    }

    #[test]
    fn a_filter_is_read_from_the_text_of_a_query() {
        let pairs = [
            ("command", "follow_add"),
            ("user", "a"),
            ("target", "7"),
            ("code", "-1"),
            ("since_ms", "2"),
            ("until_ms", "3"),
            ("text", "x"),
            ("failed", "true"),
            ("fault", "6"),
            ("before", "7"),
            ("after", "4"),
            ("last", "5"),
        ];
        let filter = CallFilter::new().command("follow_add").user("a").target("7").code(-1);
        let filter = filter.since_ms(2).until_ms(3).text("x").failed(true).fault(6).before(7);
        assert_eq!(from_query(&pairs).unwrap(), filter.after(4).last(5));
        assert_eq!(from_query(&[("failed", "x")]).unwrap_err().to_string(), "\"x\" is not true or false");
        assert_eq!(from_query(&[]).unwrap(), CallFilter::new());
        assert_eq!(from_query(&[("code", "x")]).unwrap_err().to_string(), "\"x\" is not a number");
        assert!(from_query(&[("after", "-1")]).is_err());
    }

    #[test]
    fn a_filter_is_read_from_json() {
        let filter: CallFilter = serde_json::from_str(r#"{"code":30001,"last":2,"failed":false}"#).unwrap();
        assert_eq!(filter, CallFilter::new().code(30001).last(2).failed(false));
    }

    #[test]
    fn a_filter_is_shown_as_a_query() {
        assert_eq!(CallFilter::new().user("a\u{1b}[2J").after(3).to_string(), "user=a\\u{1b}[2J after=3");
        let filter = CallFilter::new().text("a\n").failed(true).fault(6).before(7);
        assert_eq!(filter.to_string(), "text=a\\n failed=true fault=6 before=7");
        assert_eq!(CallFilter::new().to_string(), "any call");
    }
}
