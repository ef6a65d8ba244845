//! Checks of profile fields, with the codes of the profile service. An import of records makes the
//! same checks.

use serde_json::Value;
use tim_types::friend::FriendTag;
use tim_types::{ErrorCode, InvalidRequest, ProfileItem, ProfileTag};

use crate::quirks::Quirks;

/// The code and the text of a rejection.
type Reason = (ErrorCode, String);

/// Checks the name of a field. The emulator does not know which custom fields an app has, so it
/// accepts any valid custom name. `at` is the position of the name in the request.
pub(crate) fn check_tag(at: &str, tag: &ProfileTag) -> Result<(), Reason> {
    let unknown = |info: String| (ErrorCode::PROFILE_FIELD_UNKNOWN, info);
    tag.validate(at).map_err(|error| unknown(error.to_string()))?;
    if tag.as_str().starts_with("Tag_Profile_IM_") && !ProfileTag::KNOWN.contains(&tag.as_str()) {
        let known = ProfileTag::KNOWN.join(", ");
        return Err(unknown(format!("{at} is \"{tag}\", which is not a standard field: use one of {known}")));
    }
    Ok(())
}

/// Checks the name and the value of a field. `at` is the position of the field in the request.
pub(crate) fn check(at: &str, field: &ProfileItem) -> Result<(), Reason> {
    check_tag(&format!("{at}.Tag"), &field.tag)?;
    field.validate(at).map_err(|error| (code(&error, field), error.to_string()))
}

/// Returns the code for an invalid value: it is too long for any field, has another type than the
/// field, or is not one of the values of the field.
fn code(error: &InvalidRequest, field: &ProfileItem) -> ErrorCode {
    /// The limit of all texts that do not have a smaller limit.
    const MAX_BYTES: usize = 500;
    let is_other_type = match error {
        InvalidRequest::TooLong { max: MAX_BYTES, .. } => return ErrorCode::PROFILE_VALUE_TOO_LONG,
        InvalidRequest::UnknownValue { .. } => !field.value.is_string(),
        // A number outside the range of the field has the right type.
        InvalidRequest::Malformed { .. } => !field.value.is_number() || is_text(field.tag.as_str()),
        _ => false,
    };
    if is_other_type { ErrorCode::PROFILE_VALUE_TYPE } else { ErrorCode::PROFILE_VALUE_INVALID }
}

/// Returns the value of a field that is not set; `None` if the field is left out. The names of
/// friend fields are accepted too.
pub(crate) fn unset_value(tag: &str, quirks: &Quirks) -> Option<Value> {
    (quirks.unset_fields_empty && is_text(tag)).then(|| "".into())
}

/// Whether the value of a field is a text, and not a number or a list.
fn is_text(tag: &str) -> bool {
    const NUMBERS: [ProfileTag; 5] =
        [ProfileTag::BIRTHDAY, ProfileTag::LANGUAGE, ProfileTag::LEVEL, ProfileTag::ROLE, ProfileTag::MSG_SETTINGS];
    NUMBERS.iter().all(|number| number.as_str() != tag) && tag != FriendTag::GROUP.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_invalid_field_has_its_documented_code() {
        let long = || json!("x".repeat(501));
        for (tag, value, code) in [
            ("Tag_Profile_IM_Nick", json!("x".repeat(500)), 0),
            ("Tag_Profile_IM_Nick", long(), 40601),
            ("Tag_Profile_IM_SelfSignature", long(), 40601),
            ("Tag_Profile_IM_Image", long(), 40601),
            ("Tag_Profile_Custom_Test", long(), 40601),
            ("Tag_Profile_Custom_Test", json!("关".repeat(166)), 0),
            ("Tag_Profile_Custom_Test", json!("关".repeat(167)), 40601),
            ("Tag_Profile_Custom_Test", json!(7), 40610),
            ("Tag_Profile_IM_Location", json!("x".repeat(17)), 40605),
            ("Tag_Profile_IM_Gender", json!("Gender_Type_Other"), 40605),
            ("Tag_Profile_IM_Gender", json!(1), 40610),
            ("Tag_Profile_IM_AllowType", json!(""), 40605),
            ("Tag_Profile_IM_Level", json!(3), 0),
            ("Tag_Profile_IM_Level", json!("3"), 40610),
            ("Tag_Profile_IM_Level", json!(-1), 40605),
            ("Tag_Profile_IM_Level", json!(1_u64 << 32), 40605),
            ("Tag_Profile_IM_Nick", json!(1), 40610),
            ("Tag_Profile_IM_Nick", Value::Null, 40610),
            ("Tag_Profile_IM_Nick", json!(["x"]), 40610),
            ("Tag_Profile_IM_Newest", json!("x"), 40009),
            ("Tag_Profile_Custom_Test1", json!("x"), 40009),
            ("Tag_Profile_Custom_", json!("x"), 40009),
            ("Tag_Profile_Custom_LongLongs", json!("x"), 40009),
            ("Nick", json!("x"), 40009),
            ("", json!("x"), 40009),
        ] {
            let found = check("ProfileItem[0]", &ProfileItem::new(tag, value.clone()));
            assert_eq!(found.err().map_or(0, |(code, _)| code.0), code, "{tag} {value}");
        }
    }
}
