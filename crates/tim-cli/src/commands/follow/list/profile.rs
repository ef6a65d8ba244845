//! The profile of a user on a list: as one object, or with a key for each documented field.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use tim_follow::{ProfileItem, ProfileTag};

use crate::output::row::{Cells, or_dash};
use crate::run::rows::ProfileFields;

/// The keys of a profile in a row.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Profile {
    Whole(Whole),
    /// With `--flatten`.
    Flat(Box<ProfileFields>),
}

/// Without `--flatten`.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Whole {
    /// The nickname.
    nick: Option<String>,
    /// The fields of the profile by their tags on the wire, for example `Tag_Profile_IM_Nick`.
    profile: Option<Map<String, Value>>,
}

impl Default for Profile {
    fn default() -> Self {
        Self::none(false)
    }
}

impl Profile {
    /// The profile of an entry.
    pub(super) fn new(items: &[ProfileItem], flatten: bool) -> Self {
        if flatten { Self::Flat(Box::new(ProfileFields::new(items))) } else { Self::Whole(Whole::new(items)) }
    }

    /// For a row without an entry.
    pub(super) fn none(flatten: bool) -> Self {
        if flatten { Self::Flat(Box::default()) } else { Self::Whole(Whole::default()) }
    }

    /// The columns that a table shows.
    pub(super) fn cells(&self) -> Cells {
        match self {
            Self::Whole(profile) => vec![("nick", or_dash(profile.nick.as_ref()))],
            Self::Flat(profile) => profile.all_cells(),
        }
    }
}

impl Whole {
    fn new(items: &[ProfileItem]) -> Self {
        let fields: Map<_, _> = items.iter().map(|item| (item.tag.as_str().to_owned(), item.value.clone())).collect();
        let nick = fields.get(ProfileTag::NICK.as_str()).and_then(Value::as_str).unwrap_or_default();
        Self { nick: Some(nick.to_owned()), profile: Some(fields) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_profile_has_all_columns_and_loses_nothing() {
        let items = [ProfileItem::new("Tag_Profile_IM_Nick", "Bob"), ProfileItem::new("Tag_Profile_Custom_Vip", 3)];
        let object = serde_json::to_value(Profile::new(&items, true)).unwrap();
        assert_eq!((&object["nick"], &object["level"]), (&"Bob".into(), &Value::Null));
        assert_eq!(object["custom"], serde_json::json!({"Tag_Profile_Custom_Vip": 3}));
        let Profile::Flat(flat) = Profile::none(true) else { panic!("not flat") };
        let keys = object.as_object().unwrap().keys().filter(|key| *key != "custom");
        let mut columns: Vec<_> = flat.all_cells().into_iter().map(|(name, _)| name).collect();
        columns.sort_unstable();
        assert!(keys.eq(&columns), "{columns:?}");
    }

    #[test]
    fn a_whole_profile_is_an_object_with_the_nickname_beside_it() {
        let items = [ProfileItem::new("Tag_Profile_IM_Nick", "Bob"), ProfileItem::new("Tag_Profile_Custom_Vip", 3)];
        let object = serde_json::to_value(Profile::new(&items, false)).unwrap();
        assert_eq!(
            object,
            serde_json::json!({"nick": "Bob", "profile": {"Tag_Profile_IM_Nick": "Bob", "Tag_Profile_Custom_Vip": 3}})
        );
    }
}
