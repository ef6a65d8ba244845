//! `tim`: accounts and relationships of Tencent Cloud Chat from the terminal.
//!
//! This file parses the command line, runs the command and returns the exit code. Each command is a
//! file of its own.

mod tips;

use std::borrow::Cow;
use std::io;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};

use crate::commands::{
    account, block, call, completions, config, demo, diff, doctor, emulator, error, follow, friend, friend_group, man,
    profile, schema, usersig, webhook,
};
use crate::exit::{ExitStatus, Failure};
use crate::output::{self, Output, escape, terminal};
use crate::run::rows;
use crate::run::session::Session;
use crate::settings::{self, Flags, SettingsError, secret};

const EXIT_CODES: &str = "\
Exit codes:
  0    success
  1    the service rejected the call or a target, a line of the input is bad, a UserSig is not valid, a check of
       `tim doctor` failed, exports differ, a receiver did not accept a webhook, or a code is unknown
  2    invalid usage or settings, or a file or a port that cannot be used
  3    no response, or an unexpected one
  130  stopped by Ctrl-C before the end";

const EXAMPLES: &str = "\
Examples:
  tim demo
  tim account import --targets accounts.csv
  tim follow check alice bob --region singapore --sdkappid 1400000000 --admin administrator --secret-key-file key.txt
  tim config init
  tim doctor";

/// Printed when the output of a command that changes data breaks.
const AFTER_LOST_OUTPUT: &str = "\
tim: calls may have been sent before the output broke; to see what was done, use a command that reads, for example \
`tim account check` or `tim follow check`";

/// Manage the accounts, profiles and relations of users of Tencent Cloud Chat, and run a local
/// emulator of it.
///
/// Start with `tim demo`. It needs neither an account nor settings.
#[derive(Debug, Parser)]
#[command(name = "tim", version, after_help = EXAMPLES, after_long_help = long_help())]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print one JSON object per line instead of a table; `tim schema` describes its keys
    #[arg(long, global = true)]
    json: bool,
    /// Print each attempt, response, wait and retry on standard error; with `tim emulator`, each
    /// call
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Hide the progress and the summary
    #[arg(short, long, global = true)]
    quiet: bool,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send six commands to an emulator, and show the requests and responses
    #[command(after_help = demo::HELP)]
    Demo(demo::DemoArgs),
    /// Run a local service with the same wire protocol until Ctrl-C
    #[command(after_help = emulator::HELP)]
    Emulator(Box<emulator::EmulatorArgs>),
    /// Import, delete and check accounts, end sessions, and read who is online
    #[command(subcommand, after_help = account::EXAMPLES)]
    Account(account::Account),
    /// Read and set profiles of users
    #[command(subcommand, after_help = profile::EXAMPLES)]
    Profile(profile::Profile),
    /// Change and read who is a friend of whom
    #[command(subcommand, after_help = [rows::JSON_HELP, friend::EXAMPLES].join("\n\n"))]
    Friend(friend::Friend),
    /// Create, delete and list the friend groups of users
    #[command(subcommand, after_help = friend_group::EXAMPLES)]
    FriendGroup(friend_group::FriendGroup),
    /// Change and read who blocks whom
    #[command(subcommand, after_help = [rows::JSON_HELP, block::EXAMPLES].join("\n\n"))]
    Block(block::Block),
    /// Change and read who follows whom
    #[command(subcommand, after_help = [rows::JSON_HELP, follow::EXAMPLES].join("\n\n"))]
    Follow(follow::Follow),
    /// Compare two exports, and print the rows that are missing or different
    #[command(after_help = diff::HELP)]
    Diff(diff::DiffArgs),
    /// Send any command of the service, and print the response
    #[command(after_help = call::HELP)]
    Call(call::CallArgs),
    /// Show the settings in use, and write the configuration file
    #[command(subcommand, after_help = config::HELP)]
    Config(config::Config),
    /// Find out why calls fail, and what to do
    #[command(after_help = doctor::HELP)]
    Doctor,
    /// Explain a code of the service
    #[command(after_help = error::HELP)]
    Error(error::ErrorArgs),
    /// Sign, verify, inspect and explain UserSigs
    #[command(subcommand, after_help = usersig::EXAMPLES)]
    Usersig(usersig::UserSig),
    /// Receive, send and replay webhooks, to develop and test a receiver
    #[command(subcommand, after_help = webhook::EXAMPLES)]
    Webhook(webhook::Webhook),
    /// Print the JSON Schema of the output of a command with --json
    #[command(after_help = schema::HELP)]
    Schema(schema::SchemaArgs),
    /// Print the script with which a shell completes command lines
    #[command(after_help = completions::HELP)]
    Completions(completions::CompletionsArgs),
    /// Print the manual page of a command, or write all pages
    #[command(after_help = man::HELP)]
    Man(man::ManArgs),
}

impl Command {
    /// Whether it sends calls that change data of the app.
    fn changes_data(&self) -> bool {
        match self {
            Self::Account(command) => command.changes_data(),
            Self::Profile(command) => command.changes_data(),
            Self::FriendGroup(command) => command.changes_data(),
            Self::Follow(command) => command.changes_data(),
            Self::Call(args) => args.changes_data(),
            Self::Friend(command) => command.changes_data(),
            Self::Block(command) => command.changes_data(),
            Self::Demo(_) | Self::Emulator(_) | Self::Config(_) | Self::Doctor => false,
            Self::Error(_)
            | Self::Diff(_)
            | Self::Schema(_)
            | Self::Usersig(_)
            | Self::Webhook(_)
            | Self::Completions(_)
            | Self::Man(_) => false,
        }
    }
}

fn long_help() -> String {
    [settings::HELP, rows::JSON_HELP, EXIT_CODES, EXAMPLES].join("\n\n")
}

/// Runs `tim` with the arguments of the process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return print_usage(with_tip(error)),
    };
    let changes_data = cli.command.changes_data();
    let mut out = Output::stdout(cli.json);
    let result = run(cli, &mut out);
    // Rows from before a failure are printed too.
    let flushed = out.flush();
    match result.and_then(|status| flushed.map(|()| status).map_err(Failure::from)) {
        // The lost messages may be about failures.
        Ok(status) if changes_data && terminal::lost_messages() => ExitCode::from(status.max(ExitStatus::Usage).code()),
        Ok(status) => ExitCode::from(status.code()),
        Err(failure) if failure.is_broken_pipe() && !changes_data => ExitCode::SUCCESS,
        Err(failure) => {
            let text = format!("tim: {}", failure.message());
            // The list of missing settings has several lines.
            match failure.downcast_ref() {
                Some(SettingsError::Missing { .. }) => output::note_lines(text),
                _ => output::note(text),
            }
            if changes_data && failure.is_of_output() {
                output::note(AFTER_LOST_OUTPUT);
            }
            ExitCode::from(failure.status().code())
        }
    }
}

/// Adds what was probably meant to a usage error.
fn with_tip(error: clap::Error) -> clap::Error {
    let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    tips::with_tip(error, &Cli::command(), arguments)
}

/// Prints a usage error, or help and the version, which are errors for clap too.
fn print_usage(error: clap::Error) -> ExitCode {
    // clap quotes arguments as they are. Its message about escaped arguments is the same and safe
    // to print.
    let arguments = std::env::args_os().map(|argument| escape::line(&argument.to_string_lossy()).into_owned());
    let printed = match (secret::redacted(&error.to_string()), Cli::try_parse_from(arguments)) {
        (Cow::Owned(redacted), _) => {
            output::note_lines(redacted.trim_end());
            Ok(())
        }
        (_, Err(escaped)) => terminal::print_usage(&with_tip(escaped)),
        (_, Ok(_)) => {
            output::note_lines(&error);
            Ok(())
        }
    };
    match printed {
        // A closed pipe is not a failure of help. A usage error keeps its exit code if it cannot be
        // printed.
        Err(failure) if !error.use_stderr() && failure.kind() != io::ErrorKind::BrokenPipe => {
            let failure = Failure::Output(failure);
            output::note(format_args!("tim: {}", failure.message()));
            ExitCode::from(failure.status().code())
        }
        _ => u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from),
    }
}

fn run(cli: Cli, out: &mut Output) -> Result<ExitStatus, Failure> {
    let Cli { command, json, verbose, quiet, flags } = cli;
    let session = Session::new(flags, verbose > 0, quiet, json);
    match command {
        Command::Demo(args) => demo::run(&args, &runtime()?, out),
        Command::Emulator(args) => runtime()?.block_on(emulator::run(*args, &session, out)),
        Command::Account(command) => runtime()?.block_on(account::run(command, &session, out)),
        Command::Profile(command) => runtime()?.block_on(profile::run(command, &session, out)),
        Command::Follow(command) => runtime()?.block_on(follow::run(command, &session, out)),
        Command::Friend(command) => runtime()?.block_on(friend::run(command, &session, out)),
        Command::Block(command) => runtime()?.block_on(block::run(command, &session, out)),
        Command::FriendGroup(command) => runtime()?.block_on(friend_group::run(command, &session, out)),
        Command::Call(args) => runtime()?.block_on(call::run(args, &session.client()?, out)),
        Command::Diff(args) => diff::run(&args, &session, out),
        Command::Config(command) => config::run(command, &session, out),
        Command::Doctor => runtime()?.block_on(doctor::run(&session, out)),
        Command::Error(args) => error::run(&args, out),
        Command::Usersig(command) => usersig::run(command, session.settings()?, out),
        Command::Webhook(command) => runtime()?.block_on(webhook::run(command, &session, out)),
        Command::Schema(args) => schema::run(&args, out),
        Command::Completions(args) => completions::run(&args, Cli::command(), out),
        Command::Man(args) => man::run(&args, Cli::command(), out),
    }
}

/// One thread is enough: a command makes one call after another, and the emulator brings a thread
/// of its own.
fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread().enable_all().build().map_err(Failure::system)
}
