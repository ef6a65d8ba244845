//! Checks of requests that tim-types has no type for, with the errors of tim-types.

use serde_json::Value;
use tim_types::{InvalidRequest, UserId};

/// Checks one user id in the field `field`.
pub(crate) fn user(field: &str, user: &UserId) -> Result<(), String> {
    user.validate(field).map_err(text)
}

/// Checks the length of a list whose maximum is not documented. Without a limit, a call could block
/// the emulator for a long time.
pub(crate) fn at_most_1000(field: &str, given: usize) -> Result<(), String> {
    match given {
        ..=1000 => Ok(()),
        _ => Err(format!("{field} has {given} elements: one call takes at most 1000, so use several calls")),
    }
}

/// Checks a value of a closed set in the field `field`.
pub(crate) fn one_of(field: &str, given: &str, known: &'static [&'static str]) -> Result<(), String> {
    if known.contains(&given) {
        return Ok(());
    }
    Err(text(InvalidRequest::UnknownValue { field: field.to_owned(), given: given.to_owned(), known }))
}

#[expect(clippy::needless_pass_by_value, reason = "it is passed to map_err")]
fn text(error: InvalidRequest) -> String {
    error.to_string()
}

/// The `AddSource` of a friend.
pub(crate) fn add_source(source: &str) -> Result<(), String> {
    if has_word(source, "AddSource_Type_") {
        return Ok(());
    }
    Err(format!(
        "Err_SNS_FriendAdd_Source_Illegal: AddSource is \"{source}\", it must be AddSource_Type_ and 1 to 8 letters"
    ))
}

/// A custom field of a friend: its tag, and its value, which is a string or a number.
pub(crate) fn friend_custom_field(tag: &str, value: &Value) -> Result<(), String> {
    if !has_word(tag, "Tag_SNS_Custom_") {
        return Err(format!("Tag is \"{tag}\": it must be Tag_SNS_Custom_ and 1 to 8 letters"));
    }
    string_or_number(tag, value)
}

/// The name of a friend group.
pub(crate) fn group_name(name: &str) -> Result<(), String> {
    match name.len() {
        1..=30 => Ok(()),
        bytes => Err(format!("the group name \"{name}\" has {bytes} bytes: it must have 1 to 30")),
    }
}

/// The name of a platform on which a user logs in, for example `iPhone`.
pub(crate) fn platform(name: &str) -> Result<(), String> {
    if (1..=32).contains(&name.len()) && name.bytes().all(|c| c.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(format!("the platform is \"{name}\": it must be 1 to 32 letters and digits, for example iPhone"))
}

/// Whether the text is this prefix and 1 to 8 letters.
fn has_word(text: &str, prefix: &str) -> bool {
    let is_word = |word: &str| (1..=8).contains(&word.len()) && word.bytes().all(|c| c.is_ascii_alphabetic());
    text.strip_prefix(prefix).is_some_and(is_word)
}

fn string_or_number(tag: &str, value: &Value) -> Result<(), String> {
    if value.is_string() || value.is_number() {
        return Ok(());
    }
    Err(format!("Value of {tag} is neither a string nor a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_prefix_and_a_short_word() {
        for source in ["AddSource_Type_XX", "AddSource_Type_Android", "AddSource_Type_XXXXXXXX"] {
            assert_eq!(add_source(source), Ok(()), "{source}");
        }
        for source in ["", "Android", "AddSource_Type_", "AddSource_Type_XXXXXXXXX", "AddSource_Type_a b"] {
            assert!(add_source(source).is_err(), "{source}");
        }
    }

    #[test]
    fn a_custom_field_is_a_prefix_and_a_short_word_with_a_plain_value() {
        for (tag, value) in [("Tag_SNS_Custom_Test", "x".into()), ("Tag_SNS_Custom_XXXXXXXX", 0.into())] {
            assert_eq!(friend_custom_field(tag, &value), Ok(()), "{tag}");
        }
        for tag in ["", "Test", "Tag_SNS_Custom_", "Tag_SNS_Custom_XXXXXXXXX", "Tag_SNS_Custom_1", "Tag_SNS_IM_Remark"]
        {
            assert!(friend_custom_field(tag, &"x".into()).is_err(), "{tag}");
        }
        for value in [Value::Null, true.into(), Value::Array(vec![])] {
            assert!(friend_custom_field("Tag_SNS_Custom_Test", &value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_group_name_has_1_to_30_bytes() {
        assert_eq!(group_name(&"组".repeat(10)), Ok(()));
        assert!(group_name("").is_err() && group_name(&"x".repeat(31)).is_err());
    }

    #[test]
    fn a_platform_is_letters_and_digits() {
        for name in ["iPhone", "Mac", "HarmonyOS5", &"x".repeat(32)] {
            assert_eq!(platform(name), Ok(()), "{name}");
        }
        for name in ["", "i Phone", "手机", &"x".repeat(33)] {
            assert!(platform(name).is_err(), "{name}");
        }
    }
}
