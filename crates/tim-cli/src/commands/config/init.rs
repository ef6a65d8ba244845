//! `tim config init`: writes a configuration file to fill in.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use super::path;
use crate::exit::{ExitStatus, Failure};
use crate::output::{Output, note};
use crate::settings::{Flags, SettingsError, config_path};

pub(super) const HELP: &str = "\
It does not overwrite a file. Only you can read the new file.

With --json, it prints what `tim config path` prints.

Examples:
  tim config init
  tim config init --config ./tim.toml";

/// The new file. Each setting in it is a comment.
const TEMPLATE: &str = include_str!("template.toml");

pub(super) fn run(flags: &Flags, out: &mut Output) -> Result<ExitStatus, Failure> {
    let path = config_path(flags)?;
    write(&path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::usage(format!(
            "{} already exists, not overwritten: edit it, or name another file with --config",
            path.display()
        )),
        _ => SettingsError::NotWritten { path: path.clone(), error }.into(),
    })?;
    note(format_args!("tim: wrote {}; fill it in, then run `tim doctor`", path.display()));
    path::print(&path, out)
}

fn write(path: &Path) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(TEMPLATE.as_bytes())
}
