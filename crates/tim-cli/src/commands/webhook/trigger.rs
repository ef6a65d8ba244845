//! `tim webhook trigger`.

mod event;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_webhook::webhook::Query;

use self::event::EventArgs;
use super::receipt::Receipt;
use super::sender::SenderArgs;
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::output::row::{Cells, Row};
use crate::run::session::Session;
use crate::time;

pub(super) const HELP: &str = "\
The exit code is 0 if the receiver accepts the event (HTTP 200 with JSON), 1 if it does not, and 3 without a response
within --timeout. The events about friends and blocks have no time, so a receiver can take the same event as a
duplicate.

The token is the one in the console. It is read from --token-file or from TIM_WEBHOOK_TOKEN, and has no flag, because
all users of a machine can see arguments.

Examples:
  tim webhook trigger follow-add --from alice --to bob --to-url http://127.0.0.1:8080/im --token-file token.txt
  tim webhook trigger profile-set --from alice --nick Alice --no-token
  tim webhook trigger state-change --from alice --action disconnect --reason TimeOut --dry-run --json
  tim webhook trigger prev-friend-add --from alice --to bob --to carol --wording hi";

#[derive(Debug, Args)]
pub(crate) struct TriggerArgs {
    #[command(flatten)]
    sender: SenderArgs,
    /// Print the request, without a signature, and send nothing
    #[arg(long, alias = "print")]
    dry_run: bool,
    /// Send the same event this many times, as the service does when it retries
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    // The last one, because its help headings are those of all arguments behind it.
    #[command(flatten)]
    event: EventArgs,
}

/// A row of `tim webhook trigger`: a request and its response.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct TriggerRow {
    /// `webhook_trigger`.
    command: &'static str,
    /// The event, as on the wire.
    event: &'static str,
    /// The URL of the receiver, without secrets.
    url: String,
    /// The query of the request, without `Sign` and `RequestTime`.
    query: String,
    /// The body of the request.
    body: String,
    #[serde(flatten)]
    receipt: Receipt,
}

impl Row for TriggerRow {
    fn cells(&self) -> Cells {
        let mut cells = vec![("event", self.event.to_owned()), ("url", self.url.clone())];
        if self.receipt == Receipt::default() {
            cells.extend([("query", self.query.clone()), ("body", self.body.clone())]);
        } else {
            cells.extend(self.receipt.cells());
        }
        cells
    }
}

pub(super) async fn run(args: TriggerArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let TriggerArgs { sender, dry_run, repeat, event } = args;
    let settings = session.settings()?;
    let admin = settings.admin.as_ref().map(|admin| admin.value.clone());
    let (platform, client_ip) = (event.platform(), event.client_ip());
    let event = event.build(admin, time::now_ms())?;
    let query = Query {
        sdkappid: settings.app()?,
        command: event.command().to_owned(),
        content_type: "json".to_owned(),
        client_ip,
        platform,
        sign: None,
        request_time: None,
    };
    let mut row = TriggerRow {
        command: "webhook_trigger",
        event: event.command(),
        url: sender.shown_url(),
        query: query.to_string(),
        body: serde_json::to_string(&event).map_err(Failure::usage)?,
        receipt: Receipt::default(),
    };
    if dry_run {
        out.row(&row)?;
        return Ok(ExitStatus::Done);
    }
    let sender = sender.sender(settings)?;
    let mut status = ExitStatus::Done;
    for _ in 0..repeat {
        row.receipt = sender.send(&row.query, &row.body).await;
        status = status.max(row.receipt.exit_status());
        out.row(&row)?;
        out.show()?;
    }
    Ok(status)
}
