//! `tim emulator`: a local service, until Ctrl-C.

mod root_file;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tim_emulator::{Emulator, Fault, Quirks, RateLimit, Region, RelationLimits, SdkAppId, Webhook, Window};

use root_file::RootFile;

use crate::exit::{Failure, Verdict};
use crate::interrupt::Interrupt;
use crate::output::{Output, note};
use crate::settings::key_file;

pub(crate) const HELP: &str = "\
The first line on standard output is one JSON object that says how to reach it:
  {\"base_url\":\"http://127.0.0.1:40123\",\"sdkappid\":1400000000,\"admin\":\"administrator\",\"secret_key\":\"...\"}
with \"secret_key_file\" in place of \"secret_key\" when the key came from a file, and with
\"root_certificate_file\" when it speaks HTTPS. A browser at the base URL shows what goes on. Of the settings, only the flags above
count here, and no variable.

Examples:
  tim emulator
  tim emulator --listen :9000 --data world.db --secret-key-file key.txt
  tim emulator --import follows.csv --relation-limit following=10 --quirk follow_again_rejected
  tim emulator --calls-per-second 200 --window sliding
  tim emulator --fault '{\"code\":30006,\"command\":\"follow_add\",\"share\":0.1}' --seed 7";

/// Three of them have the names of settings. Here they say what the emulator will be, so the environment, which says
/// whom to call, does not count.
#[derive(Debug, clap::Args)]
pub(crate) struct EmulatorArgs {
    /// Where to listen: an IP address, a port of 127.0.0.1, or both as ADDRESS:PORT; without a port, on any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1", value_parser = listen)]
    listen: SocketAddr,
    /// The SQLite file that keeps the data; without it the data is gone at the end
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// A file to read at the start, which adds to the data: lines of from,to or from,to,unix time for follows, or JSON
    /// records as --export-on-exit writes them
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
    /// A file to write at the end, with all data as JSON records, one a line
    #[arg(long, value_name = "FILE")]
    export_on_exit: Option<PathBuf>,
    /// Reads a silence of the documents the other way, for example follow_again_rejected; docs/emulator.md lists them
    #[arg(long = "quirk", value_name = "NAME[=true|false]", value_parser = quirk)]
    quirks: Vec<(String, bool)>,
    /// The most relations of a user: following (5000), followers, mutual, friends (3000) or blocked (1000)
    #[arg(long = "relation-limit", value_name = "NAME=N|none", value_parser = limit)]
    limits: Vec<(String, Option<u64>)>,
    /// The app has no follow feature: every follow command is refused with 30005
    #[arg(long)]
    no_follow_feature: bool,
    /// How many calls of each command are taken in a second, beyond it 60007; the service documents 200 [default: any number]
    #[arg(long, value_name = "N")]
    calls_per_second: Option<u32>,
    /// Which second that is: a fixed one of the clock, or the sliding one before each call [default: fixed]
    #[arg(long, value_name = "fixed|sliding", value_parser = window, requires = "calls_per_second")]
    window: Option<Window>,
    /// How many calls are taken in a day, as of a trial edition, beyond it 60028 [default: any number]
    #[arg(long, value_name = "N")]
    calls_per_day: Option<u64>,
    /// The region of the app: a call whose Host header names a host of another one is refused with 60026
    #[arg(long)]
    region: Option<Region>,
    /// Something that goes wrong for some calls, as JSON; more than one may be given, docs/emulator.md says what there is
    #[arg(long = "fault", value_name = "JSON", value_parser = fault)]
    faults: Vec<Fault>,
    /// What the chance of faults begins with: the same number and the same calls make the same run
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// A URL to tell of follows and unfollows, like http://127.0.0.1:8080/im; more than one may be given
    #[arg(long = "webhook", value_name = "URL")]
    webhooks: Vec<String>,
    /// A file with the token that signs webhooks; without it they are not signed
    #[arg(long, value_name = "FILE", requires = "webhooks")]
    webhook_token_file: Option<PathBuf>,
    /// How often a webhook is sent again when its receiver takes longer than two seconds
    #[arg(long, value_name = "N", default_value_t = 0, requires = "webhooks")]
    webhook_retries: u32,
    /// The SDKAppID of the app that it serves [default: 1400000000]
    #[arg(id = "sdkappid", long = "app-id", alias = "sdkappid", value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    app_id: Option<u32>,
    /// The admin of the app [default: administrator]
    #[arg(long, value_name = "NAME")]
    admin: Option<String>,
    /// A file with the secret key of the app; without it, a fresh key that only the first line of the output names
    #[arg(long, value_name = "FILE")]
    secret_key_file: Option<PathBuf>,
    /// Speaks HTTPS, with a certificate that it makes anew at each start; the output names the file of the root to trust
    #[arg(long)]
    tls: bool,
    /// Where to write the certificate of the root; without it, a file for temporary files, which is gone at the end
    #[arg(long, value_name = "FILE", requires = "tls")]
    tls_root: Option<PathBuf>,
    /// A further name or IP address that the certificate is for, beside localhost and the address it listens on
    #[arg(long = "tls-name", value_name = "NAME", requires = "tls")]
    tls_names: Vec<String>,
}

/// The first line of the output.
#[derive(Serialize)]
struct Started<'a> {
    base_url: &'a str,
    sdkappid: SdkAppId,
    admin: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_key_file: Option<&'a Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root_certificate_file: Option<&'a Path>,
}

pub(crate) async fn run(args: EmulatorArgs, out: &mut Output) -> Result<Verdict, Failure> {
    if !args.listen.ip().is_loopback() {
        note("tim: warning: others on the network can reach this emulator; it keeps no secrets");
    }
    // From here on a signal ends the program in order.
    let mut stop = Interrupt::new().map_err(Failure::System)?;
    let emulator = start(&args).await?;
    let root = emulator.root_certificate_pem().map(|pem| RootFile::write(args.tls_root.as_deref(), pem)).transpose()?;
    let root = root.as_ref().map(RootFile::path);
    let key_file = args.secret_key_file.as_deref();
    let started = Started {
        base_url: emulator.base_url(),
        sdkappid: emulator.sdkappid(),
        admin: emulator.admin(),
        secret_key_file: key_file,
        secret_key: key_file.is_none().then(|| emulator.secret_key().expose()),
        root_certificate_file: root,
    };
    out.object(&started)?;
    out.flush()?;
    hint(&emulator, key_file, root);
    stop.next().await;
    emulator.stop()?;
    Ok(Verdict::Done)
}

async fn start(args: &EmulatorArgs) -> Result<Emulator, Failure> {
    let (mut quirks, mut limits) = (Quirks::default(), RelationLimits::default());
    args.quirks.iter().try_for_each(|(name, on)| quirks.set(name, *on))?;
    args.limits.iter().try_for_each(|(name, limit)| limits.set(name, *limit))?;
    let follow_feature = !args.no_follow_feature;
    let mut builder =
        Emulator::builder().listen(args.listen).quirks(quirks).relation_limits(limits).follow_feature(follow_feature);
    if let Some(file) = &args.data {
        builder = builder.data(file);
    }
    if let Some(file) = &args.import {
        builder = builder.import(file);
    }
    if let Some(file) = &args.export_on_exit {
        builder = builder.export_on_exit(file);
    }
    if let Some(region) = args.region {
        builder = builder.region(region);
    }
    if let Some(calls_per_second) = args.calls_per_second {
        let window = args.window.unwrap_or(Window::Fixed);
        builder = builder.rate_limit(RateLimit { calls_per_second, window });
    }
    if let Some(calls) = args.calls_per_day {
        builder = builder.calls_per_day(calls);
    }
    let token = args.webhook_token_file.as_deref().map(key_file).transpose()?;
    for url in &args.webhooks {
        let webhook = Webhook::to(url).retries(args.webhook_retries);
        builder = builder.webhook(match &token {
            Some(token) => webhook.token(token.expose()),
            None => webhook,
        });
    }
    if let Some(number) = args.app_id {
        builder = builder.app_id(SdkAppId(number));
    }
    if let Some(name) = &args.admin {
        builder = builder.admin(name);
    }
    if let Some(path) = &args.secret_key_file {
        builder = builder.secret_key(key_file(path)?);
    }
    if args.tls {
        builder = args.tls_names.iter().fold(builder.tls(), |builder, name| builder.tls_name(name));
    }
    let emulator = builder.seed(args.seed).start().await?;
    args.faults.iter().try_for_each(|fault| emulator.faults().add(fault.clone()).map(drop))?;
    Ok(emulator)
}

/// What to type in another terminal; the key is not repeated.
fn hint(emulator: &Emulator, key_file: Option<&Path>, root: Option<&Path>) {
    let (url, app, admin) = (emulator.base_url(), emulator.sdkappid(), quoted(emulator.admin()));
    note(format_args!("The emulator is up; Ctrl-C stops it. A browser shows what goes on at {url}"));
    note("To use it from another terminal:");
    note(format_args!("  export TIM_BASE_URL={url} TIM_SDKAPPID={app} TIM_ADMIN={admin}"));
    if let Some(root) = root {
        note(format_args!("  export TIM_ROOT_CERTIFICATE={}", quoted(&root.to_string_lossy())));
    }
    match key_file {
        Some(path) => {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            note(format_args!("  export TIM_SECRET_KEY_FILE={}", quoted(&path.to_string_lossy())));
        }
        None => note("  export TIM_SECRET_KEY=...    # the secret_key in the line above"),
    }
    note("  tim call im_open_login_svc/multiaccount_import --body '{\"Accounts\":[\"alice\",\"bob\"]}'");
    note("  tim follow add alice bob");
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// A fault as the admin API takes it.
fn window(text: &str) -> Result<Window, &'static str> {
    match text {
        "fixed" => Ok(Window::Fixed),
        "sliding" => Ok(Window::Sliding),
        _ => Err("it is fixed or sliding"),
    }
}

fn fault(json: &str) -> Result<Fault, serde_json::Error> {
    serde_json::from_str(json)
}

/// An address, a port of 127.0.0.1, or both.
fn listen(text: &str) -> Result<SocketAddr, &'static str> {
    let port = text.strip_prefix(':').unwrap_or(text).parse().map(|port| (Ipv4Addr::LOCALHOST, port).into());
    let address = || text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().map(|ip| (ip, 0).into());
    let either = port.or_else(|_| text.parse::<SocketAddr>()).or_else(|_| address());
    either.map_err(|_| "it is like 127.0.0.1, 127.0.0.1:9000, 9000 or [::1]:9000")
}

fn quirk(text: &str) -> Result<(String, bool), String> {
    let (name, on) = text.split_once('=').unwrap_or((text, "true"));
    Quirks::default().set(name, true).map_err(|error| error.to_string())?;
    Ok((name.to_owned(), on.parse().map_err(|_| format!("{on:?} is neither true nor false"))?))
}

fn limit(text: &str) -> Result<(String, Option<u64>), String> {
    let (name, limit) = text.split_once('=').ok_or("it is like following=10 or following=none")?;
    RelationLimits::default().set(name, None).map_err(|error| error.to_string())?;
    let number = || limit.parse().map(Some).map_err(|_| format!("{limit:?} is neither a number nor none"));
    Ok((name.to_owned(), if limit == "none" { None } else { number()? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_four_forms() {
        for (text, address) in [
            ("127.0.0.1", "127.0.0.1:0"),
            ("127.0.0.1:9000", "127.0.0.1:9000"),
            (":9000", "127.0.0.1:9000"),
            ("9000", "127.0.0.1:9000"),
            ("[::1]:0", "[::1]:0"),
            ("[::1]:9000", "[::1]:9000"),
            ("[::1]", "[::1]:0"),
            ("::1", "[::1]:0"),
            ("0.0.0.0:9000", "0.0.0.0:9000"),
        ] {
            assert_eq!(listen(text), Ok(address.parse().unwrap()), "{text}");
        }
        for text in ["", ":", "localhost", "127.0.0.1:", "127.0.0.1:65536", "99999", "http://127.0.0.1"] {
            assert!(listen(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_shell_reads_a_quoted_word_as_one() {
        assert_eq!(quoted("/tmp/key.txt"), "/tmp/key.txt");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
