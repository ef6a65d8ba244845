//! Faults: failures that a test causes on purpose.

mod handle;
mod list;
mod status;

pub use handle::Faults;
pub(crate) use list::{BodyFault, FaultList, Plan, Replacement, ResponseOverride};
pub use status::ActiveFault;

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::commands;

/// A failure that a test causes on purpose: one effect, and filters that select the affected calls.
///
/// Several faults can affect the same call. Their latencies add up. Only the first fault that
/// replaces the response has an effect, and only the first fault that changes how the response is
/// sent. A fault affects only calls that pass the gateway. For example, a call with a wrong
/// signature still gets the code for the signature.
///
/// ```
/// use std::time::Duration;
/// use tim_emulator::Fault;
///
/// let fails_three_times = Fault::code(30006).command("follow_add").user("bob").next(3);
/// let sometimes_slow = Fault::latency(Duration::from_millis(300)).jitter(Duration::from_millis(200)).share(0.1);
/// let processed_without_response = Fault::hang_up().applied();
/// # let _ = (fails_three_times, sometimes_slow, processed_without_response);
/// ```
///
/// The admin API and `tim emulator --fault` accept a fault as a flat JSON object. The first example
/// is `{"code":30006,"command":"follow_add","user":"bob","next":3}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    // One of these is the effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_code: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<u64>,
    #[serde(skip_serializing_if = "is_false")]
    hang_up: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    truncate: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slow_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,

    // Details of some effects.
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jitter_ms: Option<u64>,
    #[serde(skip_serializing_if = "is_false")]
    applied: bool,

    // Filters: which calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    every: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lasting_ms: Option<u64>,
}

/// Effects.
impl Fault {
    /// Rejects the call with this code. The call is not processed.
    pub fn code(code: i64) -> Self {
        Self { code: Some(code), ..Self::default() }
    }

    /// Rejects single targets with this code in their items. These targets are not processed.
    /// [`every`](Self::every), [`next`](Self::next) and [`share`](Self::share) then count targets.
    /// Commands without a result per target are not affected.
    pub fn item_code(code: i64) -> Self {
        Self { item_code: Some(code), ..Self::default() }
    }

    /// Delays the call by this time, at most ten minutes. The call is processed even if the client
    /// disconnects during the delay.
    pub fn latency(wait: Duration) -> Self {
        Self { latency_ms: Some(millis(wait)), ..Self::default() }
    }

    /// Closes the connection without a response. The call is not processed.
    pub fn hang_up() -> Self {
        Self { hang_up: true, ..Self::default() }
    }

    /// Replaces the response with an HTML page that has this HTTP status, 200 to 599. Proxies send
    /// such pages, for example with 502. The call is not processed.
    pub fn status(status: u16) -> Self {
        Self { status: Some(status), ..Self::default() }
    }

    /// Processes the call, and closes the connection after this many bytes of the response body. At
    /// least the last byte is missing.
    pub fn truncate(bytes: usize) -> Self {
        Self { truncate: Some(bytes), ..Self::default() }
    }

    /// Processes the call, and sends the response body byte by byte, with this pause before each
    /// byte. A pause is at most ten minutes.
    pub fn slow(pause: Duration) -> Self {
        Self { slow_ms: Some(millis(pause)), ..Self::default() }
    }

    /// Processes the call, and sends the response with this `Content-Type`.
    pub fn content_type(value: impl Into<String>) -> Self {
        Self { content_type: Some(value.into()), ..Self::default() }
    }
}

/// Details of some effects.
impl Fault {
    /// Sets the text of a code: `ErrorInfo` of a call, `ResultInfo` of an item. The default text
    /// contains the number of the fault. Valid with [`code`](Self::code) and
    /// [`item_code`](Self::item_code).
    #[must_use]
    pub fn info(self, text: impl Into<String>) -> Self {
        Self { info: Some(text.into()), ..self }
    }

    /// Adds a random time from 0 to `more` to a latency, uniformly distributed. `more` is at most
    /// ten minutes.
    #[must_use]
    pub fn jitter(self, more: Duration) -> Self {
        Self { jitter_ms: Some(millis(more)), ..self }
    }

    /// Processes the call before the effect. Valid with [`code`](Self::code),
    /// [`status`](Self::status), [`latency`](Self::latency) and [`hang_up`](Self::hang_up). The
    /// client cannot know that the call was processed.
    #[must_use]
    pub fn applied(self) -> Self {
        Self { applied: true, ..self }
    }
}

/// Filters. Without a filter, a fault affects every call.
impl Fault {
    /// Affects only calls of this command, for example `follow_add`.
    #[must_use]
    pub fn command(self, name: impl Into<String>) -> Self {
        Self { command: Some(name.into()), ..self }
    }

    /// Affects only calls of this user: the `From_Account`, or the `UserID` if the command has no
    /// `From_Account`.
    #[must_use]
    pub fn user(self, user: impl Into<String>) -> Self {
        Self { user: Some(user.into()), ..self }
    }

    /// Affects only this target. Valid with [`item_code`](Self::item_code).
    #[must_use]
    pub fn target(self, user: impl Into<String>) -> Self {
        Self { target: Some(user.into()), ..self }
    }

    /// Affects only each `calls`-th call that matches: with 2, the second, the fourth, and so on.
    /// At least 2. [`share`](Self::share) then selects among these calls.
    #[must_use]
    pub fn every(self, calls: u64) -> Self {
        Self { every: Some(calls), ..self }
    }

    /// Affects only the next `calls` calls that the other filters select; then the fault is
    /// removed. At least 1.
    #[must_use]
    pub fn next(self, calls: u64) -> Self {
        Self { next: Some(calls), ..self }
    }

    /// Affects a random share of the calls that match: above 0, at most 1. The choice is the same
    /// in every run with the same [`seed`](crate::Builder::seed), faults and calls.
    #[must_use]
    pub fn share(self, share: f64) -> Self {
        Self { share: Some(share), ..self }
    }

    /// Affects calls only during this time on the clock of the emulator; then the fault is removed.
    /// At least 1 ms.
    #[must_use]
    pub fn lasting(self, time: Duration) -> Self {
        Self { lasting_ms: Some(millis(time)), ..self }
    }
}

/// The reason why a fault is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidFault(Cow<'static, str>);

/// The effect of a valid fault.
#[derive(Debug, Clone, PartialEq)]
enum Effect {
    Code(i64),
    ItemCode(i64),
    Latency { wait: Duration, jitter: Duration },
    HangUp,
    Status(u16),
    Truncate(usize),
    Slow(Duration),
    ContentType(String),
}

impl Fault {
    const MAX_WAIT: Duration = Duration::from_secs(600);

    /// Returns the effect, or why the fault is invalid.
    fn effect(&self) -> Result<Effect, InvalidFault> {
        let wait = |ms: u64| Duration::from_millis(ms);
        let jitter = wait(self.jitter_ms.unwrap_or(0));
        let mut effects = [
            self.code.map(Effect::Code),
            self.item_code.map(Effect::ItemCode),
            self.latency_ms.map(|ms| Effect::Latency { wait: wait(ms), jitter }),
            self.hang_up.then_some(Effect::HangUp),
            self.status.map(Effect::Status),
            self.truncate.map(Effect::Truncate),
            self.slow_ms.map(|ms| Effect::Slow(wait(ms))),
            self.content_type.clone().map(Effect::ContentType),
        ]
        .into_iter()
        .flatten();
        let (Some(effect), None) = (effects.next(), effects.next()) else {
            return invalid(
                "a fault must have exactly one effect: set one of code, item_code, latency_ms, hang_up, status, \
                 truncate, slow_ms and content_type; for another effect, add another fault",
            );
        };
        self.check_values(&effect)?;
        self.check_filters(&effect)?;
        Ok(effect)
    }

    fn check_values(&self, effect: &Effect) -> Result<(), InvalidFault> {
        let fine = |wait: Duration| wait <= Self::MAX_WAIT;
        match effect {
            Effect::Code(0) | Effect::ItemCode(0) => return invalid("code 0 means success: set an error code"),
            Effect::Latency { wait, jitter } if !fine(*wait) || !fine(*jitter) => {
                return invalid("latency_ms or jitter_ms is too large: the maximum is 600000");
            }
            Effect::Slow(pause) if !fine(*pause) => return invalid("slow_ms is too large: the maximum is 600000"),
            Effect::Status(status) if !(200..=599).contains(status) => {
                return invalid(format!("the HTTP status {status} is invalid: set 200 to 599"));
            }
            Effect::ContentType(value) if !value.bytes().all(|c| (b' '..=b'~').contains(&c)) => {
                return invalid("content_type has characters that a header cannot contain: use printable ASCII");
            }
            _ => {}
        }
        let (coded, late) =
            (matches!(effect, Effect::Code(_) | Effect::ItemCode(_)), matches!(effect, Effect::Latency { .. }));
        let before = matches!(effect, Effect::Code(_) | Effect::Status(_) | Effect::HangUp) || late;
        match () {
            () if self.info.is_some() && !coded => invalid("info is only valid with code and item_code"),
            () if self.jitter_ms.is_some() && !late => invalid("jitter_ms is only valid with latency_ms"),
            () if self.applied && !before => invalid(
                "applied is only valid with code, status, latency_ms and hang_up: other effects always process the call",
            ),
            () => Ok(()),
        }
    }

    fn check_filters(&self, effect: &Effect) -> Result<(), InvalidFault> {
        let names = [("command", &self.command), ("user", &self.user), ("target", &self.target)];
        if let Some((key, _)) = names.iter().find(|(_, name)| name.as_deref() == Some("")) {
            return invalid(format!(
                "{key} is empty, so the fault would affect no call: omit {key} to affect every {key}"
            ));
        }
        if let Some(name) = self.command.as_deref().filter(|name| !commands::all_names().any(|known| known == *name)) {
            let known = commands::all_names().collect::<Vec<_>>().join(", ");
            return invalid(format!("the command {name:?} is unknown: use one of {known}"));
        }
        if self.target.is_some() && !matches!(effect, Effect::ItemCode(_)) {
            return invalid("target is only valid with item_code; use user for the From_Account of a call");
        }
        if self.every.is_some_and(|every| every < 2) {
            return invalid("every is below 2: set at least 2, or omit every to affect each call");
        }
        if self.next == Some(0) {
            return invalid("next is 0, so the fault would affect no call: set at least 1");
        }
        if self.lasting_ms == Some(0) {
            return invalid("lasting_ms is 0, so the fault would affect no call: set at least 1");
        }
        // The negation also rejects NaN.
        if self.share.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
            return invalid("share is out of range: set a number above 0 and at most 1, where 1 means every call");
        }
        Ok(())
    }
}

fn invalid<T>(why: impl Into<Cow<'static, str>>) -> Result<T, InvalidFault> {
    Err(InvalidFault(why.into()))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builder_and_the_json_say_the_same() {
        let ms = Duration::from_millis;
        for (fault, json) in [
            (
                Fault::code(30006).command("follow_add").user("bob").next(3).info("x"),
                r#"{"code":30006,"info":"x","command":"follow_add","user":"bob","next":3}"#,
            ),
            (Fault::item_code(30003).target("bob").share(0.5), r#"{"item_code":30003,"target":"bob","share":0.5}"#),
            (Fault::latency(ms(5)).jitter(ms(3)).applied(), r#"{"latency_ms":5,"jitter_ms":3,"applied":true}"#),
            (Fault::code(1).every(2).next(1), r#"{"code":1,"every":2,"next":1}"#),
            (Fault::hang_up().lasting(ms(9)), r#"{"hang_up":true,"lasting_ms":9}"#),
            (Fault::status(502), r#"{"status":502}"#),
            (Fault::truncate(10), r#"{"truncate":10}"#),
            (Fault::slow(ms(1)), r#"{"slow_ms":1}"#),
            (Fault::content_type("text/html"), r#"{"content_type":"text/html"}"#),
        ] {
            assert_eq!(serde_json::to_string(&fault).unwrap(), json);
            assert_eq!(serde_json::from_str::<Fault>(json).unwrap(), fault);
            assert!(fault.effect().is_ok(), "{json}");
        }
    }

    #[test]
    fn an_invalid_fault_is_rejected_with_a_reason() {
        for (json, reason) in [
            ("{}", "exactly one effect"),
            (r#"{"command":"follow_add"}"#, "exactly one effect"),
            (r#"{"code":1,"status":502}"#, "exactly one effect"),
            (r#"{"code":0}"#, "code 0"),
            (r#"{"latency_ms":600001}"#, "600000"),
            (r#"{"slow_ms":600001}"#, "600000"),
            (r#"{"status":100}"#, "200 to 599"),
            (r#"{"content_type":"a\nb"}"#, "ASCII"),
            (r#"{"status":502,"info":"x"}"#, "info"),
            (r#"{"code":1,"jitter_ms":1}"#, "jitter_ms"),
            (r#"{"item_code":1,"applied":true}"#, "applied"),
            (r#"{"code":1,"command":"follow_all"}"#, "follow_get_info"),
            (r#"{"code":1,"target":"bob"}"#, "target"),
            (r#"{"code":1,"next":0}"#, "at least 1"),
            (r#"{"code":1,"every":1}"#, "at least 2"),
            (r#"{"code":1,"lasting_ms":0}"#, "at least 1"),
            (r#"{"code":1,"command":""}"#, "command is empty"),
            (r#"{"code":1,"user":""}"#, "user is empty"),
            (r#"{"item_code":1,"target":""}"#, "target is empty"),
            (r#"{"code":1,"share":0}"#, "share"),
            (r#"{"code":1,"share":1.5}"#, "share"),
        ] {
            let error = serde_json::from_str::<Fault>(json).unwrap().effect().unwrap_err().to_string();
            assert!(error.contains(reason), "{json}: {error}");
        }
        assert!(Fault::code(1).share(f64::NAN).effect().is_err());
        assert!(serde_json::from_str::<Fault>(r#"{"code":1,"nxt":3}"#).unwrap_err().to_string().contains("nxt"));
    }
}
