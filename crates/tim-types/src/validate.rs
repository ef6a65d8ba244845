//! Validates a request before it is sent.

use crate::{Printable, UserId};

/// A request is invalid, so it was not sent.
///
/// `field` is the name of the field on the wire, with its position if it is in a list, for example
/// `FollowItem[3].To_Account`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// A user id is empty.
    #[error("{field} is empty: a user id has 1 to 32 bytes")]
    EmptyUser {
        /// The field.
        field: String,
    },
    /// A user id is longer than [`UserId::MAX_BYTES`].
    #[error("{field} {:?} has {bytes} bytes: a user id has at most 32", Printable(user.as_str()))]
    LongUser {
        /// The field.
        field: String,
        /// The user id.
        user: UserId,
        /// Its length in bytes.
        bytes: usize,
    },
    /// A list that needs elements is empty.
    #[error("{field} is empty: it needs at least one element")]
    EmptyList {
        /// The field.
        field: String,
    },
    /// More targets than one call of the command takes.
    #[error("{field} has {given} targets: one call takes at most {max}, so use a batch or several calls")]
    TooManyTargets {
        /// The field.
        field: String,
        /// The number of targets in the request.
        given: usize,
        /// The number of targets that one call takes.
        max: usize,
    },
    /// A text is longer than documented.
    #[error("{field} has {bytes} bytes: it may have at most {max}")]
    TooLong {
        /// The field.
        field: String,
        /// The length of the text in bytes.
        bytes: usize,
        /// The maximum length in bytes.
        max: usize,
    },
    /// A number is outside its documented range.
    #[error("{field} is {given}: it must be {min} to {max}")]
    OutOfRange {
        /// The field.
        field: String,
        /// The number in the request.
        given: u32,
        /// The smallest allowed number.
        min: u32,
        /// The largest allowed number.
        max: u32,
    },
    /// A value is not one of the documented values. To send it on purpose, turn off validation in
    /// the client.
    #[error("{field} is {:?}: it must be {}", Printable(given), known.join(" or "))]
    UnknownValue {
        /// The field.
        field: String,
        /// The value in the request.
        given: String,
        /// The documented values.
        known: &'static [&'static str],
    },
    /// A value does not have its documented form.
    #[error("{field} is {:?}: it must be {expected}", Printable(given))]
    Malformed {
        /// The field.
        field: String,
        /// The value in the request; JSON if it is not a string.
        given: String,
        /// The documented form.
        expected: &'static str,
    },
}

impl InvalidRequest {
    pub(crate) fn malformed(field: &str, given: &str, expected: &'static str) -> Self {
        Self::Malformed { field: field.to_owned(), given: given.to_owned(), expected }
    }

    /// Writes the position of the invalid element into the `[]` of the field.
    pub(crate) fn at(mut self, position: usize) -> Self {
        let (Self::EmptyUser { field }
        | Self::LongUser { field, .. }
        | Self::EmptyList { field }
        | Self::TooManyTargets { field, .. }
        | Self::TooLong { field, .. }
        | Self::OutOfRange { field, .. }
        | Self::UnknownValue { field, .. }
        | Self::Malformed { field, .. }) = &mut self;
        *field = field.replacen("[]", &format!("[{position}]"), 1);
        self
    }
}

impl UserId {
    /// Checks the length of this user id. `field` is the name of the field in the error.
    ///
    /// # Errors
    /// The id is empty, or longer than [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn validate(&self, field: &str) -> Result<(), InvalidRequest> {
        let field = || field.to_owned();
        match self.as_str().len() {
            0 => Err(InvalidRequest::EmptyUser { field: field() }),
            1..=Self::MAX_BYTES => Ok(()),
            bytes => Err(InvalidRequest::LongUser { field: field(), user: self.clone(), bytes }),
        }
    }
}

/// Checks the user in `From_Account`.
pub(crate) fn from_account(user: &UserId) -> Result<(), InvalidRequest> {
    user.validate("From_Account")
}

/// Checks a number that has a documented range.
pub(crate) fn range(field: &'static str, given: u32, min: u32, max: u32) -> Result<(), InvalidRequest> {
    if (min..=max).contains(&given) {
        Ok(())
    } else {
        Err(InvalidRequest::OutOfRange { field: field.to_owned(), given, min, max })
    }
}

/// Checks a value that has a closed set of documented values.
pub(crate) fn one_of(field: &'static str, given: &str, known: &'static [&'static str]) -> Result<(), InvalidRequest> {
    if known.contains(&given) {
        return Ok(());
    }
    Err(InvalidRequest::UnknownValue { field: field.to_owned(), given: given.to_owned(), known })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Endpoint as _, follow, friend};

    #[test]
    fn a_user_id_has_1_to_32_bytes() {
        assert_eq!(from_account(&"x".repeat(32).into()), Ok(()));
        let error = from_account(&"".into()).unwrap_err();
        assert_eq!(error.to_string(), "From_Account is empty: a user id has 1 to 32 bytes");
        let error = follow::Check::new("alice", ["bob".to_owned(), "x".repeat(33)]).validate().unwrap_err();
        assert!(error.to_string().starts_with("To_Account[1] \"xxx"), "{error}");
        assert!(error.to_string().ends_with("has 33 bytes: a user id has at most 32"), "{error}");
    }

    #[test]
    fn the_length_of_a_user_id_is_counted_in_bytes() {
        assert!(from_account(&"关".repeat(11).into()).is_err());
        assert!(from_account(&"关".repeat(10).into()).is_ok());
    }

    #[test]
    fn an_error_names_the_field_on_the_wire() {
        let error = follow::Add::new("alice", ["b", "c", "d", ""]).validate().unwrap_err();
        assert_eq!(error.to_string(), "FollowItem[3].To_Account is empty: a user id has 1 to 32 bytes");
        let error = follow::Add::new("alice", vec!["b"; 21]).validate().unwrap_err();
        assert_eq!(
            error.to_string(),
            "FollowItem has 21 targets: one call takes at most 20, so use a batch or several calls"
        );
        let error = follow::Delete::new("alice", [""; 0]).validate().unwrap_err();
        assert_eq!(error.to_string(), "To_Account is empty: it needs at least one element");
    }

    #[test]
    fn a_value_outside_a_closed_set_is_invalid() {
        let error = friend::Check::new("alice", ["bob"], "CheckResult_Type_Any".into()).validate().unwrap_err();
        let known = "CheckResult_Type_Single or CheckResult_Type_Both";
        assert_eq!(error.to_string(), format!("CheckType is \"CheckResult_Type_Any\": it must be {known}"));
        let error = follow::List::new("alice", follow::ListKind(4)).validate().unwrap_err();
        assert_eq!(error.to_string(), "FollowType is \"4\": it must be 1 or 2 or 3");
    }
}
