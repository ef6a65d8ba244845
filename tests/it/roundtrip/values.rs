//! Any value of each wire type.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::Value;
use tim_types::{
    Cursor, Envelope, ErrorCode, ProfileItem, ProfileTag, Response, TargetResult, TargetResults, UserId, follow, friend,
};

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9_-]{1,32}", ".{0,12}", Just("引号\"\\\n\u{1F600}".to_owned())]
}

pub(crate) fn user() -> impl Strategy<Value = UserId> {
    text().prop_map(UserId::from)
}

fn users() -> impl Strategy<Value = Vec<UserId>> {
    vec(user(), 0..5)
}

pub(crate) fn cursor() -> impl Strategy<Value = Cursor> {
    text().prop_map(Cursor::new)
}

pub(crate) fn code() -> impl Strategy<Value = ErrorCode> {
    prop_oneof![Just(0), 30001..30008_i64, any::<i64>()].prop_map(ErrorCode)
}

pub(crate) fn add() -> impl Strategy<Value = follow::Add> {
    (user(), users()).prop_map(|(from, to)| follow::Add::new(from, to))
}

pub(crate) fn delete() -> impl Strategy<Value = follow::Delete> {
    (user(), users()).prop_map(|(from, to)| follow::Delete::new(from, to))
}

pub(crate) fn check() -> impl Strategy<Value = follow::Check> {
    (user(), users()).prop_map(|(from, to)| follow::Check::new(from, to))
}

pub(crate) fn counts() -> impl Strategy<Value = follow::Counts> {
    (user(), users()).prop_map(|(from, to)| follow::Counts::new(from, to))
}

pub(crate) fn list() -> impl Strategy<Value = follow::List> {
    (user(), any::<i64>(), cursor(), any::<u32>()).prop_map(|(from, kind, start, size)| {
        follow::List::new(from, follow::ListKind(kind)).start_at(start).page_size(size)
    })
}

pub(crate) fn check_mode() -> impl Strategy<Value = friend::CheckMode> {
    prop_oneof![
        Just(friend::CheckMode::SINGLE),
        Just(friend::CheckMode::BOTH),
        text().prop_map(|text| friend::CheckMode::from(text.as_str())),
    ]
}

pub(crate) fn friend_check() -> impl Strategy<Value = friend::Check> {
    (user(), users(), check_mode()).prop_map(|(from, to, mode)| friend::Check::new(from, to, mode))
}

pub(crate) fn target_result() -> impl Strategy<Value = TargetResult> {
    (user(), code(), text()).prop_map(|(user, code, info)| TargetResult::new(user, code, info))
}

pub(crate) fn target_results() -> impl Strategy<Value = TargetResults> {
    vec(target_result(), 0..5).prop_map(TargetResults::new)
}

pub(crate) fn check_response() -> impl Strategy<Value = follow::CheckResponse> {
    let found = (user(), any::<i64>()).prop_map(|(user, kind)| follow::CheckItem::found(user, follow::Relation(kind)));
    let refused = (user(), code(), text()).prop_map(|(user, code, info)| follow::CheckItem::rejected(user, code, info));
    vec(prop_oneof![found, refused], 0..5).prop_map(follow::CheckResponse::new)
}

pub(crate) fn counts_response() -> impl Strategy<Value = follow::CountsResponse> {
    let found = (user(), any::<[u64; 3]>()).prop_map(|(user, [followers, following, mutual])| {
        follow::CountsItem::found(user, follow::Counters { followers, following, mutual })
    });
    let refused =
        (user(), code(), text()).prop_map(|(user, code, info)| follow::CountsItem::rejected(user, code, info));
    vec(prop_oneof![found, refused], 0..5).prop_map(follow::CountsResponse::new)
}

pub(crate) fn profile_tag() -> impl Strategy<Value = ProfileTag> {
    prop_oneof![Just(ProfileTag::NICK), text().prop_map(|text| ProfileTag::from(text.as_str()))]
}

fn profile_item() -> impl Strategy<Value = ProfileItem> {
    let value = prop_oneof![text().prop_map(Value::from), any::<i64>().prop_map(Value::from)];
    (profile_tag(), value).prop_map(|(tag, value)| ProfileItem { tag, value })
}

pub(crate) fn list_response() -> impl Strategy<Value = follow::ListResponse> {
    let profile = option::of((vec(profile_item(), 0..4), any::<i64>()));
    let item = (user(), any::<u64>(), profile).prop_map(|(user, at, profile)| {
        let item = follow::ListItem::new(user, at);
        match profile {
            Some((profile, sequence)) => item.with_profile(profile, sequence),
            None => item,
        }
    });
    (vec(item, 0..5), cursor()).prop_map(|(items, next)| follow::ListResponse::new(items, next))
}

pub(crate) fn friend_relation() -> impl Strategy<Value = friend::Relation> {
    prop_oneof![
        Just(friend::Relation::NO_RELATION),
        Just(friend::Relation::A_WITH_B),
        Just(friend::Relation::B_WITH_A),
        Just(friend::Relation::BOTH_WAY),
        text().prop_map(|text| friend::Relation::from(text.as_str())),
    ]
}

pub(crate) fn friend_check_response() -> impl Strategy<Value = friend::CheckResponse> {
    let found = (user(), friend_relation()).prop_map(|(user, relation)| friend::CheckItem::found(user, relation));
    let refused = (user(), code(), text()).prop_map(|(user, code, info)| friend::CheckItem::rejected(user, code, info));
    vec(prop_oneof![found, refused], 0..5).prop_map(friend::CheckResponse::new)
}

pub(crate) fn answer<R: std::fmt::Debug>(body: impl Strategy<Value = R>) -> impl Strategy<Value = Response<R>> {
    let status = option::of(prop_oneof![Just("OK".to_owned()), Just("FAIL".to_owned()), text()]);
    let rest = (option::of(text()), option::of(text()), option::of(text()));
    (body, status, code(), rest).prop_map(|(body, status, code, (info, display, request_id))| Response {
        body,
        envelope: Envelope { status, code, info, display, request_id },
    })
}
