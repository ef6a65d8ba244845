//! The profile fields of a user.

use serde::{Deserialize, Serialize};

use crate::open_string::open_string;

open_string! {
    /// The name of a profile field. An app can define its own fields, which have names that start
    /// with `Tag_Profile_Custom_`.
    ProfileTag {
        /// Nickname.
        NICK = "Tag_Profile_IM_Nick",
        /// Who may add this user as a friend, for example `AllowType_Type_DenyAny`.
        ALLOW_TYPE = "Tag_Profile_IM_AllowType",
        /// Personal signature: a text in which users describe themselves.
        SELF_SIGNATURE = "Tag_Profile_IM_SelfSignature",
        /// URL of the profile picture.
        IMAGE = "Tag_Profile_IM_Image",
        /// Gender, for example `Gender_Type_Female`.
        GENDER = "Tag_Profile_IM_Gender",
        /// Birthday as a number, for example `20001231`.
        BIRTHDAY = "Tag_Profile_IM_BirthDay",
        /// Location.
        LOCATION = "Tag_Profile_IM_Location",
        /// Language as a number.
        LANGUAGE = "Tag_Profile_IM_Language",
        /// Level as a number.
        LEVEL = "Tag_Profile_IM_Level",
        /// Role as a number.
        ROLE = "Tag_Profile_IM_Role",
        /// Message settings as a number. If bit 0 is set, the user receives no messages.
        MSG_SETTINGS = "Tag_Profile_IM_MsgSettings",
        /// Whether the admin forbids this user to send friend requests: `AdminForbid_Type_None` or
        /// `AdminForbid_Type_SendOut`.
        ADMIN_FORBID_TYPE = "Tag_Profile_IM_AdminForbidType",
    }
}

/// A profile field of a user. The documents do not say which fields the entries of a list have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileItem {
    /// The name of the field.
    #[serde(rename = "Tag")]
    pub tag: ProfileTag,
    /// The value as the service sent it: a string or a number, depending on the field.
    #[serde(rename = "Value", default)]
    pub value: serde_json::Value,
}

impl ProfileItem {
    /// Creates a field from its name and value.
    pub fn new(tag: impl Into<ProfileTag>, value: impl Into<serde_json::Value>) -> Self {
        Self { tag: tag.into(), value: value.into() }
    }
}
