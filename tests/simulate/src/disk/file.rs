//! A file, and what a power cut can leave of it.

use fastrand::Rng;

#[derive(Debug, Default)]
pub(crate) struct File {
    /// What programs read.
    content: Vec<u8>,
    /// What was there at the last sync.
    synced: Vec<u8>,
    /// What was done since, in this order.
    pending: Vec<Change>,
    /// How many bytes of the output it claims, if it is a journal.
    pub(crate) claim: u64,
}

#[derive(Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Cut(usize),
}

impl File {
    pub(super) fn content(&self) -> &[u8] {
        &self.content
    }

    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) {
        let change = Change::Write(at, bytes.to_vec());
        change.apply(&mut self.content);
        self.pending.push(change);
    }

    pub(super) fn cut(&mut self, length: usize) {
        let change = Change::Cut(length);
        change.apply(&mut self.content);
        self.pending.push(change);
    }

    pub(super) fn sync(&mut self) {
        self.pending.clear();
        self.synced.clone_from(&self.content);
    }

    /// Whether a power cut changes nothing.
    pub(crate) fn is_synced(&self) -> bool {
        self.pending.is_empty()
    }

    /// How many bytes at the start a power cut does not change.
    pub(super) fn certain_length(&self) -> usize {
        let changed = self.pending.iter().map(|change| match change {
            Change::Write(at, _) | Change::Cut(at) => *at,
        });
        changed.min().unwrap_or(usize::MAX).min(self.synced.len())
    }

    /// Keeps the synced content, some of the later changes, and a part of the next one. Where bytes
    /// are missing although the length was changed, there are zeros.
    pub(super) fn cut_power(&mut self, random: &mut Rng) {
        let mut content = std::mem::take(&mut self.synced);
        let kept = random.usize(..=self.pending.len());
        for (number, change) in self.pending.drain(..).enumerate() {
            match change {
                _ if number < kept => change.apply(&mut content),
                Change::Write(at, mut bytes) if number == kept => {
                    let whole = random.usize(..=bytes.len());
                    if random.bool() {
                        bytes.truncate(whole);
                    } else {
                        bytes.iter_mut().skip(whole).for_each(|byte| *byte = 0);
                    }
                    Change::Write(at, bytes).apply(&mut content);
                }
                _ => {}
            }
        }
        self.synced.clone_from(&content);
        self.content = content;
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Cut(length) => content.resize(*length, 0),
            Self::Write(at, bytes) => {
                let end = at + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*at..end].copy_from_slice(bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_cut_keeps_what_was_synced_and_a_start_of_what_follows() {
        let mut found = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let mut file = File::default();
            file.write(0, b"ab");
            file.sync();
            file.write(2, b"cd");
            file.write(4, b"e");
            assert_eq!((file.content(), file.certain_length(), file.is_synced()), (&b"abcde"[..], 2, false));
            file.cut_power(&mut Rng::with_seed(seed));
            assert_eq!((file.certain_length(), file.is_synced()), (file.content().len(), true));
            found.insert(String::from_utf8(file.content().to_vec()).unwrap());
        }
        let expected = ["ab", "ab\0\0", "abc", "abc\0", "abcd", "abcd\0", "abcde"];
        assert!(found.iter().eq(expected.iter()), "{found:?}");
    }

    #[test]
    fn a_cut_is_certain_only_after_a_sync() {
        let mut file = File::default();
        file.write(0, b"abcd");
        file.sync();
        file.cut(1);
        assert_eq!((file.content(), file.certain_length()), (&b"a"[..], 1));
        file.write(1, b"xyz");
        assert_eq!(file.certain_length(), 1);
        file.sync();
        assert_eq!((file.content(), file.certain_length()), (&b"axyz"[..], 4));
    }
}
