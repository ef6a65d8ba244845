//! Settings whose fields can be set by their names.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A name that is not a field of the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is unknown: it is one of {}", known.join(", "))]
pub struct UnknownName {
    given: String,
    known: Vec<String>,
}

/// Sets the field `name`.
pub(crate) fn set<T: Serialize + DeserializeOwned>(
    settings: &mut T,
    name: &str,
    value: impl Into<Value>,
) -> Result<(), UnknownName> {
    let mut all = json!(settings);
    let unknown = || UnknownName { given: name.to_owned(), known: names(settings) };
    *all.get_mut(name).ok_or_else(unknown)? = value.into();
    *settings = serde_json::from_value(all).map_err(|_| unknown())?;
    Ok(())
}

/// The names of all fields.
pub(crate) fn names(settings: &impl Serialize) -> Vec<String> {
    let all = json!(settings);
    all.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}
