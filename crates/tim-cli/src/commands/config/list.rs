//! `tim config list`: the profiles of the configuration file.

use schemars::JsonSchema;
use serde::Serialize;

use crate::exit::{ExitStatus, Failure};
use crate::output::row::{Cells, Row, or_dash, yes_no};
use crate::output::{Output, note};
use crate::settings::{Flags, Profiles, Selection};

pub(super) const HELP: &str = "\
With --json: {\"command\":\"config_list\",\"profile\":\"local\",\"default\":false,\"in_use\":true,
\"sdkappid\":1400000000,\"admin\":\"administrator\",\"endpoint\":\"http://127.0.0.1:9000\"}; see `tim schema config list`.

Examples:
  tim config list
  tim config list --json | jq -r 'select(.in_use).profile'";

/// A row of `tim config list`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ProfileRow {
    /// `config_list`.
    command: &'static str,
    /// The name of the profile.
    profile: String,
    /// Whether it is the default profile of the file.
    default: bool,
    /// Whether a command with the same flags and environment uses it.
    in_use: bool,
    /// The app; null if the profile does not set it.
    sdkappid: Option<u32>,
    /// The app admin; null if the profile does not set it.
    admin: Option<String>,
    /// The region or the base URL; null if the profile sets neither.
    endpoint: Option<String>,
}

impl Row for ProfileRow {
    fn cells(&self) -> Cells {
        vec![
            ("profile", self.profile.clone()),
            ("default", yes_no(self.default)),
            ("in_use", yes_no(self.in_use)),
            ("sdkappid", or_dash(self.sdkappid)),
            ("admin", or_dash(self.admin.as_ref())),
            ("endpoint", or_dash(self.endpoint.as_ref())),
        ]
    }
}

pub(super) fn run(flags: &Flags, out: &mut Output) -> Result<ExitStatus, Failure> {
    let Selection { file, profiles, name } = Selection::read(flags)?;
    let Profiles { default, profiles } = profiles.unwrap_or_default();
    let in_use = name.map(|name| name.value);
    for (name, profile) in &profiles {
        out.row(&ProfileRow {
            command: "config_list",
            profile: name.clone(),
            default: default.as_ref() == Some(name),
            in_use: in_use.as_ref() == Some(name),
            sdkappid: profile.sdkappid.map(|app| app.0),
            admin: profile.admin.clone(),
            endpoint: profile.endpoint.as_ref().map(|endpoint| endpoint.shown().into_owned()),
        })?;
    }
    if let (true, Some(file)) = (profiles.is_empty(), file) {
        let what = if file.value.exists() { "has no profiles" } else { "does not exist" };
        note(format_args!("tim: {} {what}; `tim config set` or `tim config init` writes one", file.value.display()));
    }
    if let Some(name) = in_use.filter(|name| !profiles.contains_key(name)) {
        note(format_args!("tim: the profile {name:?} is chosen, but it is not in the file"));
    }
    Ok(ExitStatus::Done)
}
