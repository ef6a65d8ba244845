//! The flags of `tim emulator`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use tim_emulator::{Fault, Quirks, Region, RelationLimits, Window};

use super::assignments::Shell;
use crate::address;
use crate::settings::region;
use crate::suggest::Suggest;
use crate::time::parse_duration;

pub(crate) const HELP: &str = "\
The first line on standard output is one JSON object with the settings of a client:
  {\"base_url\":\"http://127.0.0.1:40123\",\"sdkappid\":1400000000,\"admin\":\"administrator\",\"secret_key\":\"...\"}
It has \"secret_key_file\" instead of \"secret_key\" with --secret-key-file, and \"root_certificate_file\" with --tls.
With --env, assignments for a shell replace this line. A script can start an emulator, use it and stop it:
  eval \"$(tim emulator --env --demo-data &)\"; tim follow check alice bob; kill $TIM_EMULATOR_PID

To see the calls, open the base URL in a browser. With -v, each call is one line on standard error: time (UTC, on the
clock of the emulator), command, user and targets, codes, duration, faults.

Ctrl-C, SIGTERM and SIGHUP stop the emulator. With --until-stdin-closes, the end of standard input does too.
The emulator does not read the environment variables and profiles of the other commands.

Examples:
  tim emulator --demo-data -v
  tim emulator --listen :9000 --data world.db --secret-key-file key.txt
  tim emulator --import follows.csv --relation-limit following=10 --quirk follow_again_rejected
  tim emulator --calls-per-second 200 --window sliding
  tim emulator --env --listen :9000 >env.sh
  tim emulator --fault '{\"code\":30006,\"command\":\"follow_add\",\"share\":0.1}' --seed 7";

/// The flags of `tim emulator`. Three flags have the same names as settings of a client. Here they
/// configure the emulator, so their environment variables, which configure clients, are ignored.
#[derive(Debug, clap::Args)]
pub(crate) struct EmulatorArgs {
    /// Listen on ADDRESS, PORT or ADDRESS:PORT. The default address is 127.0.0.1, and the default
    /// port is any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    #[arg(value_parser = |text: &str| address::parse(text, 0))]
    pub(super) listen: SocketAddr,
    /// Keep the data in this SQLite file; create the file if it does not exist [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub(super) data: Option<PathBuf>,
    /// Add the records of this file at the start: a CSV of follows (from, to, optionally time), a
    /// CSV of accounts (user, optionally nick and face), or NDJSON as --export-on-exit writes
    /// it. The file can be compressed with gzip. Only one file; add others with the admin API
    #[arg(long, value_name = "FILE")]
    pub(super) import: Option<PathBuf>,
    /// Add ten users with nicknames, follows, friends and a block, if there are no users yet
    #[arg(long, conflicts_with = "import")]
    pub(super) demo_data: bool,
    /// Write all data to this file when the emulator stops, as NDJSON
    #[arg(long, value_name = "FILE")]
    pub(super) export_on_exit: Option<PathBuf>,
    /// Turn on an alternative behaviour where the official documents are ambiguous, for example
    /// follow_again_rejected. Can be given several times. docs/emulator-behaviour.md lists the
    /// names
    #[arg(long = "quirk", value_name = "NAME[=true|false]", value_parser = quirk_parser(), hide_possible_values = true)]
    pub(super) quirks: Vec<(String, bool)>,
    /// Set the maximum number of relations of one user. NAME is following (5000), followers (none),
    /// mutual (none), friends (3000), groups (32), pending (100) or blocked (1000); the defaults
    /// are in parentheses. Can be given several times
    #[arg(long = "relation-limit", value_name = "NAME=N|none", value_parser = limit)]
    pub(super) limits: Vec<(String, Option<u64>)>,
    /// Turn the follow feature off: every follow command is rejected with 30005
    #[arg(long)]
    pub(super) no_follow_feature: bool,
    /// Accept this many calls of each command per second, and reject further calls with 60007. The
    /// documents of the service say 200 [default: any number]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) calls_per_second: Option<u32>,
    /// Count calls in fixed seconds, or in a sliding window of one second before each call
    /// [default: fixed]
    #[arg(long, value_name = "fixed|sliding", value_parser = window_parser(), hide_possible_values = true, requires = "calls_per_second")]
    pub(super) window: Option<Window>,
    /// Accept this many calls in 24 hours, as in the trial edition, and reject further calls with
    /// 60028 [default: any number]
    #[arg(long, value_name = "N")]
    pub(super) calls_per_day: Option<u64>,
    /// Set the region of the app, for example singapore. A call whose Host header names a host of
    /// another region is rejected with 60026 [default: any host is accepted]
    #[arg(long, value_name = "REGION", value_parser = region(), ignore_case = true, hide_possible_values = true)]
    pub(super) region: Option<Region>,
    /// Inject this fault, given as JSON. Can be given several times. docs/emulator.md lists the
    /// keys
    #[arg(long = "fault", value_name = "JSON", value_parser = fault)]
    pub(super) faults: Vec<Fault>,
    /// Set the seed of random faults. The same seed, faults and calls give the same result
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
    /// Keep this many calls in the call log [default: 10000]
    #[arg(long, value_name = "N")]
    pub(super) recorded_calls: Option<usize>,
    /// Limit the memory of the call log. 1000 small calls take about 1 MiB [default: 16777216]
    #[arg(long, value_name = "BYTES")]
    pub(super) recorded_bytes: Option<usize>,
    /// Send a webhook to this URL after each change, for example http://127.0.0.1:8080/im. Can be
    /// given several times; the other webhook flags apply to each URL
    #[arg(long = "webhook", value_name = "URL")]
    pub(super) webhooks: Vec<String>,
    /// Sign webhooks with the token in this file [default: unsigned]
    #[arg(long, value_name = "FILE", requires = "webhooks")]
    pub(super) webhook_token_file: Option<PathBuf>,
    /// Trust the certificates in this file, in PEM, for webhooks to https URLs, besides the root
    /// certificates of the system
    #[arg(long, value_name = "FILE", requires = "webhooks")]
    pub(super) webhook_ca: Option<PathBuf>,
    /// Retry a webhook up to N times if its receiver takes longer than two seconds
    #[arg(long, value_name = "N", default_value_t = 0, requires = "webhooks")]
    pub(super) webhook_retries: u32,
    /// Wait this long between a failed attempt and its retry, for example 500ms or 5s
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = parse_duration, requires = "webhooks")]
    pub(super) webhook_retry_interval: Duration,
    /// Also retry a webhook if the connection cannot be opened, or ends before the end of the
    /// response
    #[arg(long, requires = "webhook_retries")]
    pub(super) webhook_retry_broken: bool,
    /// Also retry a webhook if the response has another status than 200 or no JSON body
    #[arg(long, requires = "webhook_retries")]
    pub(super) webhook_retry_bad_responses: bool,
    /// Let up to N webhooks wait for each URL, and drop further ones [default: 10000]
    #[arg(long, value_name = "N", requires = "webhooks")]
    pub(super) webhook_max_waiting: Option<u32>,
    /// Send only webhooks with this name, for example Sns.CallbackFriendAdd [default: all]. Can be
    /// given several times
    #[arg(long = "webhook-event", value_name = "NAME", requires = "webhooks")]
    pub(super) webhook_events: Vec<String>,
    /// Set the SDKAppID of the app [default: 1400000000]
    #[arg(id = "sdkappid", long = "app-id", alias = "sdkappid", value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) app_id: Option<u32>,
    /// Add an admin of the app. Can be given up to 10 times. The first line of the output names the
    /// first admin [default: administrator]
    #[arg(id = "admin", long = "admin", value_name = "NAME")]
    pub(super) admins: Vec<String>,
    /// Read the secret key of the app from this file [default: a new key, which is
    /// printed]
    #[arg(long, value_name = "FILE")]
    pub(super) secret_key_file: Option<PathBuf>,
    /// Print shell assignments instead of the JSON line, and then close standard output. They set
    /// TIM_BASE_URL, the other variables of a client, and TIM_EMULATOR_PID [default SHELL: sh]
    #[arg(long, value_name = "SHELL", num_args = 0..=1, require_equals = true, default_missing_value = "sh")]
    pub(super) env: Option<Shell>,
    /// Also stop when standard input ends. A program that starts the emulator with a pipe as its
    /// standard input leaves no emulator behind, even if it is killed
    #[arg(long)]
    pub(super) until_stdin_closes: bool,
    /// Use HTTPS, with a new certificate at each start. The output has the path of the root
    /// certificate, which clients have to trust
    #[arg(long)]
    pub(super) tls: bool,
    /// Write the root certificate to this file [default: a temporary file, which is removed at the
    /// end]
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub(super) tls_root: Option<PathBuf>,
    /// Add a host name or an IP address to the certificate, besides localhost and the listen
    /// address. Can be given several times
    #[arg(long = "tls-name", value_name = "NAME", requires = "tls")]
    pub(super) tls_names: Vec<String>,
}

fn window_parser() -> impl TypedValueParser<Value = Window> {
    PossibleValuesParser::new(["fixed", "sliding"])
        .map(|name| if name == "sliding" { Window::Sliding } else { Window::Fixed })
}

/// Parses a fault, in the JSON of the admin API.
fn fault(json: &str) -> Result<Fault, serde_json::Error> {
    serde_json::from_str(json)
}

/// Parses an address, a port of 127.0.0.1, or both.
fn quirk_parser() -> impl TypedValueParser<Value = (String, bool)> {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(Quirks::names);
    Suggest::new(quirk, || NAMES.iter().map(String::as_str).collect())
}

fn quirk(text: &str) -> Result<(String, bool), String> {
    let (name, on) = text.split_once('=').unwrap_or((text, "true"));
    Quirks::default().set(name, true).map_err(|error| error.to_string())?;
    Ok((name.to_owned(), on.parse().map_err(|_| format!("{on:?} is neither true nor false"))?))
}

fn limit(text: &str) -> Result<(String, Option<u64>), String> {
    let (name, limit) = text.split_once('=').ok_or("write it like following=10 or following=none")?;
    RelationLimits::default().set(name, None).map_err(|error| error.to_string())?;
    let number = || limit.parse().map(Some).map_err(|_| format!("{limit:?} is neither a number nor none"));
    Ok((name.to_owned(), if limit == "none" { None } else { number()? }))
}
