//! UserSigs of Tencent's own libraries are accepted, and ours by the rules of theirs.

use serde::Deserialize;
use std::time::Duration;

use tim_sig::{Compression, Encoding, Library, Privileges, Room, SecretKey, Signer, VerifyError, inspect};

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

#[test]
fn official_signatures_are_valid_until_their_last_second() {
    let all = official();
    assert!(all.len() > 50);
    for Official { key, sdkappid, identifier, time, expire, producer, usersig, .. } in all {
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
    for Official { key, sdkappid, identifier, time, producer, usersig, .. } in official() {
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
    for Official { key, sdkappid, identifier, time, expire, .. } in official() {
        let signer = Signer::new(sdkappid, SecretKey::new(key)).unwrap();
        let ours = signer.sign(&identifier, Duration::from_secs(expire), time).unwrap();
        let claims = signer.verify(ours.expose(), Some(&identifier), time).unwrap();
        assert_eq!((claims.issued_at, claims.valid_until), (time, time + expire));
    }
}

const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-_";

/// Fails when a text that differs from `sig` in one character is taken for a signature that says something else.
fn no_change_says_something_else(signer: &Signer, sig: &str, now: u64) {
    let claims = signer.verify(sig, None, now).unwrap();
    let mut changed = sig.as_bytes().to_vec();
    for at in 0..sig.len() {
        for digit in DIGITS {
            changed[at] = *digit;
            let text = std::str::from_utf8(&changed).unwrap();
            if let Ok(found) = signer.verify(text, None, now) {
                assert_eq!(found, claims, "{sig}\n{text}");
            }
        }
        changed[at] = sig.as_bytes()[at];
    }
}

/// A few signatures of each producer and of ours, every position, every character.
#[test]
fn a_changed_character_cannot_make_a_signature_say_something_else() {
    let all = official();
    let rooms = all.iter().filter(|one| one.privilege_map.is_some());
    let each = ["npm", "PyPI", "same"].map(|name| all.iter().filter(move |one| one.producer.starts_with(name)).take(1));
    for Official { key, sdkappid, time, usersig, .. } in each.into_iter().flatten().chain(rooms) {
        let signer = Signer::new(*sdkappid, SecretKey::new(key.as_str())).unwrap();
        no_change_says_something_else(&signer, usersig, *time);
    }
    for encoding in [Encoding::Compact, Encoding::Stored] {
        let signer = Signer::new(1400000000, SecretKey::new("key")).unwrap().with_encoding(encoding);
        let day = Duration::from_secs(86_400);
        let room = signer.private_map_key("alice", Room::Number(7), Privileges::ALL, day, 1_700_000_000).unwrap();
        for sig in [signer.sign("\"alice\\", day, 1_700_000_000).unwrap(), room] {
            no_change_says_something_else(&signer, sig.expose(), 1_700_000_000);
        }
    }
}

#[test]
fn rooms_are_signed_as_the_official_library_does() {
    let rooms: Vec<Official> = official().into_iter().filter(|one| one.privilege_map.is_some()).collect();
    assert_eq!(rooms.len(), 2);
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
    for Official { identifier, time, producer, usersig, .. } in official() {
        let found = inspect(&usersig).unwrap();
        assert_eq!((found.identifier, found.issued_at, found.version.as_str()), (identifier, time, "2.0"));
        let (library, stored) = match producer.as_bytes()[0] {
            b'n' => (Library::Node, false),
            b'P' => (Library::Python, false),
            _ => (Library::Go, true),
        };
        assert_eq!(found.libraries, [library], "{producer} {usersig}");
        assert_eq!(found.compression == Compression::Stored, stored);
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
