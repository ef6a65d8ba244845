//! Decides which errors of a call stop a batch.

use tim_types::{CodeClass, ErrorCode};

use crate::{Error, ErrorKind};

/// Codes that concern the app, the caller or the edition. Their classes also contain codes that
/// concern single users, so the class is not enough.
const FATAL: [ErrorCode; 19] = [
    ErrorCode::APP_OR_ACCOUNT_ILLEGAL,
    ErrorCode::ADMIN_REQUIRED,
    ErrorCode::PROFILE_ADMIN_REQUIRED,
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
    ErrorCode::STATUS_ADMIN_REQUIRED,
    ErrorCode::DAILY_ACTIVE_USERS_FULL,
    ErrorCode::MONTHLY_ACTIVE_USERS_FULL,
];

/// Returns whether all further calls would fail too: the error concerns the app, the caller or the
/// edition and not single users, the certificates of all hosts are not trusted, or the retry budget
/// is empty.
pub(super) fn is_fatal(error: &Error) -> bool {
    if error.is_retry_budget_empty() || error.trail().no_host_left {
        return true;
    }
    let Some(code) = error.code() else { return matches!(error.kind(), ErrorKind::Signing(_)) };
    // All codes of these classes concern the UserSig of the caller or the settings of the app.
    let is_fatal_class =
        matches!(error.class(), Some(CodeClass::Signature | CodeClass::Credentials | CodeClass::FeatureDisabled));
    is_fatal_class || FATAL.contains(&code)
}
