//! Compares our UserSigs with those of Tencent's own libraries: theirs are accepted, and ours have
//! the same fields.

use serde::Deserialize;
use std::time::Duration;

use tim_sig::{Compression, Encoding, Library, Malformed, Privileges, Room, SecretKey, Signer, VerifyError, inspect};

#[derive(Deserialize)]
struct Official {
    key: String,
    sdkappid: u32,
    identifier: String,
    time: u64,
    expire: u64,
    producer: String,
    usersig: String,
    room_id: Option<u32>,
    room_name: Option<String>,
    privilege_map: Option<u32>,
}

fn official() -> Vec<Official> {
    serde_json::from_str(include_str!("../fixtures/usersig-official.json")).unwrap()
}

/// Signatures in the layouts of the official libraries that are not available as packages, made
/// with Python's zlib at the compression level of each library.
fn layouts() -> Vec<Official> {
    serde_json::from_str(include_str!("../fixtures/usersig-layouts.json")).unwrap()
}

/// The same document, compressed by Python's zlib, zlib-ng, libdeflate, ISA-L and zopfli.
fn compressors() -> Vec<Official> {
    serde_json::from_str(include_str!("../fixtures/usersig-compressors.json")).unwrap()
}

fn all() -> impl Iterator<Item = Official> {
    official().into_iter().chain(layouts())
}

#[test]
fn official_signatures_are_valid_until_their_last_second() {
    assert!(official().len() > 50);
    for Official { key, sdkappid, identifier, time, expire, producer, usersig, .. } in all() {
        let signer = Signer::new(sdkappid, SecretKey::new(key)).unwrap();
        let until = time + expire;
        for now in [time, until] {
            let claims = signer.verify(&usersig, Some(&identifier), now);
            let claims = claims.unwrap_or_else(|error| panic!("{producer} {identifier:?}: {error}"));
            assert_eq!((claims.issued_at, claims.valid_until), (time, until));
        }
        let late = signer.verify(&usersig, Some(&identifier), until + 1);
        assert_eq!(late, Err(VerifyError::Expired { valid_until: until }), "{producer} {identifier:?}");
    }
}

#[test]
fn a_valid_signature_of_any_compressor_is_accepted() {
    let rejected: Vec<String> = compressors()
        .into_iter()
        .filter_map(|Official { key, sdkappid, identifier, time, producer, usersig, .. }| {
            let signer = Signer::new(sdkappid, SecretKey::new(key)).unwrap();
            let error = signer.verify(&usersig, Some(&identifier), time).err()?;
            Some(format!("{producer}, {identifier}: {error}"))
        })
        .collect();
    assert!(rejected.is_empty(), "{rejected:#?}");
}

#[test]
fn official_signatures_are_rejected_for_another_key_app_or_user() {
    for Official { key, sdkappid, identifier, time, producer, usersig, .. } in all() {
        let verify = |sdkappid, key: &str, user| {
            Signer::new(sdkappid, SecretKey::new(key)).unwrap().verify(&usersig, Some(user), time).unwrap_err()
        };
        let shown = format!("{producer} {identifier:?}");
        assert_eq!(verify(sdkappid, "another", &identifier), VerifyError::BadSignature, "{shown}");
        assert!(matches!(verify(sdkappid ^ 1, &key, &identifier), VerifyError::WrongApp { .. }), "{shown}");
        assert!(matches!(verify(sdkappid, &key, "somebody"), VerifyError::WrongUser { .. }), "{shown}");
    }
}

#[test]
fn our_signatures_have_the_same_fields_as_the_official_ones() {
    for Official { key, sdkappid, identifier, time, expire, .. } in all() {
        let signer = Signer::new(sdkappid, SecretKey::new(key)).unwrap();
        let ours = signer.sign(&identifier, Duration::from_secs(expire), time).unwrap();
        let claims = signer.verify(ours.expose(), Some(&identifier), time).unwrap();
        assert_eq!((claims.issued_at, claims.valid_until), (time, time + expire));
    }
}

const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-_";

/// Changes each character of `sig` to each other one. Each change must be rejected or leave all
/// claims unchanged: with another compression or version, several texts encode the same document.
fn no_change_alters_a_claim(signer: &Signer, sig: &str, now: u64) {
    let claims = signer.verify(sig, None, now).unwrap();
    let mut changed = sig.as_bytes().to_vec();
    for at in 0..sig.len() {
        for digit in DIGITS.iter().filter(|digit| **digit != sig.as_bytes()[at]) {
            changed[at] = *digit;
            let text = std::str::from_utf8(&changed).unwrap();
            if let Ok(other) = signer.verify(text, None, now) {
                assert_eq!(other, claims, "{sig}\n{text}");
            }
        }
        changed[at] = sig.as_bytes()[at];
    }
}

/// Every position and every character, of all official signatures and of ours.
#[test]
fn a_changed_character_alters_no_claim() {
    for Official { key, sdkappid, time, usersig, .. } in all() {
        no_change_alters_a_claim(&Signer::new(sdkappid, SecretKey::new(key)).unwrap(), &usersig, time);
    }
    for encoding in [Encoding::Compact, Encoding::Stored] {
        let signer = Signer::new(1400000000, SecretKey::new("key")).unwrap().with_encoding(encoding);
        let day = Duration::from_secs(86_400);
        let room = signer.private_map_key("alice", Room::Number(7), Privileges::all(), day, 1_700_000_000).unwrap();
        for sig in [signer.sign("\"alice\\", day, 1_700_000_000).unwrap(), room] {
            no_change_alters_a_claim(&signer, sig.expose(), 1_700_000_000);
        }
    }
}

#[test]
fn rooms_are_signed_as_the_official_library_does() {
    let rooms: Vec<Official> = all().filter(|one| one.privilege_map.is_some()).collect();
    assert_eq!(rooms.len(), 10);
    for Official { key, sdkappid, identifier, time, expire, usersig, room_id, room_name, privilege_map, .. } in rooms {
        let signer = Signer::new(sdkappid, SecretKey::new(key)).unwrap();
        let room = room_name.as_deref().map_or_else(|| Room::Number(room_id.unwrap()), Room::Name);
        let privileges = Privileges::from_bits_retain(privilege_map.unwrap());
        let validity = Duration::from_secs(expire);
        let ours = signer.private_map_key(&identifier, room, privileges, validity, time).unwrap();
        let (ours, theirs) = (inspect(ours.expose()).unwrap(), inspect(&usersig).unwrap());
        assert_eq!((&ours.userbuf, &ours.room), (&theirs.userbuf, &theirs.room));
        let grant = theirs.room.unwrap();
        assert_eq!((grant.account, grant.privileges), (identifier, privileges));
        assert_eq!(u64::from(grant.valid_until), time + expire);
    }
}

#[test]
fn inspect_guesses_the_library() {
    for Official { identifier, time, producer, usersig, .. } in all() {
        let found = inspect(&usersig).unwrap();
        assert_eq!((found.identifier, found.issued_at, found.version.as_str()), (identifier, time, "2.0"));
        let library = match producer.split(' ').next_back().unwrap() {
            "1.0.2" => Library::Node,
            "1.1" => Library::Python,
            "cpp" => Library::Cpp,
            "java" => Library::Java,
            "php" => Library::Php,
            "cs" => Library::CSharp,
            _ => Library::Go,
        };
        assert!(found.libraries.contains(&library), "{producer} {usersig}: {:?}", found.libraries);
        assert_eq!(found.compression == Compression::Stored, library == Library::Go);
    }
}

#[test]
fn other_texts_are_malformed() {
    let signer = Signer::new(1, SecretKey::new("key")).unwrap();
    let too_long = "A".repeat(10 << 20);
    for (text, malformed) in [
        ("", Malformed::Empty),
        (&*too_long, Malformed::TooLong),
        ("eJyr", Malformed::NotZlib),
        // Base64url, raw deflate and gzip of `{}`.
        ("eJyr_-8=", Malformed::NotBase64),
        ("q64FAA__", Malformed::NotZlib),
        ("H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA__", Malformed::NotZlib),
    ] {
        assert_eq!(signer.verify(text, None, 0), Err(VerifyError::Malformed(malformed)), "{}", text.len());
        assert_eq!(inspect(text).unwrap_err(), malformed);
    }
    for Official { usersig, .. } in official().iter().take(40) {
        for end in 0..usersig.len() {
            assert!(inspect(&usersig[..end]).is_err(), "{end} of {usersig}");
        }
    }
}
