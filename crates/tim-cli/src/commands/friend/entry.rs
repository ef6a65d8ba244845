//! An entry of a friend list: its columns in inputs and its keys in rows.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use tim_follow::Printable;
use tim_follow::friend::{AddSource, FriendField, FriendFields, FriendTag, ImportedFriend};

use crate::input::fields::Fields;
use crate::input::from_line::ColumnName;
use crate::output::row::Cells;
use crate::run::rows::Details;
use crate::time;

pub(super) const REMARK: ColumnName = ColumnName { name: "remark", aliases: &["tagsnsimremark"] };
pub(super) const GROUPS: ColumnName =
    ColumnName { name: "groups", aliases: &["group", "groupname", "groupnames", "tagsnsimgroup"] };
pub(super) const SOURCE: ColumnName = ColumnName { name: "add_source", aliases: &["source", "tagsnsimaddsource"] };
pub(super) const WORDING: ColumnName = ColumnName { name: "add_wording", aliases: &["wording", "tagsnsimaddwording"] };
pub(super) const ADDED_AT: ColumnName = ColumnName { name: "added_at", aliases: &["addtime", "tagsnsimaddtime"] };
pub(super) const CUSTOM: ColumnName = ColumnName { name: "custom", aliases: &["customitem"] };

/// The start of the names of the columns that an app defines.
pub(super) const CUSTOM_COLUMNS: &str = "Tag_SNS_Custom_";
/// The start of a source on the wire.
const SOURCE_TYPE: &str = "AddSource_Type_";

/// The documented fields of an entry of a friend list.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct EntryFields {
    /// The remark.
    remark: Option<String>,
    /// The friend groups of `from` that contain the friend.
    groups: Option<Vec<String>>,
    /// Where the friend was added, as on the wire: `AddSource_Type_` and a keyword.
    add_source: Option<String>,
    /// The message with which the friend was added.
    add_wording: Option<String>,
    /// When the friend was added, in Unix seconds.
    added_at: Option<u64>,
}

/// An entry of a friend list.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(crate) struct Entry {
    #[serde(flatten)]
    fields: EntryFields,
    /// The fields that the app has defined, by their tags (`Tag_SNS_Custom_...`).
    custom: Option<Map<String, Value>>,
}

impl EntryFields {
    /// The fields that the service returned.
    pub(super) fn of(fields: &FriendFields) -> Self {
        Self {
            remark: fields.remark().map(str::to_owned),
            groups: Some(fields.groups().into_iter().map(str::to_owned).collect()),
            add_source: fields.source().map(|source| source.as_str().to_owned()),
            add_wording: fields.text(&FriendTag::ADD_WORDING).map(str::to_owned),
            added_at: fields.added_at(),
        }
    }

    /// With null for groups that were not requested.
    pub(super) fn with_groups(self, requested: bool) -> Self {
        Self { groups: self.groups.filter(|_| requested), ..self }
    }

    /// The columns that a table shows.
    pub(super) fn cells(&self) -> Cells {
        let Self { remark, groups, add_source, add_wording, added_at } = self;
        let source = add_source.as_ref().map(|source| source.strip_prefix(SOURCE_TYPE).unwrap_or(source).to_owned());
        let cells = [
            ("remark", remark.clone()),
            ("groups", groups.as_deref().and_then(joined)),
            ("add_source", source),
            ("add_wording", add_wording.clone()),
            ("added_at", added_at.map(time::utc)),
        ];
        cells.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }
}

impl Entry {
    /// An entry that the service returned.
    pub(super) fn of(fields: &FriendFields) -> Self {
        let custom = fields.iter().filter(|field| field.is_custom());
        Self { fields: EntryFields::of(fields), custom: Some(object(custom)) }
    }

    /// An entry that was sent. What was not sent is null.
    pub(super) fn sent(friend: &ImportedFriend) -> Self {
        let fields = EntryFields {
            remark: friend.remark.clone(),
            groups: Some(friend.groups.clone()).filter(|groups| !groups.is_empty()),
            add_source: Some(friend.source.as_str().to_owned()),
            add_wording: friend.wording.clone(),
            added_at: friend.added_at,
        };
        Self { fields, custom: Some(object(&friend.custom)).filter(|custom| !custom.is_empty()) }
    }
}

impl Details for Entry {
    fn cells(&self) -> Cells {
        let custom = self.custom.as_ref().and_then(text);
        self.fields.cells().into_iter().chain(custom.map(|custom| ("custom", custom))).collect()
    }
}

/// The names of groups for a table.
pub(super) fn joined(groups: &[String]) -> Option<String> {
    Some(groups.join(", ")).filter(|names| !names.is_empty())
}

/// Custom fields for a table.
pub(super) fn text(custom: &Map<String, Value>) -> Option<String> {
    (!custom.is_empty()).then(|| Value::Object(custom.clone()).to_string())
}

/// Custom fields as an object.
fn object<'a>(fields: impl IntoIterator<Item = &'a FriendField>) -> Map<String, Value> {
    fields.into_iter().map(|field| (field.tag.as_str().to_owned(), field.value.clone())).collect()
}

/// Where the friend was added: the column of the line, or the web.
pub(super) fn source(fields: &Fields) -> Result<AddSource, String> {
    let text = fields.text(SOURCE.name)?.unwrap_or_default();
    if text.trim().is_empty() {
        return Ok(AddSource::WEB);
    }
    parse_source(&text).map_err(|form| format!("`{}` is {:?}: {form}", SOURCE.name, Printable(&text)))
}

/// Parses a source: `web`, `android`, another keyword, or the value on the wire.
pub(super) fn parse_source(text: &str) -> Result<AddSource, &'static str> {
    let text = text.trim();
    let source = AddSource::keyword(text.strip_prefix(SOURCE_TYPE).unwrap_or(text));
    source.validate(SOURCE.name).map_err(|_| "it must be web, android, or another keyword of 1 to 8 letters")?;
    let mut known = [AddSource::WEB, AddSource::ANDROID].into_iter();
    let known = known.find(|known| known.as_str().eq_ignore_ascii_case(source.as_str()));
    Ok(known.unwrap_or(source))
}

/// The fields that the app has defined: the column `custom`, and the columns with their names. The
/// keys of `custom` are the names or their keywords.
pub(super) fn custom(fields: &Fields) -> Result<Vec<FriendField>, String> {
    let object = fields.object(CUSTOM.name)?;
    let mut custom: Vec<FriendField> = Vec::new();
    for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
        let field = custom_field(name, value)?;
        if custom.iter().any(|known| known.tag == field.tag) {
            return Err(format!("`{}` has two values", Printable(name)));
        }
        custom.push(field);
    }
    for (name, value) in fields.iter().filter(|(name, _)| name.starts_with(CUSTOM_COLUMNS)) {
        let field = custom_field(name, value)?;
        // The object wins over a column, which can be the value of a flag for all lines.
        if !custom.iter().any(|known| known.tag == field.tag) {
            custom.push(field);
        }
    }
    Ok(custom)
}

/// A field that the app has defined. The error names the column or key.
fn custom_field(name: &str, value: &Value) -> Result<FriendField, String> {
    let field = FriendField::custom(name.strip_prefix(CUSTOM_COLUMNS).unwrap_or(name), value.clone());
    let Err(error) = field.validate_custom("") else { return Ok(field) };
    let text = error.to_string();
    Err(match text.strip_prefix(".Value ") {
        Some(reason) => format!("`{}` {reason}", Printable(name)),
        None => format!("`{}` must be {CUSTOM_COLUMNS} and 1 to 8 letters, or only the letters", Printable(name)),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_source_is_a_word_in_any_case_or_the_value_on_the_wire() {
        for (text, source) in [
            ("WEB", "AddSource_Type_Web"),
            ("android", "AddSource_Type_Android"),
            ("AddSource_Type_web", "AddSource_Type_Web"),
            (" QrCode ", "AddSource_Type_QrCode"),
        ] {
            assert_eq!(parse_source(text).unwrap().as_str(), source);
        }
        assert!(parse_source("two words").is_err() && parse_source("123456789").is_err());
        let source = |text: &str| source(&Fields::default().with("add_source", Some(text)));
        assert_eq!(source(" "), Ok(AddSource::WEB));
        assert!(source("a b").unwrap_err().starts_with(r#"`add_source` is "a b": it must be"#));
    }

    #[test]
    fn custom_fields_come_from_an_object_and_from_columns() {
        let fields = Fields::default().with("Tag_SNS_Custom_A", Some("flag")).with("Tag_SNS_Custom_B", Some("b"));
        let fields = fields.with("custom", Some(json!({"Tag_SNS_Custom_A": 7, "Tag_SNS_Custom_C": null, "D": "d"})));
        let found = custom(&fields).unwrap();
        let expected = json!({"Tag_SNS_Custom_A": 7, "Tag_SNS_Custom_B": "b", "Tag_SNS_Custom_D": "d"});
        assert_eq!(object(&found), *expected.as_object().unwrap());
        for (object, error) in [
            (json!({"A": "x", "Tag_SNS_Custom_A": "y"}), "`Tag_SNS_Custom_A` has two values"),
            (json!({"Tag_SNS_IM_Remark": "x"}), "`Tag_SNS_IM_Remark` must be Tag_SNS_Custom_ and 1 to 8 letters, or"),
            (json!({"A": [1]}), "`A` is"),
            (json!({"A": "x".repeat(501)}), "`A` has 501 bytes"),
        ] {
            let problem = custom(&Fields::default().with("custom", Some(object))).unwrap_err();
            assert!(problem.starts_with(error), "{problem}");
        }
    }

    #[test]
    fn an_entry_has_the_fields_that_are_set() {
        let fields = FriendFields::from(vec![
            FriendField::remark("B."),
            FriendField::new(FriendTag::ADD_SOURCE, "AddSource_Type_Web"),
            FriendField::new("Tag_SNS_New", 1),
            FriendField::custom("Team", 7),
        ]);
        let entry = json!({"remark": "B.", "groups": [], "add_source": "AddSource_Type_Web", "add_wording": null,
                           "added_at": null, "custom": {"Tag_SNS_Custom_Team": 7}});
        assert_eq!(serde_json::to_value(Entry::of(&fields)).unwrap(), entry);
        let cells = Entry::of(&fields).cells();
        assert_eq!(cells[..2], [("remark", "B.".to_owned()), ("add_source", "Web".to_owned())]);
        assert_eq!(cells[2..], [("custom", r#"{"Tag_SNS_Custom_Team":7}"#.to_owned())]);
    }
}
