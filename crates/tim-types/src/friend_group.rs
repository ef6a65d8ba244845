//! Commands of the service `sns` about friend groups: create, delete and list them.
//!
//! A friend group is a label in the friend list of one user, for example "Work". It is not a group
//! chat. A friend can be in several groups. friend_update sets the groups of a friend.

mod add;
mod delete;
mod list;

pub use add::{Add, AddResponse};
pub use delete::{Delete, DeleteResponse};
pub use list::{Group, List, ListResponse, NeedFriend};

pub use crate::fields::group_name as validate_name;

use crate::InvalidRequest;
use crate::fields::group_name;

/// Checks the names of a request, which needs at least one.
fn validate_names(names: &[String]) -> Result<(), InvalidRequest> {
    if names.is_empty() {
        return Err(InvalidRequest::EmptyList { field: "GroupName".to_owned() });
    }
    validate_each(names)
}

fn validate_each(names: &[String]) -> Result<(), InvalidRequest> {
    let check = |(position, name): (usize, &String)| group_name(&format!("GroupName[{position}]"), name);
    names.iter().enumerate().try_for_each(check)
}
