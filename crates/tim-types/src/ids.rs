//! Who an app and a user are.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{InvalidRequest, Printable, validate};

/// The number that the console gives to an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SdkAppId(pub u32);

impl fmt::Display for SdkAppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a user in an app: 1 to 32 bytes, case-sensitive.
///
/// Making one never fails; a request's [`validate`](crate::Endpoint::validate) refuses what the service cannot take.
/// The documents disagree about the allowed characters (docs/api/common.md), so only the length is checked.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    /// The most bytes that a user id has.
    pub const MAX_BYTES: usize = 32;

    /// The user id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says what the service would refuse about this user id, which stands in `field`.
    ///
    /// # Errors
    /// It is empty, or longer than [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn validate(&self, field: &str) -> Result<(), InvalidRequest> {
        validate::user_id(self, || field.to_owned())
    }
}

impl From<&str> for UserId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for UserId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&UserId> for UserId {
    fn from(user: &UserId) -> Self {
        user.clone()
    }
}

impl From<UserId> for String {
    fn from(user: UserId) -> Self {
        user.0
    }
}

impl AsRef<str> for UserId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for UserId {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for UserId {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Cuts a long text, as [`Printable`] does.
impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UserId").field(&Printable(&self.0)).finish()
    }
}
