//! Making and verifying a UserSig, beside the naive way and the official libraries for node and Python.

use std::hint::black_box;
use std::time::Duration;

use tim_follow::SecretKey;
use tim_sig::{Encoding, Signer};

use crate::peer::Peer;
use crate::{compare, compare_times, cpu_time, naive};

/// Ours takes at most this part of the other's time.
const STORED_BESIDE_NAIVE: f64 = 1.0 / 25.0;
const STORED_BESIDE_OFFICIAL: f64 = 1.0 / 40.0;
const COMPACT_BESIDE_NAIVE: f64 = 1.0 / 2.5;
const VERIFYING_BESIDE_NAIVE: f64 = 1.0 / 5.0;
/// The naive side compresses with a code made for each text, which takes long to read for everybody.
const VERIFYING_WHAT_NAIVE_MADE: f64 = 1.0 / 2.0;

pub(crate) const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
pub(crate) const APP: u32 = 1_400_000_000;
const NOW: u64 = 1_700_000_000;
const VALID: u64 = 15_552_000;
/// How many signatures a round makes, on each side; each for a user of its own.
pub(crate) const SIGNATURES: usize = 4000;

pub(crate) fn run() -> bool {
    // The allocator learns to keep memory. It may hand the compressors' back to the system after each signature otherwise,
    // and the naive side would take several times as long.
    drop(black_box(vec![0_u8; 16 << 20]));
    let users: Vec<String> = (0..SIGNATURES).map(|number| format!("user_{number:08}")).collect();
    let signer = |encoding| Signer::new(APP, SecretKey::new(KEY)).unwrap().with_encoding(encoding);
    let (stored, compact) = (signer(Encoding::Stored), signer(Encoding::Compact));
    let sign = |signer: &Signer, user: &str| signer.sign(user, Duration::from_secs(VALID), NOW).unwrap();
    let each = |act: &dyn Fn(&str)| users.iter().for_each(|user| act(black_box(user)));
    let naive = || each(&|user| drop(black_box(naive::sign(KEY, APP, user, VALID, NOW))));

    let mut holds = true;
    for (signer, what, gate) in [
        (&stored, "sign (stored) beside naive Rust", STORED_BESIDE_NAIVE),
        (&compact, "sign (compact) beside naive Rust", COMPACT_BESIDE_NAIVE),
    ] {
        holds &= compare(what, gate, SIGNATURES as u32, naive, || each(&|user| drop(black_box(sign(signer, user)))));
    }
    for (peer, gate) in [(Peer::npm(), STORED_BESIDE_OFFICIAL), (Peer::pypi(), STORED_BESIDE_OFFICIAL)] {
        match peer {
            Ok(mut peer) => {
                let ours = || cpu_time(&mut || each(&|user| drop(black_box(sign(&stored, user)))));
                let what = format!("sign (stored) beside {}", peer.name);
                holds &= compare_times(&what, gate, SIGNATURES as u32, || peer.sign(), ours);
            }
            Err(skipped) => println!("skipped: {skipped}"),
        }
    }
    let of = |signer| users.iter().map(|user| sign(signer, user).expose().to_owned()).collect::<Vec<_>>();
    let of_naive = users.iter().map(|user| naive::sign(KEY, APP, user, VALID, NOW)).collect();
    for (what, sigs, gate) in [
        ("stored", of(&stored), VERIFYING_BESIDE_NAIVE),
        ("compact", of(&compact), VERIFYING_BESIDE_NAIVE),
        ("made by naive Rust", of_naive, VERIFYING_WHAT_NAIVE_MADE),
    ] {
        let all = || users.iter().zip(&sigs);
        holds &= compare(
            &format!("verify ({what}) beside naive Rust"),
            gate,
            SIGNATURES as u32,
            || all().for_each(|(user, sig)| assert!(naive::verify(KEY, APP, user, NOW, black_box(sig)))),
            || all().for_each(|(user, sig)| drop(stored.verify(black_box(sig), Some(user), NOW).unwrap())),
        );
    }
    holds
}
