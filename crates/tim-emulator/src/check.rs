//! Checks of requests that tim-types has no type for, with the errors of tim-types.

use tim_types::{InvalidRequest, ProfileItem, ProfileTag, UserId};

/// Checks one user id in the field `field`.
pub(crate) fn user(field: &str, user: &UserId) -> Result<(), String> {
    user.validate(field).map_err(text)
}

/// Checks a list of 1 to `max` user ids in the field `field`.
pub(crate) fn users<'a>(
    field: &str,
    users: impl ExactSizeIterator<Item = &'a UserId>,
    max: usize,
) -> Result<(), String> {
    let field_name = || field.to_owned();
    match users.len() {
        0 => return Err(text(InvalidRequest::EmptyList { field: field_name() })),
        given if given > max => return Err(text(InvalidRequest::TooManyTargets { field: field_name(), given, max })),
        _ => {}
    }
    users.into_iter().enumerate().try_for_each(|(position, id)| user(&format!("{field}[{position}]"), id))
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
