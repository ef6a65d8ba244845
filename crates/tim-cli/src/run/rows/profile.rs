//! The fields of a profile as keys of a row.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use tim_follow::{ProfileItem, ProfileTag};

use super::Details;
use crate::output::row::{Cells, or_dash};

/// A key for each documented field of a profile. A field without a value is null.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct ProfileFields {
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

impl ProfileFields {
    /// The keys of these fields.
    pub(crate) fn new(items: &[ProfileItem]) -> Self {
        let mut fields: Map<_, _> =
            items.iter().map(|item| (item.tag.as_str().to_owned(), item.value.clone())).collect();
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

    /// The documented fields.
    fn documented(&self) -> [(&'static str, &Value); 12] {
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
    }

    /// The columns of all documented fields in a table.
    pub(crate) fn all_cells(&self) -> Cells {
        self.documented().map(|(name, value)| (name, text(value))).into()
    }
}

/// A table shows only the fields that have a value.
impl Details for ProfileFields {
    fn cells(&self) -> Cells {
        let documented = self.documented().into_iter().filter(|(_, value)| !value.is_null());
        let custom = self.custom.as_ref().filter(|custom| !custom.is_empty());
        let custom = custom.map(|custom| ("custom", Value::from(custom.clone()).to_string()));
        documented.map(|(name, value)| (name, text(value))).chain(custom).collect()
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => or_dash(Some(value).filter(|value| !value.is_null())),
    }
}
