//! The two secrets. Neither is printed, and both are overwritten when dropped.

use std::fmt;

use zeroize::{Zeroizing, optimization_barrier};

/// The secret key of an app, as the console shows it. The text itself is the key, although it looks
/// like hex digits.
///
/// With it, anyone can act as any user of the app. It has no `Display` and no `Serialize`, and
/// `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(Zeroizing<String>);

impl SecretKey {
    /// Wraps a key as is. [`from_env`](Self::from_env) and [`from_file`](Self::from_file) trim it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text of the key. Keep it out of logs, errors and command lines.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey([redacted])")
    }
}

/// A signature. Until it expires, anyone who has it can act as its user.
///
/// It has no `Display` and no `Serialize`, and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct UserSig(String);

impl UserSig {
    /// Wraps the text of a signature without checking it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text of the signature. Keep it out of logs and errors. It needs no escaping in a URL.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for UserSig {
    fn drop(&mut self) {
        let mut text = std::mem::take(&mut self.0).into_bytes();
        wipe(&mut text);
    }
}

/// Overwrites the bytes in a way that the compiler cannot remove. `Zeroize` does the same byte by
/// byte, which is slower.
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    optimization_barrier(bytes);
}

impl fmt::Debug for UserSig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserSig([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wiped_bytes_are_zero() {
        let mut bytes = *b"hunter2";
        wipe(&mut bytes);
        assert_eq!(bytes, [0; 7]);
    }

    #[test]
    fn debug_does_not_show_the_secret() {
        assert_eq!(format!("{:?}", SecretKey::new("hunter2")), "SecretKey([redacted])");
        assert_eq!(format!("{:#?}", Some(UserSig::new("hunter2"))), "Some(\n    UserSig([redacted]),\n)");
    }
}
