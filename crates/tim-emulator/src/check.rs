//! Checks of requests that tim-types has no type for, with the errors of tim-types.

use tim_types::{InvalidRequest, UserId};

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
