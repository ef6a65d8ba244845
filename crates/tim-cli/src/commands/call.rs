//! `tim call`: any command of the service by its name.

use std::ffi::OsStr;
use std::io;
use std::str::FromStr;
use std::sync::LazyLock;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command};
use tim_follow::{COMMANDS, Client, Effect, Envelope};

use crate::exit::{ExitStatus, Failure};
use crate::output::{Output, note};

pub(crate) const HELP: &str = "\
The response goes to standard output as it came, a rejection too; then the exit code is 1. With --json it is on one line.

Examples:
  tim call im_open_login_svc/account_import --body '{\"UserID\":\"alice\"}'
  echo '{\"From_Account\":\"alice\",\"To_Account\":[\"bob\"]}' | tim call follow/follow_check --body -";

#[derive(Debug, clap::Args)]
pub(crate) struct CallArgs {
    /// The command as in its path, for example follow/follow_check
    #[arg(value_name = "SERVICE/COMMAND", value_parser = NameParser, hide_possible_values = true)]
    name: Name,
    /// The body, a JSON object; - reads it from standard input
    #[arg(long, value_name = "JSON|-")]
    body: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    service: String,
    command: String,
}

impl FromStr for Name {
    type Err = &'static str;

    /// Also as the documents write it, with the version in front.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = text.trim_start_matches('/');
        let (service, command) = path
            .strip_prefix("v4/")
            .unwrap_or(path)
            .split_once('/')
            .ok_or("it is SERVICE/COMMAND, for example follow/follow_check")?;
        Ok(Self { service: service.to_owned(), command: command.to_owned() })
    }
}

/// Takes any name; completes those of the built-in commands.
#[derive(Debug, Clone)]
struct NameParser;

impl TypedValueParser for NameParser {
    type Value = Name;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Name, clap::Error> {
        StringValueParser::new().try_map(|text| text.parse::<Name>()).parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        static PATHS: LazyLock<Vec<String>> =
            LazyLock::new(|| COMMANDS.iter().map(|info| format!("{}/{}", info.service, info.command)).collect());
        Some(Box::new(PATHS.iter().map(|path| PossibleValue::new(path.as_str()))))
    }
}

impl CallArgs {
    /// Whether the call changes data of the app; a command that is not known may do so.
    pub(crate) fn changes_data(&self) -> bool {
        let Name { service, command } = &self.name;
        let known = COMMANDS.iter().find(|info| info.service == service && info.command == command);
        known.is_none_or(|info| info.effect != Effect::Read)
    }
}

pub(crate) async fn run(args: CallArgs, client: &Client, out: &mut Output) -> Result<ExitStatus, Failure> {
    let CallArgs { name: Name { service, command }, body } = args;
    let body =
        if body == "-" { io::read_to_string(io::stdin()).map_err(|error| Failure::stdin(&error))? } else { body };
    let answer = client.call(&service, &command, &body).await?;
    if out.is_json() {
        out.json(answer.text.trim())?
    } else {
        out.lines(answer.text.trim_end_matches('\n'))?
    }
    if !answer.envelope.is_ok() {
        explain(&service, &command, &answer.envelope);
    }
    Ok(ExitStatus::of(answer.envelope.is_ok()))
}

/// The answer holds the code; what it means is for people.
fn explain(service: &str, command: &str, envelope: &Envelope) {
    let code = envelope.code;
    let meaning = code.meaning(service).unwrap_or("a code that is not documented");
    let advice = code.advice(service).map(|advice| format!("; {advice}")).unwrap_or_default();
    note(format_args!("tim: {command}: refused with {code}, {meaning}{advice}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_named_by_its_path() {
        let name = |text: &str| text.parse::<Name>().map(|name| (name.service, name.command));
        let check = Ok(("follow".to_owned(), "follow_check".to_owned()));
        for text in ["follow/follow_check", "v4/follow/follow_check", "/v4/follow/follow_check"] {
            assert_eq!(name(text), check, "{text}");
        }
        assert!(name("follow_check").is_err());
    }
}
