//! Values that have to be JSON objects.

use serde::Deserialize;

/// A `T` that is written as an object. A derived decoder also accepts an array with the fields in
/// their order; `flatten` makes it accept only an object.
#[derive(Deserialize)]
pub(crate) struct Object<T> {
    #[serde(flatten)]
    pub(crate) value: T,
}
