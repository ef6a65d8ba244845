//! A user to add as a friend.

use serde::{Deserialize, Serialize};

use super::fields::{AddSource, MAX_REMARK_BYTES};
use crate::fields::{at_most, group_name};
use crate::{InvalidRequest, Target, UserId};

/// The maximum length of the message of a friend request in bytes.
const MAX_WORDING_BYTES: usize = 256;

/// A user to add as a friend: a target of [`Add`](super::Add).
///
/// ```
/// use tim_types::friend::{Add, AddSource, NewFriend};
///
/// let bob = NewFriend::new("bob", AddSource::WEB).remark("Bob from work").group("Work");
/// let request = Add::new("alice", [bob]);
/// # let _ = request;
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewFriend {
    /// The user.
    #[serde(rename = "To_Account")]
    pub user: UserId,
    /// Where the friend was added.
    #[serde(rename = "AddSource")]
    pub source: AddSource,
    /// The remark in the friend list of `from`, up to 96 bytes.
    #[serde(rename = "Remark", default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// The friend group of `from` that contains the friend, up to 30 bytes. Some SDKs send an empty
    /// text for a friend without a group. friend_add takes one group; [`Update`](super::Update) can
    /// set several.
    #[serde(rename = "GroupName", default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The message of the friend request, up to 256 bytes.
    #[serde(rename = "AddWording", default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
}

impl NewFriend {
    /// Creates a target without a remark, a group or a message.
    pub fn new(user: impl Into<UserId>, source: AddSource) -> Self {
        Self { user: user.into(), source, remark: None, group: None, wording: None }
    }

    /// Sets the remark, up to 96 bytes.
    #[must_use]
    pub fn remark(self, text: impl Into<String>) -> Self {
        Self { remark: Some(text.into()), ..self }
    }

    /// Sets the friend group, 1 to 30 bytes.
    #[must_use]
    pub fn group(self, name: impl Into<String>) -> Self {
        Self { group: Some(name.into()), ..self }
    }

    /// Sets the message of the friend request, up to 256 bytes.
    #[must_use]
    pub fn wording(self, text: impl Into<String>) -> Self {
        Self { wording: Some(text.into()), ..self }
    }

    /// Checks all fields. `at` is the position in the request.
    pub(super) fn validate(&self, at: &str) -> Result<(), InvalidRequest> {
        let Self { user, source, remark, group, wording } = self;
        user.validate(&format!("{at}.To_Account"))?;
        validate_texts(at, source, remark.as_deref(), wording.as_deref())?;
        let group = group.as_deref().filter(|group| !group.is_empty());
        group.map_or(Ok(()), |group| group_name(&format!("{at}.GroupName"), group))
    }
}

/// Checks the fields that friend_add and friend_import share.
pub(super) fn validate_texts(
    at: &str,
    source: &AddSource,
    remark: Option<&str>,
    wording: Option<&str>,
) -> Result<(), InvalidRequest> {
    source.validate(&format!("{at}.AddSource"))?;
    at_most(&format!("{at}.Remark"), remark.unwrap_or_default(), MAX_REMARK_BYTES)?;
    at_most(&format!("{at}.AddWording"), wording.unwrap_or_default(), MAX_WORDING_BYTES)
}

impl Target for NewFriend {
    fn user(&self) -> &UserId {
        &self.user
    }
}
