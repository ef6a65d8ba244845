//! Selects recorded calls.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

use super::record::CallRecord;

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
    pub(super) fn matches(&self, call: &CallRecord) -> bool {
        let has_code = |code| call.code == Some(code) || call.item_codes.contains(&code);
        self.after.is_none_or(|after| call.number > after)
            && self.since_ms.is_none_or(|since| call.at_ms >= since)
            && self.until_ms.is_none_or(|until| call.at_ms <= until)
            && self.code.is_none_or(has_code)
            && self.command.as_deref().is_none_or(|command| call.command == Some(command))
            && self.user.as_deref().is_none_or(|user| call.user.as_deref() == Some(user))
            && self.target.as_deref().is_none_or(|target| call.targets.iter().any(|found| found == target))
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
            ("after", "4"),
            ("last", "5"),
        ];
        let filter = CallFilter::new().command("follow_add").user("a").target("7").code(-1);
        assert_eq!(from_query(&pairs).unwrap(), filter.since_ms(2).until_ms(3).after(4).last(5));
        assert_eq!(from_query(&[]).unwrap(), CallFilter::new());
        assert_eq!(from_query(&[("code", "x")]).unwrap_err().to_string(), "\"x\" is not a number");
        assert!(from_query(&[("after", "-1")]).is_err());
    }

    #[test]
    fn a_filter_is_read_from_json() {
        let filter: CallFilter = serde_json::from_str(r#"{"code":30001,"last":2}"#).unwrap();
        assert_eq!(filter, CallFilter::new().code(30001).last(2));
    }

    #[test]
    fn a_filter_is_shown_as_a_query() {
        assert_eq!(CallFilter::new().user("a\u{1b}[2J").after(3).to_string(), "user=a\\u{1b}[2J after=3");
        assert_eq!(CallFilter::new().to_string(), "any call");
    }
}
