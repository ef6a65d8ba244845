//! `tim webhook`: receives, sends and replays webhooks.

mod event_name;
mod http;
pub(crate) mod listen;
mod receipt;
mod recording;
pub(crate) mod replay;
mod sender;
mod token;
pub(crate) mod trigger;
mod url;

use clap::Subcommand;

use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::run::session::Session;

pub(crate) const EXAMPLES: &str = "\
An event that the service sends to your backend is a webhook. To try a receiver without the service:
  tim webhook listen --no-token --sdkappid 1400000000 --forward-to http://127.0.0.1:8080/im
and, in another terminal, send it an event:
  tim webhook trigger follow-add --from alice --to bob --no-token --sdkappid 1400000000

Examples:
  tim webhook listen --emulator http://127.0.0.1:9000
  tim webhook listen --token-file token.txt --forward-to http://127.0.0.1:8080/im --record events.ndjson
  tim webhook trigger follow-add --from alice --to bob --token-file token.txt --to-url http://127.0.0.1:8080/im
  tim webhook replay events.ndjson --token-file token.txt --to-url http://127.0.0.1:8080/im";

#[derive(Debug, Subcommand)]
pub(crate) enum Webhook {
    /// Receive and check webhooks, and print, record or forward them
    #[command(after_help = listen::HELP)]
    Listen(Box<listen::ListenArgs>),
    /// Send an event to a receiver, signed as the service does it
    #[command(after_help = trigger::HELP)]
    Trigger(Box<trigger::TriggerArgs>),
    /// Send recorded events again
    #[command(after_help = replay::HELP)]
    Replay(replay::ReplayArgs),
}

pub(crate) async fn run(command: Webhook, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    match command {
        Webhook::Listen(args) => listen::run(*args, session, out).await,
        Webhook::Trigger(args) => trigger::run(*args, session, out).await,
        Webhook::Replay(args) => replay::run(args, session, out).await,
    }
}
