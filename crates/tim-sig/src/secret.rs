//! The two secrets: shown to nobody, zeroed when dropped.

use std::fmt;

use zeroize::Zeroizing;

/// The key of an app, from the console: as text, although it reads like hex digits.
///
/// Whoever has it can act as any user of the app. It has no `Display` and no `Serialize`, and its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(Zeroizing<String>);

impl SecretKey {
    /// The key with this text.
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
pub struct UserSig(Zeroizing<String>);

impl UserSig {
    /// The signature with this text, which is not looked at.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text of the signature; keep it out of logs and errors. It needs no escaping in a URL.
    pub fn expose(&self) -> &str {
        &self.0
    }
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
