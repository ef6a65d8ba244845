//! The rows of `tim follow list`.

use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::UserId;
use tim_follow::follow::{List, ListItem, ListKind};

use super::profile::Profile;
use crate::output::row::Cells;
use crate::run::rows::{Details, ListRow};
use crate::time;

/// A row of `tim follow list`.
pub(crate) type Row = ListRow<Followed, Kind>;

/// Which list of a user it is.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Kind {
    /// Which list: `followers`, `following` or `mutual`.
    kind: String,
}

/// The follow and the profile of the user on the list.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Followed {
    /// When the follow began, in Unix seconds.
    followed_at: Option<u64>,
    #[serde(flatten)]
    profile: Profile,
    /// The version of the profile.
    profile_sequence: Option<i64>,
}

/// A row about the list of a user.
pub(crate) fn of_list(user: &UserId, kind: ListKind, flatten: bool) -> Row {
    let details = Followed { profile: Profile::none(flatten), ..Followed::default() };
    Row::new::<List>(user, Kind { kind: kind.to_string() }, details)
}

impl Followed {
    pub(crate) fn new(item: &ListItem, flatten: bool) -> Self {
        Self {
            followed_at: Some(item.followed_at),
            profile: Profile::new(item.profile.as_deref().unwrap_or_default(), flatten),
            profile_sequence: item.profile_sequence,
        }
    }
}

impl Details for Followed {
    fn cells(&self) -> Cells {
        let followed_at = self.followed_at.map(|time| ("followed_at", time::utc(time)));
        followed_at.into_iter().chain(self.profile.cells()).collect()
    }
}
