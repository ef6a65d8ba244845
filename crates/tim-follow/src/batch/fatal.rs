//! Which errors of a call stop a batch.

use tim_types::{CodeClass, ErrorCode};

use crate::{Error, ErrorKind};

/// The codes about the app, the caller or the edition whose class has codes about users too.
const FATAL: [ErrorCode; 17] = [
    ErrorCode::APP_OR_ACCOUNT_ILLEGAL,
    ErrorCode::ADMIN_REQUIRED,
    ErrorCode::UNKNOWN_COMMAND,
    ErrorCode::NOT_ADMIN,
    ErrorCode::APP_ID_MISSING,
    ErrorCode::APP_DISABLED,
    ErrorCode::REQUEST_DISABLED,
    ErrorCode::IP_NOT_ALLOWED,
    ErrorCode::URL_PARAMETERS,
    ErrorCode::WRONG_REGION,
    ErrorCode::PRODUCT_NOT_ALLOWED,
    ErrorCode::DAILY_CALLS_EXHAUSTED,
    ErrorCode::APP_NOT_FOUND,
    ErrorCode::ACCOUNT_ADMIN_REQUIRED,
    ErrorCode::ACCOUNT_DELETE_FORBIDDEN,
    ErrorCode::DAILY_ACTIVE_USERS_FULL,
    ErrorCode::MONTHLY_ACTIVE_USERS_FULL,
];

/// Whether every further call would fail like this one: it is about the app, the caller or the edition, not about users,
/// or too many calls failed for another one to be worthwhile.
pub(super) fn is_fatal(error: &Error) -> bool {
    if error.is_retry_budget_empty() {
        return true;
    }
    let Some(code) = error.code() else { return matches!(error.kind(), ErrorKind::Signing(_)) };
    // Every code of these classes is about the UserSig of the caller or the settings of the app.
    let of_app =
        matches!(error.class(), Some(CodeClass::Signature | CodeClass::Credentials | CodeClass::FeatureDisabled));
    of_app || FATAL.contains(&code)
}
