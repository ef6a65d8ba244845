//! JSON Schemas of rows.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform as _, transform_subschemas};
use serde_json::Value;

/// The JSON Schema (2020-12) of what a type serialises to, without references.
pub(crate) fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    (unwrap_lines as fn(&mut schemars::Schema)).transform(&mut schema);
    schema.to_value()
}

/// Makes one line of each description, because comments in the code are wrapped.
fn unwrap_lines(schema: &mut schemars::Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
    transform_subschemas(&mut unwrap_lines, schema);
}
