//! Signing and verifying allocate only their result. This is a separate program because the counter is global.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use tim_sig::{Encoding, Privileges, Room, SecretKey, Signer, UserSig};

const NOW: u64 = 1_700_000_000;
const DAY: Duration = Duration::from_secs(86_400);
const ROUNDS: u64 = 100;

fn signer(encoding: Encoding) -> Signer {
    Signer::new(1400000000, SecretKey::new("key")).unwrap().with_encoding(encoding)
}

/// How often `act` allocates, after it ran twice.
fn allocations(act: impl Fn()) -> u64 {
    act();
    act();
    let counted = allocation_counter::measure(|| (0..ROUNDS).for_each(|_| act()));
    assert_eq!(counted.count_current, 0, "everything is freed");
    assert_eq!(counted.count_total % ROUNDS, 0, "the same every time");
    counted.count_total / ROUNDS
}

#[test]
fn signing_allocates_the_signature() {
    for encoding in [Encoding::Compact, Encoding::Stored] {
        let signer = signer(encoding);
        assert_eq!(allocations(|| drop(signer.sign("alice", DAY, NOW).unwrap())), 1, "{encoding:?}");
        let room = || signer.private_map_key("alice", Room::Name("lobby"), Privileges::all(), DAY, NOW).unwrap();
        assert_eq!(allocations(|| drop(room())), 1, "{encoding:?}");
    }
}

#[test]
fn verifying_allocates_the_claims() {
    for encoding in [Encoding::Compact, Encoding::Stored] {
        let signer = signer(encoding);
        let verify = |sig: &UserSig| drop(signer.verify(sig.expose(), Some("alice"), NOW).unwrap());
        let plain = signer.sign("alice", DAY, NOW).unwrap();
        assert_eq!(allocations(|| verify(&plain)), 1, "the user id; {encoding:?}");
        let room = signer.private_map_key("alice", Room::Number(7), Privileges::all(), DAY, NOW).unwrap();
        assert_eq!(allocations(|| verify(&room)), 2, "the user id and the userbuf; {encoding:?}");
    }
}

#[test]
fn rejecting_a_signature_allocates_nothing() {
    let signer = signer(Encoding::Compact);
    let sig = signer.sign("alice", DAY, NOW).unwrap();
    let other = Signer::new(1400000000, SecretKey::new("other")).unwrap();
    assert_eq!(allocations(|| assert!(other.verify(sig.expose(), None, NOW).is_err())), 0);
    assert_eq!(allocations(|| assert!(signer.verify(&sig.expose()[1..], None, NOW).is_err())), 0);
    assert_eq!(allocations(|| assert!(signer.verify(sig.expose(), None, NOW + 90_000).is_err())), 0);
}
