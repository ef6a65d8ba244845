//! A folder with two names, and what a power cut can leave of it.

use fastrand::Rng;

use super::file::File;

/// The file that each name leads to.
type Names = [Option<usize>; 2];

#[derive(Debug)]
pub(super) struct Folder {
    files: Vec<File>,
    /// The names at the last sync, and after each later change. The last ones are those that
    /// programs see.
    names: Vec<Names>,
}

impl Default for Folder {
    fn default() -> Self {
        Self { files: Vec::new(), names: vec![[None; 2]] }
    }
}

impl Folder {
    fn seen(&self) -> Names {
        self.names.last().copied().unwrap_or_default()
    }

    pub(super) fn read(&self, name: usize) -> Option<&[u8]> {
        Some(self.files.get(self.seen()[name]?)?.content())
    }

    pub(super) fn file(&mut self, name: usize) -> Option<&mut File> {
        let at = self.seen()[name]?;
        self.files.get_mut(at)
    }

    /// Gives the name to a new file.
    pub(super) fn create(&mut self, name: usize) -> &mut File {
        let (at, mut names) = (self.files.len(), self.seen());
        names[name] = Some(at);
        self.names.push(names);
        self.files.push(File::default());
        &mut self.files[at]
    }

    pub(super) fn remove(&mut self, name: usize) {
        let mut names = self.seen();
        if names[name].take().is_some() {
            self.names.push(names);
        }
    }

    pub(super) fn rename(&mut self, from: usize, to: usize) {
        let mut names = self.seen();
        names[to] = names[from].take();
        self.names.push(names);
    }

    pub(super) fn sync(&mut self) {
        self.keep(self.seen());
    }

    /// Every file that can have this name after a power cut.
    pub(super) fn reachable(&self, name: usize) -> impl Iterator<Item = &File> {
        self.names.iter().filter_map(move |names| self.files.get(names[name]?))
    }

    /// How many bytes of this file a power cut does not change. `None` if the file can be missing.
    pub(super) fn certain_length(&self, name: usize) -> Option<u64> {
        let lengths = self.names.iter().map(|names| Some(self.files.get(names[name]?)?.certain_length() as u64));
        lengths.min().flatten()
    }

    /// Keeps the names after some of the changes.
    pub(super) fn cut_power(&mut self, random: &mut Rng) {
        let names = self.names[random.usize(..self.names.len())];
        self.keep(names);
        self.files.iter_mut().for_each(|file| file.cut_power(random));
    }

    /// Keeps only these names and their files.
    fn keep(&mut self, names: Names) {
        let mut kept = Vec::new();
        let names = names.map(|at| {
            kept.push(std::mem::take(self.files.get_mut(at?)?));
            Some(kept.len() - 1)
        });
        (self.files, self.names) = (kept, vec![names]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_cut_keeps_the_old_or_the_new_file_of_a_name() {
        let mut found = std::collections::BTreeSet::new();
        for seed in 0..100 {
            let mut folder = Folder::default();
            folder.create(0).write(0, b"old");
            folder.file(0).unwrap().sync();
            assert_eq!(folder.certain_length(0), None);
            folder.sync();
            assert_eq!(folder.certain_length(0), Some(3));
            folder.create(1).write(0, b"new");
            folder.file(1).unwrap().sync();
            folder.rename(1, 0);
            assert_eq!((folder.read(0), folder.read(1)), (Some(&b"new"[..]), None));
            assert_eq!(folder.reachable(0).count(), 3);
            folder.cut_power(&mut Rng::with_seed(seed));
            found.insert((folder.read(0).map(<[u8]>::to_vec), folder.read(1).map(<[u8]>::to_vec)));
        }
        let (old, new) = (Some(b"old".to_vec()), Some(b"new".to_vec()));
        let expected = [(new.clone(), None), (old.clone(), None), (old, new)];
        assert!(found.iter().eq(expected.iter()), "{found:?}");
    }
}
