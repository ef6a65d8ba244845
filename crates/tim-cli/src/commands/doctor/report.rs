//! The output of the doctor: one line per check, with what to do.

use schemars::JsonSchema;
use serde::Serialize;

use crate::exit::{ExitStatus, Failure};
use crate::output::row::{Cells, Row};
use crate::output::{Output, escape, note};

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Ok,
    Warn,
    Fail,
    /// The check was not made, because it depends on another one.
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

/// The result of a check with its details.
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

    /// A check that was not made. `reason` is a sentence.
    pub(super) fn skipped(reason: impl Into<String>) -> Self {
        Self { status: Status::Skipped, ..Self::ok(reason) }
    }

    /// A check that was not made, because the check with this name failed or was skipped.
    pub(super) fn skipped_after(check: &str) -> Self {
        Self::skipped(format!("skipped, because it depends on `{check}`"))
    }
}

/// A row of `tim doctor`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct DoctorRow {
    /// `doctor`.
    command: &'static str,
    /// What was checked.
    check: String,
    /// The result.
    status: Status,
    /// The details.
    info: String,
    /// What to do; null if nothing needs to be done.
    fix: Option<String>,
}

impl Row for DoctorRow {
    fn cells(&self) -> Cells {
        let mut cells =
            vec![("status", self.status.name().to_owned()), ("check", self.check.clone()), ("info", self.info.clone())];
        cells.extend(self.fix.clone().map(|fix| ("fix", fix)));
        cells
    }
}

/// Prints findings and counts them.
pub(super) struct Report<'a> {
    out: &'a mut Output,
    fails: usize,
    warnings: usize,
}

impl<'a> Report<'a> {
    pub(super) fn new(out: &'a mut Output) -> Self {
        Self { out, fails: 0, warnings: 0 }
    }

    pub(super) fn print(&mut self, check: &str, finding: &Finding) -> Result<(), Failure> {
        let Finding { status, info, fix } = finding;
        self.fails += usize::from(*status == Status::Fail);
        self.warnings += usize::from(*status == Status::Warn);
        if self.out.is_json() {
            let (check, info) = (check.to_owned(), info.clone());
            self.out.row(&DoctorRow { command: "doctor", check, status: *status, info, fix: fix.clone() })?;
        } else {
            self.out.line(format_args!("{:<7}  {check:<16}  {}", status.name(), escape::line(info)))?;
            if let Some(fix) = fix {
                self.out.line(format_args!("{:27}fix: {}", "", escape::line(fix)))?;
            }
        }
        // The next check may take seconds.
        Ok(self.out.flush()?)
    }

    pub(super) fn status(self) -> ExitStatus {
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        match (self.fails, self.warnings) {
            (0, 0) => note("tim doctor: no problems found"),
            (fails, warnings) => note(format_args!(
                "tim doctor: {fails} check{} failed, {warnings} warning{}",
                plural(fails),
                plural(warnings)
            )),
        }
        ExitStatus::of(self.fails == 0)
    }
}
