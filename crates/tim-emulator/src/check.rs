//! Checks that several commands make on their requests, for those that have no type in tim-types.

use tim_types::{ProfileItem, ProfileTag, UserId};

/// One user id under the key `field`.
pub(crate) fn user(field: &str, user: &UserId) -> Result<(), String> {
    match user.as_str().len() {
        0 => Err(format!("{field} is empty: a user id has 1 to {} bytes", UserId::MAX_BYTES)),
        1..=UserId::MAX_BYTES => Ok(()),
        bytes => Err(format!("{field} \"{user}\" has {bytes} bytes: a user id has at most {}", UserId::MAX_BYTES)),
    }
}

/// A list of 1 to `max` user ids under the key `field`.
pub(crate) fn users<'a>(
    field: &str,
    users: impl ExactSizeIterator<Item = &'a UserId>,
    max: usize,
) -> Result<(), String> {
    match users.len() {
        0 => return Err(format!("{field} is empty: name at least one user")),
        given if given > max => return Err(format!("{field} holds {given} users: one call takes at most {max}")),
        _ => {}
    }
    users.into_iter().enumerate().try_for_each(|(at, id)| user(&format!("{field}[{at}]"), id))
}

/// A value out of a fixed set under the key `field`.
pub(crate) fn one_of(field: &str, given: &str, allowed: &[&str]) -> Result<(), String> {
    if allowed.contains(&given) {
        return Ok(());
    }
    Err(format!("{field} is \"{given}\": it must be {}", allowed.join(" or ")))
}

/// The tag of a profile field. Each app defines its own tags, so only the prefix is checked.
pub(crate) fn profile_tag(tag: &ProfileTag) -> Result<(), String> {
    let tag = tag.as_str();
    if tag.starts_with("Tag_Profile_IM_") || tag.starts_with("Tag_Profile_Custom_") {
        return Ok(());
    }
    Err(format!("Tag is \"{tag}\": it must start with Tag_Profile_IM_ or Tag_Profile_Custom_"))
}

/// A profile field: its tag, and its value, which is a string or a number.
pub(crate) fn profile_field(field: &ProfileItem) -> Result<(), String> {
    profile_tag(&field.tag)?;
    if field.value.is_string() || field.value.is_number() {
        return Ok(());
    }
    Err(format!("Value of {} is neither a string nor a number", field.tag.as_str()))
}

/// The `AddSource` of a friend.
pub(crate) fn add_source(source: &str) -> Result<(), String> {
    match source.strip_prefix("AddSource_Type_") {
        Some(word) if (1..=8).contains(&word.len()) && word.bytes().all(|c| c.is_ascii_alphabetic()) => Ok(()),
        _ => Err(format!(
            "Err_SNS_FriendAdd_Source_Illegal: AddSource is \"{source}\", it must be AddSource_Type_ and 1 to 8 letters"
        )),
    }
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
}
