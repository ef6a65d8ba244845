//! Checks with one signed call: app, signature, rights of the admin, and the follow feature.

use std::time::Duration;

use tim_follow::follow::Counts;
use tim_follow::{Client, CodeClass, Endpoint as _, ErrorCode, ErrorKind, Limits};

use super::report::Finding;

/// In the order in which the service checks a call.
pub(super) const CHECKS: [&str; 4] = ["service", "usersig", "admin rights", "follow feature"];

/// Reads the counts of the admin, which changes nothing. The code of the response shows which
/// checks of the service the call passed.
pub(super) async fn check(client: &Client, admin: &str) -> [Finding; 4] {
    let limits = Limits::default().max_attempts(2).deadline(Duration::from_secs(10));
    match client.with_limits(limits).send(Counts::new(admin, [admin])).await {
        Ok(response) => {
            let (code, info) =
                response.items.first().map_or((ErrorCode::OK, ""), |item| (item.code, item.info.as_str()));
            passed(3, admin, finding(code, info))
        }
        Err(error) => match error.kind() {
            ErrorKind::Api { code, info, .. } => passed(passed_checks(*code), admin, finding(*code, info)),
            _ => passed(0, admin, Finding::fail(error.to_string(), fix_of(error.kind()))),
        },
    }
}

/// The findings of a call that passed `count` checks and ended with `last`.
fn passed(count: usize, admin: &str, last: Finding) -> [Finding; 4] {
    let good = [
        "it responds and knows the app".to_owned(),
        "accepted".to_owned(),
        format!("{admin} may make calls for the app"),
        "on".to_owned(),
    ];
    std::array::from_fn(|at| match at {
        _ if at < count => Finding::ok(good[at].as_str()),
        _ if at == count => last.clone(),
        _ => Finding::skipped_after(CHECKS[count]),
    })
}

/// How many checks a call passed that was rejected with this code.
fn passed_checks(code: ErrorCode) -> usize {
    match code {
        ErrorCode::FOLLOW_DISABLED => 3,
        ErrorCode::NOT_ADMIN | ErrorCode::ADMIN_REQUIRED | ErrorCode::ACCOUNT_ADMIN_REQUIRED => 2,
        ErrorCode::APP_ID_INVALID | ErrorCode::SIG_KEY_MISSING | ErrorCode::APP_OR_ACCOUNT_ILLEGAL => 0,
        // These codes come from the follow service, which is behind the gateway.
        ErrorCode(30_000..=39_999) | ErrorCode::ACCOUNT_NOT_IMPORTED => 3,
        code => usize::from(matches!(code.class(Counts::SERVICE), CodeClass::Signature | CodeClass::Credentials)),
    }
}

/// The finding about the code of a call, or of the item about the admin.
fn finding(code: ErrorCode, info: &str) -> Finding {
    match code {
        ErrorCode::OK => return Finding::ok("on"),
        // The admin needs no account to make calls.
        ErrorCode::ACCOUNT_NOT_FOUND | ErrorCode::ACCOUNT_NOT_IMPORTED => {
            return Finding::ok("on; the admin has no account");
        }
        _ => {}
    }
    let meaning = code.meaning(Counts::SERVICE).unwrap_or("unknown code");
    let info = if info.is_empty() { String::new() } else { format!(" ({info})") };
    let advice = code.advice(Counts::SERVICE).map_or_else(|| format!("tim error {code}"), str::to_owned);
    Finding::fail(format!("rejected with {code}, {meaning}{info}"), advice)
}

/// What to do about a call without a response of the service.
fn fix_of(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Http { .. } | ErrorKind::Decode { .. } => {
            "another server responds in its place: check the proxy and the base URL"
        }
        _ => "check the network, and try again later",
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Status::{self, Fail, Ok, Skipped};
    use super::*;

    fn of(code: i64) -> [Status; 4] {
        let code = ErrorCode(code);
        passed(passed_checks(code), "administrator", finding(code, "")).map(|finding| finding.status)
    }

    #[test]
    fn a_code_shows_which_checks_a_call_passed() {
        for code in [30002, 60026, 70020, 60006, 60016, 60020, 60021, 60007, 60008, 1] {
            assert_eq!(of(code), [Fail, Skipped, Skipped, Skipped], "{code}");
        }
        for code in [70001, 70003, 70009, 70013, 70014, 70050, 70052] {
            assert_eq!(of(code), [Ok, Fail, Skipped, Skipped], "{code}");
        }
        for code in [60010, 30004, 70403] {
            assert_eq!(of(code), [Ok, Ok, Fail, Skipped], "{code}");
        }
        assert_eq!(of(30005), [Ok, Ok, Ok, Fail]);
    }

    #[test]
    fn a_rejection_names_the_fix() {
        let disabled = finding(ErrorCode::FOLLOW_DISABLED, "");
        assert!(disabled.fix.is_some_and(|fix| fix.contains("Console")));
        assert_eq!(finding(ErrorCode(1), "").fix.as_deref(), Some("tim error 1"));
        assert_eq!(of(30003), [Ok; 4]);
        assert_eq!(of(70107), [Ok; 4]);
    }
}
