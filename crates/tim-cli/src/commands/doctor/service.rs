//! What the service says to a harmless call: who the caller is, and what it may do.

use std::time::Duration;

use tim_follow::follow::Counts;
use tim_follow::{Client, CodeClass, Endpoint as _, ErrorCode, ErrorKind, Limits};

use super::report::Finding;

/// In the order in which the service looks at a call.
pub(super) const CHECKS: [&str; 4] = ["service", "usersig", "admin rights", "follow feature"];

/// Asks for the numbers of the admin itself, which changes nothing, and reads off the answer how far the call came.
pub(super) async fn ask(client: &Client, admin: &str) -> [Finding; 4] {
    let limits = Limits::default().max_attempts(2).deadline(Duration::from_secs(10));
    match client.with_limits(limits).send(Counts::new(admin, [admin])).await {
        Ok(answer) => {
            let (code, info) = answer.items.first().map_or((ErrorCode::OK, ""), |item| (item.code, item.info.as_str()));
            passed(3, admin, ended(code, info))
        }
        Err(error) => match error.kind() {
            ErrorKind::Api { code, info, .. } => passed(reached(*code), admin, ended(*code, info)),
            _ => passed(0, admin, Finding::fail(error.to_string(), "see the checks of the network above")),
        },
    }
}

/// The findings of a call that passed so many checks and ended with `last`.
fn passed(count: usize, admin: &str, last: Finding) -> [Finding; 4] {
    let good = [
        "it answers and knows the app".to_owned(),
        "accepted".to_owned(),
        format!("{admin} may make calls for the app"),
        "on".to_owned(),
    ];
    std::array::from_fn(|at| match at {
        _ if at < count => Finding::ok(good[at].as_str()),
        _ if at == count => last.clone(),
        _ => Finding::skipped(format!("it needs `{}`", CHECKS[count])),
    })
}

/// How many checks a call passed that was refused as a whole with this code.
fn reached(code: ErrorCode) -> usize {
    match code {
        ErrorCode::FOLLOW_DISABLED => 3,
        ErrorCode::NOT_ADMIN | ErrorCode::ADMIN_REQUIRED | ErrorCode::ACCOUNT_ADMIN_REQUIRED => 2,
        ErrorCode::APP_ID_INVALID | ErrorCode::SIG_KEY_MISSING | ErrorCode::APP_OR_ACCOUNT_ILLEGAL => 0,
        // The service of the relations is behind the gateway, which has let the call pass.
        ErrorCode(30_000..=39_999) | ErrorCode::ACCOUNT_NOT_IMPORTED => 3,
        code => usize::from(matches!(code.class(Counts::SERVICE), CodeClass::Signature | CodeClass::Credentials)),
    }
}

/// What is to be said about the code with which a call, or the item about the admin, ended.
fn ended(code: ErrorCode, info: &str) -> Finding {
    match code {
        ErrorCode::OK => return Finding::ok("on"),
        // The admin needs no account to make calls.
        ErrorCode::ACCOUNT_NOT_FOUND | ErrorCode::ACCOUNT_NOT_IMPORTED => {
            return Finding::ok("on; the admin has no account of its own");
        }
        _ => {}
    }
    let meaning = code.meaning(Counts::SERVICE).unwrap_or("a code that is not documented");
    let info = if info.is_empty() { String::new() } else { format!(" ({info})") };
    let advice = code.advice(Counts::SERVICE).map_or_else(|| format!("tim error {code}"), str::to_owned);
    Finding::fail(format!("refused with {code}, {meaning}{info}"), advice)
}

#[cfg(test)]
mod tests {
    use super::super::report::Status::{self, Fail, Ok, Skipped};
    use super::*;

    fn of(code: i64) -> [Status; 4] {
        let code = ErrorCode(code);
        passed(reached(code), "administrator", ended(code, "")).map(|finding| finding.status)
    }

    #[test]
    fn a_code_says_how_far_a_call_came() {
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
    fn a_refusal_names_the_fix() {
        let finding = ended(ErrorCode::FOLLOW_DISABLED, "");
        assert!(finding.fix.is_some_and(|fix| fix.contains("Console")));
        assert_eq!(ended(ErrorCode(1), "").fix.as_deref(), Some("tim error 1"));
        assert_eq!(of(30003), [Ok; 4]);
        assert_eq!(of(70107), [Ok; 4]);
    }
}
