//! The values of columns beside users in a line.

use std::sync::Arc;

use serde_json::{Map, Value};
use tim_follow::{InvalidRequest, Printable};

use super::error::InputError;

/// The values of columns in one line. A column without a value is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(Arc<str>, Value)>);

impl Fields {
    /// Sets a column if there is a value.
    pub(crate) fn with(mut self, name: impl Into<Arc<str>>, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.push(name.into(), value.into());
        }
        self
    }

    /// Adds a value. Null and blank CSV text are no values.
    pub(super) fn push(&mut self, name: Arc<str>, value: Value) {
        if !value.is_null() && !self.0.iter().any(|(known, _)| *known == name) {
            self.0.push((name, value));
        }
    }

    /// Adds the columns of `defaults` that are missing.
    pub(super) fn or(mut self, defaults: &Self) -> Self {
        defaults.0.iter().for_each(|(name, value)| self.push(name.clone(), value.clone()));
        self
    }

    /// The names and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// The value of a column as it is: from CSV always a text.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(other) => Err(invalid(name, other, "a text")),
        }
    }

    /// A number from 0.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = match value {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_u64(),
        };
        number.map(Some).ok_or_else(|| invalid(name, value, "a number"))
    }

    /// A list of texts. In CSV, it is JSON, or its elements are separated by semicolons.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<String>, String> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let expected = "a list: elements separated by semicolons, or a JSON array of texts";
        let parsed = match value {
            Value::String(text) if text.trim_start().starts_with('[') => serde_json::from_str(text),
            Value::String(text) => {
                let elements = text.split(';').map(str::trim).filter(|element| !element.is_empty());
                return Ok(elements.map(str::to_owned).collect());
            }
            value => serde_json::from_value(value.clone()),
        };
        parsed.map_err(|_| invalid(name, value, expected))
    }

    /// An object. In CSV, it is JSON.
    pub(crate) fn object(&self, name: &str) -> Result<Map<String, Value>, String> {
        let Some(value) = self.get(name) else { return Ok(Map::new()) };
        let parsed = match value {
            Value::String(text) => serde_json::from_str(text),
            value => serde_json::from_value(value.clone()),
        };
        parsed.map_err(|_| invalid(name, value, "a JSON object"))
    }
}

fn invalid(name: &str, value: &Value, expected: &str) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("`{name}` is {:?}: it must be {expected}", Printable(&text))
}

/// Adds the values of a flag that can be given several times, each for another column.
///
/// # Errors
/// A column has two values.
pub(crate) fn custom_fields(
    fields: Fields,
    values: impl IntoIterator<Item = (String, String)>,
) -> Result<Fields, InputError> {
    values.into_iter().try_fold(fields, |fields, (name, value)| match fields.get(&name) {
        Some(_) => Err(InputError::Usage(format!("--custom: {} has two values; give one of them", Printable(&name)))),
        None => Ok(fields.with(name, Some(value))),
    })
}

/// Why a target is invalid, without the position in the request.
pub(crate) fn problem(error: &InvalidRequest) -> String {
    let text = error.to_string();
    let (field, reason) = text.split_once(' ').unwrap_or((&text, ""));
    let field = field.rsplit('.').next().unwrap_or(field);
    format!("{field} {reason}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tim_follow::Endpoint as _;
    use tim_follow::account;

    use super::*;

    #[test]
    fn values_have_the_form_of_csv_or_of_json() {
        let fields = |value: Value| Fields::default().with("x", Some(value));
        for value in [json!("a; b"), json!(r#"["a","b"]"#), json!(["a", "b"])] {
            assert_eq!(fields(value).list("x"), Ok(vec!["a".to_owned(), "b".to_owned()]));
        }
        assert_eq!([fields(json!(" 7 ")).number("x"), fields(json!(7)).number("x")], [Ok(Some(7)), Ok(Some(7))]);
        assert_eq!(fields(json!(" a ")).text("x"), Ok(Some(" a ".to_owned())));
        assert_eq!(fields(json!(r#"{"a":1}"#)).object("x").unwrap()["a"], 1);
        assert_eq!(fields(json!("no")).number("x").unwrap_err(), r#"`x` is "no": it must be a number"#);
        assert!(fields(json!("[1]")).list("x").is_err() && fields(json!([])).text("x").is_err());
        assert_eq!(fields(Value::Null), Fields::default());
    }

    #[test]
    fn a_problem_names_the_field_without_its_position() {
        let error = account::Import::new("bob").with_nick("x".repeat(501)).validate().unwrap_err();
        assert_eq!(problem(&error), "Nick has 501 bytes: it may have at most 500");
    }
}
