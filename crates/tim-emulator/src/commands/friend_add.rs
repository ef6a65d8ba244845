//! POST v4/sns/friend_add
//! <https://www.tencentcloud.com/document/product/1047/34902>

use serde::{Deserialize, Serialize};
use tim_types::{Effect, ErrorCode, ProfileTag, TargetResult, UserId};

use super::Context;
use super::handler::{Handler, Outcome};
use super::object;
use crate::check;
use crate::command_error::CommandError;
use crate::service::{FRIEND, Service};
use crate::world::friends::{self, FriendEntry};
use crate::world::{blocks, profiles};

/// Not documented. friend_check and friend_delete accept this number.
const MAX_TARGETS: usize = 1000;
const SINGLE: &str = "Add_Type_Single";
const BOTH: &str = "Add_Type_Both";

#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(rename = "From_Account")]
    from: UserId,
    #[serde(rename = "AddFriendItem", deserialize_with = "object::list")]
    friends: Vec<Friend>,
    #[serde(rename = "AddType", default = "both")]
    kind: String,
    /// With 1, adds the friends even if their profiles do not allow it.
    #[serde(rename = "ForceAddFlags", default)]
    force: u8,
}

#[derive(Deserialize)]
struct Friend {
    #[serde(rename = "To_Account")]
    to: UserId,
    #[serde(rename = "AddSource")]
    source: String,
    #[serde(rename = "Remark", default)]
    remark: String,
}

impl From<Friend> for UserId {
    fn from(friend: Friend) -> Self {
        friend.to
    }
}

impl AsRef<str> for Friend {
    fn as_ref(&self) -> &str {
        self.to.as_ref()
    }
}

fn both() -> String {
    BOTH.to_owned()
}

/// An item for each target, and a list of the failed targets.
#[derive(Serialize)]
pub(super) struct Response {
    #[serde(rename = "ResultItem")]
    items: Vec<TargetResult>,
    #[serde(rename = "Fail_Account", skip_serializing_if = "Vec::is_empty")]
    failed: Vec<UserId>,
}

impl Response {
    pub(super) fn new(items: Vec<TargetResult>) -> Self {
        let failed = items.iter().filter(|item| item.code != ErrorCode::OK).map(|item| item.target.clone()).collect();
        Self { items, failed }
    }
}

impl Handler for Request {
    const SERVICE: &'static Service = FRIEND;
    const NAME: &'static str = "friend_add";
    const EFFECT: Effect = Effect::Write;
    type Response = Response;

    fn validate(&self) -> Result<(), String> {
        check::user("From_Account", &self.from)?;
        check::users("AddFriendItem", self.friends.iter().map(|friend| &friend.to), MAX_TARGETS)?;
        check::one_of("AddType", &self.kind, &[SINGLE, BOTH])?;
        self.friends.iter().try_for_each(|friend| check::add_source(&friend.source))
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.friends.iter().map(|friend| &friend.to).collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<Response>, CommandError> {
        call.require(&self.from)?;
        let both = self.kind == BOTH;
        let note = |friend: &Friend| FriendEntry {
            source: friend.source.clone(),
            remark: friend.remark.clone(),
            added_at: call.now(),
            ..FriendEntry::default()
        };
        let add = |friend: &Friend| befriend(call, &self.from, &friend.to, both, self.force == 1, note(friend));
        Ok(Response::new(call.results(self.friends, add)?).into())
    }
}

/// Adds a friend to the list of `from`, and with `both` also to the list of `to`. Returns an error
/// if there is nothing to add. Only the entry of `from` has the remark.
fn befriend(
    call: &Context<'_>,
    from: &UserId,
    to: &UserId,
    both: bool,
    force: bool,
    note: FriendEntry,
) -> Result<(), CommandError> {
    if from == to {
        return Err(call.bad_parameter(format!("\"{from}\" cannot be its own friend")));
    }
    call.require_target(to)?;
    check_blocks(call, from, to)?;
    let ours = !friends::has(call.db, from, to)?;
    let theirs = both && !friends::has(call.db, to, from)?;
    if !ours && !theirs {
        return Err(call.bad_parameter("Err_SNS_FriendAdd_Friend_Exist"));
    }
    if !force {
        check_consent(call, to)?;
    }
    for (owner, missing, code) in [(from, ours, ErrorCode::FRIENDS_FULL), (to, theirs, ErrorCode::TARGET_FRIENDS_FULL)]
    {
        let limit = call.settings.relation_limits.friends.filter(|_| missing);
        call.require_room(friends::size(call.db, owner)?.count, limit, code, || {
            format!("\"{owner}\" already has the maximum number of friends")
        })?;
    }
    friends::add(call.db, from, to, &note)?;
    if theirs {
        friends::add(call.db, to, from, &FriendEntry { remark: String::new(), ..note })?;
    }
    Ok(())
}

/// Checks whether the profile of the target allows friend requests. The REST API has no command to
/// give consent, so a request that needs consent is rejected.
fn check_consent(call: &Context<'_>, to: &UserId) -> Result<(), CommandError> {
    let reject =
        |code, info: &str| Err(CommandError::Target(code, format!("\"{to}\" {info}: add it with ForceAddFlags 1")));
    match profiles::text(call.db, to, &ProfileTag::ALLOW_TYPE)?.as_deref() {
        Some("AllowType_Type_DenyAny") => reject(ErrorCode::FRIEND_REQUESTS_REJECTED, "rejects friend requests"),
        Some("AllowType_Type_NeedConfirm") => {
            reject(ErrorCode::FRIEND_CONSENT_PENDING, "has to consent to friend requests")
        }
        _ => Ok(()),
    }
}

/// Returns an error if one of the two users blocks the other.
fn check_blocks(call: &Context<'_>, from: &UserId, to: &UserId) -> Result<(), CommandError> {
    for (owner, user, code) in [(from, to, ErrorCode::TARGET_BLOCKED), (to, from, ErrorCode::BLOCKED_BY_TARGET)] {
        if blocks::has(call.db, owner, user)? {
            return Err(CommandError::Target(code, format!("\"{user}\" is on the blocklist of \"{owner}\"")));
        }
    }
    Ok(())
}
