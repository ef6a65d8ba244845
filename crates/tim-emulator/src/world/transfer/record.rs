//! A record of an import or an export, and its validation.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tim_types::{Printable, ProfileItem, UserId};

use crate::check;

/// The last second of the year 9999.
const MAX_TIME: u64 = 253_402_300_799;

/// One line of an export. An import creates the accounts of all users that a record names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Record {
    Account {
        user: UserId,
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        profile: Map<String, Value>,
    },
    Follow {
        from: UserId,
        to: UserId,
        /// Unix seconds, also in the other records. The default is the time of the import.
        #[serde(default)]
        at: Option<u64>,
    },
    Friend {
        owner: UserId,
        friend: UserId,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        source: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        remark: String,
        #[serde(default)]
        at: Option<u64>,
    },
    Block {
        owner: UserId,
        user: UserId,
        #[serde(default)]
        at: Option<u64>,
    },
}

impl Record {
    /// Checks user ids, profile fields and sources like the commands, and times.
    ///
    /// # Errors
    /// What was found and what is expected, with untrusted text escaped.
    pub(super) fn validate(&self) -> Result<(), String> {
        match self {
            Self::Account { user, profile } => {
                valid_user("user", user)?;
                profile.iter().try_for_each(|(tag, value)| valid_field(tag, value))
            }
            Self::Follow { from, to, at } => valid_relation(("from", from), ("to", to), *at),
            Self::Friend { owner, friend, source, at, .. } => {
                valid_relation(("owner", owner), ("friend", friend), *at)?;
                // The source is empty if an import without a source added the friend.
                if source.is_empty() { Ok(()) } else { check::add_source(source).map_err(printable) }
            }
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
    at.map_or(Ok(()), valid_time)
}

fn valid_user(field: &str, user: &UserId) -> Result<(), String> {
    user.validate(field).map_err(|error| error.to_string())
}

fn valid_field(tag: &str, value: &Value) -> Result<(), String> {
    check::profile_field(&ProfileItem::new(tag, value.clone())).map_err(printable)
}

fn valid_time(at: u64) -> Result<(), String> {
    if at <= MAX_TIME {
        return Ok(());
    }
    let found = if at / 1000 <= MAX_TIME { "looks like milliseconds" } else { "is after the year 9999" };
    Err(format!("the time {at} {found}: write unix seconds, for example 1702262118"))
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
            (r#"{"account":{"user":"a","profile":{"Nick":"A"}}}"#, r#"Tag is "Nick": it must start with"#),
            (r#"{"account":{"user":"a","profile":{"":"A"}}}"#, r#"Tag is "": it must start with"#),
            (r#"{"account":{"user":"a","profile":{"Tag_Profile_IM_Nick":null}}}"#, "neither a string nor a number"),
            (r#"{"account":{"user":"a","profile":{"Tag_Profile_IM_Nick":{}}}}"#, "neither a string nor a number"),
            (r#"{"account":{"user":"a","profile":{"Tag_Profile_IM_Nick":true}}}"#, "neither a string nor a number"),
            (r#"{"follow":{"from":"a","to":"a"}}"#, "are the same user"),
            (r#"{"follow":{"from":"a","to":"b","at":1702262118000}}"#, "looks like milliseconds"),
            (r#"{"follow":{"from":"a","to":"b","at":253402300800}}"#, "looks like milliseconds"),
            (r#"{"block":{"owner":"a","user":"b","at":18446744073709551615}}"#, "is after the year 9999"),
            (r#"{"friend":{"owner":"a","friend":"b","source":"Web"}}"#, "AddSource_Type_ and 1 to 8 letters"),
            (r#"{"friend":{"owner":"a","friend":"b\u001b"}}"#, ""),
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

    #[test]
    fn the_last_second_of_the_year_9999_is_a_time() {
        assert_eq!(valid_time(MAX_TIME), Ok(()));
        assert_eq!(valid_time(0), Ok(()));
        assert!(valid_time(MAX_TIME + 1).is_err());
    }
}
