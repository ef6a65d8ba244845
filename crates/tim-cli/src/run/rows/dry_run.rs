//! The row of `--dry-run`.

use std::time::Duration;

use indicatif::HumanDuration;
use schemars::JsonSchema;
use serde::Serialize;

use crate::output::row::{Cells, Row, or_dash};

/// What a command would send: the row of `--dry-run`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct DryRun {
    /// The command of the service.
    pub(crate) command: &'static str,
    /// The user in `From_Account`; null if each target has its own, or if the command has none.
    pub(crate) from: Option<String>,
    /// The number of targets.
    pub(crate) targets: u64,
    /// The number of invalid lines of the input.
    pub(crate) bad_lines: u64,
    /// The number of calls.
    pub(crate) calls: u64,
    /// The limit on calls per second; null without a limit.
    pub(crate) calls_per_second: Option<u32>,
    /// The duration at this limit; null without a limit.
    pub(crate) seconds: Option<u64>,
}

impl Row for DryRun {
    fn cells(&self) -> Cells {
        vec![
            ("command", self.command.to_owned()),
            ("from", or_dash(self.from.as_ref())),
            ("targets", self.targets.to_string()),
            ("bad_lines", self.bad_lines.to_string()),
            ("calls", self.calls.to_string()),
            ("calls_per_second", or_dash(self.calls_per_second)),
            ("duration", or_dash(self.seconds.map(|seconds| HumanDuration(Duration::from_secs(seconds))))),
        ]
    }
}
