use std::fmt;
use std::time::Duration;

use tim_sig::{SecretKey, Signer};
use tim_transport::TransportErrorKind;

use super::*;

const DAY: Duration = Duration::from_secs(86_400);
const NOW: u64 = 1_700_000_000;

fn sign(user: &str, now: u64, key: &str) -> UserSig {
    Signer::new(1400000000, SecretKey::new(key)).unwrap().sign(user, DAY, now).unwrap()
}

fn sig() -> UserSig {
    sign("administrator", NOW, "key")
}

fn redacted(body: &str) -> String {
    String::from_utf8(redact(body.into(), &[sig()])).unwrap()
}

fn common_start(left: &UserSig, right: &UserSig) -> usize {
    matching(left.expose().as_bytes(), right.expose().as_bytes())
}

fn encode(text: &str, one: impl Fn(char) -> String) -> String {
    text.chars().map(one).collect()
}

/// Replaces the characters that are not letters or digits.
fn escape_special(text: &str, one: impl Fn(char) -> String) -> String {
    encode(text, |c| if c.is_ascii_alphanumeric() { c.to_string() } else { one(c) })
}

#[test]
fn the_constants_fit_the_signatures() {
    let users = ["a", "0", "administrator", "\u{5173}", "~", "\u{1f600}"];
    let signatures = users.map(|user| sign(user, NOW, "key"));
    let shared = signatures[1..].iter().map(|other| common_start(&signatures[0], other)).min().unwrap();
    assert_eq!(shared, CONSTANT);
    for user in users {
        for number in 0..200 {
            let (one, other) = (sign(user, NOW, "key"), sign(user, NOW, &format!("key {number}")));
            let length = one.expose().len();
            assert!(common_start(&one, &other) + KEYED >= length, "{} of {length}", common_start(&one, &other));
        }
    }
}

#[test]
fn every_run_of_24_characters_beyond_the_constant_start_is_replaced() {
    let sig = sig();
    for (start, window) in sig.expose().as_bytes().windows(SHORTEST).enumerate() {
        let window = str::from_utf8(window).unwrap();
        let expected = if start + SHORTEST > CONSTANT { "[redacted]" } else { window };
        let encodings: [&dyn Fn(char) -> String; 7] = [
            &|c| c.to_string(),
            &|c| format!("%{:02x}", u32::from(c)),
            &|c| format!("%2525{:02X}", u32::from(c)),
            &|c| format!("\\u{:04X}", u32::from(c)),
            &|c| format!("\\\\\\\\u{:04x}", u32::from(c)),
            &|c| format!("&#{};", u32::from(c)),
            &|c| format!("&amp;#x{:x};", u32::from(c)),
        ];
        for one in encodings {
            let encoded = encode(window, one);
            let expected = if expected == window { &encoded } else { expected };
            for (before, after) in
                [("", ""), ("\"", "\""), ("x y=", "&z"), ("<a href='", "'>"), ("{\"a\":\"", "\\n\"}")]
            {
                assert_eq!(redacted(&format!("{before}{encoded}{after}")), format!("{before}{expected}{after}"));
            }
        }
        // One that touches other characters of a UserSig, or looks encoded together with the text
        // before it.
        for (before, after) in [("z", "!"), ("%4", "!"), ("%25", "%"), ("\\u00", "\\"), ("&#", ";"), ("z", "~z")] {
            let shown = redacted(&format!("{before}{window}{after}"));
            assert_eq!(shown.contains("[redacted]"), start + SHORTEST > CONSTANT, "{shown}");
        }
        let depends_on_the_key = start + SHORTEST + KEYED > sig.expose().len();
        assert_eq!(redacted(&format!("0{window}00")).contains("[redacted]"), depends_on_the_key, "{window}");
    }
}

#[test]
fn a_whole_signature_is_replaced_in_every_encoding() {
    let sig = sig();
    let sig = sig.expose();
    let percent = |c| format!("%{:02X}", u32::from(c));
    let once = escape_special(sig, percent);
    let encodings = [
        sig.to_owned(),
        once.clone(),
        once.replace('%', "%25"),
        once.replace('%', "%2525"),
        once.replace('%', "\\u0025"),
        encode(sig, percent),
        escape_special(sig, |c| format!("\\u{:04x}", u32::from(c))),
        escape_special(sig, |c| format!("\\\\u{:04x}", u32::from(c))),
        escape_special(sig, |c| format!("\\\\\\\\u{:04x}", u32::from(c))),
        escape_special(sig, |c| format!("\\u0026#{};", u32::from(c))),
        escape_special(sig, |c| format!("&#{};", u32::from(c))),
        escape_special(sig, |c| format!("&#x{:02X};", u32::from(c))),
    ];
    for encoded in encodings {
        let body = format!("{{\"e\\u0065\":\"100% eJyr usersig={encoded}&x={encoded}\"}}");
        assert_eq!(redacted(&body), "{\"e\\u0065\":\"100% eJyr usersig=[redacted]&x=[redacted]\"}", "{encoded}");
        assert_eq!(redacted(&encoded), "[redacted]");
    }
}

#[test]
fn a_signature_that_was_cut_or_split_is_replaced() {
    let sig = sig();
    let sig = sig.expose();
    assert_eq!(redacted(&sig[2..]), "[redacted]");
    assert_eq!(redacted(&format!("\"{}\"", &sig[..60])), "\"[redacted]\"");
    assert_eq!(redacted(&format!("{}&#;", &sig[..60])), "[redacted]&#;", "an entity without digits ends it too");
    let (start, end) = sig.split_at(20);
    assert_eq!(redacted(&format!("{start}\",\"{end}")), format!("{start}\",\"[redacted]"));
    let changed = format!("{}!{}", &sig[..80], &sig[81..]);
    assert_eq!(redacted(&changed), "[redacted]![redacted]");
    let changed = format!("{}A{}", &sig[..sig.len() - 60], &sig[sig.len() - 30..]);
    assert_eq!(redacted(&changed), "[redacted]A[redacted]");
}

#[test]
fn all_signatures_of_a_call_are_replaced_and_no_other_one() {
    let [first, second, other] = [0, 7, 9].map(|later| sign("administrator", NOW + later, "key"));
    assert!(common_start(&first, &second) > CONSTANT + SHORTEST);
    let body = format!("{} {} {}", first.expose(), second.expose(), other.expose());
    let all = [first, second];
    let shown = String::from_utf8(redact(body.into(), &all)).unwrap();
    assert_eq!(shown, format!("[redacted] [redacted] {}", other.expose()));
    let users = ["administrator", "administratos", "alice"];
    for (user, later) in users.into_iter().flat_map(|user| [1, 60, 100_000].map(|later| (user, later))) {
        let other = sign(user, NOW + later, "another key");
        for encoded in [other.expose().to_owned(), escape_special(other.expose(), |c| format!("%{:02X}", u32::from(c)))]
        {
            assert_eq!(redacted(&format!("{{\"sig\":\"{encoded}\"}}")), format!("{{\"sig\":\"{encoded}\"}}"));
        }
    }
}

#[test]
fn everything_else_stays_as_it_is() {
    let sig = sig();
    for body in ["", "e", "%", "\\", "\\u", "\\u00", "%e", "eJyr", "&#;", "{\"a\":\"\\u0065\\u004a%79 100%\\\\\"}"] {
        assert_eq!(redacted(body), body);
    }
    let bytes = [b"\xff\xfe%".as_slice(), sig.expose().as_bytes(), b"\xff"].concat();
    assert_eq!(redact(bytes, &[sig]), b"\xff\xfe%[redacted]\xff");
    for part in ["%25", "\\", "\\u005c", "&amp;", "&#38;", "x"] {
        assert_eq!(redacted(&part.repeat(50_000)), part.repeat(50_000));
    }
}

#[test]
fn a_long_text_without_a_break_is_searched_whole() {
    let sig = sig();
    let sig = sig.expose();
    for encoded in [sig.to_owned(), encode(sig, |c| format!("\\\\u{:04x}", u32::from(c)))] {
        for end in [PART - OVERLAP, PART, 2 * PART - OVERLAP] {
            for before in (end - encoded.len() - 40..end + 40).step_by(encoded.len() / 8) {
                let (before, after) = ("x".repeat(before), "y".repeat(PART));
                let shown = redacted(&format!("{before}{encoded}{after}"));
                assert_eq!(shown, format!("{before}[redacted]{after}"));
            }
        }
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "`Debug` reads the second field")]
struct Cause(&'static str, String);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Cause {}

#[test]
fn the_error_of_a_transport_is_redacted_and_cut() {
    let usersigs = [sig()];
    let failed = |detail: &str| {
        TransportError::new(TransportErrorKind::Lost, detail).with_source(Cause("hidden", detail.to_owned()))
    };
    let shown = error(failed(&format!("bad response to usersig={}", sig().expose())), &usersigs);
    assert_eq!(shown.detail(), "bad response to usersig=[redacted]");
    assert!(shown.source().is_none());
    let harmless = error(failed("reset by\npeer"), &usersigs);
    assert_eq!(harmless.detail(), "reset by\\npeer");
    assert_eq!(harmless.source().unwrap().to_string(), "hidden");
    let long = error(TransportError::new(TransportErrorKind::Lost, "x".repeat(1 << 20)), &usersigs);
    assert!(format!("{long} {long:?}").len() < 1000);
}
