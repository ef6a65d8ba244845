//! `tim config path`: the path of the configuration file.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::output::row::{Cells, Row};
use crate::settings::{Flags, config_path};

pub(super) const HELP: &str = "\
With --json: {\"command\":\"config_path\",\"path\":\"/home/ann/.config/tim/config.toml\",\"exists\":true}

Examples:
  tim config path
  tim config path --json | jq .exists";

/// The row of `tim config path` and `tim config init`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct PathRow {
    /// `config_path`.
    command: &'static str,
    /// The configuration file.
    path: String,
    /// Whether the file exists.
    exists: bool,
}

impl Row for PathRow {
    fn cells(&self) -> Cells {
        vec![("path", self.path.clone())]
    }
}

pub(super) fn run(flags: &Flags, out: &mut Output) -> Result<ExitStatus, Failure> {
    print(&config_path(flags)?, out)
}

pub(super) fn print(path: &Path, out: &mut Output) -> Result<ExitStatus, Failure> {
    if out.is_json() {
        let shown = path.to_string_lossy().into_owned();
        out.row(&PathRow { command: "config_path", path: shown, exists: path.exists() })?;
    } else {
        out.line(path.display())?;
    }
    Ok(ExitStatus::Done)
}
