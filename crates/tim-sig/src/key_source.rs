//! Reading a secret key from an environment variable or a file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::SecretKey;

/// The longest key that is read, in bytes. Keys from the console have 64 characters.
const MAX_KEY: u64 = 4096;

/// Why a key cannot be read. No message contains the key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The given name or path is a key itself.
    #[error("cannot read the secret key: expected the name of a variable or file, but it looks like a key")]
    LooksLikeKey,
    /// The variable is not set, or not UTF-8.
    #[error("no secret key: set the environment variable {name} to the key from the console")]
    NotSet {
        /// The variable.
        name: String,
    },
    /// The variable or file contains only whitespace.
    #[error("{source_name} is empty: copy the secret key from the console into it")]
    Empty {
        /// The variable or file.
        source_name: String,
    },
    /// The file cannot be read, or is not UTF-8. The source says why.
    #[error("cannot read the key file {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// The file has more than 4096 bytes.
    #[error("the key file {} is longer than a secret key: check that it is the right file", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// Other users of the machine can read the file.
    #[error("other users can read the key file {} (mode {mode:03o}): run `chmod 600` on it", path.display())]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

impl SecretKey {
    /// Reads a key from an environment variable and trims whitespace around it.
    ///
    /// # Errors
    /// [`KeyError::NotSet`] or [`KeyError::Empty`].
    pub fn from_env(name: &str) -> Result<Self, KeyError> {
        reject_key(name)?;
        let text = std::env::var(name).map_err(|_| KeyError::NotSet { name: name.to_owned() })?;
        trimmed(Zeroizing::new(text), || format!("the environment variable {name}"))
    }

    /// Reads a key from a file and trims whitespace around it. On Unix, only the owner may have
    /// permission to read the file.
    ///
    /// # Errors
    /// [`KeyError`] if the file cannot be read, is empty or too long, or can be read by others.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        read(path.as_ref(), others_can_read)
    }

    /// Like [`from_file`](Self::from_file), but does not check the permissions. Use it where
    /// something else sets them, for example for secrets that are mounted into a container.
    ///
    /// # Errors
    /// [`KeyError`] if the file cannot be read, is empty or too long.
    pub fn from_shared_file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        read(path.as_ref(), |_| Ok(None))
    }
}

fn read(path: &Path, others_can_read: impl Fn(&File) -> io::Result<Option<u32>>) -> Result<SecretKey, KeyError> {
    reject_key(&path.to_string_lossy())?;
    let unreadable = |error| KeyError::Unreadable { path: path.to_owned(), error };
    let file = File::open(path).map_err(unreadable)?;
    // Checked on the open file, which cannot be replaced in between.
    if let Some(mode) = others_can_read(&file).map_err(unreadable)? {
        return Err(KeyError::ReadableByOthers { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::with_capacity(MAX_KEY as usize + 1));
    file.take(MAX_KEY + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_KEY {
        return Err(KeyError::TooLong { path: path.to_owned() });
    }
    trimmed(text, || format!("the key file {}", path.display()))
}

/// Rejects a key in place of its name, because errors show names.
fn reject_key(name: &str) -> Result<(), KeyError> {
    let is_key = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_key { Err(KeyError::LooksLikeKey) } else { Ok(()) }
}

fn trimmed(text: Zeroizing<String>, source_name: impl Fn() -> String) -> Result<SecretKey, KeyError> {
    match text.trim() {
        "" => Err(KeyError::Empty { source_name: source_name() }),
        key => Ok(SecretKey::new(key)),
    }
}

/// The permission bits, if the group or everybody can read the file.
#[cfg(unix)]
fn others_can_read(file: &File) -> io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata()?.permissions().mode() & 0o777;
    Ok((mode & 0o044 != 0).then_some(mode))
}

/// Other systems have no permission bits.
#[cfg(not(unix))]
fn others_can_read(_: &File) -> io::Result<Option<u32>> {
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_names_a_variable_that_is_not_set() {
        let error = SecretKey::from_env("TIM_SIG_NO_SUCH_VARIABLE").unwrap_err();
        assert!(error.to_string().contains("TIM_SIG_NO_SUCH_VARIABLE"), "{error}");
    }

    #[test]
    fn a_key_in_place_of_a_name_is_not_shown() {
        let key = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
        for error in [SecretKey::from_env(key), SecretKey::from_file(key), SecretKey::from_shared_file(key)] {
            let error = error.unwrap_err();
            assert!(!format!("{error}{error:?}").contains("5bd2850f"));
        }
        for name in [&"NAME".repeat(16), "ABC"] {
            let error = SecretKey::from_env(name).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_rejected_by_default() {
        use std::os::unix::fs::PermissionsExt as _;
        let path = std::env::temp_dir().join(format!("tim-sig-key-{}", std::process::id()));
        let write = |text: &str, mode| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        write("hunter2\n", 0o644);
        let error = SecretKey::from_file(&path).unwrap_err().to_string();
        assert!(error.contains("mode 644") && error.contains("chmod 600") && !error.contains("hunter2"), "{error}");
        assert_eq!(SecretKey::from_shared_file(&path).unwrap().expose(), "hunter2");
        write("hunter2\n", 0o600);
        assert_eq!(SecretKey::from_file(&path).unwrap().expose(), "hunter2");
        write(" \n", 0o600);
        assert!(matches!(SecretKey::from_file(&path), Err(KeyError::Empty { .. })));
        write(&"x".repeat(MAX_KEY as usize), 0o600);
        assert_eq!(SecretKey::from_file(&path).unwrap().expose().len(), MAX_KEY as usize);
        write(&"x".repeat(MAX_KEY as usize + 1), 0o600);
        assert!(matches!(SecretKey::from_file(&path), Err(KeyError::TooLong { .. })));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(SecretKey::from_file(&path), Err(KeyError::Unreadable { .. })));
    }
}
