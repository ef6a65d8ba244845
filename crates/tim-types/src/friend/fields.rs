//! The fields of a friend, and their limits.

use serde_json::Value;

use crate::fields::{Field, Fields, Kind, is_keyword};
use crate::open_string::open_string;
use crate::{InvalidRequest, ProfileTag};

open_string! {
    /// The name of a field of a friend: a field of the friend list, or a [`ProfileTag`]. An app can
    /// define its own fields, which have names that start with `Tag_SNS_Custom_`: see
    /// [`FriendField::custom`].
    FriendTag {
        /// The names of the friend groups that contain the friend: a list.
        GROUP = "Tag_SNS_IM_Group",
        /// The remark, up to 96 bytes.
        REMARK = "Tag_SNS_IM_Remark",
        /// Where the friend was added: an [`AddSource`].
        ADD_SOURCE = "Tag_SNS_IM_AddSource",
        /// The message with which the friend was added, up to 256 bytes.
        ADD_WORDING = "Tag_SNS_IM_AddWording",
        /// When the friend was added, in unix seconds.
        ADD_TIME = "Tag_SNS_IM_AddTime",
    }
}

impl From<ProfileTag> for FriendTag {
    fn from(tag: ProfileTag) -> Self {
        tag.as_str().into()
    }
}

/// The start of the names of the fields that an app defines.
const CUSTOM: &str = "Tag_SNS_Custom_";
/// The start of a source.
const SOURCE: &str = "AddSource_Type_";
/// The maximum length of a remark in bytes.
pub(super) const MAX_REMARK_BYTES: usize = 96;

open_string! {
    /// Where a friend was added: `AddSource_Type_` and a keyword of 1 to 8 letters.
    AddSource {
        /// The web.
        WEB = "AddSource_Type_Web",
        /// An Android app.
        ANDROID = "AddSource_Type_Android",
    }
}

impl AddSource {
    /// Creates a source from its keyword, which has 1 to 8 letters.
    ///
    /// ```
    /// use tim_types::friend::AddSource;
    ///
    /// assert_eq!(AddSource::keyword("Web"), AddSource::WEB);
    /// ```
    pub fn keyword(keyword: &str) -> Self {
        Self::from(&format!("{SOURCE}{keyword}"))
    }

    /// Checks the source. `field` is the name of the field in the error.
    ///
    /// # Errors
    /// The source is not `AddSource_Type_` and 1 to 8 letters.
    pub fn validate(&self, field: &str) -> Result<(), InvalidRequest> {
        if is_keyword(self.as_str(), SOURCE) {
            return Ok(());
        }
        Err(InvalidRequest::malformed(field, self.as_str(), "AddSource_Type_ and 1 to 8 letters"))
    }
}

/// A field of a friend.
///
/// ```
/// use tim_types::friend::{FriendField, FriendTag};
///
/// let fields = [FriendField::remark("B."), FriendField::groups(["Work", "Chess"])];
/// assert_eq!(fields[1].tag, FriendTag::GROUP);
/// ```
pub type FriendField = Field<FriendTag>;

/// The fields of a friend.
pub type FriendFields = Fields<FriendTag>;

impl Field<FriendTag> {
    /// Creates the remark, up to 96 bytes. Some backends send an empty one to remove the remark;
    /// the documents do not say that this works.
    pub fn remark(text: impl Into<String>) -> Self {
        Self::new(FriendTag::REMARK, text.into())
    }

    /// Creates the list of the friend groups that contain the friend. Each name has 1 to 30 bytes.
    pub fn groups<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::new(FriendTag::GROUP, names.into_iter().map(|name| Value::String(name.into())).collect::<Vec<_>>())
    }

    /// Creates a custom field, which the app has defined: `keyword` has 1 to 8 letters, and the
    /// value is a text of up to 500 bytes. The documents say that the value is never a number, but
    /// one of their samples has a number.
    pub fn custom(keyword: &str, value: impl Into<Value>) -> Self {
        Self::new(format!("{CUSTOM}{keyword}"), value)
    }

    /// Returns whether this is a custom field.
    pub fn is_custom(&self) -> bool {
        self.tag.as_str().starts_with(CUSTOM)
    }

    /// Checks a field that friend_update can set: the remark, the groups, or a field that the app
    /// has defined. `at` is the position of the field in the request, for example `SnsItem[0]`.
    ///
    /// # Errors
    /// It is another field, a custom name does not end with 1 to 8 letters, or the value is too
    /// long or of another type.
    pub fn validate(&self, at: &str) -> Result<(), InvalidRequest> {
        let kind = match &self.tag {
            tag if *tag == FriendTag::REMARK => Kind::Text(MAX_REMARK_BYTES),
            tag if *tag == FriendTag::GROUP => Kind::Groups,
            _ => return self.validate_custom(at),
        };
        kind.validate(&format!("{at}.Value"), &self.value)
    }

    /// Checks a field that the app has defined. `at` is the position of the field in the request.
    ///
    /// # Errors
    /// The name is not `Tag_SNS_Custom_` and 1 to 8 letters, or the value is too long or neither a
    /// string nor a number.
    pub fn validate_custom(&self, at: &str) -> Result<(), InvalidRequest> {
        if !is_keyword(self.tag.as_str(), CUSTOM) {
            let expected = "Tag_SNS_IM_Remark, Tag_SNS_IM_Group, or Tag_SNS_Custom_ and 1 to 8 letters";
            return Err(InvalidRequest::malformed(&format!("{at}.Tag"), self.tag.as_str(), expected));
        }
        Kind::TextOrNumber(500).validate(&format!("{at}.Value"), &self.value)
    }
}

impl Fields<FriendTag> {
    /// Returns the remark.
    pub fn remark(&self) -> Option<&str> {
        self.text(&FriendTag::REMARK)
    }

    /// Returns the names of the friend groups that contain the friend.
    pub fn groups(&self) -> Vec<&str> {
        self.texts(&FriendTag::GROUP).collect()
    }

    /// Returns where the friend was added.
    pub fn source(&self) -> Option<AddSource> {
        self.text(&FriendTag::ADD_SOURCE).map(AddSource::from)
    }

    /// Returns when the friend was added, in unix seconds.
    pub fn added_at(&self) -> Option<u64> {
        self.number(&FriendTag::ADD_TIME)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_some_fields_can_be_set() {
        for field in [
            FriendField::remark("x".repeat(96)),
            FriendField::groups(["x".repeat(30)]),
            FriendField::groups([""; 0]),
            FriendField::custom("Test", "x"),
            FriendField::custom("Test", 0),
        ] {
            assert_eq!(field.validate("SnsItem[0]"), Ok(()), "{field:?}");
        }
        for (tag, value, reason) in [
            ("Tag_SNS_IM_Remark", json!("x".repeat(97)), "SnsItem[0].Value has 97 bytes: it may have at most 96"),
            ("Tag_SNS_IM_Group", json!("Work"), "SnsItem[0].Value is \"\\\"Work\\\"\": it must be a list of strings"),
            ("Tag_SNS_IM_Group", json!(["x".repeat(31)]), "SnsItem[0].Value has 31 bytes: it may have at most 30"),
            (
                "Tag_SNS_IM_Group",
                json!([""]),
                "SnsItem[0].Value is \"\": it must be the name of a friend group, 1 to 30 bytes",
            ),
            (
                "Tag_SNS_IM_AddTime",
                json!(1),
                "SnsItem[0].Tag is \"Tag_SNS_IM_AddTime\": it must be Tag_SNS_IM_Remark, Tag_SNS_IM_Group, or \
                 Tag_SNS_Custom_ and 1 to 8 letters",
            ),
            ("Tag_SNS_Custom_Test", json!(true), "SnsItem[0].Value is \"true\": it must be a string or a number"),
        ] {
            assert_eq!(FriendField::new(tag, value).validate("SnsItem[0]").unwrap_err().to_string(), reason);
        }
    }

    #[test]
    fn a_source_is_a_prefix_and_1_to_8_letters() {
        for source in ["AddSource_Type_XX", "AddSource_Type_Android", "AddSource_Type_XXXXXXXX"] {
            assert_eq!(AddSource::from(source).validate("AddSource"), Ok(()), "{source}");
        }
        for source in
            ["", "Android", "AddSource_Type_", "AddSource_Type_XXXXXXXXX", "AddSource_Type_a b", "AddSource_Type_11"]
        {
            assert!(AddSource::from(source).validate("AddSource").is_err(), "{source}");
        }
    }

    #[test]
    fn the_fields_of_a_friend_have_names() {
        let fields: FriendFields = serde_json::from_str(
            r#"[{"Tag":"Tag_SNS_IM_Remark","Value":"Bob"},{"Tag":"Tag_SNS_IM_Group","Value":["Work"]},
                {"Tag":"Tag_SNS_IM_AddTime","Value":1700000000},{"Tag":"Tag_SNS_New"}]"#,
        )
        .unwrap();
        assert_eq!(
            (fields.remark(), fields.groups(), fields.added_at()),
            (Some("Bob"), vec!["Work"], Some(1700000000))
        );
        assert_eq!((fields.source(), fields.len()), (None, 4));
    }
}
