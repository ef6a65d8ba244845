//! Signs or verifies on request, and prints the CPU time in nanoseconds.
//!
//! Each line on standard input requests a round: `sign`; `verify PATH` for a file with one
//! signature per user; or `write PATH`, which writes such a file.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod usersig;

use std::hint::black_box;

use cpu_time::ProcessTime;

const NOW: u64 = 1_700_000_000;
const VALID: u64 = 15_552_000;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [key, app, count] = args.as_slice() else { panic!("arguments: KEY APP COUNT") };
    let app: u32 = app.parse().unwrap();
    let users: Vec<String> = (0..count.parse().unwrap()).map(|number: u32| format!("user_{number:08}")).collect();
    // After this, the allocator keeps freed memory. Otherwise it could return the memory of the
    // compressors to the system after each signature, which would make this side several times
    // slower.
    drop(black_box(vec![0_u8; 16 << 20]));
    let sign = |user: &String| usersig::sign(key, app, black_box(user), VALID, NOW);
    for line in std::io::stdin().lines().map(Result::unwrap) {
        let start = match line.split_once(' ') {
            Some(("write", path)) => {
                std::fs::write(path, users.iter().map(sign).collect::<Vec<_>>().join("\n")).unwrap();
                ProcessTime::now()
            }
            Some(("verify", path)) => {
                let sigs = std::fs::read_to_string(path).unwrap();
                let start = ProcessTime::now();
                for (user, sig) in users.iter().zip(sigs.lines()) {
                    assert!(usersig::verify(key, app, user, NOW, black_box(sig)));
                }
                start
            }
            _ => {
                let start = ProcessTime::now();
                users.iter().for_each(|user| drop(black_box(sign(user))));
                start
            }
        };
        println!("{}", start.elapsed().as_nanos());
    }
}
