//! POST v4/sns/friend_add

use tim_types::friend::{Add, AddSource, AddType, NewFriend};
use tim_types::profile::{AdminForbidType, AllowType};
use tim_types::webhook::{Event, FriendAdd, NewPair};
use tim_types::{Endpoint, ErrorCode, InvalidRequest, ProfileTag, TargetResults, UserId};

use super::handler::{CatalogHandler, Outcome};
use super::{Context, friend_groups};
use crate::command_error::CommandError;
use crate::world::friends::{self, FriendEntry};
use crate::world::requests::{self, FriendRequest};
use crate::world::{blocks, profiles};

impl CatalogHandler for Add {
    /// A wrong source rejects only its item: see [`add`].
    fn validate(&self) -> Result<(), InvalidRequest> {
        validate_with_any_source(self, |add| add.friends.iter_mut().map(|friend| &mut friend.source).collect())
    }

    fn user(&self) -> Option<&UserId> {
        Some(&self.from)
    }

    fn targets(&self) -> Vec<&UserId> {
        self.friends.iter().map(|friend| &friend.user).collect()
    }

    fn run(self, call: &Context<'_>) -> Result<Outcome<TargetResults>, CommandError> {
        call.require(&self.from)?;
        let (from, forced) = (&self.from, self.forced);
        let mode = Mode { both: self.kind == AddType::BOTH, forced };
        let mut pairs = Vec::new();
        let items = call.results(self.friends, |friend| {
            pairs.extend(add(call, from, friend, mode)?);
            Ok(())
        })?;
        let event = (!pairs.is_empty()).then(|| {
            let (client_command, admin) = ("friend_add".to_owned(), call.admin.to_owned());
            Event::FriendAdd(FriendAdd { pairs, client_command, admin, forced })
        });
        let mut body = TargetResults::with_failed(items);
        if call.settings.quirks.pending_missing_in_failed {
            let failed = body.items.iter().filter(|item| !NOT_FAILED.contains(&item.code));
            body.failed = failed.map(|item| item.target.clone()).collect();
        }
        Ok(Outcome { event, body })
    }
}

/// The codes of the items that are not in `Fail_Account` with the quirk
/// `pending_missing_in_failed`.
const NOT_FAILED: [ErrorCode; 2] = [ErrorCode::OK, ErrorCode::FRIEND_CONSENT_PENDING];

/// How friends are added.
#[derive(Clone, Copy)]
struct Mode {
    /// Whether the target also gets the user as a friend.
    both: bool,
    /// Whether the friends are added without their consent.
    forced: bool,
}

/// Adds a friend to the list of `from`, and with `both` also adds `from` to the list of the target,
/// unless this entry exists. Returns the new entries. Only the entry of `from` has the remark and
/// the group.
fn add(call: &Context<'_>, from: &UserId, friend: &NewFriend, mode: Mode) -> Result<Vec<NewPair>, CommandError> {
    let (to, quirks) = (&friend.user, call.settings.quirks);
    require_source(call, &friend.source)?;
    require_other(call, from, to)?;
    if !(mode.forced && quirks.force_ignores_blocks) {
        check_blocks(call, from, to)?;
    }
    if friends::has(call.db, from, to)? {
        return Err(if quirks.already_friends_old_code {
            CommandError::Target(ErrorCode::ALREADY_FRIENDS, "SNS_FRD_ADD_FRD_EXIST".to_owned())
        } else {
            call.bad_parameter("Err_SNS_FriendAdd_Friend_Exist")
        });
    }
    if !mode.forced {
        check_consent(call, from, friend, mode.both)?;
    }
    let theirs = mode.both && !friends::has(call.db, to, from)?;
    check_room(call, from, to, theirs)?;
    let groups: Vec<_> = friend.group.iter().filter(|group| !group.is_empty()).cloned().collect();
    friend_groups::create(call, from, &groups, None)?;
    let entry = FriendEntry {
        source: friend.source.as_str().to_owned(),
        wording: friend.wording.clone().unwrap_or_default(),
        added_at: call.now(),
        ..FriendEntry::default()
    };
    let pair = |from: &UserId, to: &UserId, initiator: &UserId| NewPair {
        from: from.clone(),
        to: to.clone(),
        initiator: initiator.clone(),
    };
    let mut pairs = vec![pair(from, to, from)];
    if theirs {
        friends::add(call.db, to, from, &entry)?;
        pairs.push(pair(to, from, from));
    }
    let remark = friend.remark.clone().unwrap_or_default();
    friends::add(call.db, from, to, &FriendEntry { remark, groups, ..entry })?;
    requests::remove(call.db, from, to)?;
    requests::remove(call.db, to, from)?;
    Ok(pairs)
}

/// Checks a request as if its sources were valid.
pub(super) fn validate_with_any_source<R: Endpoint + Clone>(
    request: &R,
    sources: impl FnOnce(&mut R) -> Vec<&mut AddSource>,
) -> Result<(), InvalidRequest> {
    request.validate().or_else(|_| {
        let mut request = request.clone();
        sources(&mut request).into_iter().for_each(|source| *source = AddSource::WEB);
        request.validate()
    })
}

/// Rejects a target whose source does not have the documented format.
pub(super) fn require_source(call: &Context<'_>, source: &AddSource) -> Result<(), CommandError> {
    source.validate("AddSource").map_err(|_| call.bad_parameter("Err_SNS_FriendAdd_Source_Illegal"))
}

/// Rejects a target that is the user itself, or has no account.
pub(super) fn require_other(call: &Context<'_>, from: &UserId, to: &UserId) -> Result<(), CommandError> {
    if from == to {
        return Err(call.bad_parameter(format!("\"{from}\" cannot be its own friend")));
    }
    call.require_target(to)
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

/// Returns an error if the profiles do not allow `from` to add the friend at once. If the target
/// has to consent, stores a friend request. A consent is needed only with `both`.
fn check_consent(call: &Context<'_>, from: &UserId, friend: &NewFriend, both: bool) -> Result<(), CommandError> {
    let to = &friend.user;
    let field = |user, tag| profiles::text(call.db, user, tag);
    if field(from, &ProfileTag::ADMIN_FORBID_TYPE)?.is_some_and(|ban| ban == AdminForbidType::SEND_OUT.as_str()) {
        let info = format!("the admin forbids \"{from}\" to send friend requests: add \"{to}\" with ForceAddFlags 1");
        return Err(CommandError::Target(ErrorCode::FRIEND_REQUESTS_FORBIDDEN, info));
    }
    let allowed = field(to, &ProfileTag::ALLOW_TYPE)?.map(AllowType::from);
    match allowed.as_ref().unwrap_or(&call.settings.default_allow_type) {
        kind if *kind == AllowType::DENY_ANY => {
            let info = "Err_SNS_FriendAdd_Friend_Allow_Type_Forbid".to_owned();
            Err(CommandError::Target(ErrorCode::FRIEND_REQUESTS_REJECTED, info))
        }
        kind if *kind == AllowType::NEED_CONFIRM && both => {
            request(call, from, friend)?;
            let info = format!("\"{to}\" has to accept the friend request first: wait for it, or send ForceAddFlags 1");
            Err(CommandError::Target(ErrorCode::FRIEND_CONSENT_PENDING, info))
        }
        _ => Ok(()),
    }
}

/// Stores a friend request that adds the friend on both sides. Replaces an earlier one.
fn request(call: &Context<'_>, from: &UserId, friend: &NewFriend) -> Result<(), CommandError> {
    let to = &friend.user;
    if requests::get(call.db, from, to)?.is_none() {
        let limit = call.settings.relation_limits.pending;
        call.require_room(requests::count(call.db, to)?, limit, ErrorCode::PENDING_FULL, || {
            format!("\"{to}\" already has the maximum number of pending friend requests")
        })?;
    }
    let request = FriendRequest {
        from: from.clone(),
        to: to.clone(),
        source: friend.source.as_str().to_owned(),
        remark: friend.remark.clone().unwrap_or_default(),
        wording: friend.wording.clone().unwrap_or_default(),
        group: friend.group.clone().unwrap_or_default(),
        both_ways: true,
        requested_at: call.now(),
    };
    Ok(requests::put(call.db, &request)?)
}

/// Returns an error if the friend list of `from` is full, or, with `theirs`, the list of `to`.
fn check_room(call: &Context<'_>, from: &UserId, to: &UserId, theirs: bool) -> Result<(), CommandError> {
    for (owner, added, code) in [(from, true, ErrorCode::FRIENDS_FULL), (to, theirs, ErrorCode::TARGET_FRIENDS_FULL)] {
        let limit = call.settings.relation_limits.friends.filter(|_| added);
        call.require_room(friends::size(call.db, owner)?.count, limit, code, || {
            format!("\"{owner}\" already has the maximum number of friends")
        })?;
    }
    Ok(())
}
