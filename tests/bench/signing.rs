//! Signs and verifies UserSigs, and compares with straightforward Rust and the official libraries
//! for Node and Python.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use tim_follow::SecretKey;
use tim_sig::{Encoding, Signer};

use crate::peer::{Peer, folder};
use crate::{compare_times, cpu_time};

/// The gate: our time as a share of that of the other library.
const STORED_BESIDE_NAIVE: f64 = 1.0 / 25.0;
const STORED_BESIDE_OFFICIAL: f64 = 1.0 / 40.0;
const COMPACT_BESIDE_NAIVE: f64 = 1.0 / 10.0;
const VERIFYING_BESIDE_NAIVE: f64 = 1.0 / 4.0;
/// The naive side writes a Huffman code for each text. Both sides spend most of their time on its
/// tables.
const VERIFYING_WHAT_NAIVE_MADE: f64 = 1.0 / 2.5;

pub(crate) const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
pub(crate) const APP: u32 = 1_400_000_000;
const NOW: u64 = 1_700_000_000;
const VALID: u64 = 15_552_000;
/// The number of signatures in a round, each for a different user.
pub(crate) const SIGNATURES: usize = 4000;

pub(crate) fn run() -> bool {
    let users: Vec<String> = (0..SIGNATURES).map(|number| format!("user_{number:08}")).collect();
    let signer = |encoding| Signer::new(APP, SecretKey::new(KEY)).unwrap().with_encoding(encoding);
    let (stored, compact) = (signer(Encoding::Stored), signer(Encoding::Compact));
    let sign = |signer: &Signer, user: &str| signer.sign(user, Duration::from_secs(VALID), NOW).unwrap();
    let sign_all =
        |signer| cpu_time(&mut || users.iter().for_each(|user| drop(black_box(sign(signer, black_box(user))))));

    let mut holds = true;
    for (peer, signers) in [
        (Peer::naive(), &[(&stored, "stored", STORED_BESIDE_NAIVE), (&compact, "compact", COMPACT_BESIDE_NAIVE)][..]),
        (Peer::npm(), &[(&stored, "stored", STORED_BESIDE_OFFICIAL)]),
        (Peer::pypi(), &[(&stored, "stored", STORED_BESIDE_OFFICIAL)]),
    ] {
        match peer {
            Ok(mut peer) => {
                for (signer, encoding, gate) in signers {
                    let what = format!("sign ({encoding}) beside {}", peer.name);
                    holds &= compare_times(&what, *gate, SIGNATURES as u32, || peer.sign(), || sign_all(signer));
                }
            }
            Err(skipped) => println!("skipped: {skipped}"),
        }
    }

    let mut naive = Peer::naive().unwrap();
    let file = folder("naive").unwrap().join("signatures");
    let made_by = |signer| users.iter().map(|user| sign(signer, user).expose().to_owned()).collect::<Vec<_>>();
    for (what, sigs, gate) in [
        ("stored", made_by(&stored), VERIFYING_BESIDE_NAIVE),
        ("compact", made_by(&compact), VERIFYING_BESIDE_NAIVE),
        ("made by naive Rust", made_by_naive(&mut naive, &file), VERIFYING_WHAT_NAIVE_MADE),
    ] {
        std::fs::write(&file, sigs.join("\n")).unwrap();
        let verify_all = || {
            for (user, sig) in users.iter().zip(&sigs) {
                drop(stored.verify(black_box(sig), Some(user), NOW).unwrap());
            }
        };
        let what = format!("verify ({what}) beside naive Rust");
        holds &=
            compare_times(&what, gate, SIGNATURES as u32, || naive.verify(&file), || cpu_time(&mut || verify_all()));
    }
    holds
}

fn made_by_naive(naive: &mut Peer, file: &Path) -> Vec<String> {
    naive.write(file);
    std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
}
