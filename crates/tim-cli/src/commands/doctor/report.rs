//! What the doctor says: one check a line, with what to do about it.

use serde_json::Value;

use crate::exit::{ExitStatus, Failure};
use crate::output::{Field, Output, Row, escape, note};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    Warn,
    Fail,
    Skipped,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
        }
    }
}

/// How a check went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) status: Status,
    pub(super) info: String,
    pub(super) fix: Option<String>,
}

impl Finding {
    pub(super) fn ok(info: impl Into<String>) -> Self {
        Self { status: Status::Ok, info: info.into(), fix: None }
    }

    pub(super) fn warn(info: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { status: Status::Warn, info: info.into(), fix: Some(fix.into()) }
    }

    pub(super) fn fail(info: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { status: Status::Fail, ..Self::warn(info, fix) }
    }

    /// A check that was not made, and why not.
    pub(super) fn skipped(why: impl Into<String>) -> Self {
        Self { status: Status::Skipped, ..Self::ok(why) }
    }
}

/// Prints findings as they come and counts them.
pub(super) struct Report<'a> {
    out: &'a mut Output,
    fails: usize,
    warnings: usize,
}

impl<'a> Report<'a> {
    pub(super) fn new(out: &'a mut Output) -> Self {
        Self { out, fails: 0, warnings: 0 }
    }

    pub(super) fn say(&mut self, check: &str, finding: &Finding) -> Result<(), Failure> {
        let Finding { status, info, fix } = finding;
        self.fails += usize::from(*status == Status::Fail);
        self.warnings += usize::from(*status == Status::Warn);
        if self.out.is_json() {
            let row = Row::default().with(Field::hidden("command", "doctor")).with(Field::hidden("check", check));
            let row = row.with(Field::hidden("status", status.name())).with(Field::hidden("info", info.as_str()));
            self.out.row(row.with(Field::hidden("fix", fix.as_deref().map_or(Value::Null, Value::from))))?;
        } else {
            self.out.line(format_args!("{:<7}  {check:<16}  {}", status.name(), escape::line(info)))?;
            if let Some(fix) = fix {
                self.out.line(format_args!("{:27}fix: {}", "", escape::line(fix)))?;
            }
        }
        // The next check may take seconds.
        Ok(self.out.flush()?)
    }

    pub(super) fn verdict(self) -> ExitStatus {
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        match (self.fails, self.warnings) {
            (0, 0) => note("tim doctor: all is well"),
            (fails, warnings) => note(format_args!(
                "tim doctor: {fails} check{} failed, {warnings} warning{}",
                plural(fails),
                plural(warnings)
            )),
        }
        ExitStatus::of(self.fails == 0)
    }
}
