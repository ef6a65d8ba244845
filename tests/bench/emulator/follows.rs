//! A CSV file of follows, made while it is read.

use std::io::Read;

use super::Size;

/// The number of users who get every fourth follow.
const STARS: u64 = 100;

/// The follows of a state, in the order of a file.
pub(super) struct Follows {
    size: Size,
    made: u64,
    state: u64,
}

impl Follows {
    pub(super) fn new(size: Size) -> Self {
        Self { size, made: 0, state: 1 }
    }

    fn random(&mut self, below: u64) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % below
    }
}

impl Iterator for Follows {
    /// Two users, and the time.
    type Item = (u64, u64, u64);

    fn next(&mut self) -> Option<Self::Item> {
        if self.made == self.size.follows {
            return None;
        }
        let from = self.random(self.size.users);
        let to = if self.made.is_multiple_of(4) { self.random(STARS) } else { self.random(self.size.users) };
        let at = 1_600_000_000 + self.made / 10;
        self.made += 1;
        Some((from, if to == from { (to + 1) % self.size.users } else { to }, at))
    }
}

/// The lines of these follows.
pub(super) struct Csv {
    follows: Follows,
    line: Vec<u8>,
}

impl Csv {
    pub(super) fn new(size: Size) -> Self {
        Self { follows: Follows::new(size), line: b"from,to,time\n".to_vec() }
    }

    /// The length of the whole file.
    pub(super) fn length(size: Size) -> u64 {
        std::io::copy(&mut Self::new(size), &mut std::io::sink()).unwrap()
    }
}

impl Read for Csv {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.line.len() < into.len() {
            let Some((from, to, at)) = self.follows.next() else { break };
            self.line.extend_from_slice(format!("user{from},user{to},{at}\n").as_bytes());
        }
        let read = self.line.len().min(into.len());
        into[..read].copy_from_slice(&self.line[..read]);
        self.line.drain(..read);
        Ok(read)
    }
}
