//! `tim webhook replay`.

use std::path::PathBuf;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::event_name::EventName;
use super::receipt::Receipt;
use super::recording::{self, Recorded};
use super::sender::SenderArgs;
use crate::exit::{ExitStatus, Failure};
use crate::output::row::{Cells, Row};
use crate::output::{Output, note};
use crate::run::session::Session;
use crate::settings::secret;
use crate::text::counted;
use crate::time;

pub(super) const HELP: &str = "\
The events are sent one after the other, in the order of the file, with the bodies as they were recorded and a new
signature. The exit code is 0 if the receiver accepts all of them (HTTP 200 with JSON), 1 if it does not accept one, and
3 if one gets no response. If nothing listens at the URL, the rest is not sent. A line that is not a recorded event is
an error before anything is sent.

The query is the recorded one, with the recorded app. --sdkappid replaces the app.

The token is the one in the console. It is read from --token-file or from TIM_WEBHOOK_TOKEN, and has no flag, because
all users of a machine can see arguments.

Examples:
  tim webhook replay events.ndjson --to-url http://127.0.0.1:8080/im --token-file token.txt
  tim webhook replay events.ndjson --event follow-add --event State.StateChange --no-token --json";

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The file that `tim webhook listen --record` wrote
    #[arg(value_name = "FILE", value_parser = super::token::path())]
    file: PathBuf,
    /// Send only these events: a name of `tim webhook trigger`, or a name on the wire. Can be given
    /// several times
    #[arg(long = "event", value_name = "NAME", value_parser = event())]
    events: Vec<String>,
    #[command(flatten)]
    sender: SenderArgs,
}

/// A parser of the name of an event, which becomes the name on the wire.
fn event() -> impl clap::builder::TypedValueParser<Value = String> {
    use clap::ValueEnum as _;
    secret::guarded(|text: &str| match EventName::from_str(text, true) {
        Ok(name) => Ok(name.command().to_owned()),
        // An event that this version does not know.
        Err(_) if text.contains('.') => Ok(text.to_owned()),
        Err(_) => {
            let names: Vec<_> = EventName::value_variants().iter().map(|name| name.name()).collect();
            Err(format!("write one of {}, or a name on the wire", names.join(", ")))
        }
    })
}

/// A row of `tim webhook replay`: an event and the response.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ReplayRow {
    /// `webhook_replay`.
    command: &'static str,
    /// The line of the file, from 1.
    line: u64,
    /// When the event was recorded, in Unix seconds.
    recorded_at: u64,
    /// The event, as on the wire.
    event: String,
    #[serde(flatten)]
    receipt: Receipt,
}

impl Row for ReplayRow {
    fn cells(&self) -> Cells {
        let mut cells = vec![
            ("line", self.line.to_string()),
            ("recorded_at", time::utc(self.recorded_at)),
            ("event", self.event.clone()),
        ];
        cells.extend(self.receipt.cells());
        cells
    }
}

pub(super) async fn run(args: ReplayArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let ReplayArgs { file, events, sender } = args;
    let is_chosen = |event: &Recorded| events.is_empty() || events.iter().any(|name| name == event.command());
    let mut chosen = 0_u64;
    for event in recording::read(&file)? {
        chosen = chosen.saturating_add(u64::from(is_chosen(&event?.1)));
    }
    let sender = sender.sender(session.settings()?)?;
    let (mut status, mut sent, mut failed) = (ExitStatus::Done, 0_u64, 0_u64);
    for event in recording::read(&file)? {
        let (line, event) = event?;
        if !is_chosen(&event) {
            continue;
        }
        // Someone may have put a signature into the file.
        let mut query = recording::unsigned(&event.query);
        if let Some(app) = session.flags.sdkappid {
            query = recording::for_app(&query, app);
        }
        let receipt = sender.send(&query, &event.body).await;
        status = status.max(receipt.exit_status());
        sent = sent.saturating_add(1);
        failed = failed.saturating_add(u64::from(receipt.ok == Some(false)));
        let is_unreachable = receipt.is_unreachable();
        let event_name = event.command().to_owned();
        let row = ReplayRow { command: "webhook_replay", line, recorded_at: event.at, event: event_name, receipt };
        out.row(&row)?;
        out.show()?;
        if is_unreachable {
            note(
                "tim: the rest is not sent, because nothing listens at the URL: start the receiver, or check --to-url",
            );
            break;
        }
    }
    if !session.quiet {
        note(format_args!("tim: {} of {chosen} sent, {failed} failed", counted(sent, "event")));
    }
    Ok(status)
}
