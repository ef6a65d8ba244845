//! POST v4/sns/group_delete
//! <https://www.tencentcloud.com/document/product/1047/34926>

use serde::{Deserialize, Serialize};

use super::validate_names;
use crate::{Command, Effect, Endpoint, InvalidRequest, ResponseBody, Shape, Target, UserId, validate};

/// Deletes friend groups of a user.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34926)
///
/// The service allows 200 calls per second. The documents do not say what happens to the friends in
/// the groups, or how the service treats the name of a group that does not exist.
///
/// # Retries
/// After two calls the groups are gone, as after one. A retry also deletes a group with the same
/// name that was created in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delete {
    /// The owner of the friend groups.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The names of the groups, at least one, 1 to 30 bytes each.
    #[serde(rename = "GroupName")]
    pub names: Vec<String>,
}

impl Delete {
    /// Deletes the groups with these names.
    pub fn new<N: Into<String>>(from: impl Into<UserId>, names: impl IntoIterator<Item = N>) -> Self {
        Self { from: from.into(), names: names.into_iter().map(Into::into).collect() }
    }
}

/// The response of group_delete.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeleteResponse {
    /// The version of the friend groups.
    #[serde(rename = "CurrentSequence", default)]
    pub sequence: i64,
}

impl DeleteResponse {
    /// Creates a response with this version.
    pub fn new(sequence: i64) -> Self {
        Self { sequence }
    }
}

impl ResponseBody for DeleteResponse {}

impl Target for Delete {
    fn user(&self) -> &UserId {
        &self.from
    }
}

impl Endpoint for Delete {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "group_delete";
    const IDEMPOTENT: bool = true;
    type Response = DeleteResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        validate::from_account(&self.from)?;
        validate_names(&self.names)
    }
}

impl Command for Delete {
    const EFFECT: Effect = Effect::Delete;
    const SHAPE: Shape = Shape::Single;
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34926";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_its_groups() {
        let request = Delete::new("alice", ["Chess"]);
        assert_eq!(serde_json::to_string(&request).unwrap(), r#"{"From_Account":"alice","GroupName":["Chess"]}"#);
        assert_eq!(request.validate(), Ok(()));
        assert!(Delete::new("alice", [""; 0]).validate().is_err());
    }
}
