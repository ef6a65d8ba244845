//! Checks that several commands make on their requests, for those that have no type in tim-types.

use tim_types::UserId;

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
