//! The identifiers of an app and of a user.

use std::borrow::{Borrow, Cow};
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Printable;

/// The id of an app: the number that the console shows as `SDKAppID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SdkAppId(pub u32);

impl fmt::Display for SdkAppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id of a user in an app: 1 to 32 bytes, case-sensitive.
///
/// Conversion from a string never fails. [`Endpoint::validate`](crate::Endpoint::validate) reports
/// an empty or too long id before a request is sent. The documents disagree about the allowed
/// characters (docs/api/common.md), so only the length is checked. Letters, digits, `_` and `-` are
/// the safe choice.
///
/// ```
/// use tim_types::{UserId, follow};
///
/// let names: Vec<String> = vec!["bob".to_owned(), "carol".to_owned()];
/// let request = follow::Check::new("alice", &names);
/// assert_eq!(request.to[1], "carol");
/// assert_eq!(UserId::from(&names[0]).as_str(), "bob");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    /// The maximum length of a user id in bytes.
    pub const MAX_BYTES: usize = 32;

    /// Returns the user id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Converts from `&str`, `&String`, `&UserId` and references to them.
impl<T: AsRef<str> + ?Sized> From<&T> for UserId {
    fn from(text: &T) -> Self {
        Self(text.as_ref().to_owned())
    }
}

impl From<String> for UserId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<Box<str>> for UserId {
    fn from(text: Box<str>) -> Self {
        Self(text.into())
    }
}

impl From<Cow<'_, str>> for UserId {
    fn from(text: Cow<'_, str>) -> Self {
        Self(text.into_owned())
    }
}

impl From<UserId> for String {
    fn from(user: UserId) -> Self {
        user.0
    }
}

impl FromStr for UserId {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

/// Makes it possible to look up a `&str` in a map whose keys are user ids.
impl Borrow<str> for UserId {
    fn borrow(&self) -> &str {
        &self.0
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

/// Escapes and cuts the text as [`Printable`] does.
impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UserId").field(&Printable(&self.0)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::follow::Check;

    #[test]
    fn every_string_type_converts_into_a_user_id() {
        let (slice, strings) = (["bob"].as_slice(), vec!["bob".to_owned()]);
        let (string, reference) = (&"alice".to_owned(), &&"alice");
        let requests = [
            Check::new("alice", slice),
            Check::new(string, &strings),
            Check::new(String::from("alice"), strings.clone()),
            Check::new(UserId::from("alice"), [UserId::from("bob")].iter()),
            Check::new(reference, [Box::<str>::from("bob")]),
            Check::new(Cow::Borrowed("alice"), [Cow::<str>::Owned("bob".to_owned())]),
        ];
        assert!(requests.iter().all(|request| *request == requests[0]));
    }
}
