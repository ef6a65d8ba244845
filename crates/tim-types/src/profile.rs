//! The profile of a user: its fields, and the commands of the service `profile`.

mod get;
mod set;

pub use get::{Get, GetItem, GetResponse};
pub use set::Set;

use crate::InvalidRequest;
use crate::fields::{Field, Fields, Kind, is_keyword};
use crate::open_string::open_string;

open_string! {
    /// The name of a profile field. An app can define its own fields, which have names that start
    /// with `Tag_Profile_Custom_`: see [`ProfileItem::custom`].
    ProfileTag {
        /// Nickname, up to 500 bytes.
        NICK = "Tag_Profile_IM_Nick",
        /// Who may add this user as a friend: an [`AllowType`].
        ALLOW_TYPE = "Tag_Profile_IM_AllowType",
        /// Personal signature: a text in which users describe themselves, up to 500 bytes.
        SELF_SIGNATURE = "Tag_Profile_IM_SelfSignature",
        /// URL of the profile picture, up to 500 bytes.
        IMAGE = "Tag_Profile_IM_Image",
        /// A [`Gender`].
        GENDER = "Tag_Profile_IM_Gender",
        /// Birthday as a number, for example `20001231`.
        BIRTHDAY = "Tag_Profile_IM_BirthDay",
        /// Location, up to 16 bytes.
        LOCATION = "Tag_Profile_IM_Location",
        /// Language as a number. The app defines its meaning.
        LANGUAGE = "Tag_Profile_IM_Language",
        /// Level as a number.
        LEVEL = "Tag_Profile_IM_Level",
        /// Role as a number.
        ROLE = "Tag_Profile_IM_Role",
        /// Message settings as a number. If bit 0 is set, the user receives no messages. The newest
        /// documents do not list this field.
        MSG_SETTINGS = "Tag_Profile_IM_MsgSettings",
        /// Whether the admin forbids this user to send friend requests: an [`AdminForbidType`].
        ADMIN_FORBID_TYPE = "Tag_Profile_IM_AdminForbidType",
    }
}

/// The start of the names of the fields that an app defines.
const CUSTOM: &str = "Tag_Profile_Custom_";
/// The maximum length of a text in bytes.
const MAX_TEXT_BYTES: usize = 500;

open_string! {
    /// A gender.
    Gender {
        /// Not set.
        UNKNOWN = "Gender_Type_Unknown",
        /// Female.
        FEMALE = "Gender_Type_Female",
        /// Male.
        MALE = "Gender_Type_Male",
    }
}

open_string! {
    /// Who may add a user as a friend.
    AllowType {
        /// Anybody, after the user has consented.
        NEED_CONFIRM = "AllowType_Type_NeedConfirm",
        /// Anybody.
        ALLOW_ANY = "AllowType_Type_AllowAny",
        /// Nobody.
        DENY_ANY = "AllowType_Type_DenyAny",
    }
}

open_string! {
    /// Whether the admin forbids a user to send friend requests.
    AdminForbidType {
        /// The user may send friend requests. The default.
        NONE = "AdminForbid_Type_None",
        /// The user may not send friend requests.
        SEND_OUT = "AdminForbid_Type_SendOut",
    }
}

/// A profile field of a user.
///
/// ```
/// use tim_types::profile::Gender;
/// use tim_types::{ProfileItem, ProfileTag};
///
/// let (nick, gender) = (ProfileItem::nick("Bobby"), ProfileItem::gender(Gender::MALE));
/// let fields = [nick, gender, ProfileItem::custom("Team", "red")];
/// assert_eq!(fields[0].tag, ProfileTag::NICK);
/// assert_eq!(fields[2].tag.as_str(), "Tag_Profile_Custom_Team");
/// ```
pub type ProfileItem = Field<ProfileTag>;

/// The profile of a user, or a part of it.
///
/// ```
/// use tim_types::{Profile, ProfileItem, ProfileTag};
///
/// let profile = Profile::from(vec![ProfileItem::nick("Bobby"), ProfileItem::level(3)]);
/// assert_eq!((profile.nick(), profile.number(&ProfileTag::LEVEL)), (Some("Bobby"), Some(3)));
/// assert_eq!(profile.image(), None);
/// ```
pub type Profile = Fields<ProfileTag>;

impl Field<ProfileTag> {
    /// Creates the nickname, up to 500 bytes.
    pub fn nick(text: impl Into<String>) -> Self {
        Self::new(ProfileTag::NICK, text.into())
    }

    /// Creates the gender.
    pub fn gender(gender: Gender) -> Self {
        Self::new(ProfileTag::GENDER, gender.as_str())
    }

    /// Creates the birthday. The documents suggest a number such as `20001231`.
    pub fn birthday(date: u32) -> Self {
        Self::new(ProfileTag::BIRTHDAY, date)
    }

    /// Creates the location, up to 16 bytes.
    pub fn location(text: impl Into<String>) -> Self {
        Self::new(ProfileTag::LOCATION, text.into())
    }

    /// Creates the personal signature, up to 500 bytes.
    pub fn self_signature(text: impl Into<String>) -> Self {
        Self::new(ProfileTag::SELF_SIGNATURE, text.into())
    }

    /// Creates the field that says who may add the user as a friend.
    pub fn allow_type(kind: AllowType) -> Self {
        Self::new(ProfileTag::ALLOW_TYPE, kind.as_str())
    }

    /// Creates the language. The app defines its meaning.
    pub fn language(number: u32) -> Self {
        Self::new(ProfileTag::LANGUAGE, number)
    }

    /// Creates the URL of the profile picture, up to 500 bytes.
    pub fn image(url: impl Into<String>) -> Self {
        Self::new(ProfileTag::IMAGE, url.into())
    }

    /// Creates the message settings. If bit 0 is set, the user receives no messages.
    pub fn msg_settings(bits: u32) -> Self {
        Self::new(ProfileTag::MSG_SETTINGS, bits)
    }

    /// Creates the field that says whether the user may send friend requests.
    pub fn admin_forbid_type(kind: AdminForbidType) -> Self {
        Self::new(ProfileTag::ADMIN_FORBID_TYPE, kind.as_str())
    }

    /// Creates the level.
    pub fn level(number: u32) -> Self {
        Self::new(ProfileTag::LEVEL, number)
    }

    /// Creates the role.
    pub fn role(number: u32) -> Self {
        Self::new(ProfileTag::ROLE, number)
    }

    /// Creates a field that the app has defined: `keyword` has 1 to 8 letters, `text` up to 500
    /// bytes.
    pub fn custom(keyword: &str, text: impl Into<String>) -> Self {
        Self::new(format!("{CUSTOM}{keyword}"), text.into())
    }

    /// Checks the name and the value. `at` is the position of the field in the request, for example
    /// `ProfileItem[0]`. A field whose name this version does not know can have any value.
    ///
    /// # Errors
    /// The name does not start as documented, a custom name does not end with 1 to 8 letters, or
    /// the value is too long, of another type, or not one of the documented values.
    pub fn validate(&self, at: &str) -> Result<(), InvalidRequest> {
        self.tag.validate(&format!("{at}.Tag"))?;
        let kind = match &self.tag {
            tag if [ProfileTag::NICK, ProfileTag::SELF_SIGNATURE, ProfileTag::IMAGE].contains(tag) => {
                Kind::Text(MAX_TEXT_BYTES)
            }
            tag if *tag == ProfileTag::LOCATION => Kind::Text(16),
            tag if *tag == ProfileTag::GENDER => Kind::OneOf(Gender::KNOWN),
            tag if *tag == ProfileTag::ALLOW_TYPE => Kind::OneOf(AllowType::KNOWN),
            tag if *tag == ProfileTag::ADMIN_FORBID_TYPE => Kind::OneOf(AdminForbidType::KNOWN),
            tag if ProfileTag::KNOWN.contains(&tag.as_str()) => Kind::Number,
            tag if tag.as_str().starts_with(CUSTOM) => Kind::Text(MAX_TEXT_BYTES),
            _ => return Ok(()),
        };
        kind.validate(&format!("{at}.Value"), &self.value)
    }
}

impl ProfileTag {
    /// Checks the name of a field. `field` is the name of the list in the error.
    ///
    /// # Errors
    /// The name does not start as documented, or a custom name does not end with 1 to 8 letters.
    pub fn validate(&self, field: &str) -> Result<(), InvalidRequest> {
        let tag = self.as_str();
        if tag.starts_with("Tag_Profile_IM_") || is_keyword(tag, CUSTOM) {
            return Ok(());
        }
        let expected = "the name of a profile field: Tag_Profile_IM_…, or Tag_Profile_Custom_ and 1 to 8 letters";
        Err(InvalidRequest::malformed(field, tag, expected))
    }
}

impl Fields<ProfileTag> {
    /// Returns the nickname.
    pub fn nick(&self) -> Option<&str> {
        self.text(&ProfileTag::NICK)
    }

    /// Returns the URL of the profile picture.
    pub fn image(&self) -> Option<&str> {
        self.text(&ProfileTag::IMAGE)
    }

    /// Returns the gender.
    pub fn gender(&self) -> Option<Gender> {
        self.text(&ProfileTag::GENDER).map(Gender::from)
    }

    /// Returns who may add the user as a friend.
    pub fn allow_type(&self) -> Option<AllowType> {
        self.text(&ProfileTag::ALLOW_TYPE).map(AllowType::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(tag: &str, value: impl Into<serde_json::Value>) -> String {
        ProfileItem::new(tag, value).validate("ProfileItem[0]").unwrap_err().to_string()
    }

    #[test]
    fn the_documented_fields_are_valid() {
        for field in [
            ProfileItem::nick("x".repeat(500)),
            ProfileItem::gender(Gender::UNKNOWN),
            ProfileItem::birthday(20190419),
            ProfileItem::location("x".repeat(16)),
            ProfileItem::self_signature(""),
            ProfileItem::allow_type(AllowType::DENY_ANY),
            ProfileItem::language(0),
            ProfileItem::image("https://example.org/b.png"),
            ProfileItem::msg_settings(1),
            ProfileItem::admin_forbid_type(AdminForbidType::SEND_OUT),
            ProfileItem::level(u32::MAX),
            ProfileItem::role(7),
            ProfileItem::custom("Team", "red"),
            ProfileItem::new("Tag_Profile_IM_Newest", json!([1])),
        ] {
            assert_eq!(field.validate(""), Ok(()), "{field:?}");
        }
    }

    #[test]
    fn an_error_names_the_field_and_what_it_expects() {
        assert_eq!(
            error("Tag_Profile_IM_Nick", "x".repeat(501)),
            "ProfileItem[0].Value has 501 bytes: it may have at most 500"
        );
        assert_eq!(error("Tag_Profile_IM_Nick", 7), "ProfileItem[0].Value is \"7\": it must be a string");
        assert!(error("Tag_Profile_IM_Level", "3").ends_with("it must be a number from 0 to 4294967295"));
        assert!(error("Tag_Profile_IM_Level", -1).ends_with("it must be a number from 0 to 4294967295"));
        assert!(error("Tag_Profile_IM_AllowType", "Any").contains("AllowType_Type_AllowAny or AllowType_Type_DenyAny"));
        assert!(error("Tag_Profile_Custom_Team1", "red").starts_with("ProfileItem[0].Tag is \"Tag_Profile_Custom_"));
        assert!(error("Nick", "Bobby").contains("Tag_Profile_IM_…, or Tag_Profile_Custom_ and 1 to 8 letters"));
    }

    #[test]
    fn an_empty_field_counts_as_missing() {
        let profile = Profile::from(vec![ProfileItem::nick(""), ProfileItem::new(ProfileTag::LEVEL, "3")]);
        assert_eq!((profile.nick(), profile.gender()), (None, None));
        assert_eq!(profile.number(&ProfileTag::LEVEL), Some(3), "a number as a string");
    }
}
