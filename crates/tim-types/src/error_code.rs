//! The codes with which the service rejects a call, or one target of a call.

#[rustfmt::skip]
mod table;

use std::fmt;

use serde::{Deserialize, Serialize};

/// The code of a response (`ErrorCode`) or of one of its items (`ResultCode`); 0 is success.
///
/// The set is open: a code that this version does not know is kept, and has the class
/// [`CodeClass::Unknown`]. The named codes and their meanings come from docs/api/error-codes.md.
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
    /// A transient failure: the same call can succeed later.
    Transient,
    /// Too many calls: slow down, then retry.
    RateLimited,
    /// The signature has expired: make a new one, then retry.
    Signature,
    /// The signature does not match the key, the app or the user. A new signature with the same
    /// key does not help.
    Credentials,
    /// The app, the user or the IP address does not have the permission.
    Permission,
    /// The account, the command or the app does not exist.
    NotFound,
    /// The request is invalid, and must be changed before it can succeed.
    BadRequest,
    /// The feature is not turned on, or not part of the edition.
    FeatureDisabled,
    /// A limit of the service or of the edition is reached, for example the number of friends.
    Capacity,
    /// A documented code that belongs to none of the other classes.
    Other,
    /// A code that is not in the table. The clients do not retry it.
    Unknown,
}

/// A row of the table of codes: a code or a range of codes, for one service or for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorCodeInfo {
    /// The first code of the range.
    pub first: i64,
    /// The last code of the range; equal to `first` for a single code.
    pub last: i64,
    /// The service that uses the code with this meaning; `None` for all services.
    pub service: Option<&'static str>,
    /// What a caller can do about the code.
    pub class: CodeClass,
    /// What the code means, as a phrase without a full stop.
    pub meaning: &'static str,
    /// What to do about the code, as a phrase without a full stop.
    pub advice: &'static str,
}

impl ErrorCode {
    /// Success.
    pub const OK: Self = Self(0);

    /// Returns the class of this code in a response of `service`, for example `follow` or `sns`.
    ///
    /// The class can depend on the service: 30005 means that a feature is off for `follow`, and
    /// that a text contains sensitive words for `sns`.
    pub fn class(self, service: &str) -> CodeClass {
        match self.row(service) {
            _ if self == Self::OK => CodeClass::Success,
            Some(row) => row.class,
            None => CodeClass::Unknown,
        }
    }

    /// Returns what this code means in a response of `service`; `None` for a code that is not in
    /// the table.
    pub fn meaning(self, service: &str) -> Option<&'static str> {
        self.row(service).map(|row| row.meaning)
    }

    /// Returns what to do about this code in a response of `service`; `None` for a code that is
    /// not in the table.
    pub fn advice(self, service: &str) -> Option<&'static str> {
        self.row(service).map(|row| row.advice)
    }

    /// Returns whether the same call can succeed later: true for the classes
    /// [`Transient`](CodeClass::Transient) and [`RateLimited`](CodeClass::RateLimited).
    pub fn retryable(self, service: &str) -> bool {
        matches!(self.class(service), CodeClass::Transient | CodeClass::RateLimited)
    }

    /// Returns the rows of all documented codes, in ascending order.
    pub fn documented() -> impl Iterator<Item = &'static ErrorCodeInfo> {
        table::ROWS.iter()
    }

    fn row(self, service: &str) -> Option<&'static ErrorCodeInfo> {
        table::ROWS
            .iter()
            .find(|row| (row.first..=row.last).contains(&self.0) && row.service.is_none_or(|only| only == service))
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
    fn the_class_of_a_code_depends_on_the_service() {
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
    fn a_range_includes_its_first_and_last_code() {
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
    fn code_0_has_the_class_success() {
        assert_eq!(ErrorCode::OK.class("follow"), CodeClass::Success);
        assert!(!ErrorCode::OK.retryable("follow"));
    }
}
