//! The codes with which the service refuses a call or one target of it.

#[rustfmt::skip]
mod table;

use std::fmt;

use serde::{Deserialize, Serialize};

/// The code of an answer (`ErrorCode`) or of one of its items (`ResultCode`); 0 is success.
///
/// The set is open: a code that this version does not know is kept, and has the class [`CodeClass::Unknown`].
/// The named codes and their meanings come from docs/api/error-codes.md.
/// Official page: <https://www.tencentcloud.com/document/product/1047/34348>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErrorCode(pub i64);

/// What a caller can do about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodeClass {
    /// Code 0.
    Success,
    /// A fault of the moment: the same call may succeed later.
    Transient,
    /// Too many calls: slow down, then repeat.
    RateLimited,
    /// The signature is past its end: sign anew, then repeat.
    Signature,
    /// The signature does not fit the key, app or user: signing anew with the same key does not help.
    Credentials,
    /// The app, the user or the address may not do this.
    Permission,
    /// The account, the command or the app does not exist.
    NotFound,
    /// The request is wrong as it stands.
    BadRequest,
    /// The feature is not switched on or not bought.
    FeatureDisabled,
    /// A count or a commercial limit is reached.
    Capacity,
    /// A known code that fits none of these.
    Other,
    /// A code that the table does not know; never repeated.
    Unknown,
}

/// One line of the code table: a code or a range of codes, for one service or for any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorCodeInfo {
    /// The first code of the range.
    pub first: i64,
    /// The last one, the same for a single code.
    pub last: i64,
    /// The service that answers it with this meaning; `None` for all services.
    pub service: Option<&'static str>,
    /// What a caller can do about it.
    pub class: CodeClass,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub advice: &'static str,
}

impl ErrorCode {
    /// Success.
    pub const OK: Self = Self(0);

    /// What can be done about this code when `service` (for example `follow` or `sns`) answers it.
    ///
    /// The service matters: 30005 is "feature off" for `follow` and "sensitive words" for `sns`.
    pub fn class(self, service: &str) -> CodeClass {
        match self.row(service) {
            _ if self == Self::OK => CodeClass::Success,
            Some(row) => row.class,
            None => CodeClass::Unknown,
        }
    }

    /// What this code means when `service` answers it; `None` for a code that the table does not know.
    pub fn meaning(self, service: &str) -> Option<&'static str> {
        self.row(service).map(|row| row.meaning)
    }

    /// What to do about this code when `service` answers it; `None` for a code that the table does not know.
    pub fn advice(self, service: &str) -> Option<&'static str> {
        self.row(service).map(|row| row.advice)
    }

    /// Whether the same call may succeed later without a change: transient and rate-limited codes.
    pub fn retryable(self, service: &str) -> bool {
        matches!(self.class(service), CodeClass::Transient | CodeClass::RateLimited)
    }

    /// All codes that are documented, in their order.
    pub fn documented() -> impl Iterator<Item = &'static ErrorCodeInfo> {
        table::ROWS.iter()
    }

    fn row(self, service: &str) -> Option<&'static ErrorCodeInfo> {
        table::ROWS
            .iter()
            .find(|row| (row.first..=row.last).contains(&self.0) && row.service.is_none_or(|of_row| of_row == service))
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_code_means_depends_on_the_service() {
        assert_eq!(ErrorCode(30005).class("follow"), CodeClass::FeatureDisabled);
        assert_eq!(ErrorCode(30005).class("sns"), CodeClass::BadRequest);
    }

    #[test]
    fn an_unknown_code_is_never_retried() {
        assert_eq!(ErrorCode(60001).class("follow"), CodeClass::Unknown);
        assert!(!ErrorCode(60001).retryable("follow"));
        assert_eq!(ErrorCode(60001).meaning("follow"), None);
    }

    #[test]
    fn ranges_hold_their_ends() {
        assert_eq!(ErrorCode(38000).class("sns"), CodeClass::Other);
        assert_eq!(ErrorCode(39000).class("sns"), CodeClass::Other);
        assert_eq!(ErrorCode(39001).class("sns"), CodeClass::Unknown);
    }

    #[test]
    fn the_documented_codes_are_in_order_and_known() {
        let firsts: Vec<i64> = ErrorCode::documented().map(|row| row.first).collect();
        assert!(firsts.is_sorted() && firsts.contains(&70009));
        assert!(firsts.iter().all(|code| ErrorCode(*code).meaning("follow").is_some()));
    }

    #[test]
    fn success_is_its_own_class() {
        assert_eq!(ErrorCode::OK.class("follow"), CodeClass::Success);
        assert!(!ErrorCode::OK.retryable("follow"));
    }
}
