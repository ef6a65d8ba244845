//! What the rows of `tim usersig` share.

use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::ErrorCode;
use tim_follow::sig::{Signer, VerifyError};

use crate::output::row::{Cells, yes_no};
use crate::run::rows::Reason;
use crate::time;

/// The contents of a UserSig; null if it cannot be read.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(super) struct Contents {
    /// The user of the UserSig.
    pub(super) user: Option<String>,
    /// The app.
    pub(super) sdkappid: Option<u64>,
    /// The time of signing, in Unix seconds.
    pub(super) issued_at: Option<u64>,
    /// The last second at which it is valid, in Unix seconds.
    pub(super) valid_until: Option<u64>,
}

impl Contents {
    pub(super) fn new(user: &str, signer: &Signer, issued_at: u64, valid_until: u64) -> Self {
        Self {
            user: Some(user.to_owned()),
            sdkappid: Some(signer.sdkappid().into()),
            issued_at: Some(issued_at),
            valid_until: Some(valid_until),
        }
    }

    pub(super) fn cells(&self) -> Cells {
        let cells = [
            ("user", self.user.clone()),
            ("sdkappid", self.sdkappid.map(|app| app.to_string())),
            ("issued_at", self.issued_at.map(time::utc)),
            ("valid_until", self.valid_until.map(time::utc)),
        ];
        cells.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }
}

/// The columns of a row: `ok`, those of the command, and the reason.
pub(super) fn cells(ok: bool, found: Cells, reason: &Reason) -> Cells {
    let mut cells = vec![("ok", yes_no(ok))];
    cells.extend(found);
    if reason.code.is_some() {
        cells.extend(reason.cells());
    }
    cells
}

/// Why a UserSig is not valid. The service documents no code for a UserSig from the future.
pub(super) fn reason(error: &VerifyError) -> Reason {
    let code = error.code();
    let meaning = match error {
        VerifyError::NotYetValid { .. } => Some("not valid yet".to_owned()),
        _ => meaning(code),
    };
    Reason { code: Some(code), meaning, info: Some(time::with_dates(&error.to_string())) }
}

/// The meaning of a code. All services reject a signature with the same codes.
pub(super) fn meaning(code: i64) -> Option<String> {
    ErrorCode(code).meaning("follow").map(str::to_owned)
}
