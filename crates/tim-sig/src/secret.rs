//! The two secrets: shown to nobody, zeroed when dropped.

use std::fmt;

use zeroize::{Zeroizing, optimization_barrier};

/// The key of an app, from the console: as text, although it reads like hex digits.
///
/// Whoever has it can act as any user of the app. It has no `Display` and no `Serialize`, and its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(Zeroizing<String>);

impl SecretKey {
    /// The key with this text, exactly as it is. [`from_env`](Self::from_env) and [`from_file`](Self::from_file) remove
    /// white space around it, such as the line break at the end of a file.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text of the key; keep it out of logs, errors and command lines.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey([redacted])")
    }
}

/// A signature. Until its end, whoever has it can act as the user it names.
///
/// It has no `Display` and no `Serialize`, and its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct UserSig(String);

impl UserSig {
    /// The signature with this text, which is not looked at.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text of the signature; keep it out of logs and errors. It needs no escaping in a URL.
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

/// Overwrites the bytes so that the compiler cannot leave it out. It does what `Zeroize` does, many bytes at once.
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
    fn debug_hides_the_secret() {
        assert_eq!(format!("{:?}", SecretKey::new("hunter2")), "SecretKey([redacted])");
        assert_eq!(format!("{:#?}", Some(UserSig::new("hunter2"))), "Some(\n    UserSig([redacted]),\n)");
    }
}
