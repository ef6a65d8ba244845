//! Nothing that is kept or shown holds a UserSig, wherever a client put it.

use std::borrow::Cow;

/// The shortest that is taken for a UserSig; real ones have 150 characters and more.
const SHORTEST: usize = 80;

/// The text without what looks like a UserSig: a long run of its alphabet that begins like zlib data in base64.
pub(crate) fn redact(text: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((at, end)) = find(rest) {
        kept.push_str(&rest[..at]);
        kept.push_str("[UserSig]");
        rest = &rest[end..];
    }
    if kept.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(kept + rest) }
}

/// Where the first one begins and ends.
fn find(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|byte| belongs(**byte)).count();
        if run >= SHORTEST
            && let Some(start) = (at..=at + run - SHORTEST).find(|start| begins(&bytes[*start..]))
        {
            return Some((start, at + run));
        }
        at += run + 1;
    }
    None
}

/// `%` for those that are percent-encoded.
fn belongs(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"*-_%".contains(&byte)
}

/// The second byte of zlib data says how hard it was compressed; these are the four there are.
fn begins(bytes: &[u8]) -> bool {
    matches!(bytes, [b'e', b'A' | b'F' | b'J' | b'N', ..])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tim_sig::{Encoding, SecretKey, Signer};

    use super::*;

    #[test]
    fn no_signature_stays() {
        for encoding in [Encoding::Compact, Encoding::Stored] {
            let signer = Signer::new(1_400_000_000, SecretKey::new("key")).unwrap().with_encoding(encoding);
            let sig = signer.sign("administrator", Duration::from_secs(60), 1_700_000_000).unwrap();
            let (sig, encoded) = (sig.expose(), sig.expose().replace('*', "%2A").replace('_', "%5F"));
            for text in [format!("{{\"usersig\":\"{sig}\"}}"), format!("关/{encoded}?x={sig}"), sig.to_owned()] {
                let scrubbed = redact(&text);
                assert!(scrubbed.contains("[UserSig]"), "{text}");
                assert!(!scrubbed.contains(&sig[..20]) && !scrubbed.contains(&sig[sig.len() - 20..]), "{scrubbed}");
            }
            assert_eq!(redact(&format!("a {sig} b {sig}")), "a [UserSig] b [UserSig]");
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in ["", "x", "eJyr", &"x".repeat(500), "{\"From_Account\":\"关注\"}", &"eJ ".repeat(100)] {
            assert_eq!(redact(text), text);
        }
    }
}
