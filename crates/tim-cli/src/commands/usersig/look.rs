//! `tim usersig inspect` and `explain`: looking into a signature, with a key or without.

use clap::Args;
use tim_follow::ErrorCode;
use tim_follow::sig::{Compression, Inspection, RejectedCall, Room, RoomGrant, Signer, VerifyError};

use super::{read, refused, start};
use crate::exit::{ExitStatus, Failure};
use crate::output::{Field, Output, Row};
use crate::settings::Settings;
use crate::time;

pub(crate) const INSPECT_HELP: &str = "\
Nothing is verified: `tim usersig verify` does that, with the key.

With --json: {\"command\":\"usersig_inspect\",\"ok\":true,\"user\",\"sdkappid\",\"issued_at\",\"valid_until\",\"compression\",\"style\",
             \"userbuf\",\"room\",\"room_account\",\"room_sdkappid\",\"room_valid_until\",\"privileges\"}; style lists the libraries that
             write signatures like this one, userbuf is hex, and the last five fields are there for a PrivateMapKey
          or {\"command\":\"usersig_inspect\",\"ok\":false,\"code\":70003,\"meaning\",\"info\"}

Example:
  tim usersig inspect - <sig.txt";

pub(crate) const EXPLAIN_HELP: &str = "\
Codes: 70001 expired, 70002 empty, 70003 illegal, 70009 another key, 70013 another user, 70014 another app.
The app and the key are taken from the settings when they are set there. The exit code is 1 when the UserSig is at fault.

With --json: {\"command\":\"usersig_explain\",\"ok\",\"code\",\"meaning\",\"found\",\"problems\":[70001],\"info\"}

Examples:
  tim usersig explain - --code 70009 --secret-key-file key.txt --sdkappid 1400000000 <sig.txt
  tim usersig explain - --code 70013 --user alice <sig.txt";

#[derive(Args)]
pub(crate) struct InspectArgs {
    /// The UserSig; - reads it from standard input, where other users of the machine do not see it
    sig: String,
}

#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// The UserSig; - reads it from standard input, where other users of the machine do not see it
    sig: String,
    /// The code that the service answered
    #[arg(long)]
    code: i64,
    /// The user that the call named
    #[arg(long)]
    user: Option<String>,
    /// When the call was made, instead of now
    #[arg(long, value_name = "UNIX_SECONDS")]
    at: Option<u64>,
}

/// Hides the signature.
impl std::fmt::Debug for InspectArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InspectArgs").finish_non_exhaustive()
    }
}

/// Hides the signature.
impl std::fmt::Debug for ExplainArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExplainArgs").field("code", &self.code).field("user", &self.user).finish_non_exhaustive()
    }
}

pub(crate) fn show(args: &InspectArgs, out: &mut Output) -> Result<ExitStatus, Failure> {
    let found = tim_follow::sig::inspect(&read(&args.sig)?);
    let verdict = ExitStatus::of(found.is_ok());
    out.row(match found {
        Ok(inspection) => inspected(&inspection),
        Err(malformed) => refused("usersig_inspect", &VerifyError::Malformed(malformed)),
    })?;
    Ok(verdict)
}

fn inspected(inspection: &Inspection) -> Row {
    let Inspection { issued_at, valid_until, userbuf, room, compression, libraries, .. } = inspection;
    let compression = match compression {
        Compression::Stored => "stored",
        Compression::Fixed => "fixed",
        Compression::Dynamic => "dynamic",
        _ => "other",
    };
    let names: Vec<String> = libraries.iter().map(ToString::to_string).collect();
    let style = if names.is_empty() { "unknown".to_owned() } else { names.join(" or ") };
    let row = start("usersig_inspect", true)
        .with(Field::new("user", inspection.identifier.as_str()))
        .with(Field::new("sdkappid", inspection.sdkappid))
        .with(Field::shown_as("issued_at", *issued_at, time::utc(*issued_at)))
        .with(Field::shown_as("valid_until", *valid_until, time::utc(*valid_until)))
        .with(Field::new("compression", compression))
        .with(Field::shown_as("style", names, style));
    let hex = userbuf.as_ref().map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    match (hex, room) {
        (Some(hex), Some(room)) => row.with(Field::hidden("userbuf", hex)).with_all(granted(room)),
        (Some(hex), None) => row.with(Field::new("userbuf", hex)),
        (None, _) => row,
    }
}

fn granted(grant: &RoomGrant) -> [Field; 5] {
    let room = match &grant.room {
        Room::Number(number) => Field::new("room", *number),
        Room::Name(name) => Field::new("room", name.as_str()),
    };
    let until = grant.valid_until;
    [
        room,
        Field::new("room_account", grant.account.as_str()),
        Field::new("room_sdkappid", grant.sdkappid),
        Field::shown_as("room_valid_until", until, time::utc(until.into())),
        Field::shown_as("privileges", grant.privileges.bits(), grant.privileges.to_string()),
    ]
}

pub(crate) fn explain(args: &ExplainArgs, settings: &Settings, out: &mut Output) -> Result<ExitStatus, Failure> {
    let (app, key) = settings.app_and_key()?;
    let sdkappid = app.map(|app| app.0);
    let signer = match (sdkappid, key) {
        (Some(app), Some(key)) => Some(Signer::new(app, key)?),
        _ => None,
    };
    let now = args.at.unwrap_or_else(time::now);
    let known = RejectedCall { sdkappid, user: args.user.as_deref(), signer: signer.as_ref(), now };
    let explanation = tim_follow::sig::explain(&read(&args.sig)?, args.code, &known);
    let problems: Vec<i64> = explanation.problems.iter().map(VerifyError::code).collect();
    let fine = problems.is_empty();
    let row = start("usersig_explain", fine)
        .with(Field::new("code", args.code))
        // All services say the same to a signature.
        .with(Field::new("meaning", ErrorCode(args.code).meaning("follow")))
        .with(Field::hidden("found", explanation.found))
        .with(Field::hidden("problems", problems))
        .with(Field::new("info", explanation.text));
    out.row(row)?;
    Ok(ExitStatus::of(fine))
}
