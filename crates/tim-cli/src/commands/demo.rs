//! `tim demo`: six commands at work, over HTTP, on an emulator in the same process.

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
use crate::commands::follow::list::row::ListRow;
use crate::commands::friend::check::Friendship;
use crate::exit::{ExitStatus, Failure};
use crate::output::{Output, note, note_lines};
use crate::run::rows::{Details, NoDetails, TargetRow};

pub(crate) const HELP: &str = "\
With --json, one object a line, with the bodies as they travelled:
  {\"command\":\"follow_check\",\"request\":{...},\"response\":{...}}
Exit code 0 says that every answer was the expected one. No setting counts here.

Examples:
  tim demo
  tim demo --json --blocking | jq .response.ErrorCode";

/// The emulator of the demo ends with it, so the way on begins with one that stays.
const NEXT_STEPS: &str = "\
Start an emulator that stays; its first line says how to reach it:
  tim emulator
and in another terminal, with the values of that line:
  export TIM_BASE_URL=<base_url> TIM_SDKAPPID=<sdkappid> TIM_ADMIN=<admin> TIM_SECRET_KEY=<secret_key>
  tim call im_open_login_svc/multiaccount_import --body '{\"Accounts\":[\"alice\",\"bob\"]}'
  tim follow add alice bob

The real service is the same program with other settings, from the console of your app:
  unset TIM_BASE_URL TIM_SECRET_KEY
  export TIM_REGION=singapore TIM_SDKAPPID=<SDKAppID> TIM_ADMIN=<an app admin> TIM_SECRET_KEY_FILE=<file with the key>
  tim follow check alice bob";

/// Who is there and who follows whom before the demo starts, as calls: service, command, body.
const SETUP: &str = include_str!("demo/setup.json");

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Use the blocking client instead of the asynchronous one
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
    tell(out)?;
    Ok(ExitStatus::of(as_expected))
}

/// Whether everything that the demo begins with is there.
fn set_up(caller: &Caller<'_>) -> Result<bool, Failure> {
    let mut done = true;
    let calls: Vec<(&str, &str, &RawValue)> = serde_json::from_str(SETUP).map_err(Failure::usage)?;
    for (service, command, body) in calls {
        let answer = caller.call(service, command, body.get())?;
        if !answer.envelope.is_ok() {
            done = false;
            note(format_args!("tim demo: {command} should be done, but the answer is {}", answer.text));
        }
    }
    Ok(done)
}

struct Demo<'a> {
    caller: Caller<'a>,
    out: &'a mut Output,
    as_expected: bool,
}

/// What becomes of a target: what the answer says, or the code of its refusal.
type Expected<T> = (&'static str, Result<T, ErrorCode>);

impl Demo<'_> {
    /// The story: alice follows two users and unfollows one, then looks around.
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
                self.out.row(&TargetRow::new::<E>(&target, &target, &outcome, &show))?;
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
            let list = ListRow::new(&from, kind, false, false);
            page.items.iter().try_for_each(|item| self.out.row(&list.clone().entry(item)))?;
        }
        // The order of a list is not documented.
        let mut got: Vec<_> = page.items.into_iter().map(|item| item.user).collect();
        got.sort();
        self.compare(List::COMMAND, got, expected.iter().map(|user| UserId::from(*user)).collect())
    }

    /// Sends a request, and prints it with its answer for programs, or without for people.
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

    /// Ends what is printed about a command, and says when its answer is another than expected.
    fn compare<T: Debug + PartialEq>(&mut self, command: &str, got: Vec<T>, expected: Vec<T>) -> Result<(), Failure> {
        self.out.flush()?;
        if !self.out.is_json() {
            self.out.line("")?;
        }
        if got != expected {
            self.as_expected = false;
            note(format_args!("tim demo: {command} should answer {expected:?}, but it answers {got:?}"));
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

/// How to go on from here: data for people, for programs not.
fn tell(out: &mut Output) -> Result<(), Failure> {
    let program = std::env::current_exe().map_or_else(|_| "this program".to_owned(), |path| path.display().to_string());
    let text = format!("Next, by hand; tim is {program}.\n{NEXT_STEPS}");
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
    fn another_answer_than_expected_is_noticed() {
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
