//! `tim config use`: makes a profile the default.

use clap::Args;
use clap::builder::StringValueParser;
use schemars::JsonSchema;
use serde::Serialize;

use crate::exit::{ExitStatus, Failure};
use crate::output::row::{Cells, Row};
use crate::output::{Output, note};
use crate::settings::secret::guarded;
use crate::settings::{Flags, Selection, Source, set_default};

pub(super) const HELP: &str = "\
It writes `default` in the configuration file, and keeps its comments. --profile and TIM_PROFILE take precedence.

With --json: {\"command\":\"config_use\",\"profile\":\"local\",\"config\":\"/home/ann/.config/tim/config.toml\"}; see
`tim schema config use`.

Examples:
  tim config use local
  tim config use production --config ./tim.toml";

#[derive(Debug, Args)]
pub(crate) struct UseArgs {
    /// The profile, which has to be in the file
    #[arg(value_name = "NAME", value_parser = guarded(StringValueParser::new()))]
    name: String,
}

/// The row of `tim config use`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct DefaultRow {
    /// `config_use`.
    command: &'static str,
    /// The new default profile.
    profile: String,
    /// The file that was changed.
    config: String,
}

impl Row for DefaultRow {
    fn cells(&self) -> Cells {
        vec![("profile", self.profile.clone()), ("config", self.config.clone())]
    }
}

pub(super) fn run(args: &UseArgs, flags: &Flags, out: &mut Output) -> Result<ExitStatus, Failure> {
    let file = set_default(flags, &args.name)?;
    let config = file.to_string_lossy().into_owned();
    out.row(&DefaultRow { command: "config_use", profile: args.name.clone(), config })?;
    let in_use = Selection::read(flags)?.name;
    if let Some(name) = in_use.filter(|name| name.value != args.name && !matches!(name.source, Source::File(_))) {
        note(format_args!("tim: the profile {:?} is still in use, because of {}", name.value, name.source));
    }
    Ok(ExitStatus::Done)
}
