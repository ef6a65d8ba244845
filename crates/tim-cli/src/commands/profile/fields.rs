//! The fields of a profile as columns.

use serde_json::Value;
use tim_follow::{Printable, ProfileItem, ProfileTag};

use crate::input::fields::Fields;
use crate::input::from_line::ColumnName;

/// The start of the names of the fields that an app defines.
pub(super) const CUSTOM: &str = "Tag_Profile_Custom_";

/// The column with an object of the fields that have no column.
pub(super) const OTHERS: &str = "custom";

/// A documented field.
pub(crate) struct Field {
    pub(crate) column: ColumnName,
    pub(crate) tag: ProfileTag,
    kind: Kind,
}

/// How the value of a field is written.
enum Kind {
    Text,
    Number,
    /// A number with the digits of the year, the month and the day.
    Date,
    /// A word, or the value on the wire.
    Word(&'static [(&'static str, &'static str)]),
}

pub(super) const GENDERS: &[(&str, &str)] =
    &[("female", "Gender_Type_Female"), ("male", "Gender_Type_Male"), ("unknown", "Gender_Type_Unknown")];
pub(super) const ALLOW_TYPES: &[(&str, &str)] = &[
    ("need_confirm", "AllowType_Type_NeedConfirm"),
    ("allow_any", "AllowType_Type_AllowAny"),
    ("deny_any", "AllowType_Type_DenyAny"),
];
pub(super) const ADMIN_FORBID_TYPES: &[(&str, &str)] =
    &[("none", "AdminForbid_Type_None"), ("send_out", "AdminForbid_Type_SendOut")];

const fn field(name: &'static str, aliases: &'static [&'static str], tag: ProfileTag, kind: Kind) -> Field {
    Field { column: ColumnName { name, aliases }, tag, kind }
}

/// An example of a date, for messages.
const DATE: &str = "for example 20001231";

/// All documented fields.
pub(crate) static FIELDS: [Field; 12] = [
    field("nick", &["nickname", "tagprofileimnick"], ProfileTag::NICK, Kind::Text),
    field("allow_type", &["tagprofileimallowtype"], ProfileTag::ALLOW_TYPE, Kind::Word(ALLOW_TYPES)),
    field("self_signature", &["signature", "tagprofileimselfsignature"], ProfileTag::SELF_SIGNATURE, Kind::Text),
    field("image", &["face", "faceurl", "avatar", "picture", "tagprofileimimage"], ProfileTag::IMAGE, Kind::Text),
    field("gender", &["sex", "tagprofileimgender"], ProfileTag::GENDER, Kind::Word(GENDERS)),
    field("birthday", &["birthdate", "tagprofileimbirthday"], ProfileTag::BIRTHDAY, Kind::Date),
    field("location", &["tagprofileimlocation"], ProfileTag::LOCATION, Kind::Text),
    field("language", &["tagprofileimlanguage"], ProfileTag::LANGUAGE, Kind::Number),
    field("level", &["tagprofileimlevel"], ProfileTag::LEVEL, Kind::Number),
    field("role", &["tagprofileimrole"], ProfileTag::ROLE, Kind::Number),
    field("msg_settings", &["tagprofileimmsgsettings"], ProfileTag::MSG_SETTINGS, Kind::Number),
    field(
        "admin_forbid_type",
        &["tagprofileimadminforbidtype"],
        ProfileTag::ADMIN_FORBID_TYPE,
        Kind::Word(ADMIN_FORBID_TYPES),
    ),
];

/// The columns of the fields, and [`OTHERS`].
pub(super) static COLUMNS: [ColumnName; FIELDS.len() + 1] = {
    let mut columns = [ColumnName { name: OTHERS, aliases: &[] }; FIELDS.len() + 1];
    let mut index = 0;
    while index < FIELDS.len() {
        columns[index] = FIELDS[index].column;
        index += 1;
    }
    columns
};

/// The names of the columns.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|field| field.column.name)
}

/// The name of a field from its name or, for a field of the app, its keyword.
pub(super) fn tag(name: &str) -> ProfileTag {
    if name.starts_with("Tag_Profile_") { ProfileTag::from(name) } else { format!("{CUSTOM}{name}").into() }
}

/// The name of a field of the app in an argument.
pub(crate) fn parse_tag(text: &str) -> Result<ProfileTag, String> {
    let tag = tag(text.trim());
    tag.validate("the field").map(|()| tag).map_err(|error| error.to_string())
}

/// A birthday in an argument.
pub(super) fn parse_date(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("it must be a number, {DATE}"))
}

/// The fields in the columns of a line. An empty text is a value only of a field that is a text.
pub(super) fn items(fields: &Fields) -> Result<Vec<ProfileItem>, String> {
    let documented = FIELDS.iter().filter_map(|field| field.item(fields).transpose());
    let mut items = documented.collect::<Result<Vec<_>, _>>()?;
    let has = |items: &[ProfileItem], tag: &ProfileTag| items.iter().any(|item| item.tag == *tag);
    for (name, value) in fields.object(OTHERS)?.iter().filter(|(_, value)| !value.is_null()) {
        let item = other_item(name, value)?;
        if has(&items, &item.tag) {
            return Err(format!("`{}` has two values", Printable(name)));
        }
        items.push(item);
    }
    for (name, value) in fields.iter().filter(|(name, _)| name.starts_with(CUSTOM)) {
        let item = other_item(name, value)?;
        // The value in the object of a line replaces that of a flag, which all lines share.
        if !has(&items, &item.tag) {
            items.push(item);
        }
    }
    Ok(items)
}

impl Field {
    /// The field with its value in a line, if it has one.
    fn item(&self, fields: &Fields) -> Result<Option<ProfileItem>, String> {
        let name = self.column.name;
        let is_empty = fields.get(name).and_then(Value::as_str).is_some_and(|text| text.trim().is_empty());
        let value = match self.kind {
            Kind::Text => fields.text(name)?.map(Value::from),
            Kind::Number | Kind::Date | Kind::Word(_) if is_empty => None,
            Kind::Date => fields.number(name).map_err(|error| format!("{error}, {DATE}"))?.map(Value::from),
            Kind::Number => fields.number(name)?.map(Value::from),
            Kind::Word(words) => fields.text(name)?.map(|text| on_the_wire(name, words, &text)).transpose()?,
        };
        value.map(|value| checked(name, ProfileItem::new(self.tag.clone(), value))).transpose()
    }
}

/// The value on the wire of a word, in any case.
fn on_the_wire(name: &str, words: &[(&str, &str)], text: &str) -> Result<Value, String> {
    let is_same = |known: &str| known.eq_ignore_ascii_case(text.trim());
    let found = words.iter().find(|(word, wire)| is_same(word) || is_same(wire));
    found.map(|(_, wire)| (*wire).into()).ok_or_else(|| {
        let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        format!("`{name}` is {:?}: it must be one of {}", Printable(text), words.join(", "))
    })
}

/// A field of the app, or one that this version does not know. The values of the app are texts.
fn other_item(name: &str, value: &Value) -> Result<ProfileItem, String> {
    let tag = tag(name);
    let value = match value {
        Value::Number(number) if tag.as_str().starts_with(CUSTOM) => number.to_string().into(),
        value => value.clone(),
    };
    checked(name, ProfileItem::new(tag, value))
}

/// Checks a field. The error names the column.
fn checked(name: &str, item: ProfileItem) -> Result<ProfileItem, String> {
    let Err(error) = item.validate("") else { return Ok(item) };
    // It starts with the position in a request.
    let text = error.to_string();
    let reason = text.split_once(' ').map_or(text.as_str(), |(_, reason)| reason);
    Err(format!("`{}` {reason}", Printable(name)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(columns: &[(&'static str, Value)]) -> Result<Vec<(String, Value)>, String> {
        let fields = columns.iter().fold(Fields::default(), |fields, (name, value)| {
            fields.with(*name, Some(value.clone()).filter(|value| !value.is_null()))
        });
        Ok(items(&fields)?.into_iter().map(|item| (item.tag.as_str().to_owned(), item.value)).collect())
    }

    #[test]
    fn each_value_has_the_type_of_its_field() {
        let text = |tag: &str, value: Value| Ok(vec![(tag.to_owned(), value)]);
        for (name, written, tag, value) in [
            ("nick", json!(" a "), "Tag_Profile_IM_Nick", json!(" a ")),
            ("nick", json!(""), "Tag_Profile_IM_Nick", json!("")),
            ("level", json!("7"), "Tag_Profile_IM_Level", json!(7)),
            ("birthday", json!(20001231), "Tag_Profile_IM_BirthDay", json!(20001231)),
            ("gender", json!("Female"), "Tag_Profile_IM_Gender", json!("Gender_Type_Female")),
            (
                "allow_type",
                json!("AllowType_Type_DenyAny"),
                "Tag_Profile_IM_AllowType",
                json!("AllowType_Type_DenyAny"),
            ),
            (
                "admin_forbid_type",
                json!("send_out"),
                "Tag_Profile_IM_AdminForbidType",
                json!("AdminForbid_Type_SendOut"),
            ),
            ("Tag_Profile_Custom_Vip", json!(3), "Tag_Profile_Custom_Vip", json!("3")),
            ("custom", json!({"Vip": 3}), "Tag_Profile_Custom_Vip", json!("3")),
            ("custom", json!(r#"{"Tag_Profile_IM_New":3}"#), "Tag_Profile_IM_New", json!(3)),
        ] {
            assert_eq!(read(&[(name, written)]), text(tag, value), "{name}");
        }
        for (name, empty) in [("level", json!("")), ("gender", json!("")), ("custom", json!({})), ("nick", json!(null))]
        {
            assert_eq!(read(&[(name, empty)]), Ok(Vec::new()), "{name}");
        }
    }

    #[test]
    fn an_error_names_the_column() {
        for (name, value, error) in [
            ("level", json!("high"), r#"`level` is "high": it must be a number"#),
            (
                "level",
                json!(u64::from(u32::MAX) + 1),
                "`level` is \"4294967296\": it must be a number from 0 to 4294967295",
            ),
            (
                "birthday",
                json!("2000-12-31"),
                r#"`birthday` is "2000-12-31": it must be a number, for example 20001231"#,
            ),
            ("gender", json!("f"), r#"`gender` is "f": it must be one of female, male, unknown"#),
            ("location", json!("x".repeat(17)), "`location` has 17 bytes: it may have at most 16"),
            ("custom", json!([1]), r#"`custom` is "[1]": it must be a JSON object"#),
        ] {
            assert_eq!(read(&[(name, value)]), Err(error.to_owned()));
        }
        let keyword = read(&[("custom", json!({"Team1": "red"}))]).unwrap_err();
        assert!(keyword.starts_with("`Team1` is \"Tag_Profile_Custom_Team1\": it must be the name"), "{keyword}");
    }

    #[test]
    fn the_value_of_a_line_replaces_that_of_a_flag_and_two_values_of_a_line_are_an_error() {
        let both = [("Tag_Profile_Custom_Team", json!("red")), ("custom", json!({"Team": "blue"}))];
        assert_eq!(read(&both), Ok(vec![("Tag_Profile_Custom_Team".to_owned(), json!("blue"))]));
        let twice = read(&[("custom", json!({"Team": "a", "Tag_Profile_Custom_Team": "b"}))]);
        assert!(twice.unwrap_err().ends_with("has two values"));
    }
}
