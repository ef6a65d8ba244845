use std::time::Duration;

use proptest::prelude::*;
use tim_sig::{Encoding, SecretKey, Signer};

use super::*;

fn sig(encoding: Encoding) -> String {
    let signer = Signer::new(1_400_000_000, SecretKey::new("key")).unwrap().with_encoding(encoding);
    signer.sign("administrator", Duration::from_secs(60), 1_700_000_000).unwrap().expose().to_owned()
}

/// `text` with each character encoded as its choice says.
fn encoded(text: &str, choices: &[u8]) -> String {
    let encode = |(byte, choice): (u8, &u8)| match choice % 5 {
        0 => format!("\\u{byte:04x}"),
        1 => format!("\\u{byte:04X}"),
        2 => format!("%{byte:02x}"),
        3 => format!("\\u0025{byte:02X}"),
        _ => char::from(byte).to_string(),
    };
    text.bytes().zip(choices.iter().cycle()).map(encode).collect()
}

/// `text` after three layers of percent signs and JSON escapes.
fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..MAX_LAYERS {
        text = serde_json::from_str(&format!("\"{text}\"")).unwrap_or(text);
        text = percent_decode_str(&text).decode_utf8_lossy().into_owned();
    }
    text
}

#[test]
fn a_signature_is_replaced_in_any_text() {
    for encoding in [Encoding::Compact, Encoding::Stored] {
        let sig = sig(encoding);
        let percent = sig.replace('*', "%2A").replace('_', "%5F");
        let base64 = sig.replace('*', "+").replace('-', "/").replace('_', "=");
        for (text, expected) in [
            (sig.clone(), "[UserSig]".to_owned()),
            (format!("a {sig} b {sig}"), "a [UserSig] b [UserSig]".to_owned()),
            (format!("{{\"usersig\":\"{sig}\"}}"), "{\"usersig\":\"[UserSig]\"}".to_owned()),
            (format!("关?{percent}&x={sig}"), "关?[UserSig]&x=[UserSig]".to_owned()),
            (format!("\"{}\"", base64.replace('/', "\\/")), "\"[UserSig]\"".to_owned()),
            (format!("\\n{sig}\\n"), "\\n[UserSig]\\n".to_owned()),
            (format!("100%{sig}"), "100%[UserSig]".to_owned()),
        ] {
            assert_eq!(redact_str(&text), expected, "{text}");
        }
    }
}

#[test]
fn text_around_an_escaped_signature_stays() {
    let sig = sig(Encoding::Compact).replace('e', "\\u0065");
    let text = format!("{{ \"b\":\"\\u5173\\u6ce8\",\"a\":\"{sig}\",\"a\":\"{}\"}}", sig.replace('\\', "\\\\"));
    assert_eq!(redact_str(&text), "{ \"b\":\"\\u5173\\u6ce8\",\"a\":\"[UserSig]\",\"a\":\"[UserSig]\"}");
}

#[test]
fn bytes_that_are_not_text_stay() {
    let text = [b"\xff\xfe".as_slice(), sig(Encoding::Compact).as_bytes(), b"\xff\\u00".as_slice()].concat();
    assert_eq!(redact(&text).as_ref(), b"\xff\xfe[UserSig]\xff\\u00");
}

#[test]
fn other_text_stays() {
    let words = "eJ ".repeat(100);
    let escaped = "\\u5173\\u6ce8".repeat(100);
    let jwt = format!("Bearer {}", "eyJhbGciOiJIUzI1NiJ9".repeat(10));
    for text in ["", "x", "eJyr", &"x".repeat(500), "{\"From_Account\":\"关注\"}", &words, &escaped, &jwt] {
        assert_eq!(redact_str(text), text);
    }
}

#[test]
fn the_key_of_the_signature_hides_any_value() {
    for (target, expected) in [
        ("/v4/a/b?sdkappid=14&usersig=x&a=b", "/v4/a/b?sdkappid=14&usersig=[UserSig]&a=b"),
        ("/v4/a/b?UserSig=x&u%73ersi%67=y", "/v4/a/b?UserSig=[UserSig]&u%73ersi%67=[UserSig]"),
        ("/?usersig=a=b", "/?usersig=[UserSig]"),
        ("/?usersig=&&usersig&x", "/?usersig=&&usersig&x"),
        ("/v4/a?", "/v4/a?"),
        ("*", "*"),
    ] {
        assert_eq!(redact_target(target), expected);
    }
    let sig = sig(Encoding::Compact);
    let target = format!("/a%3Fusersig={sig}?identifier={sig}");
    assert_eq!(redact_target(&target), "/a%3Fusersig=[UserSig]?identifier=[UserSig]");
}

#[test]
fn escapes_inside_each_other_are_decoded() {
    let sig = sig(Encoding::Compact);
    let mut text = sig.clone();
    for _ in 0..MAX_LAYERS {
        text = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        assert_eq!(redact_str(&format!("<{text}>")), "<[UserSig]>");
    }
}

proptest! {
    #[test]
    fn no_escaped_signature_survives(
        choices in proptest::collection::vec(any::<u8>(), 1..200),
        before in "[a-zA-Z0-9 \"\\\\%]{0,20}",
        after in "[ \"{,.\\\\]{0,3}[a-z]{0,9}",
        stored: bool,
    ) {
        let sig = sig(if stored { Encoding::Stored } else { Encoding::Compact });
        let hidden = redact_str(&format!("{before}{}{after}", encoded(&sig, &choices))).into_owned();
        prop_assert!(hidden.contains("[UserSig]"), "{hidden}");
        for shown in [decoded(&hidden), decoded(&hidden.replace(['"', '{'], "")), hidden] {
            for part in [&sig[..SHORTEST], &sig[sig.len() - 40..]] {
                prop_assert!(!shown.contains(part), "{shown}");
            }
        }
    }

    #[test]
    fn text_without_long_words_is_not_changed(words in proptest::collection::vec("[!-~关]{0,79}", 0..20)) {
        let text = words.join(" ");
        prop_assert_eq!(redact_str(&text), text.as_str());
    }
}
