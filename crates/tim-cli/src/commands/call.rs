//! `tim call`: sends any command of the service.

use std::path::Path;
use std::str::FromStr;
use std::sync::LazyLock;

use clap::builder::TypedValueParser;
use tim_follow::{COMMANDS, Client, Effect, Envelope};

use crate::bounded;
use crate::exit::{ExitStatus, Failure};
use crate::output::{Output, note};
use crate::suggest::Suggest;

pub(crate) const HELP: &str = "\
The response is printed as the service sent it, also if the service rejects the call; the exit code is 1 then. With
--json it is on one line. The body has at most 1 MiB.

Examples:
  tim call im_open_login_svc/account_import --body '{\"UserID\":\"alice\"}'
  tim call follow/follow_add --body @request.json
  echo '{\"From_Account\":\"alice\",\"To_Account\":[\"bob\"]}' | tim call follow/follow_check --body -";

#[derive(Debug, clap::Args)]
pub(crate) struct CallArgs {
    /// The path of the command, for example follow/follow_check
    #[arg(value_name = "SERVICE/COMMAND", value_parser = name_parser(), hide_possible_values = true)]
    name: Name,
    /// The body, a JSON object. @FILE reads it from a file, and - from standard input
    #[arg(long, value_name = "JSON|@FILE|-")]
    body: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    service: String,
    command: String,
}

impl FromStr for Name {
    type Err = &'static str;

    /// Parses `SERVICE/COMMAND`, also with the version before it, as in the documents.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = text.trim_start_matches('/');
        let (service, command) = path
            .strip_prefix("v4/")
            .unwrap_or(path)
            .split_once('/')
            .ok_or("write SERVICE/COMMAND, for example follow/follow_check")?;
        Ok(Self { service: service.to_owned(), command: command.to_owned() })
    }
}

/// Parses the name of any command, and completes those of the catalog.
fn name_parser() -> impl TypedValueParser<Value = Name> {
    Suggest::new(|text: &str| text.parse::<Name>(), known_commands)
}

fn known_commands() -> Vec<&'static str> {
    static PATHS: LazyLock<Vec<String>> =
        LazyLock::new(|| COMMANDS.iter().map(|info| format!("{}/{}", info.service, info.command)).collect());
    PATHS.iter().map(String::as_str).collect()
}

impl CallArgs {
    /// Whether the call changes data of the app; an unknown command may do so.
    pub(crate) fn changes_data(&self) -> bool {
        let Name { service, command } = &self.name;
        let known = COMMANDS.iter().find(|info| info.service == service && info.command == command);
        known.is_none_or(|info| info.effect != Effect::Read)
    }
}

pub(crate) async fn run(args: CallArgs, client: &Client, out: &mut Output) -> Result<ExitStatus, Failure> {
    let CallArgs { name: Name { service, command }, body } = args;
    let body = match body.strip_prefix('@') {
        None if body != "-" => body,
        None | Some("-") => bounded::stdin().map_err(|error| Failure::unreadable("standard input", &error))?,
        Some(path) => bounded::file(Path::new(path)).map_err(|error| Failure::unreadable(path, &error))?,
    };
    // The client would reject it too, but without the position of the mistake.
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&body) {
        return Err(Failure::usage(format!("{command}: the body must be a JSON object: {error}; nothing was sent")));
    }
    let response = client.call(&service, &command, &body).await?;
    if out.is_json() {
        out.json(response.text.trim())?
    } else {
        out.lines(response.text.trim_end_matches('\n'))?
    }
    if !response.envelope.is_ok() {
        explain(&service, &command, &response.envelope);
    }
    Ok(ExitStatus::of(response.envelope.is_ok()))
}

/// Prints what the code of a rejected call means.
fn explain(service: &str, command: &str, envelope: &Envelope) {
    let code = envelope.code;
    let meaning = code.meaning(service).unwrap_or("unknown code");
    let advice = code.advice(service).map(|advice| format!("; {advice}")).unwrap_or_default();
    note(format_args!("tim: {command}: rejected with {code}, {meaning}{advice}"));
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
