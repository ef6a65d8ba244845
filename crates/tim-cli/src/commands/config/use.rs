//! `tim config use`: makes a profile the default.

use clap::Args;
use clap::builder::StringValueParser;

use crate::exit::{ExitStatus, Failure};
use crate::output::{Field, Output, Row, note};
use crate::settings::secret::guarded;
use crate::settings::{Flags, Selection, Source, set_default};

pub(super) const HELP: &str = "\
It writes `default` in the configuration file, and keeps its comments. --profile and TIM_PROFILE take precedence.

With --json: {\"command\":\"config_use\",\"profile\":\"local\",\"config\":\"/home/ann/.config/tim/config.toml\"}

Examples:
  tim config use local
  tim config use production --config ./tim.toml";

#[derive(Debug, Args)]
pub(crate) struct UseArgs {
    /// The profile, which has to be in the file
    #[arg(value_name = "NAME", value_parser = guarded(StringValueParser::new()))]
    name: String,
}

pub(super) fn run(args: &UseArgs, flags: &Flags, out: &mut Output) -> Result<ExitStatus, Failure> {
    let file = set_default(flags, &args.name)?;
    out.row(
        Row::default()
            .with(Field::hidden("command", "config_use"))
            .with(Field::new("profile", args.name.as_str()))
            .with(Field::new("config", file.to_string_lossy().into_owned())),
    )?;
    let in_use = Selection::read(flags)?.name;
    if let Some(name) = in_use.filter(|name| name.value != args.name && !matches!(name.source, Source::File(_))) {
        note(format_args!("tim: the profile {:?} is still in use, because of {}", name.value, name.source));
    }
    Ok(ExitStatus::Done)
}
