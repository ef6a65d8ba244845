//! POST v4/im_open_login_svc/account_import
//! <https://www.tencentcloud.com/document/product/1047/34953>

use serde::Deserialize;
use tim_types::{Effect, Empty, ProfileItem, ProfileTag, UserId};

use super::Context;
use super::handler::{Handler, Outcome};
use crate::check;
use crate::command_error::CommandError;
use crate::service::{LOGIN, Service};
use crate::world::{accounts, profiles};

/// An account and the start of its profile.
#[derive(Deserialize)]
pub(super) struct Request {
    /// `Identifier` in older documents.
    #[serde(rename = "UserID", alias = "Identifier")]
    pub(super) user: UserId,
    #[serde(rename = "Nick", default)]
    nick: Option<String>,
    #[serde(rename = "FaceUrl", default)]
    face: Option<String>,
}

impl Request {
    pub(super) fn bare(user: UserId) -> Self {
        Self { user, nick: None, face: None }
    }

    /// Creates the account and sets the given profile fields. If the account exists, other fields
    /// stay.
    pub(super) fn import(self, call: &Context<'_>) -> Result<(), CommandError> {
        accounts::import(call.db, &self.user)?;
        let nick = self.nick.map(|nick| ProfileItem::new(ProfileTag::NICK, nick));
        let face = self.face.map(|face| ProfileItem::new(ProfileTag::IMAGE, face));
        let fields: Vec<_> = nick.into_iter().chain(face).collect();
        Ok(profiles::set(call.db, &self.user, &fields)?)
    }
}

impl Handler for Request {
    const SERVICE: &'static Service = LOGIN;
    const NAME: &'static str = "account_import";
    const EFFECT: Effect = Effect::Write;
    type Response = Empty;

    fn validate(&self) -> Result<(), String> {
        check::user("UserID", &self.user)
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.user)
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Empty>, CommandError> {
        self.import(call)?;
        Ok(Empty {}.into())
    }
}
