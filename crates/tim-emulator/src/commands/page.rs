//! The response of a command that returns a page of a list.

use serde::Serialize;
use serde_json::{Map, Value};
use tim_types::ResponseBody;

/// A page, with or without its list. Some clients have to read a response that lacks an empty list.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Page<R> {
    Full(R),
    WithoutList(Map<String, Value>),
}

impl<R: ResponseBody + Serialize> Page<R> {
    /// Leaves out the list of a response and keeps all its other fields.
    pub(super) fn without_list(response: R) -> Self {
        let Ok(Value::Object(mut fields)) = serde_json::to_value(&response) else { return Self::Full(response) };
        fields.retain(|key, _| !R::ITEMS.contains(&key.as_str()));
        Self::WithoutList(fields)
    }
}
