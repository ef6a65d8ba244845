//! A record of an import or an export, and its validation.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tim_types::friend::{AddSource, FriendField};
use tim_types::{InvalidRequest, Printable, ProfileItem, UserId, friend_group};

use crate::world::friends::FriendEntry;
use crate::world::requests::FriendRequest;
use crate::world::{logins, seconds};
use crate::{check, profile_fields};

/// One line of an export. An import creates the accounts of all users that a record names, and the
/// `groups` of an account or a friend. Times are unix seconds. A missing time is the time of the
/// import, except for `kicked_at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Record {
    Account(AccountRecord),
    Follow {
        from: UserId,
        to: UserId,
        #[serde(default)]
        at: Option<u64>,
    },
    Friend(FriendRecord),
    FriendRequest(RequestRecord),
    Block {
        owner: UserId,
        user: UserId,
        #[serde(default)]
        at: Option<u64>,
    },
}

/// A user with its profile fields, friend groups and login states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountRecord {
    pub(super) user: UserId,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) profile: Map<String, Value>,
    /// In the order of creation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) groups: Vec<String>,
    /// The status of each platform that is not offline. An import sets its own time.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) logins: BTreeMap<String, String>,
    /// Missing if the user was never kicked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kicked_at: Option<u64>,
}

impl AccountRecord {
    pub(super) fn new(user: UserId, profile: Map<String, Value>) -> Self {
        Self { user, profile, groups: Vec::new(), logins: BTreeMap::new(), kicked_at: None }
    }

    fn validate(&self) -> Result<(), String> {
        valid_user("user", &self.user)?;
        self.profile.iter().try_for_each(|(tag, value)| valid_field(tag, value))?;
        valid_groups(&self.groups)?;
        self.logins.iter().try_for_each(|(platform, status)| {
            check::platform(platform).and_then(|()| check::one_of("status", status, &logins::STATES)).map_err(printable)
        })?;
        self.kicked_at.map_or(Ok(()), check::time)
    }
}

/// An entry of a friend list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FriendRecord {
    pub(super) owner: UserId,
    pub(super) friend: UserId,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) source: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) remark: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) wording: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) groups: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) custom: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) at: Option<u64>,
}

impl FriendRecord {
    /// Returns the owner, the friend and the entry.
    pub(super) fn into_entry(self, now: u64) -> (UserId, UserId, FriendEntry) {
        let Self { owner, friend, source, remark, wording, groups, custom, at } = self;
        let added_at = seconds(at.unwrap_or(now));
        (owner, friend, FriendEntry { source, remark, wording, groups, custom, added_at })
    }

    pub(super) fn from_entry(owner: UserId, friend: UserId, entry: FriendEntry) -> Self {
        let FriendEntry { source, remark, wording, groups, custom, added_at } = entry;
        Self { owner, friend, source, remark, wording, groups, custom, at: Some(added_at.unsigned_abs()) }
    }

    fn validate(&self) -> Result<(), String> {
        valid_relation(("owner", &self.owner), ("friend", &self.friend), self.at)?;
        valid_source(&self.source)?;
        valid_groups(&self.groups)?;
        let valid =
            |(tag, value): (&String, &Value)| FriendField::new(tag.as_str(), value.clone()).validate_custom("custom");
        self.custom.iter().try_for_each(valid).map_err(text)
    }
}

/// A friend request that its target has not accepted or rejected yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestRecord {
    pub(super) from: UserId,
    pub(super) to: UserId,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) source: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) remark: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) wording: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) group: String,
    /// Whether `to` also gets `from` as a friend. The default is true, as in friend_add.
    #[serde(default = "yes")]
    pub(super) both_ways: bool,
    #[serde(default)]
    pub(super) at: Option<u64>,
}

fn yes() -> bool {
    true
}

impl RequestRecord {
    pub(super) fn into_request(self, now: u64) -> FriendRequest {
        let Self { from, to, source, remark, wording, group, both_ways, at } = self;
        let requested_at = seconds(at.unwrap_or(now));
        FriendRequest { from, to, source, remark, wording, group, both_ways, requested_at }
    }

    pub(super) fn from_request(request: FriendRequest) -> Self {
        let FriendRequest { from, to, source, remark, wording, group, both_ways, requested_at } = request;
        Self { from, to, source, remark, wording, group, both_ways, at: Some(requested_at.unsigned_abs()) }
    }

    fn validate(&self) -> Result<(), String> {
        valid_relation(("from", &self.from), ("to", &self.to), self.at)?;
        valid_source(&self.source)?;
        if self.group.is_empty() { Ok(()) } else { valid_group(&self.group) }
    }
}

impl Record {
    /// Checks user ids, profile fields, sources, groups and custom fields like the commands do.
    /// Also checks platforms and times.
    ///
    /// # Errors
    /// What was found and what is expected, with untrusted text escaped.
    pub(super) fn validate(&self) -> Result<(), String> {
        match self {
            Self::Account(account) => account.validate(),
            Self::Follow { from, to, at } => valid_relation(("from", from), ("to", to), *at),
            Self::Friend(friend) => friend.validate(),
            Self::FriendRequest(request) => request.validate(),
            Self::Block { owner, user, at } => valid_relation(("owner", owner), ("user", user), *at),
        }
    }
}

fn valid_relation(one: (&str, &UserId), other: (&str, &UserId), at: Option<u64>) -> Result<(), String> {
    valid_user(one.0, one.1)?;
    valid_user(other.0, other.1)?;
    if one.1 == other.1 {
        let user = Printable(one.1.as_str());
        return Err(format!("{} and {} are the same user {user:?}: name two different users", one.0, other.0));
    }
    at.map_or(Ok(()), check::time)
}

fn valid_user(field: &str, user: &UserId) -> Result<(), String> {
    user.validate(field).map_err(|error| error.to_string())
}

fn valid_field(tag: &str, value: &Value) -> Result<(), String> {
    profile_fields::check("profile", &ProfileItem::new(tag, value.clone())).map_err(|(_, reason)| printable(reason))
}

/// The source is empty if an import without a source added the friend.
fn valid_source(source: &str) -> Result<(), String> {
    if source.is_empty() { Ok(()) } else { AddSource::from(source).validate("source").map_err(text) }
}

fn valid_group(name: &str) -> Result<(), String> {
    friend_group::validate_name("group", name).map_err(text)
}

fn valid_groups(names: &[String]) -> Result<(), String> {
    names.iter().try_for_each(|name| valid_group(name))?;
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(name) => Err(format!("groups contains {:?} twice: name each group once", Printable(name))),
        None => Ok(()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is passed to map_err")]
fn text(error: InvalidRequest) -> String {
    printable(error.to_string())
}

/// Escapes and shortens a message that contains text of the input.
pub(super) fn printable(message: impl AsRef<str>) -> String {
    Printable(message.as_ref()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(json: &str) -> String {
        serde_json::from_str::<Record>(json).unwrap().validate().unwrap_err()
    }

    #[test]
    fn a_record_is_validated_as_the_commands_validate() {
        for (json, reason) in [
            (r#"{"account":{"user":""}}"#, "user is empty"),
            (r#"{"account":{"user":"a","profile":{"Nick":"A"}}}"#, r#"profile.Tag is "Nick": it must be the name"#),
            (r#"{"account":{"user":"a","profile":{"":"A"}}}"#, r#"profile.Tag is "": it must be the name"#),
            (r#"{"account":{"user":"a","profile":{"Tag_Profile_IM_Nick":null}}}"#, "profile.Value is \"null\""),
            (r#"{"account":{"user":"a","profile":{"Tag_Profile_IM_Level":"7"}}}"#, "it must be a number from 0"),
            (r#"{"account":{"user":"a","profile":{"Tag_Profile_IM_New":"x"}}}"#, "is not a standard field"),
            (r#"{"follow":{"from":"a","to":"a"}}"#, "are the same user"),
            (r#"{"follow":{"from":"a","to":"b","at":1702262118000}}"#, "looks like milliseconds"),
            (r#"{"follow":{"from":"a","to":"b","at":253402300800}}"#, "looks like milliseconds"),
            (r#"{"block":{"owner":"a","user":"b","at":18446744073709551615}}"#, "is after the year 9999"),
            (r#"{"friend":{"owner":"a","friend":"b","source":"Web"}}"#, "AddSource_Type_ and 1 to 8 letters"),
            (r#"{"friend":{"owner":"a","friend":"b","groups":[""]}}"#, "it must be the name of a friend group"),
            (r#"{"friend":{"owner":"a","friend":"b","groups":["g","h","g"]}}"#, r#"contains "g" twice"#),
            (r#"{"friend":{"owner":"a","friend":"b","custom":{"Level":1}}}"#, "Tag_SNS_Custom_ and 1 to 8 letters"),
            (
                r#"{"friend":{"owner":"a","friend":"b","custom":{"Tag_SNS_Custom_X":[]}}}"#,
                "it must be a string or a number",
            ),
            (r#"{"friend_request":{"from":"a","to":"a"}}"#, "are the same user"),
            (r#"{"friend_request":{"from":"a","to":"b","source":"Web"}}"#, "AddSource_Type_ and 1 to 8 letters"),
            (r#"{"friend_request":{"from":"a","to":"b","group":"1234567890123456789012345678901"}}"#, "has 31 bytes"),
            (r#"{"account":{"user":"a","groups":["g","g"]}}"#, r#"contains "g" twice"#),
            (r#"{"account":{"user":"a","logins":{"i Phone":"Online"}}}"#, "the platform is \"i Phone\""),
            (r#"{"account":{"user":"a","logins":{"Web":"Offline"}}}"#, "it must be Online or PushOnline"),
            (r#"{"account":{"user":"a","kicked_at":1702262118000}}"#, "looks like milliseconds"),
            (r#"{"friend":{"owner":"a","friend":"b\u001b"}}"#, ""),
            (r#"{"friend_request":{"from":"a","to":"b"}}"#, ""),
        ] {
            if reason.is_empty() {
                assert_eq!(serde_json::from_str::<Record>(json).unwrap().validate(), Ok(()), "{json}");
            } else {
                assert!(error(json).contains(reason), "{json} {}", error(json));
            }
        }
        let long = format!(r#"{{"block":{{"owner":"a","user":"{}"}}}}"#, "\\u001b".repeat(33));
        assert!(error(&long).contains("has 33 bytes") && !error(&long).contains('\u{1b}'), "{}", error(&long));
    }
}
