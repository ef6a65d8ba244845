//! The file with the root certificate, which clients have to trust.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// The root certificate, in PEM. A temporary file is removed at the end.
pub(crate) struct RootFile {
    path: PathBuf,
    temporary: bool,
}

impl RootFile {
    /// Writes the certificate to the file `named`, or to a temporary file.
    pub(crate) fn write(named: Option<&Path>, pem: &str) -> Result<Self, Failure> {
        let own = || std::env::temp_dir().join(format!("tim-emulator-{}-root.pem", std::process::id()));
        let path = named.map_or_else(own, Path::to_owned);
        let temporary = named.is_none();
        let written = if temporary { write_new(&path, pem) } else { fs::write(&path, pem) };
        match written {
            Ok(()) => Ok(Self { path: std::path::absolute(&path).unwrap_or(path), temporary }),
            Err(error) => Err(Failure::usage(format!(
                "cannot write the root certificate to {}: {error}; name another file with --tls-root",
                path.display()
            ))),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Replaces a file of this name. All users can write to the folder of temporary files, so a link in
/// it must not be followed.
fn write_new(path: &Path, pem: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    File::create_new(path)?.write_all(pem.as_bytes())
}

impl Drop for RootFile {
    fn drop(&mut self) {
        if self.temporary {
            let _ = fs::remove_file(&self.path);
        }
    }
}
