//! The rows of `tim usersig`.

use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::ErrorCode;
use tim_follow::sig::{Compression, Explanation, Inspection, Room, RoomGrant, VerifyError};

use crate::output::row::{Cells, Row, yes_no};
use crate::run::rows::Reason;
use crate::time;

/// What a UserSig says; null if it cannot be read.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Said {
    /// The user whom the UserSig is for.
    pub(super) user: Option<String>,
    /// The app.
    pub(super) sdkappid: Option<u64>,
    /// When it was signed, in Unix seconds.
    pub(super) issued_at: Option<u64>,
    /// The last second at which it is valid, in Unix seconds.
    pub(super) valid_until: Option<u64>,
}

impl Said {
    fn cells(&self) -> Cells {
        let cells = [
            ("user", self.user.clone()),
            ("sdkappid", self.sdkappid.map(|app| app.to_string())),
            ("issued_at", self.issued_at.map(time::utc)),
            ("valid_until", self.valid_until.map(time::utc)),
        ];
        cells.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }
}

/// The row of `tim usersig sign`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct SignRow {
    /// `usersig_sign`.
    pub(super) command: &'static str,
    /// Always true.
    pub(super) ok: bool,
    #[serde(flatten)]
    pub(super) said: Said,
    /// The UserSig, which is a secret.
    pub(super) usersig: String,
}

impl Row for SignRow {
    fn cells(&self) -> Cells {
        vec![("usersig", self.usersig.clone())]
    }
}

/// The row of `tim usersig verify`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct VerifyRow {
    /// `usersig_verify`.
    command: &'static str,
    /// Whether the UserSig is valid.
    ok: bool,
    #[serde(flatten)]
    said: Said,
    #[serde(flatten)]
    reason: Reason,
}

impl VerifyRow {
    pub(super) fn new(result: Result<Said, &VerifyError>) -> Self {
        let (ok, reason) = (result.is_ok(), result.as_ref().err().map(|error| reason(error)).unwrap_or_default());
        Self { command: "usersig_verify", ok, said: result.unwrap_or_default(), reason }
    }
}

impl Row for VerifyRow {
    fn cells(&self) -> Cells {
        cells(self.ok, self.said.cells(), &self.reason)
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
    said: Said,
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
    pub(super) fn new(inspection: &Inspection) -> Self {
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
            said: Said {
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

    pub(super) fn malformed(error: &VerifyError) -> Self {
        Self { command: "usersig_inspect", reason: reason(error), ..Self::default() }
    }
}

impl Row for InspectRow {
    fn cells(&self) -> Cells {
        let mut found = self.said.cells();
        found.extend(self.compression.map(|compression| ("compression", compression.to_owned())));
        found.extend(self.style.as_ref().map(|names| {
            let style = if names.is_empty() { "unknown".to_owned() } else { names.join(" or ") };
            ("style", style)
        }));
        let grant = self.grant.cells();
        // A grant is what the bytes say.
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

/// The row of `tim usersig explain`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ExplainRow {
    /// `usersig_explain`.
    command: &'static str,
    /// Whether no problem was found in the UserSig.
    ok: bool,
    /// The code of the service that is explained.
    code: i64,
    /// The meaning of the code; null for an undocumented code.
    meaning: Option<String>,
    /// Whether a problem of the UserSig explains the code.
    found: bool,
    /// The codes of all problems that were found in the UserSig.
    problems: Vec<i64>,
    /// What is wrong, and what to do.
    info: String,
}

impl ExplainRow {
    pub(super) fn new(explanation: Explanation) -> Self {
        let problems: Vec<i64> = explanation.problems.iter().map(VerifyError::code).collect();
        Self {
            command: "usersig_explain",
            ok: problems.is_empty(),
            code: explanation.code,
            meaning: meaning(explanation.code),
            found: explanation.found,
            problems,
            info: explanation.text,
        }
    }

    pub(super) fn is_ok(&self) -> bool {
        self.ok
    }
}

impl Row for ExplainRow {
    fn cells(&self) -> Cells {
        let reason = Reason { code: Some(self.code), meaning: self.meaning.clone(), info: Some(self.info.clone()) };
        cells(self.ok, reason.cells(), &Reason::default())
    }
}

fn cells(ok: bool, found: Cells, reason: &Reason) -> Cells {
    let mut cells = vec![("ok", yes_no(ok))];
    cells.extend(found);
    if reason.code.is_some() {
        cells.extend(reason.cells());
    }
    cells
}

fn reason(error: &VerifyError) -> Reason {
    let code = error.code();
    Reason { code: Some(code), meaning: meaning(code), info: Some(error.to_string()) }
}

/// All services reject a signature with the same codes.
fn meaning(code: i64) -> Option<String> {
    ErrorCode(code).meaning("follow").map(str::to_owned)
}
