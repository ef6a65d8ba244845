//! Checks user ids before they are sent.

use tim_follow::{Printable, UserId};

/// Checks a user id from the command line or from a file. `name` says which one it is.
///
/// # Errors
/// Returns why the service would reject it. Control characters are rejected too: no user id has
/// them, but files in other encodings are full of them.
pub(crate) fn validate(name: &str, user: &UserId) -> Result<(), String> {
    user.validate(name).map_err(|error| error.to_string())?;
    match user.as_str().contains(char::is_control) {
        true => Err(format!("{name} {:?} contains a control character", Printable(user.as_str()))),
        false => Ok(()),
    }
}
