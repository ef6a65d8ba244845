//! `tim webhook listen`.

mod body;
mod emulator;
mod failure;
mod forward;
mod receiving;
pub(crate) mod row;
mod server;
mod size;
mod tally;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use reqwest::Url;
use tim_webhook::{Receiver, SdkAppId};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use self::emulator::{EmulatorHooks, Registration};
use self::forward::Forward;
use self::receiving::{Message, Receiving};
use self::server::Server;
use self::tally::Tally;
use super::http::HttpClient;
use super::recording::{Recorded, Recorder};
use super::token::{self, Token};
use super::url;
use crate::address;
use crate::exit::{ExitStatus, Failure};
use crate::output::{Output, note};
use crate::run::interrupt::Interrupt;
use crate::run::session::Session;
use crate::settings::secret;
use crate::time;

pub(super) const HELP: &str = "\
Each request is checked as tim-webhook does it, whatever its path:
  status 405  the method is not POST
  status 400  the query or the body is not that of an event
  status 403  another app, a Sign that fits no token, or a RequestTime too far from now
  status 408  the body takes longer than 2 seconds
  status 413  the body is larger than --max-body
A rejected request is one line on standard error. An event is one row, also if this version of tim does not know it.

With --forward-to, the query with its Sign, the headers and the body go to the application as they came, and its
response goes back. If it does not respond in time, the response is 504, and 502 if the connection fails. Without
--forward-to, the response is OK, and allows what the service asks about.

Ctrl-C and SIGTERM end it, with a summary and exit code 0. With --json, each event is one JSON object in a line;
see `tim schema webhook listen`.

Examples:
  tim webhook listen --emulator http://127.0.0.1:9000
  tim webhook listen --sdkappid 1400000000 --token-file token.txt --forward-to http://127.0.0.1:8080/im
  tim webhook listen --listen 0.0.0.0:80 --record events.ndjson --json
  tim webhook listen --no-token --events 1 --listen :8901 --quiet";

/// How long requests in progress may take at the end.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// How many requests wait to be printed. More of them wait for their response.
const WAITING: usize = 64;

#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// Listen on ADDRESS, PORT or ADDRESS:PORT; port 0 is any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8900", value_parser = listen_address)]
    listen: SocketAddr,
    /// Read the token of the console from this file. Several tokens are accepted during a rotation:
    /// can be given several times [env: TIM_WEBHOOK_TOKEN, the token itself]
    #[arg(long = "token-file", value_name = "FILE", value_parser = token::path())]
    token_files: Vec<PathBuf>,
    /// Accept unsigned events. Anybody who can reach the address can send them
    #[arg(long, conflicts_with = "token_files")]
    no_token: bool,
    /// How far the time of an event may be from now
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = time::parse_duration)]
    tolerance: Duration,
    /// The maximum size of a body
    #[arg(long, value_name = "SIZE", default_value = "1MiB", value_parser = size::parse)]
    max_body: usize,
    /// Stop after this many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    events: Option<u64>,
    /// Pass each event on to an application, and its response back
    #[arg(long, value_name = "URL", value_parser = url::url())]
    forward_to: Option<Url>,
    /// How long the application may take. The service waits 2 seconds
    #[arg(long, value_name = "TIME", default_value = "2s", requires = "forward_to", value_parser = time::parse_duration)]
    timeout: Duration,
    /// Reject the actions that the service asks about, with the code 38001
    #[arg(long, conflicts_with = "forward_to")]
    reject_questions: bool,
    /// Add the events to this file, without their signatures, for `tim webhook replay`
    #[arg(long, value_name = "FILE", value_parser = token::path())]
    record: Option<PathBuf>,
    /// Register with this emulator, and remove the registration at the end. Without a URL, it is
    /// the base URL of the settings. A missing app is the one of the emulator, and a missing token
    /// is made
    #[arg(long, value_name = "URL", num_args = 0..=1, value_parser = secret::never_quoted(url::parse))]
    emulator: Option<Option<Url>>,
}

pub(super) async fn run(args: ListenArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let settings = session.settings()?;
    let client = HttpClient::new(settings)?;
    let hooks = match &args.emulator {
        Some(url) => Some(EmulatorHooks::find(url.as_ref(), settings, client.clone()).await?),
        None => None,
    };
    let app = match &hooks {
        Some(hooks) => hooks.app(settings)?,
        None => settings.app()?,
    };
    let tokens = match &hooks {
        Some(_) if !args.no_token => match token::find(&args.token_files, false)? {
            tokens if tokens.is_empty() => vec![Token::generate()?],
            tokens => tokens,
        },
        _ => token::load(&args.token_files, args.no_token)?,
    };
    let recorder = args.record.as_deref().map(Recorder::open).transpose()?;
    // From here on, a signal ends the program in order.
    let interrupt = Interrupt::new().map_err(Failure::system)?;
    let (listener, address) = bind(args.listen).await?;
    let (messages, inbox) = mpsc::channel(WAITING);
    let server = Server::start(listener, receiving(&args, app, &tokens, client, messages));
    let registration = match &hooks {
        Some(hooks) => Some(hooks.register(address, tokens.first()).await?),
        None => None,
    };
    if !session.quiet {
        announce(&args, address, registration.is_some());
    }
    let mut desk = Desk { out, recorder, tally: Tally::default(), limit: args.events };
    let served = serve(&mut desk, inbox, server, registration, interrupt).await;
    desk.tally.finish(session.quiet, args.forward_to.is_some());
    served.map(|()| ExitStatus::Done)
}

fn receiving(
    args: &ListenArgs,
    app: SdkAppId,
    tokens: &[Token],
    client: HttpClient,
    messages: mpsc::Sender<Message>,
) -> Receiving {
    let receiver = Receiver::without_token(app).tolerance(args.tolerance).max_body(args.max_body);
    let receiver = tokens.iter().fold(receiver, |receiver, token| receiver.token(token.verifier()));
    let forward = args.forward_to.clone().map(|url| Forward::new(client, url, args.timeout, tokens.to_vec()));
    Receiving { receiver, forward, reject_questions: args.reject_questions, messages }
}

fn announce(args: &ListenArgs, address: SocketAddr, is_registered: bool) {
    if args.no_token && !address.ip().is_loopback() {
        note("tim: warning: others on the network can send events, because no token is checked");
    }
    note(format_args!("tim: listening for webhooks at http://{address}/; press Ctrl-C to stop"));
    if let Some(url) = &args.forward_to {
        note(format_args!("tim: events go on to {}", url::shown(url)));
    }
    if is_registered {
        note("tim: the emulator sends its webhooks here");
    }
}

/// Where requests end: rows, the recording and the counts.
struct Desk<'a> {
    out: &'a mut Output,
    recorder: Option<Recorder>,
    tally: Tally,
    limit: Option<u64>,
}

/// Handles requests until a signal, an error or the last event.
async fn serve(
    desk: &mut Desk<'_>,
    mut inbox: mpsc::Receiver<Message>,
    mut server: Server,
    registration: Option<Registration<'_>>,
    interrupt: Interrupt,
) -> Result<(), Failure> {
    let mut result = desk.work(&mut inbox, interrupt).await;
    // Before the server stops, so that the emulator sends nothing to a closed port.
    if let Some(registration) = registration {
        registration.remove().await;
    }
    server.stop();
    // Requests in progress get their response, which is 503 after an error.
    let rest = async {
        loop {
            tokio::select! {
                () = server.ended() => return,
                Some(message) = inbox.recv() => if result.is_ok() {
                    result = desk.take(message);
                },
            }
        }
    };
    let _ = tokio::time::timeout(STOP_TIMEOUT, rest).await;
    result
}

impl Desk<'_> {
    fn is_complete(&self) -> bool {
        self.limit.is_some_and(|limit| self.tally.received() >= limit)
    }

    async fn work(&mut self, inbox: &mut mpsc::Receiver<Message>, mut interrupt: Interrupt) -> Result<(), Failure> {
        while !self.is_complete() {
            tokio::select! {
                () = interrupt.next() => break,
                Some(message) = inbox.recv() => self.take(message)?,
            }
        }
        Ok(())
    }

    /// Prints and records a request. If it is not confirmed, its sender gets 503.
    fn take(&mut self, message: Message) -> Result<(), Failure> {
        match message {
            Message::Rejected(rejected) => self.tally.rejected(&rejected, time::now()),
            Message::Event { .. } if self.is_complete() => {}
            Message::Event { row, confirm } => {
                if let Some(recorder) = &mut self.recorder {
                    recorder.add(&Recorded {
                        at: row.received_at,
                        query: row.query.clone(),
                        body: row.text.clone(),
                    })?;
                }
                self.tally.event(&row);
                self.out.row(&*row)?;
                self.out.show()?;
                // A sender that does not wait any more is not a problem.
                let _ = confirm.send(());
            }
        }
        Ok(())
    }
}

fn listen_address(text: &str) -> Result<SocketAddr, &'static str> {
    address::parse(text, url::DEFAULT_PORT)
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |error| Failure::usage(format!("cannot listen on {address}: {error}; choose another with --listen"));
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
