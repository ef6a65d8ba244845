//! Why the service refused a signature.

use std::fmt;
use std::time::Duration;

use crate::{Inspection, Malformed, Signer, VerifyError, inspect};

/// What is known about a call that was refused, for [`explain`]. What is `None` is not looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// The app that was called.
    pub sdkappid: Option<u32>,
    /// The user id in the call.
    pub user: Option<&'a str>,
    /// A signer with the key that the signature should have been made with.
    pub signer: Option<&'a Signer>,
    /// When the call was made, in unix seconds.
    pub now: u64,
}

/// What is wrong with a signature, in view of the code it was refused with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The code.
    pub code: i64,
    /// Everything that is wrong with the signature, as far as it can be seen.
    pub problems: Vec<VerifyError>,
    /// Whether one of the problems is what the code says.
    pub found: bool,
    /// What is wrong and what to do, in a sentence or two.
    pub text: String,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Says what is wrong with `sig`, which was refused with `code`: 70001, 70002, 70003, 70009, 70013 or 70014. Other codes are
/// not about the signature; its problems are named all the same.
///
/// ```
/// use std::time::Duration;
/// use tim_sig::{Circumstances, SecretKey, Signer, explain};
///
/// let other = Signer::new(1400000000, SecretKey::new("the key of another app"))?;
/// let sig = other.sign("alice", Duration::from_secs(60), 1_700_000_000)?;
/// let ours = Signer::new(1400000000, SecretKey::new("key"))?;
///
/// let known = Circumstances { signer: Some(&ours), now: 1_700_000_000, ..Circumstances::default() };
/// let explanation = explain(sig.expose(), 70009, &known);
/// assert!(explanation.found && explanation.text.contains("another key"));
/// # Ok::<(), tim_sig::SignError>(())
/// ```
pub fn explain(sig: &str, code: i64, known: &Circumstances<'_>) -> Explanation {
    let (problems, otherwise) = match inspect(sig) {
        Err(malformed) => (vec![VerifyError::Malformed(malformed)], "the text itself cannot be read".to_owned()),
        Ok(inspection) => (problems(sig, &inspection, known), otherwise(code, &inspection, known)),
    };
    let told = |problem: &&VerifyError| problem.code() == code;
    let found = problems.iter().any(|problem| told(&problem));
    let mut sentences: Vec<String> = problems.iter().filter(told).map(ToString::to_string).collect();
    if !found {
        sentences.push(otherwise);
    }
    let others: Vec<String> = problems.iter().filter(|problem| !told(problem)).map(ToString::to_string).collect();
    if !others.is_empty() {
        sentences.push(format!("{}: {}", if found { "besides" } else { "but" }, others.join("; ")));
    }
    Explanation { code, problems, found, text: sentences.join("; ") }
}

/// All that does not hold, each looked at for itself.
fn problems(sig: &str, inspection: &Inspection, known: &Circumstances<'_>) -> Vec<VerifyError> {
    let Inspection { identifier, sdkappid, issued_at, valid_until, .. } = inspection;
    let mut problems = Vec::new();
    if !inspection.canonical {
        problems.push(VerifyError::Malformed(Malformed::NotCanonical));
    }
    let app = known.sdkappid.or(known.signer.map(Signer::sdkappid));
    if let Some(expected) = app.filter(|app| u64::from(*app) != *sdkappid) {
        problems.push(VerifyError::WrongApp { signed: *sdkappid, expected });
    }
    if let Some(expected) = known.user.filter(|user| user != identifier) {
        problems.push(VerifyError::WrongUser { signed: identifier.clone(), expected: expected.to_owned() });
    }
    if known.now > *valid_until {
        problems.push(VerifyError::Expired { since: *valid_until });
    }
    if *issued_at > known.now.saturating_add(Signer::DEFAULT_SKEW.as_secs()) {
        problems.push(VerifyError::NotYetValid { issued_at: *issued_at });
    }
    // Its end is the one time at which nothing but the key can be wrong.
    if let Some(signer) = known.signer
        && signer.clone().with_skew(Duration::MAX).with_noncanonical().verify(sig, None, *valid_until)
            == Err(VerifyError::BadSignature)
    {
        problems.push(VerifyError::BadSignature);
    }
    problems
}

/// What to say when the signature does not show what the code says.
fn otherwise(code: i64, inspection: &Inspection, known: &Circumstances<'_>) -> String {
    let Inspection { identifier, sdkappid, valid_until, .. } = inspection;
    match code {
        70001 => format!(
            "it is valid until {valid_until} (unix seconds), {} seconds after the call: was another one sent, or is the clock wrong?",
            valid_until.saturating_sub(known.now)
        ),
        70002 => "it is not empty here: it was lost on its way into the call".to_owned(),
        70003 => "it can be read: it was cut or changed on its way, such as by escaping it twice in the URL".to_owned(),
        70009 if known.signer.is_some() => {
            format!(
                "it was made with this key for the app {sdkappid}: is this still the key of that very app in the console?"
            )
        }
        70009 => {
            format!("it says it is for the app {sdkappid}: the key of another app made it; give the key to check that")
        }
        70013 => format!(
            "it is for the user {identifier:?}: the call has to name the very same, also in upper and lower case"
        ),
        70014 => format!("it is for the app {sdkappid}: the call has to name the very same"),
        _ => format!("the code {code} does not tell what is wrong with a signature"),
    }
}
