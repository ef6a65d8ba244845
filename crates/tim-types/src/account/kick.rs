//! POST v4/im_open_login_svc/kick
//! <https://www.tencentcloud.com/document/product/1047/34957>

use serde::{Deserialize, Serialize};

use crate::{Command, Effect, Empty, Endpoint, InvalidRequest, Shape, Target, UserId};

/// Ends all sessions of a user, and makes all earlier UserSigs of this user invalid.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34957)
///
/// The service allows 200 calls per second. A UserSig that is made afterwards is valid. A user
/// without an account is rejected with
/// [`ACCOUNT_NOT_IMPORTED`](crate::ErrorCode::ACCOUNT_NOT_IMPORTED).
///
/// # Retries
/// The clients do not retry a call that the service may have processed, because a second call would
/// also end a session that started in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Kick {
    /// The user. Older documents name this key `Identifier`, which is decoded too.
    #[serde(rename = "UserID", alias = "Identifier")]
    pub user: UserId,
}

impl Kick {
    /// Ends all sessions of `user`.
    pub fn new(user: impl Into<UserId>) -> Self {
        Self { user: user.into() }
    }
}

impl Target for Kick {
    fn user(&self) -> &UserId {
        &self.user
    }
}

impl Endpoint for Kick {
    const SERVICE: &'static str = "im_open_login_svc";
    const COMMAND: &'static str = "kick";
    const IDEMPOTENT: bool = false;
    type Response = Empty;

    fn validate(&self) -> Result<(), InvalidRequest> {
        self.user.validate("UserID")
    }
}

impl Command for Kick {
    const EFFECT: Effect = Effect::Delete;
    const SHAPE: Shape = Shape::Single;
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34957";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_keys_of_the_user_are_decoded_and_the_newer_one_is_sent() {
        for text in [r#"{"UserID":"bob"}"#, r#"{"Identifier":"bob"}"#] {
            assert_eq!(serde_json::from_str::<Kick>(text).unwrap(), Kick::new("bob"));
        }
        assert_eq!(serde_json::to_string(&Kick::new("bob")).unwrap(), r#"{"UserID":"bob"}"#);
        assert!(Kick::new("").validate().is_err());
    }
}
