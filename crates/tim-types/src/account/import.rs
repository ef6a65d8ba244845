//! POST v4/im_open_login_svc/account_import
//! <https://www.tencentcloud.com/document/product/1047/34953>

use serde::{Deserialize, Serialize};

use crate::{Command, Effect, Empty, Endpoint, InvalidRequest, Shape, Target, UserId, fields};

/// The maximum length of a nickname and of the URL of a profile picture in bytes.
const MAX_FIELD_BYTES: usize = 500;

/// Creates the account of one user, with an optional nickname and profile picture.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34953)
///
/// The service allows 200 calls per second. An app of the trial edition can have 100 accounts; more
/// of them get [`ACCOUNTS_FULL`](crate::ErrorCode::ACCOUNTS_FULL). On paid editions, an account
/// that was deleted cannot be imported again for three months:
/// [`ACCOUNT_REIMPORT_FORBIDDEN`](crate::ErrorCode::ACCOUNT_REIMPORT_FORBIDDEN).
///
/// This is also a target of [`ImportMany`](super::ImportMany). A user id converts into an import
/// without a nickname and a picture.
///
/// # Retries
/// Importing an account again succeeds, and the account stays the same. A retry can set the
/// nickname and the picture again if they were changed in between; the documents do not say whether
/// it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Import {
    /// The user. Older documents name this key `Identifier`, which is decoded too.
    #[serde(rename = "UserID", alias = "Identifier")]
    pub user: UserId,
    /// The nickname, up to 500 bytes: [`ProfileTag::NICK`](crate::ProfileTag::NICK).
    #[serde(rename = "Nick", default, skip_serializing_if = "Option::is_none")]
    pub nick: Option<String>,
    /// The URL of the profile picture, up to 500 bytes:
    /// [`ProfileTag::IMAGE`](crate::ProfileTag::IMAGE).
    #[serde(rename = "FaceUrl", default, skip_serializing_if = "Option::is_none")]
    pub face_url: Option<String>,
}

impl Import {
    /// Creates the account of `user`.
    pub fn new(user: impl Into<UserId>) -> Self {
        Self { user: user.into(), nick: None, face_url: None }
    }

    /// Sets the nickname too.
    #[must_use]
    pub fn with_nick(self, nick: impl Into<String>) -> Self {
        Self { nick: Some(nick.into()), ..self }
    }

    /// Sets the URL of the profile picture too.
    #[must_use]
    pub fn with_face_url(self, face_url: impl Into<String>) -> Self {
        Self { face_url: Some(face_url.into()), ..self }
    }

    /// Checks all fields. `list` is written before their names in an error.
    pub(super) fn validate_in(&self, list: &str) -> Result<(), InvalidRequest> {
        self.user.validate(&format!("{list}UserID"))?;
        for (name, text) in [("Nick", &self.nick), ("FaceUrl", &self.face_url)] {
            fields::at_most(&format!("{list}{name}"), text.as_deref().unwrap_or_default(), MAX_FIELD_BYTES)?;
        }
        Ok(())
    }
}

impl<T: Into<UserId>> From<T> for Import {
    fn from(user: T) -> Self {
        Self::new(user)
    }
}

impl Target for Import {
    fn user(&self) -> &UserId {
        &self.user
    }
}

impl Endpoint for Import {
    const SERVICE: &'static str = "im_open_login_svc";
    const COMMAND: &'static str = "account_import";
    const IDEMPOTENT: bool = true;
    type Response = Empty;

    fn validate(&self) -> Result<(), InvalidRequest> {
        self.validate_in("")
    }
}

impl Command for Import {
    const EFFECT: Effect = Effect::Write;
    const SHAPE: Shape = Shape::Single;
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34953";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_are_not_set_are_not_sent() {
        assert_eq!(serde_json::to_string(&Import::new("bob")).unwrap(), r#"{"UserID":"bob"}"#);
        let request = Import::new("bob").with_nick("Bobby").with_face_url("b.png");
        let text = r#"{"UserID":"bob","Nick":"Bobby","FaceUrl":"b.png"}"#;
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<Import>(text).unwrap(), request);
    }

    #[test]
    fn the_old_key_of_the_user_is_decoded() {
        let request: Import = serde_json::from_str(r#"{"Identifier":"bob"}"#).unwrap();
        assert_eq!(request, Import::new("bob"));
        assert!(serde_json::from_str::<Import>(r#"{"Identifier":"bob","UserID":"bob"}"#).is_err());
    }

    #[test]
    fn a_nickname_and_a_picture_have_at_most_500_bytes() {
        let text = "关".repeat(166) + "xx";
        assert_eq!(Import::new("bob").with_nick(&text).with_face_url(&text).validate(), Ok(()));
        let error = Import::new("bob").with_nick(text.clone() + "x").validate().unwrap_err();
        assert_eq!(error.to_string(), "Nick has 501 bytes: it may have at most 500");
        let error = Import::new("bob").with_face_url(text + "x").validate().unwrap_err();
        assert_eq!(error, InvalidRequest::TooLong { field: "FaceUrl".to_owned(), bytes: 501, max: 500 });
        assert!(Import::new("").validate().is_err());
    }
}
