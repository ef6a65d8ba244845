//! `tim config path`: the path of the configuration file.

use std::path::Path;

use crate::exit::{ExitStatus, Failure};
use crate::output::{Field, Output, Row};
use crate::settings::{Flags, config_path};

pub(super) const HELP: &str = "\
With --json: {\"command\":\"config_path\",\"path\":\"/home/ann/.config/tim/config.toml\",\"exists\":true}

Examples:
  tim config path
  tim config path --json | jq .exists";

pub(super) fn run(flags: &Flags, out: &mut Output) -> Result<ExitStatus, Failure> {
    print(&config_path(flags)?, out)
}

pub(super) fn print(path: &Path, out: &mut Output) -> Result<ExitStatus, Failure> {
    if out.is_json() {
        let row = Row::default().with(Field::hidden("command", "config_path"));
        let shown = Field::hidden("path", path.to_string_lossy().into_owned());
        out.row(row.with(shown).with(Field::hidden("exists", path.exists())))?;
    } else {
        out.line(path.display())?;
    }
    Ok(ExitStatus::Done)
}
