//! The profile of a user on a list: as one object, or with a key for each documented field.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use tim_follow::{ProfileItem, ProfileTag};

use crate::output::row::{Cells, or_dash};

/// The keys of a profile in a row.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Profile {
    Whole(Whole),
    Flat(Box<Flat>),
}

/// Without `--flatten`.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Whole {
    /// The nickname.
    nick: Option<String>,
    /// The fields of the profile by their tags on the wire, for example `Tag_Profile_IM_Nick`.
    profile: Option<Map<String, Value>>,
}

/// With `--flatten`. A field that the service did not send is null.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Flat {
    /// `Tag_Profile_IM_Nick`.
    nick: Value,
    /// `Tag_Profile_IM_AllowType`.
    allow_type: Value,
    /// `Tag_Profile_IM_SelfSignature`.
    self_signature: Value,
    /// `Tag_Profile_IM_Image`.
    image: Value,
    /// `Tag_Profile_IM_Gender`.
    gender: Value,
    /// `Tag_Profile_IM_BirthDay`.
    birthday: Value,
    /// `Tag_Profile_IM_Location`.
    location: Value,
    /// `Tag_Profile_IM_Language`.
    language: Value,
    /// `Tag_Profile_IM_Level`.
    level: Value,
    /// `Tag_Profile_IM_Role`.
    role: Value,
    /// `Tag_Profile_IM_MsgSettings`.
    msg_settings: Value,
    /// `Tag_Profile_IM_AdminForbidType`.
    admin_forbid_type: Value,
    /// All other fields by their tags, for example those of the app.
    custom: Option<Map<String, Value>>,
}

impl Profile {
    /// The profile of an entry.
    pub(super) fn new(items: &[ProfileItem], flatten: bool) -> Self {
        let fields = items.iter().map(|item| (item.tag.as_str().to_owned(), item.value.clone())).collect();
        if flatten { Self::Flat(Box::new(Flat::new(fields))) } else { Self::Whole(Whole::new(fields)) }
    }

    /// For a row without an entry.
    pub(super) fn none(flatten: bool) -> Self {
        if flatten { Self::Flat(Box::default()) } else { Self::Whole(Whole::default()) }
    }

    /// The columns that a table shows.
    pub(super) fn cells(&self) -> Cells {
        match self {
            Self::Whole(profile) => vec![("nick", or_dash(profile.nick.as_ref()))],
            Self::Flat(profile) => profile.cells(),
        }
    }
}

impl Whole {
    fn new(fields: Map<String, Value>) -> Self {
        let nick = fields.get(ProfileTag::NICK.as_str()).and_then(Value::as_str).unwrap_or_default();
        Self { nick: Some(nick.to_owned()), profile: Some(fields) }
    }
}

impl Flat {
    fn new(mut fields: Map<String, Value>) -> Self {
        let mut take = |tag: ProfileTag| fields.remove(tag.as_str()).unwrap_or_default();
        Self {
            nick: take(ProfileTag::NICK),
            allow_type: take(ProfileTag::ALLOW_TYPE),
            self_signature: take(ProfileTag::SELF_SIGNATURE),
            image: take(ProfileTag::IMAGE),
            gender: take(ProfileTag::GENDER),
            birthday: take(ProfileTag::BIRTHDAY),
            location: take(ProfileTag::LOCATION),
            language: take(ProfileTag::LANGUAGE),
            level: take(ProfileTag::LEVEL),
            role: take(ProfileTag::ROLE),
            msg_settings: take(ProfileTag::MSG_SETTINGS),
            admin_forbid_type: take(ProfileTag::ADMIN_FORBID_TYPE),
            custom: Some(fields),
        }
    }

    fn cells(&self) -> Cells {
        [
            ("nick", &self.nick),
            ("allow_type", &self.allow_type),
            ("self_signature", &self.self_signature),
            ("image", &self.image),
            ("gender", &self.gender),
            ("birthday", &self.birthday),
            ("location", &self.location),
            ("language", &self.language),
            ("level", &self.level),
            ("role", &self.role),
            ("msg_settings", &self.msg_settings),
            ("admin_forbid_type", &self.admin_forbid_type),
        ]
        .map(|(name, value)| (name, text(value)))
        .into()
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => or_dash(Some(value).filter(|value| !value.is_null())),
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
        let mut columns: Vec<_> = flat.cells().into_iter().map(|(name, _)| name).collect();
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
