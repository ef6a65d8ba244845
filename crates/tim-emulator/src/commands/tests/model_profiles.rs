//! portrait_get and portrait_set as values, and what the model returns for them.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::model::{Model, No};
use super::responses::{Body, failed};
use super::users::{user, users};

/// A field, and the code with which a call with it is rejected.
#[derive(Debug, Clone)]
pub(super) struct Field {
    tag: &'static str,
    value: Value,
    code: i64,
}

#[derive(Debug, Clone)]
pub(super) enum ProfileAct {
    Set {
        user: String,
        fields: Vec<Field>,
    },
    /// Each tag with the code with which a call with it is rejected.
    Get {
        users: Vec<String>,
        tags: Vec<(&'static str, i64)>,
    },
}

/// All standard fields with a valid value, and a custom one.
fn valid() -> Vec<Field> {
    [
        ("Tag_Profile_IM_Nick", json!("N")),
        ("Tag_Profile_IM_Gender", json!("Gender_Type_Female")),
        ("Tag_Profile_IM_BirthDay", json!(20190419)),
        ("Tag_Profile_IM_Location", json!("x".repeat(16))),
        ("Tag_Profile_IM_SelfSignature", json!("")),
        ("Tag_Profile_IM_AllowType", json!("AllowType_Type_NeedConfirm")),
        ("Tag_Profile_IM_AllowType", json!("AllowType_Type_AllowAny")),
        ("Tag_Profile_IM_Language", json!(0)),
        ("Tag_Profile_IM_Image", json!("https://example.org/b.png")),
        ("Tag_Profile_IM_MsgSettings", json!(1)),
        ("Tag_Profile_IM_AdminForbidType", json!("AdminForbid_Type_None")),
        ("Tag_Profile_IM_Level", json!(u32::MAX)),
        ("Tag_Profile_IM_Role", json!(7)),
        ("Tag_Profile_Custom_Test", json!("x".repeat(500))),
    ]
    .map(|(tag, value)| Field { tag, value, code: 0 })
    .into()
}

fn invalid() -> Vec<Field> {
    [
        ("Tag_Profile_IM_Nick", json!("x".repeat(501)), 40601),
        ("Tag_Profile_Custom_Test", json!("x".repeat(501)), 40601),
        ("Tag_Profile_IM_Location", json!("x".repeat(17)), 40605),
        ("Tag_Profile_IM_AllowType", json!("Any"), 40605),
        ("Tag_Profile_IM_Level", json!(-1), 40605),
        ("Tag_Profile_IM_Level", json!("3"), 40610),
        ("Tag_Profile_IM_Nick", json!(3), 40610),
        ("Tag_Profile_IM_Gender", Value::Null, 40610),
        ("Tag_Profile_IM_Newest", json!("x"), 40009),
        ("Tag_Profile_Custom_1", json!("x"), 40009),
        ("Nick", json!("x"), 40009),
    ]
    .map(|(tag, value, code)| Field { tag, value, code })
    .into()
}

fn field() -> impl Strategy<Value = Field> {
    prop_oneof![12 => prop::sample::select(valid()), 1 => prop::sample::select(invalid())]
}

fn tag() -> impl Strategy<Value = (&'static str, i64)> {
    let unknown = prop::sample::select(&["Tag_Profile_IM_Newest", "Tag_Profile_Custom_1", "Nick"][..]);
    prop_oneof![
        20 => prop::sample::select(valid()).prop_map(|field| (field.tag, 0)),
        1 => unknown.prop_map(|tag| (tag, 40009)),
    ]
}

pub(super) fn profile_act() -> impl Strategy<Value = ProfileAct> {
    prop_oneof![
        (user(), vec(field(), 0..4)).prop_map(|(user, fields)| ProfileAct::Set { user, fields }),
        (users(), vec(tag(), 0..6)).prop_map(|(users, tags)| ProfileAct::Get { users, tags }),
    ]
}

impl ProfileAct {
    pub(super) fn path(&self) -> &'static str {
        match self {
            Self::Set { .. } => "profile/portrait_set",
            Self::Get { .. } => "profile/portrait_get",
        }
    }

    pub(super) fn request(&self) -> Value {
        match self {
            Self::Set { user, fields } => {
                let fields: Vec<_> = fields.iter().map(|f| json!({ "Tag": f.tag, "Value": f.value })).collect();
                json!({ "From_Account": user, "ProfileItem": fields })
            }
            Self::Get { users, tags } => {
                json!({ "To_Account": users, "TagList": tags.iter().map(|(tag, _)| tag).collect::<Vec<_>>() })
            }
        }
    }
}

impl Model {
    pub(super) fn run_profile(&mut self, act: &ProfileAct) -> Result<Body, No> {
        match act {
            ProfileAct::Set { user, fields } => self.set_profile(user, fields),
            ProfileAct::Get { users, tags } => self.get_profiles(users, tags),
        }
    }

    fn set_profile(&mut self, user: &str, fields: &[Field]) -> Result<Body, No> {
        if let Some(invalid) = fields.iter().find(|field| field.code != 0) {
            return Err(No::Call(invalid.code));
        }
        if user.is_empty() || fields.is_empty() {
            return Err(No::Call(40001));
        }
        if !self.exists(user) {
            return Err(No::Call(40003));
        }
        let account = self.account(user);
        account.profile_changes += 1;
        account.profile.extend(fields.iter().map(|field| (field.tag.to_owned(), field.value.clone())));
        Ok(Body::new())
    }

    fn get_profiles(&mut self, users: &[String], tags: &[(&str, i64)]) -> Result<Body, No> {
        if let Some((_, code)) = tags.iter().find(|(_, code)| *code != 0) {
            return Err(No::Call(*code));
        }
        if tags.is_empty() {
            return Err(No::Call(40001));
        }
        if users.is_empty() {
            return Err(No::Call(40002));
        }
        if users.iter().any(String::is_empty) {
            return Err(No::Call(40001));
        }
        let numbers = ["BirthDay", "Language", "MsgSettings", "Level", "Role"];
        let get = |model: &mut Self, user: &str| {
            if !model.exists(user) {
                return Err(if model.quirks.unknown_target_rejects_call { No::Call(40003) } else { No::Item(40003) });
            }
            let profile = &model.accounts[user].profile;
            let mut fields = Vec::new();
            for (tag, _) in tags {
                let is_number = numbers.iter().any(|name| tag.ends_with(name));
                match profile.get(*tag) {
                    Some(value) => fields.push(json!({ "Tag": tag, "Value": value })),
                    None if model.quirks.unset_fields_empty && !is_number => {
                        fields.push(json!({ "Tag": tag, "Value": "" }));
                    }
                    None => {}
                }
            }
            Ok(json!({ "ProfileItem": fields }))
        };
        self.each(users, "UserProfileItem", get, json!({})).map(failed)
    }
}
