//! UserSigs of Tencent's own libraries are accepted, and ours by the rules of theirs.

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

/// In the layouts of the official libraries that are not there as packages, made with Python's zlib at the level of each.
fn layouts() -> Vec<Official> {
    serde_json::from_str(include_str!("../fixtures/usersig-layouts.json")).unwrap()
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
        assert_eq!(late, Err(VerifyError::Expired { since: until }), "{producer} {identifier:?}");
    }
}

#[test]
fn official_signatures_are_refused_for_another_key_app_or_user() {
    for Official { key, sdkappid, identifier, time, producer, usersig, .. } in all() {
        let verify = |sdkappid, key: &str, user| {
            Signer::new(sdkappid, SecretKey::new(key)).unwrap().verify(&usersig, Some(user), time).unwrap_err()
        };
        let told = format!("{producer} {identifier:?}");
        assert_eq!(verify(sdkappid, "another", &identifier), VerifyError::BadSignature, "{told}");
        assert!(matches!(verify(sdkappid ^ 1, &key, &identifier), VerifyError::WrongApp { .. }), "{told}");
        assert!(matches!(verify(sdkappid, &key, "somebody"), VerifyError::WrongUser { .. }), "{told}");
    }
}

#[test]
fn what_we_sign_holds_the_same_fields_as_the_official_one() {
    for Official { key, sdkappid, identifier, time, expire, .. } in all() {
        let signer = Signer::new(sdkappid, SecretKey::new(key)).unwrap();
        let ours = signer.sign(&identifier, Duration::from_secs(expire), time).unwrap();
        let claims = signer.verify(ours.expose(), Some(&identifier), time).unwrap();
        assert_eq!((claims.issued_at, claims.valid_until), (time, time + expire));
    }
}

const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-_";

/// Fails when a text that differs from `sig` in one character is taken for a signature. A signer that takes other
/// spellings may take it, but for the same one.
fn no_change_is_taken(signer: &Signer, sig: &str, now: u64) {
    let claims = signer.verify(sig, None, now).unwrap();
    let any_spelling = signer.clone().with_noncanonical();
    let mut changed = sig.as_bytes().to_vec();
    for at in 0..sig.len() {
        for digit in DIGITS.iter().filter(|digit| **digit != sig.as_bytes()[at]) {
            changed[at] = *digit;
            let text = std::str::from_utf8(&changed).unwrap();
            let error = signer.verify(text, None, now).expect_err(text);
            if error == VerifyError::Malformed(Malformed::NotCanonical) {
                assert_eq!(any_spelling.verify(text, None, now).as_ref(), Ok(&claims), "{sig}\n{text}");
            }
        }
        changed[at] = sig.as_bytes()[at];
    }
}

/// Every position, every character: all official signatures, and ours.
#[test]
fn a_signature_with_a_changed_character_is_refused() {
    for Official { key, sdkappid, time, usersig, .. } in all() {
        no_change_is_taken(&Signer::new(sdkappid, SecretKey::new(key)).unwrap(), &usersig, time);
    }
    for encoding in [Encoding::Compact, Encoding::Stored] {
        let signer = Signer::new(1400000000, SecretKey::new("key")).unwrap().with_encoding(encoding);
        let day = Duration::from_secs(86_400);
        let room = signer.private_map_key("alice", Room::Number(7), Privileges::ALL, day, 1_700_000_000).unwrap();
        for sig in [signer.sign("\"alice\\", day, 1_700_000_000).unwrap(), room] {
            no_change_is_taken(&signer, sig.expose(), 1_700_000_000);
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
        let privileges = Privileges::from_bits(privilege_map.unwrap());
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
fn inspect_tells_the_producers_apart() {
    for Official { identifier, time, producer, usersig, .. } in all() {
        let found = inspect(&usersig).unwrap();
        assert_eq!((found.identifier, found.issued_at, found.version.as_str()), (identifier, time, "2.0"));
        assert!(found.canonical);
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
fn what_is_no_usersig_is_malformed_soon() {
    let signer = Signer::new(1, SecretKey::new("key")).unwrap();
    // Empty, over long, cut, base64url, raw deflate and gzip of `{}`.
    let texts = ["", &"A".repeat(10 << 20), "eJyr", "eJyr_-8=", "q64FAA__", "H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA__"];
    for text in texts {
        assert!(matches!(signer.verify(text, None, 0), Err(VerifyError::Malformed(_))), "{}", text.len());
        assert!(inspect(text).is_err());
    }
    for Official { usersig, .. } in official().iter().take(40) {
        for end in 0..usersig.len() {
            assert!(inspect(&usersig[..end]).is_err(), "{end} of {usersig}");
        }
    }
}
