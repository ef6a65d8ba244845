//! Checks that need no network: files, the key, the signature.

use std::path::Path;
use std::time::Duration;

use tim_follow::SecretKey;
use tim_follow::sig::{self, KeyError, Signer};

use super::report::Finding;
use crate::exit::with_causes;
use crate::settings::{KeySource, Resolved};
use crate::time;

/// Checks who can write the configuration file. Such a user can name a program that runs as the
/// user of `tim`.
pub(super) fn config_file(path: &Path) -> Finding {
    match writable_by_others(path) {
        _ if !path.exists() => Finding::ok(format!("none: {} does not exist", path.display())),
        Some(mode) => Finding::warn(
            format!("other users can write {} (mode {mode:03o}), and name a key_command in it", path.display()),
            format!("chmod 600 {}", path.display()),
        ),
        None => Finding::ok(path.display().to_string()),
    }
}

#[cfg(unix)]
fn writable_by_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = path.metadata().ok()?.permissions().mode() & 0o777;
    (mode & 0o022 != 0).then_some(mode)
}

/// Other systems do not have these permissions.
#[cfg(not(unix))]
fn writable_by_others(_: &Path) -> Option<u32> {
    None
}

/// Reads the key. The other checks use a key that can be read, also after a warning.
pub(super) fn key(from: &Resolved<KeySource>) -> (Option<SecretKey>, Finding) {
    let key = match from.load() {
        Ok(key) => key,
        Err(error) => {
            return (None, Finding::fail(with_causes(&error), "`tim config show` prints where it comes from"));
        }
    };
    let finding = match &from.value {
        KeySource::File(path) => match SecretKey::from_file(path) {
            Err(KeyError::ReadableByOthers { mode, .. }) => Finding::warn(
                format!("other users can read the key file {} (mode {mode:03o})", path.display()),
                format!("chmod 600 {}", path.display()),
            ),
            _ => Finding::ok(format!("read from {}, which other users cannot read", path.display())),
        },
        KeySource::Variable(_) => Finding::ok("read from TIM_SECRET_KEY"),
        KeySource::Command(words) => {
            Finding::ok(format!("printed by {}", words.first().map_or("the command", String::as_str)))
        }
    };
    let finding = if finding.fix.is_some() { finding } else { unusual(&key).unwrap_or(finding) };
    (Some(key), finding)
}

/// Warns about a key of an unusual form. The text has its length, but not the key.
fn unusual(key: &SecretKey) -> Option<Finding> {
    let key = key.expose();
    let hex = key.bytes().all(|byte| byte.is_ascii_hexdigit());
    let problem = match key.chars().count() {
        64 if hex => return None,
        64 => "it has characters that are not hex digits".to_owned(),
        length => format!("it has {length} characters"),
    };
    let info = format!("{problem}; a key from the console has 64 hex digits");
    Some(Finding::warn(info, "copy it again from the console, unless it is the key of an emulator"))
}

/// Makes a signature and verifies it.
pub(super) fn signing(app: u32, admin: &str, key: &SecretKey) -> Finding {
    const DAY: Duration = Duration::from_secs(86_400);
    let fix = "check the SDKAppID, the admin and the key";
    let now = time::now();
    let signer = match Signer::new(app, key.clone()) {
        Ok(signer) => signer,
        Err(error) => return Finding::fail(error.to_string(), fix),
    };
    let sig = match signer.sign(admin, DAY, now) {
        Ok(sig) => sig,
        Err(error) => return Finding::fail(error.to_string(), fix),
    };
    match (signer.verify(sig.expose(), Some(admin), now), sig::inspect(sig.expose())) {
        (Ok(_), Ok(found)) => Finding::ok(format!(
            "signed for {} of app {}, verified, valid until {}",
            found.identifier,
            found.sdkappid,
            time::utc(found.valid_until)
        )),
        (Err(error), _) => {
            Finding::fail(format!("signed, but not valid: {}", time::with_dates(&error.to_string())), fix)
        }
        (_, Err(error)) => Finding::fail(format!("signed, but not readable: {error}"), fix),
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Status;
    use super::*;

    #[test]
    fn an_unusual_key_is_a_warning_without_the_key() {
        let status = |text: &str| unusual(&SecretKey::new(text)).map(|finding| finding.info);
        assert_eq!(status(&"0af9".repeat(16)), None);
        assert!(status("hunter2").is_some_and(|info| info.contains("7 characters") && !info.contains("hunter2")));
        assert!(status(&"0afg".repeat(16)).is_some_and(|info| info.contains("not hex digits")));
    }

    #[test]
    fn a_signature_is_made_and_verified() {
        let finding = signing(1_400_000_000, "administrator", &SecretKey::new("hunter2"));
        assert_eq!(finding.status, Status::Ok);
        assert!(finding.info.contains("administrator of app 1400000000"), "{}", finding.info);
        assert_eq!(signing(1, &"x".repeat(33), &SecretKey::new("hunter2")).status, Status::Fail);
    }
}
