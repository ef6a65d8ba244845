//! `tim usersig inspect`.

use std::fmt;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::sig::{Compression, Inspection, Room, RoomGrant, VerifyError};

use super::row::{Contents, cells, reason};
use crate::exit::{ExitStatus, Failure};
use crate::output::Output;
use crate::output::row::{Cells, Row};
use crate::run::rows::Reason;
use crate::time;

pub(super) const HELP: &str = "\
The UserSig is not verified. `tim usersig verify` verifies it with the key.

With --json: {\"command\":\"usersig_inspect\",\"ok\":true,\"user\":\"alice\",...}; see `tim schema usersig inspect`.

Example:
  tim usersig inspect - <sig.txt";

#[derive(Args)]
pub(crate) struct InspectArgs {
    /// The UserSig; - reads it from standard input, which other users of the machine cannot see
    #[arg(value_name = "USERSIG")]
    sig: String,
}

/// Hides the signature.
impl fmt::Debug for InspectArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InspectArgs").finish_non_exhaustive()
    }
}

/// The row of `tim usersig inspect`.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct InspectRow {
    /// `usersig_inspect`.
    command: &'static str,
    /// Whether the UserSig can be read.
    ok: bool,
    #[serde(flatten)]
    contents: Contents,
    /// How it is compressed: `stored`, `fixed`, `dynamic` or `other`.
    compression: Option<&'static str>,
    /// The libraries that write signatures like this one.
    style: Option<Vec<String>>,
    /// The room permission, in hexadecimal.
    userbuf: Option<String>,
    #[serde(flatten)]
    grant: Grant,
    #[serde(flatten)]
    reason: Reason,
}

/// What a `PrivateMapKey` grants; null for other signatures.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
struct Grant {
    /// The number or the name of the room.
    room: Option<RoomOf>,
    /// The user who may enter it.
    room_account: Option<String>,
    /// The app of the room.
    room_sdkappid: Option<u32>,
    /// The last second at which the permission is valid, in Unix seconds.
    room_valid_until: Option<u32>,
    /// What the user may do in the room, as a bit set.
    privileges: Option<u32>,
    /// The same in words, for a table.
    #[serde(skip)]
    words: Option<String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
enum RoomOf {
    Number(u32),
    Name(String),
}

impl InspectRow {
    fn new(inspection: &Inspection) -> Self {
        let Inspection { issued_at, valid_until, userbuf, room, compression, libraries, .. } = inspection;
        let compression = match compression {
            Compression::Stored => "stored",
            Compression::Fixed => "fixed",
            Compression::Dynamic => "dynamic",
            _ => "other",
        };
        Self {
            command: "usersig_inspect",
            ok: true,
            contents: Contents {
                user: Some(inspection.identifier.clone()),
                sdkappid: Some(inspection.sdkappid),
                issued_at: Some(*issued_at),
                valid_until: Some(*valid_until),
            },
            compression: Some(compression),
            style: Some(libraries.iter().map(ToString::to_string).collect()),
            userbuf: userbuf.as_ref().map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
            grant: room.as_ref().map(Grant::new).unwrap_or_default(),
            reason: Reason::default(),
        }
    }

    fn malformed(error: &VerifyError) -> Self {
        Self { command: "usersig_inspect", reason: reason(error), ..Self::default() }
    }
}

impl Row for InspectRow {
    fn cells(&self) -> Cells {
        let mut found = self.contents.cells();
        found.extend(self.compression.map(|compression| ("compression", compression.to_owned())));
        found.extend(self.style.as_ref().map(|names| {
            let style = if names.is_empty() { "unknown".to_owned() } else { names.join(" or ") };
            ("style", style)
        }));
        let grant = self.grant.cells();
        // A grant is decoded from these bytes.
        if grant.is_empty() {
            found.extend(self.userbuf.clone().map(|bytes| ("userbuf", bytes)));
        }
        found.extend(grant);
        cells(self.ok, found, &self.reason)
    }
}

impl Grant {
    fn new(grant: &RoomGrant) -> Self {
        Self {
            room: Some(match &grant.room {
                Room::Number(number) => RoomOf::Number(*number),
                Room::Name(name) => RoomOf::Name(name.clone()),
            }),
            room_account: Some(grant.account.clone()),
            room_sdkappid: Some(grant.sdkappid),
            room_valid_until: Some(grant.valid_until),
            privileges: Some(grant.privileges.bits()),
            words: Some(grant.privileges.to_string()),
        }
    }

    fn cells(&self) -> Cells {
        let room = self.room.as_ref().map(|room| match room {
            RoomOf::Number(number) => number.to_string(),
            RoomOf::Name(name) => name.clone(),
        });
        let cells = [
            ("room", room),
            ("room_account", self.room_account.clone()),
            ("room_sdkappid", self.room_sdkappid.map(|app| app.to_string())),
            ("room_valid_until", self.room_valid_until.map(|until| time::utc(until.into()))),
            ("privileges", self.words.clone()),
        ];
        cells.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }
}

pub(super) fn run(args: &InspectArgs, out: &mut Output) -> Result<ExitStatus, Failure> {
    let found = tim_follow::sig::inspect(&super::read(&args.sig)?);
    let status = ExitStatus::of(found.is_ok());
    out.row(&match found {
        Ok(inspection) => InspectRow::new(&inspection),
        Err(malformed) => InspectRow::malformed(&VerifyError::Malformed(malformed)),
    })?;
    Ok(status)
}
