//! Values that have to be JSON objects.

use serde::{Deserialize, Deserializer};

/// A `T` that is written as an object. A derived decoder also accepts an array with the fields in
/// their order; `flatten` makes it accept only an object.
#[derive(Deserialize)]
pub(crate) struct Object<T> {
    #[serde(flatten)]
    pub(crate) value: T,
}

/// Decodes a list of objects.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let items = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(items.into_iter().map(|item| item.value).collect())
}
