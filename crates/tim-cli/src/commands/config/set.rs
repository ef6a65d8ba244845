//! `tim config set`: writes one setting of a profile.

use clap::Args;
use clap::builder::StringValueParser;
use schemars::JsonSchema;
use serde::Serialize;

use crate::exit::{ExitStatus, Failure};
use crate::output::row::{Cells, Row};
use crate::output::{Output, note};
use crate::settings::secret::guarded;
use crate::settings::{Edited, Flags, set};

pub(super) const HELP: &str = "\
The settings are sdkappid, admin, region, base_url, secret_key_file, key_command, root_certificate and rate_limit. They
are checked before they are written. It changes the profile of --profile or TIM_PROFILE, or the default profile, and
creates it if it does not exist. Comments and the order of the file stay. Only you can read the new file.
A secret key is rejected: name a file or a program that has it. A relative path is in the directory of the configuration
file. A profile has either secret_key_file or key_command, so setting one removes the other; region removes base_url.

With --json: {\"command\":\"config_set\",\"profile\":\"local\",\"setting\":\"admin\",\"value\":\"administrator\",\"config\":\"...\"}; see
`tim schema config set`.

Examples:
  tim config set sdkappid 1400000000 --profile production
  tim config set key_command pass show tim
  tim config set rate_limit redis://10.0.0.5/0";

#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    /// The setting
    #[arg(value_name = "KEY", value_parser = guarded(StringValueParser::new()))]
    key: String,
    /// Its value; for key_command, a program and its arguments. Write -- before an argument that
    /// starts with -
    #[arg(required = true, value_name = "VALUE")]
    value: Vec<String>,
}

/// The row of `tim config set`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct WrittenRow {
    /// `config_set`.
    command: &'static str,
    /// The profile that was changed.
    profile: String,
    /// The name of the setting.
    setting: String,
    /// Its value. Of a key command, only the program.
    value: String,
    /// The file that was changed.
    config: String,
}

impl Row for WrittenRow {
    fn cells(&self) -> Cells {
        let Self { profile, setting, value, config, .. } = self.clone();
        vec![("profile", profile), ("setting", setting), ("value", value), ("config", config)]
    }
}

pub(super) fn run(args: &SetArgs, flags: &Flags, out: &mut Output) -> Result<ExitStatus, Failure> {
    let Edited { file, profile, shown, removed, missing_file } = set(flags, &args.key, &args.value)?;
    let config = file.to_string_lossy().into_owned();
    out.row(&WrittenRow { command: "config_set", profile, setting: args.key.clone(), value: shown, config })?;
    if let Some(removed) = removed {
        note(format_args!("tim: removed {removed}, because the profile now has {}", args.key));
    }
    if let Some(path) = missing_file {
        note(format_args!("tim: {} does not exist", path.display()));
    }
    Ok(ExitStatus::Done)
}
