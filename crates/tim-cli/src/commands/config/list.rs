//! `tim config list`: the profiles of the configuration file.

use crate::exit::{ExitStatus, Failure};
use crate::output::{Field, Output, Row, note};
use crate::settings::{Flags, Profile, Profiles, Selection};

pub(super) const HELP: &str = "\
With --json, one object a line: {\"command\":\"config_list\",\"profile\":\"local\",\"default\":false,\"in_use\":true,
\"sdkappid\":1400000000,\"admin\":\"administrator\",\"endpoint\":\"127.0.0.1:9000\"}
where sdkappid, admin and endpoint are null if the profile does not set them.

Examples:
  tim config list
  tim config list --json | jq -r 'select(.in_use).profile'";

pub(super) fn run(flags: &Flags, out: &mut Output) -> Result<ExitStatus, Failure> {
    let Selection { file, profiles, name } = Selection::read(flags)?;
    let Profiles { default, profiles } = profiles.unwrap_or_default();
    let in_use = name.map(|name| name.value);
    for (name, profile) in &profiles {
        out.row(row(name, profile, default.as_deref(), in_use.as_deref()))?;
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

fn row(name: &str, profile: &Profile, default: Option<&str>, in_use: Option<&str>) -> Row {
    Row::default()
        .with(Field::hidden("command", "config_list"))
        .with(Field::new("profile", name))
        .with(Field::new("default", default == Some(name)))
        .with(Field::new("in_use", in_use == Some(name)))
        .with(Field::new("sdkappid", profile.sdkappid.map(|app| app.0)))
        .with(Field::new("admin", profile.admin.clone()))
        .with(Field::new("endpoint", profile.endpoint.as_ref().map(|endpoint| endpoint.shown().to_owned())))
}
