//! `tim config`: the configuration file, and which settings count.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::exit::{ExitStatus, Failure};
use crate::output::row::{Cells, Row, or_dash};
use crate::output::{Output, note};
use crate::settings::{self, Flags, Found, KeyFrom, Place, Settings, SettingsError};

pub(crate) const HELP: &str = "\
The file holds profiles, each a set of settings. Flags and variables go before it:
  default = \"production\"
  [profile.production]
  sdkappid = 1400000000
  admin = \"administrator\"
  region = \"singapore\"
  key_command = [\"pass\", \"show\", \"tim\"]   # or secret_key_file = \"tim.key\", beside this file; no key stands in it
  [profile.local]
  base_url = \"http://127.0.0.1:9000\"

Examples:
  tim config init
  tim config show --profile production
  tim follow check alice bob --profile local";

const SHOW_HELP: &str = "\
The key is never shown, and a key command is not run.

With --json: {\"command\":\"config_show\",\"setting\":\"admin\",\"value\":\"administrator\",\"source\":\"env TIM_ADMIN\"}; see
`tim schema config show`.

Examples:
  tim config show
  tim config show --profile production --json | jq -r .source";

const PATH_HELP: &str = "\
Examples:
  tim config path
  tim config path --json | jq .exists";

const INIT_HELP: &str = "\
It writes no file over another one, and lets only you read it.

Examples:
  tim config init
  tim config init --config ./tim.toml";

/// What `tim config init` writes: every line is a comment but the shape.
const TEMPLATE: &str = include_str!("config/template.toml");

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show the settings that count, and where each comes from
    #[command(after_help = SHOW_HELP)]
    Show,
    /// Print where the configuration file is, or would be
    #[command(after_help = PATH_HELP)]
    Path,
    /// Write a configuration file to fill in
    #[command(after_help = INIT_HELP)]
    Init,
}

pub(crate) fn run(command: Config, flags: &Flags, out: &mut Output) -> Result<ExitStatus, Failure> {
    match command {
        Config::Show => show(&Settings::read(flags)?, out),
        Config::Path => path(&usual(flags)?, out),
        Config::Init => init(&usual(flags)?, out),
    }
}

/// A row of `tim config show`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct SettingRow {
    /// `config_show`.
    command: &'static str,
    /// The name of the setting.
    setting: &'static str,
    /// Its value; null if it is not set. For a key, where it is.
    value: Option<Value>,
    /// Where the value comes from; null if it is not set.
    source: Option<String>,
}

impl Row for SettingRow {
    fn cells(&self) -> Cells {
        let value = self.value.as_ref().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        vec![("setting", self.setting.to_owned()), ("value", or_dash(value)), ("source", or_dash(self.source.as_ref()))]
    }
}

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

fn usual(flags: &Flags) -> Result<PathBuf, SettingsError> {
    settings::config_path(flags).ok_or(SettingsError::NoHome)
}

fn show(settings: &Settings, out: &mut Output) -> Result<ExitStatus, Failure> {
    for (name, found) in described(settings) {
        let (value, source) = found.unzip();
        out.row(&SettingRow { command: "config_show", setting: name, value, source })?;
    }
    Ok(ExitStatus::Done)
}

/// Each setting with a value that may be shown, and where it comes from.
pub(crate) fn described(settings: &Settings) -> [(&'static str, Option<(Value, String)>); 7] {
    fn of<T>(found: Option<&Found<T>>, show: impl Fn(&T) -> Value) -> Option<(Value, String)> {
        found.map(|Found { value, source }| (show(value), source.to_string()))
    }
    let place = match settings.place.as_ref().map(|found| &found.value) {
        Some(Place::BaseUrl(_)) => "base_url",
        _ => "region",
    };
    [
        ("config", of(settings.file.as_ref(), |path| shown_path(path).into())),
        ("profile", of(settings.profile.as_ref(), |name| name.as_str().into())),
        ("sdkappid", of(settings.sdkappid.as_ref(), |app| app.0.into())),
        ("admin", of(settings.admin.as_ref(), |name| name.as_str().into())),
        ("secret_key", of(settings.key.as_ref(), |key| shown_key(key).into())),
        (place, of(settings.place.as_ref(), |place| shown_place(place).into())),
        ("root_certificate", of(settings.root.as_ref(), |path| shown_path(path).into())),
    ]
}

fn shown_path(path: &Path) -> String {
    let missing = if path.exists() { "" } else { " (not there)" };
    format!("{}{missing}", path.display())
}

/// Where the key is, never what it is. Arguments of a command may name more than a place.
fn shown_key(key: &KeyFrom) -> String {
    match key {
        KeyFrom::Variable(_) => "set".to_owned(),
        KeyFrom::File(path) => format!("file {}", path.display()),
        KeyFrom::Command(words) => format!("command {}", words.first().map_or("", String::as_str)),
    }
}

fn shown_place(place: &Place) -> &str {
    match place {
        Place::Region(region) => region.name(),
        // Whoever put a password or a query into it does not see it here.
        Place::BaseUrl(url) => {
            let url = url.split(['?', '#']).next().unwrap_or_default();
            url.rsplit('@').next().unwrap_or_default()
        }
    }
}

fn path(path: &Path, out: &mut Output) -> Result<ExitStatus, Failure> {
    if out.is_json() {
        let shown = path.to_string_lossy().into_owned();
        out.row(&PathRow { command: "config_path", path: shown, exists: path.exists() })?;
    } else {
        out.line(path.display())?;
    }
    Ok(ExitStatus::Done)
}

fn init(path: &Path, out: &mut Output) -> Result<ExitStatus, Failure> {
    write(path).map_err(|error| SettingsError::NotWritten { path: path.to_owned(), error })?;
    note(format_args!("tim: wrote {}; fill it in, then `tim doctor` says whether it works", path.display()));
    self::path(path, out)
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
