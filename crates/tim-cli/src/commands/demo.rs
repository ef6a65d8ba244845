//! `tim demo`: sends six commands over HTTP to an emulator in the same process.

mod caller;

use std::fmt::Debug;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tim_emulator::Emulator;
use tim_follow::follow::{self, Counters, List, Relation as Follows};
use tim_follow::friend::{self, CheckMode, Relation as Friends};
use tim_follow::{Batch, Config, Endpoint, ErrorCode, Outcome, TargetOutcome, UserId};
use tokio::runtime::Runtime;

use self::caller::{Caller, Exchange};
use crate::commands::follow::check::RelationOf;
use crate::commands::follow::counts::CountersOf;
use crate::commands::follow::list::row::{Followed, of_list};
use crate::commands::friend::check::Friendship;
use crate::exit::{ExitStatus, Failure};
use crate::output::{Output, note, note_lines};
use crate::run::rows::{Details, NoDetails, TargetRow};

pub(crate) const HELP: &str = "\
With --json, each call is one line with its bodies as they were sent:
  {\"command\":\"follow_check\",\"request\":{...},\"response\":{...}}
The exit code is 0 if each response was the expected one. The settings are not used.

Examples:
  tim demo
  tim demo --json --blocking | jq .response.ErrorCode";

/// The emulator of the demo ends with it, so the next step is to start another one.
const NEXT_STEPS: &str = "\
Start an emulator with ten users. It prints a line with its settings:
  tim emulator --demo-data
Paste that line into another terminal, and then, for example:
  tim follow check alice bob carol
  tim follow list alice --kind followers

To call the service, use the settings from the console of your app:
  unset TIM_BASE_URL TIM_SECRET_KEY
  export TIM_REGION=singapore TIM_SDKAPPID=<SDKAppID> TIM_ADMIN=<an app admin> TIM_SECRET_KEY_FILE=<file with the key>
  tim follow check alice bob";

/// The calls that create the users and their relations before the demo: service, command, body.
const SETUP: &str = include_str!("demo/setup.json");

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Use the blocking client instead of the asynchronous client
    #[arg(long)]
    blocking: bool,
}

pub(crate) fn run(args: &DemoArgs, runtime: &Runtime, out: &mut Output) -> Result<ExitStatus, Failure> {
    let emulator = runtime.block_on(Emulator::builder().start())?;
    let config = Config::new(emulator.sdkappid(), emulator.admin(), emulator.secret_key().clone());
    let config = config.base_url(emulator.base_url());
    let caller = if args.blocking { Caller::blocking(config)? } else { Caller::asynchronous(runtime, config)? };
    let as_expected = set_up(&caller)?;
    let mut demo = Demo { caller, out, as_expected };
    demo.play()?;
    let as_expected = demo.as_expected;
    print_next_steps(out)?;
    Ok(ExitStatus::of(as_expected))
}

/// Creates the users and their relations. Returns whether each call succeeded.
fn set_up(caller: &Caller<'_>) -> Result<bool, Failure> {
    let mut done = true;
    let calls: Vec<(&str, &str, &RawValue)> = serde_json::from_str(SETUP).map_err(Failure::usage)?;
    for (service, command, body) in calls {
        let response = caller.call(service, command, body.get())?;
        if !response.envelope.is_ok() {
            done = false;
            note(format_args!("tim demo: {command} failed, with the response {}", response.text));
        }
    }
    Ok(done)
}

struct Demo<'a> {
    caller: Caller<'a>,
    out: &'a mut Output,
    as_expected: bool,
}

/// A target, and its outcome or the code of its rejection.
type Expected<T> = (&'static str, Result<T, ErrorCode>);

impl Demo<'_> {
    /// Sends the six commands: alice follows two users, unfollows one, and reads the relations.
    fn play(&mut self) -> Result<(), Failure> {
        let request = follow::Add::new("alice", ["dave", "frank"]);
        self.batch(request, NoDetails::new, &[("dave", Ok(())), ("frank", Ok(()))])?;

        self.batch(follow::Delete::new("alice", ["carol"]), NoDetails::new, &[("carol", Ok(()))])?;

        let request = follow::Check::new("alice", ["bob", "carol", "dave", "erin", "frank", "nobody"]);
        let relations = [
            ("bob", Ok(Follows::MUTUAL)),
            ("carol", Ok(Follows::NONE)),
            ("dave", Ok(Follows::MUTUAL)),
            ("erin", Ok(Follows::FOLLOWER)),
            ("frank", Ok(Follows::FOLLOWING)),
            ("nobody", Err(ErrorCode::ACCOUNT_NOT_FOUND)),
        ];
        self.batch(request, RelationOf::new, &relations)?;

        self.list(List::followers("alice"), &["bob", "dave", "erin"])?;

        let alice = Counters { followers: 3, following: 3, mutual: 2 };
        let bob = Counters { followers: 2, following: 1, mutual: 1 };
        self.batch(
            follow::Counts::new("alice", ["alice", "bob"]),
            CountersOf::new,
            &[("alice", Ok(alice)), ("bob", Ok(bob))],
        )?;

        let request = friend::Check::both("alice", ["bob", "carol", "dave", "erin"]);
        let relations = [
            ("bob", Ok(Friends::BOTH_WAY)),
            ("carol", Ok(Friends::A_WITH_B)),
            ("dave", Ok(Friends::B_WITH_A)),
            ("erin", Ok(Friends::NO_RELATION)),
        ];
        self.batch(request, |relation| Friendship::new(relation, &CheckMode::BOTH), &relations)
    }

    fn batch<E: Batch<Target = UserId>, D: Details>(
        &mut self,
        request: E,
        show: impl Fn(&E::Outcome) -> D,
        expected: &[Expected<E::Outcome>],
    ) -> Result<(), Failure>
    where
        E::Outcome: Debug + PartialEq + Clone,
    {
        let outcomes = E::outcomes(self.send(request)?);
        if !self.out.is_json() {
            for TargetOutcome { target, result } in outcomes.clone() {
                let outcome = result.map_or_else(Outcome::Rejected, Outcome::Done);
                let details = outcome.done().map(&show).unwrap_or_default();
                self.out.row(&TargetRow::new::<E, _>(&target, &target, &outcome, details))?;
            }
        }
        let got =
            outcomes.into_iter().map(|outcome| (outcome.target, outcome.result.map_err(|rejection| rejection.code)));
        let expected = expected.iter().map(|(target, result)| (UserId::from(*target), result.clone()));
        self.compare(E::COMMAND, got.collect(), expected.collect())
    }

    fn list(&mut self, request: List, expected: &[&str]) -> Result<(), Failure> {
        let (from, kind) = (request.from.clone(), request.kind);
        let page = self.send(request)?;
        if !self.out.is_json() {
            let list = of_list(&from, kind, false);
            for item in &page.items {
                self.out.row(&list.clone().entry(&item.user, Followed::new(item, false)))?;
            }
        }
        // The order of a list is not documented.
        let mut got: Vec<_> = page.items.into_iter().map(|item| item.user).collect();
        got.sort();
        self.compare(List::COMMAND, got, expected.iter().map(|user| UserId::from(*user)).collect())
    }

    /// Sends a request and prints it, with --json together with its response.
    fn send<E: Endpoint>(&mut self, request: E) -> Result<E::Response, Failure> {
        let response = self.caller.send(request)?;
        let Exchange { request: sent, response: got } = self.caller.last();
        if self.out.is_json() {
            let line = DemoLine { command: E::COMMAND, request: raw(&sent)?, response: raw(&got)? };
            self.out.object(&line)?;
        } else {
            self.out.line(format_args!("POST v4/{}/{} {sent}", E::SERVICE, E::COMMAND))?;
        }
        Ok(response)
    }

    /// Ends the output of a command, and reports a response that is not the expected one.
    fn compare<T: Debug + PartialEq>(&mut self, command: &str, got: Vec<T>, expected: Vec<T>) -> Result<(), Failure> {
        self.out.flush()?;
        if !self.out.is_json() {
            self.out.line("")?;
        }
        if got != expected {
            self.as_expected = false;
            note(format_args!("tim demo: {command}: expected {expected:?}, got {got:?}"));
        }
        Ok(())
    }
}

/// A line of `tim demo`: a call with its bodies as they were sent.
#[derive(Serialize, JsonSchema)]
pub(crate) struct DemoLine<'a> {
    /// The command of the service.
    command: &'a str,
    /// The body of the request.
    #[schemars(with = "Value")]
    request: &'a RawValue,
    /// The body of the response.
    #[schemars(with = "Value")]
    response: &'a RawValue,
}

fn raw(body: &str) -> Result<&RawValue, Failure> {
    serde_json::from_str(body).map_err(Failure::usage)
}

/// Prints the next steps: on standard output for people, on standard error with --json.
fn print_next_steps(out: &mut Output) -> Result<(), Failure> {
    let program = std::env::current_exe().map_or_else(|_| "this program".to_owned(), |path| path.display().to_string());
    let text = format!("Next steps (`tim` is {program}):\n{NEXT_STEPS}");
    if out.is_json() {
        note_lines(text);
        return Ok(());
    }
    Ok(out.lines(text)?)
}

#[cfg(test)]
mod tests {
    use tim_follow::{SdkAppId, SecretKey};

    use super::*;
    use crate::output::Format;

    #[test]
    fn an_unexpected_response_is_reported() {
        let config = Config::new(SdkAppId(1), "administrator", SecretKey::new("key")).base_url("http://127.0.0.1:1");
        let caller = Caller::blocking(config).unwrap();
        let mut out = Output::new(Format::Ndjson, Box::new(std::io::sink()));
        let mut demo = Demo { caller, out: &mut out, as_expected: true };
        demo.compare("follow_check", vec![1, 2], vec![1, 2]).unwrap();
        assert!(demo.as_expected);
        demo.compare("follow_check", vec![2, 1], vec![1, 2]).unwrap();
        assert!(!demo.as_expected);
    }
}
