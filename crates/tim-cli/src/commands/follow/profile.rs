//! The profile of a user on a list: as it is, or with a column for each field.

use serde_json::{Map, Value};
use tim_follow::{ProfileItem, ProfileTag};

use crate::output::Field;

/// The columns of the documented fields.
const FLAT: [(&str, ProfileTag); 12] = [
    ("nick", ProfileTag::NICK),
    ("allow_type", ProfileTag::ALLOW_TYPE),
    ("self_signature", ProfileTag::SELF_SIGNATURE),
    ("image", ProfileTag::IMAGE),
    ("gender", ProfileTag::GENDER),
    ("birthday", ProfileTag::BIRTHDAY),
    ("location", ProfileTag::LOCATION),
    ("language", ProfileTag::LANGUAGE),
    ("level", ProfileTag::LEVEL),
    ("role", ProfileTag::ROLE),
    ("msg_settings", ProfileTag::MSG_SETTINGS),
    ("admin_forbid_type", ProfileTag::ADMIN_FORBID_TYPE),
];

/// The columns of a profile.
pub(crate) fn columns(flat: bool) -> &'static [&'static str] {
    const FLAT_COLUMNS: [&str; FLAT.len() + 1] = {
        let mut names = ["custom"; FLAT.len() + 1];
        let mut at = 0;
        while at < FLAT.len() {
            names[at] = FLAT[at].0;
            at += 1;
        }
        names
    };
    if flat { &FLAT_COLUMNS } else { &["nick", "profile"] }
}

/// The nick for people, and all of it for programs.
pub(crate) fn whole(profile: &[ProfileItem]) -> Vec<Field> {
    let nick = value(profile, &ProfileTag::NICK).and_then(Value::as_str).unwrap_or_default();
    vec![Field::shown_as("nick", nick, nick), Field::hidden("profile", object(profile.iter()))]
}

/// A field for each documented one, null where the profile lacks it, and `custom` with those of the app.
pub(crate) fn flat(profile: &[ProfileItem]) -> Vec<Field> {
    let documented = |field: &&ProfileItem| FLAT.iter().any(|(_, tag)| *tag == field.tag);
    let mut fields: Vec<_> =
        FLAT.iter().map(|(name, tag)| Field::new(name, value(profile, tag).cloned().unwrap_or_default())).collect();
    fields.push(Field::hidden("custom", object(profile.iter().filter(|field| !documented(field)))));
    fields
}

fn value<'a>(profile: &'a [ProfileItem], tag: &ProfileTag) -> Option<&'a Value> {
    profile.iter().find(|field| field.tag == *tag).map(|field| &field.value)
}

fn object<'a>(fields: impl Iterator<Item = &'a ProfileItem>) -> Map<String, Value> {
    fields.map(|field| (field.tag.as_str().to_owned(), field.value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Row;

    #[test]
    fn a_flat_profile_has_all_columns_and_loses_nothing() {
        let profile = [ProfileItem::new("Tag_Profile_IM_Nick", "Bob"), ProfileItem::new("Tag_Profile_Custom_Vip", 3)];
        let row = Row::default().with_all(flat(&profile));
        let object: Map<String, Value> = serde_json::from_str(&serde_json::to_string(&row).unwrap()).unwrap();
        assert_eq!((&object["nick"], &object["level"]), (&"Bob".into(), &Value::Null));
        assert_eq!(object["custom"]["Tag_Profile_Custom_Vip"], 3);
        assert_eq!(object.len(), columns(true).len());
        assert!(columns(true).iter().all(|name| object.contains_key(*name)));
    }
}
