//! Explaining why the service rejected a signature.

use std::fmt;

use crate::{Inspection, Signer, VerifyError, inspect};

/// What is known about a rejected call, for [`explain`]. What is `None` is not checked.
#[derive(Debug, Clone, Copy, Default)]
pub struct RejectedCall<'a> {
    /// The app of the call. If it is `None`, the app of the signer is used.
    pub sdkappid: Option<u32>,
    /// The user id in the call.
    pub user: Option<&'a str>,
    /// A signer with the key that should have made the signature.
    pub signer: Option<&'a Signer>,
    /// When the call was made, in unix seconds.
    pub now: u64,
}

/// What is wrong with a rejected signature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The code with which the service rejected it.
    pub code: i64,
    /// All problems that were found in the signature.
    pub problems: Vec<VerifyError>,
    /// Whether one of the problems explains the code.
    pub found: bool,
    /// What is wrong and what to do.
    pub text: String,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Explains why the service rejected `sig` with `code`: 70001, 70002, 70003, 70009, 70013 or 70014.
/// For other codes, it only reports the problems of the signature.
///
/// ```
/// use std::time::Duration;
/// use tim_sig::{RejectedCall, SecretKey, Signer, explain};
///
/// let other = Signer::new(1400000000, SecretKey::new("the key of another app"))?;
/// let sig = other.sign("alice", Duration::from_secs(60), 1_700_000_000)?;
/// let ours = Signer::new(1400000000, SecretKey::new("key"))?;
///
/// let call = RejectedCall { signer: Some(&ours), now: 1_700_000_000, ..RejectedCall::default() };
/// let explanation = explain(sig.expose(), 70009, &call);
/// assert!(explanation.found && explanation.text.contains("another key"));
/// # Ok::<(), tim_sig::SignError>(())
/// ```
pub fn explain(sig: &str, code: i64, call: &RejectedCall<'_>) -> Explanation {
    let (problems, unexplained) = match inspect(sig) {
        Err(malformed) => (vec![VerifyError::Malformed(malformed)], format!("code {code} cannot be explained")),
        Ok(inspection) => (problems(sig, &inspection, call), unexplained(code, &inspection, call)),
    };
    let matches = |problem: &&VerifyError| problem.code() == code;
    let found = problems.iter().any(|problem| matches(&problem));
    let mut sentences: Vec<String> = problems.iter().filter(matches).map(ToString::to_string).collect();
    if !found {
        sentences.push(unexplained);
    }
    let others: Vec<String> = problems.iter().filter(|problem| !matches(problem)).map(ToString::to_string).collect();
    if !others.is_empty() {
        sentences.push(format!("{}: {}", if found { "also" } else { "however" }, others.join("; ")));
    }
    Explanation { code, problems, found, text: sentences.join("; ") }
}

/// All checks that fail, each made independently of the others.
fn problems(sig: &str, inspection: &Inspection, call: &RejectedCall<'_>) -> Vec<VerifyError> {
    let Inspection { identifier, sdkappid, issued_at, valid_until, .. } = inspection;
    let mut problems = Vec::new();
    let app = call.sdkappid.or(call.signer.map(Signer::sdkappid));
    if let Some(expected) = app.filter(|app| u64::from(*app) != *sdkappid) {
        problems.push(VerifyError::WrongApp { signed: *sdkappid, expected });
    }
    if let Some(expected) = call.user.filter(|user| user != identifier) {
        problems.push(VerifyError::WrongUser { signed: identifier.clone(), expected: expected.to_owned() });
    }
    if call.now > *valid_until {
        problems.push(VerifyError::Expired { valid_until: *valid_until });
    }
    if *issued_at > call.now.saturating_add(Signer::DEFAULT_SKEW.as_secs()) {
        problems.push(VerifyError::NotYetValid { issued_at: *issued_at });
    }
    if call.signer.is_some_and(|signer| signer.made(sig) == Ok(false)) {
        problems.push(VerifyError::BadSignature);
    }
    problems
}

/// The text for a code that no problem of the signature explains.
fn unexplained(code: i64, inspection: &Inspection, call: &RejectedCall<'_>) -> String {
    let Inspection { identifier, sdkappid, valid_until, .. } = inspection;
    match code {
        70001 => format!(
            "the signature is valid until {valid_until} (unix seconds), {} seconds after the call: check the clock, and whether the call sent another signature",
            valid_until.saturating_sub(call.now)
        ),
        70002 => "this signature is not empty: check that the call really sends it".to_owned(),
        70003 => "the signature can be decoded: check that nothing cuts or changes it on the way, such as escaping it twice in the URL".to_owned(),
        70009 if call.signer.is_some() => {
            format!(
                "the signature was made with this key for app {sdkappid}: check in the console that this is still the key of that app"
            )
        }
        70009 => {
            format!("the signature is for app {sdkappid}, and the service says that another key made it; pass the key to check that")
        }
        70013 => format!(
            "the signature is for user {identifier:?}: the call must name exactly this user, in the same letter case"
        ),
        70014 => format!("the signature is for app {sdkappid}: the call must name the same app"),
        _ => format!("code {code} does not name a problem that the signature itself can show"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::SecretKey;

    const NOW: u64 = 1_700_000_000;

    fn signer(app: u32, key: &str) -> Signer {
        Signer::new(app, SecretKey::new(key)).unwrap()
    }

    /// The explanation of a signature of alice for the app 14 that is valid for a minute.
    fn explained(code: i64, call: &RejectedCall<'_>) -> Explanation {
        let sig = signer(14, "key").sign("alice", Duration::from_secs(60), NOW).unwrap();
        explain(sig.expose(), code, call)
    }

    #[test]
    fn a_problem_with_this_code_explains_it() {
        let (wrong_key, app_15) = (signer(14, "other"), signer(15, "key"));
        let call = RejectedCall { now: NOW, ..RejectedCall::default() };
        for (code, call, text) in [
            (70001, RejectedCall { now: NOW + 61, ..call }, "expired"),
            (70009, RejectedCall { signer: Some(&wrong_key), ..call }, "another key"),
            (70013, RejectedCall { user: Some("bob"), ..call }, "bob"),
            (70014, RejectedCall { sdkappid: Some(15), ..call }, "15"),
            (70014, RejectedCall { signer: Some(&app_15), ..call }, "15"),
        ] {
            let explanation = explained(code, &call);
            assert!(explanation.found && explanation.problems.len() == 1, "{explanation:?}");
            assert!(explanation.text.contains(text) && !explanation.text.contains("also: "), "{explanation}");
            assert_eq!(explanation.to_string(), explanation.text);
        }
    }

    #[test]
    fn only_what_is_wrong_is_a_problem() {
        let (key, skew) = (signer(14, "key"), Signer::DEFAULT_SKEW.as_secs());
        let call = RejectedCall { sdkappid: Some(14), user: Some("alice"), signer: Some(&key), now: NOW };
        for now in [NOW - skew, NOW, NOW + 60] {
            assert_eq!(explained(70001, &RejectedCall { now, ..call }).problems, []);
        }
        let early = explained(70001, &RejectedCall { now: NOW - skew - 1, ..call }).problems;
        assert_eq!(early, [VerifyError::NotYetValid { issued_at: NOW }]);
        let late = explained(70001, &RejectedCall { now: NOW + 61, ..call }).problems;
        assert_eq!(late, [VerifyError::Expired { valid_until: NOW + 60 }]);
    }

    #[test]
    fn other_problems_come_behind() {
        let call = RejectedCall { user: Some("bob"), now: NOW + 61, ..RejectedCall::default() };
        let found = explained(70001, &call);
        assert!(found.found && found.text.contains("; also: ") && found.text.contains("bob"), "{found}");
        let not_found = explained(70014, &call);
        assert!(!not_found.found && not_found.problems.len() == 2, "{not_found:?}");
        assert!(not_found.text.starts_with("the signature is for app 14") && not_found.text.contains("; however: "));
    }

    #[test]
    fn a_code_without_a_problem_says_what_to_check() {
        let key = signer(14, "key");
        let call = RejectedCall { now: NOW, ..RejectedCall::default() };
        let with_key = RejectedCall { signer: Some(&key), ..call };
        for (code, call, text) in [
            (70001, call, "60 seconds after the call: check the clock"),
            (70002, call, "this signature is not empty"),
            (70003, call, "the signature can be decoded"),
            (70009, call, "pass the key to check that"),
            (70009, with_key, "was made with this key for app 14"),
            (70013, call, "for user \"alice\""),
            (70014, call, "the call must name the same app"),
            (30003, call, "code 30003 does not name a problem"),
        ] {
            let explanation = explained(code, &call);
            assert!(!explanation.found && explanation.text.contains(text), "{explanation}");
        }
    }

    #[test]
    fn text_that_is_not_a_signature_is_the_problem() {
        let call = RejectedCall { now: NOW, ..RejectedCall::default() };
        let found = explain("abc", 70003, &call);
        assert!(found.found && !found.text.contains("cannot be explained"), "{found}");
        let not_found = explain("abc", 70009, &call);
        assert!(
            !not_found.found && not_found.text.starts_with("code 70009 cannot be explained; however: "),
            "{not_found}"
        );
    }
}
