//! A copy of the workspace, in which the mutants are built. It is always in the same folder, and
//! only files that differ are written, so that cargo compiles little again.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Outcome;
use crate::cargo;

/// Makes `tree` a copy of the files that git tracks or would track.
pub(super) fn copy(tree: &Path) -> Outcome {
    let listed = cargo::output_of("git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    let root = cargo::root();
    let mut files = BTreeSet::new();
    listed
        .split_terminator('\0')
        .try_for_each(|file| add_files(&root, PathBuf::from(file), &mut files))
        .and_then(|()| mirror(&root, tree, &files))
        .map_err(|error| format!("the workspace cannot be copied to {}: {error}", tree.display()))
}

/// Adds a file, or the files of a folder, because git lists a link to a folder as one file.
fn add_files(root: &Path, path: PathBuf, files: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    let full = root.join(&path);
    if full.is_dir() {
        for entry in fs::read_dir(full)? {
            add_files(root, path.join(entry?.file_name()), files)?;
        }
    } else if full.is_file() {
        // A tracked file can be missing, because a change that is not committed removed it.
        files.insert(path);
    }
    Ok(())
}

/// Copies `files` from one folder to another, and removes all other files there.
fn mirror(from: &Path, to: &Path, files: &BTreeSet<PathBuf>) -> io::Result<()> {
    for file in files {
        let (source, copy) = (from.join(file), to.join(file));
        let content = fs::read(&source)?;
        if !fs::read(&copy).is_ok_and(|old| old == content) {
            fs::create_dir_all(copy.parent().unwrap_or(to))?;
            fs::write(&copy, content)?;
        }
    }
    remove_others(to, to, files)
}

fn remove_others(tree: &Path, folder: &Path, files: &BTreeSet<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(tree, &path, files)?;
        } else if !path.strip_prefix(tree).is_ok_and(|file| files.contains(file)) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_the_same_files_and_writes_only_changes() {
        let base = std::env::temp_dir().join(format!("xtask-mutants-{}", std::process::id()));
        let (from, to) = (base.join("from"), base.join("to"));
        for (folder, file, text) in [
            (&from, "a/same", "1"),
            (&from, "changed", "new"),
            (&to, "a/same", "1"),
            (&to, "changed", "old"),
            (&to, "b/other", ""),
        ] {
            fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
            fs::write(folder.join(file), text).unwrap();
        }
        let time = |file: &str| fs::metadata(to.join(file)).unwrap().modified().unwrap();
        let before = time("a/same");
        let mut listed = BTreeSet::new();
        for path in ["a", "changed", "removed"] {
            add_files(&from, path.into(), &mut listed).unwrap();
        }
        assert_eq!(listed, ["a/same", "changed"].map(PathBuf::from).into());
        mirror(&from, &to, &listed).unwrap();
        assert_eq!(fs::read_to_string(to.join("changed")).unwrap(), "new");
        assert!(time("a/same") == before && !to.join("b/other").exists());
        fs::remove_dir_all(base).unwrap();
    }
}
