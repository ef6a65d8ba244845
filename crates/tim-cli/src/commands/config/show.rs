//! `tim config show`: the settings in use, and where each comes from.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::output::row::{Cells, Row, or_dash};
use crate::settings::{KeySource, Resolved, Settings};

pub(super) const HELP: &str = "\
The key is not shown, and a key command is not run.

With --json: {\"command\":\"config_show\",\"setting\":\"admin\",\"value\":\"administrator\",\"source\":\"env TIM_ADMIN\"}; see
`tim schema config show`.

Examples:
  tim config show
  tim config show --profile production --json | jq -r .source";

/// A row of `tim config show`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct SettingRow {
    /// `config_show`.
    command: &'static str,
    /// The name of the setting.
    setting: &'static str,
    /// Its value; null if it is not set. For a key, what contains it.
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

pub(super) fn run(settings: &Settings, out: &mut Output) -> Result<ExitStatus, Failure> {
    for (name, resolved) in described(settings) {
        let (value, source) = resolved.unzip();
        out.row(&SettingRow { command: "config_show", setting: name, value, source })?;
    }
    Ok(ExitStatus::Done)
}

/// Each setting with a value that may be shown, and where it comes from.
pub(crate) fn described(settings: &Settings) -> [(&'static str, Option<(Value, String)>); 8] {
    fn of<T>(resolved: Option<&Resolved<T>>, show: impl Fn(&T) -> Value) -> Option<(Value, String)> {
        resolved.map(|Resolved { value, source }| (show(value), source.to_string()))
    }
    let endpoint = settings.endpoint.as_ref().map_or("region", |endpoint| endpoint.value.setting());
    [
        ("config", of(settings.file.as_ref(), |path| shown_path(path).into())),
        ("profile", of(settings.profile.as_ref(), |name| name.as_str().into())),
        ("sdkappid", of(settings.sdkappid.as_ref(), |app| app.0.into())),
        ("admin", of(settings.admin.as_ref(), |name| name.as_str().into())),
        ("secret_key", of(settings.key.as_ref(), |key| shown_key(key).into())),
        (endpoint, of(settings.endpoint.as_ref(), |endpoint| endpoint.shown().into_owned().into())),
        ("root_certificate", of(settings.root.as_ref(), |path| shown_path(path).into())),
        ("rate_limit", of(settings.rate_limit.as_ref(), |limit| limit.to_string().into())),
    ]
}

fn shown_path(path: &Path) -> String {
    let missing = if path.exists() { "" } else { " (does not exist)" };
    format!("{}{missing}", path.display())
}

/// What contains the key, never the key. The arguments of a command are not shown, because they can
/// be secret.
fn shown_key(key: &KeySource) -> String {
    match key {
        KeySource::Variable(_) => "set".to_owned(),
        KeySource::File(path) => format!("file {}", path.display()),
        KeySource::Command(words) => format!("command {}", words.first().map_or("", String::as_str)),
    }
}
