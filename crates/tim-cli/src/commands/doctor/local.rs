//! What can be checked without a network: files, the key, the signature.

use std::path::Path;
use std::time::Duration;

use tim_follow::SecretKey;
use tim_follow::sig::{self, KeyError, Signer};

use super::report::Finding;
use crate::exit::with_causes;
use crate::settings::{KeySource, Resolved};
use crate::time;

/// The configuration file: who may write it chooses a program that runs as this user.
pub(super) fn config_file(path: &Path) -> Finding {
    match writable_by_others(path) {
        _ if !path.exists() => Finding::ok(format!("none: {} is not there", path.display())),
        Some(mode) => Finding::warn(
            format!("{} can be written by others (mode {mode:03o}), who could name a key_command", path.display()),
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

/// Other systems have no such bits.
#[cfg(not(unix))]
fn writable_by_others(_: &Path) -> Option<u32> {
    None
}

/// Reads the key. A key that is there may be used for the other checks, whatever is to be said about it.
pub(super) fn key(from: &Resolved<KeySource>) -> (Option<SecretKey>, Finding) {
    let key = match from.load() {
        Ok(key) => key,
        Err(error) => {
            return (None, Finding::fail(with_causes(&error), "see `tim config show` for where it comes from"));
        }
    };
    let finding = match &from.value {
        KeySource::File(path) => match SecretKey::from_file(path) {
            Err(error @ KeyError::ReadableByOthers { .. }) => {
                Finding::warn(error.to_string(), format!("chmod 600 {}", path.display()))
            }
            _ => Finding::ok(format!("read from {}, which only its owner reads", path.display())),
        },
        KeySource::Variable(_) => Finding::ok("read from TIM_SECRET_KEY"),
        KeySource::Command(words) => {
            Finding::ok(format!("printed by {}", words.first().map_or("the command", String::as_str)))
        }
    };
    let finding = if finding.fix.is_some() { finding } else { odd(&key).unwrap_or(finding) };
    (Some(key), finding)
}

/// What is unusual about a key. It is not shown, only its length.
fn odd(key: &SecretKey) -> Option<Finding> {
    let key = key.expose();
    let hex = key.bytes().all(|byte| byte.is_ascii_hexdigit());
    let problem = match key.chars().count() {
        64 if hex => return None,
        64 => "it has characters that are no hex digits".to_owned(),
        length => format!("it has {length} characters"),
    };
    let info = format!("{problem}, where those of the console have 64 hex digits");
    Some(Finding::warn(info, "copy it again from the console, if it is not the key of an emulator"))
}

/// Makes a signature and reads it back.
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
            "made for {} of app {}, verified, valid until {}",
            found.identifier,
            found.sdkappid,
            time::utc(found.valid_until)
        )),
        (Err(error), _) => Finding::fail(format!("made, but not valid: {error}"), fix),
        (_, Err(error)) => Finding::fail(format!("made, but not readable: {error}"), fix),
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Status;
    use super::*;

    #[test]
    fn a_key_that_looks_cut_off_is_a_warning_that_does_not_show_it() {
        let status = |text: &str| odd(&SecretKey::new(text)).map(|finding| finding.info);
        assert_eq!(status(&"0af9".repeat(16)), None);
        assert!(status("hunter2").is_some_and(|info| info.contains("7 characters") && !info.contains("hunter2")));
        assert!(status(&"0afg".repeat(16)).is_some_and(|info| info.contains("no hex digits")));
    }

    #[test]
    fn a_signature_is_made_and_read_back() {
        let finding = signing(1_400_000_000, "administrator", &SecretKey::new("hunter2"));
        assert_eq!(finding.status, Status::Ok);
        assert!(finding.info.contains("administrator of app 1400000000"), "{}", finding.info);
        assert_eq!(signing(1, &"x".repeat(33), &SecretKey::new("hunter2")).status, Status::Fail);
    }
}
