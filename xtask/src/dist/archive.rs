//! The archive: one folder with the binary, completions, manual pages and texts.

use std::path::Path;

use super::program;
use super::release::Release;
use crate::Outcome;

const INSTALL: &str = "apt-get install tar gzip";

/// Packs the folder `tree`. On Linux, a second build of the same commit makes the same bytes.
pub(super) fn build(release: &Release, tree: &Path) -> Outcome {
    let name = tree.file_name().unwrap_or_default().to_string_lossy();
    let file = release.folder.join(format!("{name}.{}", release.platform.archive)).display().to_string();
    let time = format!("--mtime=@{}", release.date);
    let owner = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=u+rw,go+r,go-w", &time];
    let args = match release.platform.archive {
        // The tar of Windows and of macOS is that of BSD: it chooses the format by the ending.
        "zip" => vec!["-a", "-c", "-f", &file, &name],
        _ if cfg!(target_os = "linux") => [&["-I", "gzip -n -9"], &owner[..], &["-c", "-f", &file, &name]].concat(),
        _ => vec!["-c", "-z", "-f", &file, &name],
    };
    program::run("tar", &release.work, &args, INSTALL)
}
