//! What a request may not hold, found before the wire.

use crate::{Printable, UserId};

/// Why a request would be refused by the service; nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// A user id is empty.
    #[error("{field} is empty: a user id has 1 to 32 bytes")]
    EmptyUser {
        /// The field on the wire, with its position in a list.
        field: String,
    },
    /// A user id is longer than [`UserId::MAX_BYTES`].
    #[error("{field} {:?} has {bytes} bytes: a user id has at most 32", Printable(user.as_str()))]
    LongUser {
        /// The field on the wire, with its position in a list.
        field: String,
        /// The user id.
        user: UserId,
        /// Its length in bytes.
        bytes: usize,
    },
    /// The list of targets is empty.
    #[error("To_Account holds no user: name at least one")]
    NoTargets,
    /// More targets than one call of the command takes.
    #[error("To_Account holds {given} users: one call takes at most {max}, so split them over several calls")]
    TooManyTargets {
        /// How many targets the request holds.
        given: usize,
        /// How many one call takes.
        max: usize,
    },
    /// A number that the service documents a range for lies outside it.
    #[error("{field} is {given}: it must be {min} to {max}")]
    OutOfRange {
        /// The field on the wire.
        field: &'static str,
        /// The number in the request.
        given: u32,
        /// The smallest allowed number.
        min: u32,
        /// The largest allowed number.
        max: u32,
    },
}

/// Checks the user who asks.
pub(crate) fn from_account(user: &UserId) -> Result<(), InvalidRequest> {
    user.validate("From_Account")
}

/// Checks the user who asks and the targets.
pub(crate) fn users(from: &UserId, to: &[UserId], max: usize) -> Result<(), InvalidRequest> {
    from_account(from)?;
    to_account(to, max)
}

fn to_account(users: &[UserId], max: usize) -> Result<(), InvalidRequest> {
    if users.is_empty() {
        return Err(InvalidRequest::NoTargets);
    }
    if users.len() > max {
        return Err(InvalidRequest::TooManyTargets { given: users.len(), max });
    }
    users.iter().enumerate().try_for_each(|(at, user)| user_id(user, || format!("To_Account[{at}]")))
}

/// Checks a number that has a documented range.
pub(crate) fn range(field: &'static str, given: u32, min: u32, max: u32) -> Result<(), InvalidRequest> {
    if (min..=max).contains(&given) { Ok(()) } else { Err(InvalidRequest::OutOfRange { field, given, min, max }) }
}

pub(crate) fn user_id(user: &UserId, field: impl FnOnce() -> String) -> Result<(), InvalidRequest> {
    match user.as_str().len() {
        0 => Err(InvalidRequest::EmptyUser { field: field() }),
        1..=UserId::MAX_BYTES => Ok(()),
        bytes => Err(InvalidRequest::LongUser { field: field(), user: user.clone(), bytes }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_has_1_to_32_bytes() {
        assert_eq!(from_account(&"x".repeat(32).into()), Ok(()));
        let error = from_account(&"".into()).unwrap_err();
        assert_eq!(error.to_string(), "From_Account is empty: a user id has 1 to 32 bytes");
        let error = to_account(&["bob".into(), "x".repeat(33).into()], 20).unwrap_err();
        assert!(error.to_string().starts_with("To_Account[1] \"xxx"), "{error}");
        assert!(error.to_string().ends_with("has 33 bytes: a user id has at most 32"), "{error}");
    }

    #[test]
    fn bytes_count_not_characters() {
        assert!(from_account(&"关".repeat(11).into()).is_err());
        assert!(from_account(&"关".repeat(10).into()).is_ok());
    }

    #[test]
    fn a_list_has_one_to_max_targets() {
        assert_eq!(to_account(&[], 20), Err(InvalidRequest::NoTargets));
        let users = vec![UserId::from("bob"); 21];
        assert_eq!(to_account(&users, 20), Err(InvalidRequest::TooManyTargets { given: 21, max: 20 }));
        assert_eq!(to_account(&users, 21), Ok(()));
    }
}
