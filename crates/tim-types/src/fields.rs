//! Fields with a name and a value: the form in which profiles and entries of friend lists are sent.

use std::ops::Deref;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::InvalidRequest;

/// A field: `{"Tag":…,"Value":…}` on the wire.
///
/// There are two kinds: [`ProfileItem`](crate::ProfileItem) and
/// [`FriendField`](crate::friend::FriendField). Each has functions that create the documented
/// fields; [`new`](Self::new) creates any other field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field<T> {
    /// The name of the field.
    #[serde(rename = "Tag")]
    pub tag: T,
    /// The value as it is on the wire: a string, a number or a list, depending on the field.
    #[serde(rename = "Value", default)]
    pub value: Value,
}

impl<T> Field<T> {
    /// Creates a field from its name and value.
    pub fn new(tag: impl Into<T>, value: impl Into<Value>) -> Self {
        Self { tag: tag.into(), value: value.into() }
    }
}

/// A list of fields, for example a profile. It dereferences to a slice.
///
/// The service sends a field that is not set as an empty value, or not at all. For both, and for a
/// value of another type, the methods return `None` or an empty list. Only [`get`](Self::get)
/// returns the value as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent, bound(deserialize = "T: Deserialize<'de>"))]
pub struct Fields<T>(pub Vec<Field<T>>);

impl<T: PartialEq> Fields<T> {
    /// Returns the value of a field as it is on the wire; `None` if the field is missing.
    pub fn get(&self, tag: &T) -> Option<&Value> {
        self.0.iter().find(|field| field.tag == *tag).map(|field| &field.value)
    }

    /// Returns the text of a field.
    pub fn text(&self, tag: &T) -> Option<&str> {
        self.get(tag)?.as_str().filter(|text| !text.is_empty())
    }

    /// Returns the number of a field. Some SDKs send numbers as strings, so a string of digits is a
    /// number too.
    pub fn number(&self, tag: &T) -> Option<u64> {
        match self.get(tag)? {
            Value::String(text) => text.parse().ok(),
            value => value.as_u64(),
        }
    }

    /// Returns the texts of a field that is a list, for example the groups of a friend.
    pub fn texts(&self, tag: &T) -> impl Iterator<Item = &str> {
        self.get(tag).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }
}

impl<T> Default for Fields<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for Fields<T> {
    type Target = [Field<T>];

    fn deref(&self) -> &[Field<T>] {
        &self.0
    }
}

impl<T> From<Vec<Field<T>>> for Fields<T> {
    fn from(fields: Vec<Field<T>>) -> Self {
        Self(fields)
    }
}

impl<T> FromIterator<Field<T>> for Fields<T> {
    fn from_iter<I: IntoIterator<Item = Field<T>>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl<T> IntoIterator for Fields<T> {
    type Item = Field<T>;
    type IntoIter = std::vec::IntoIter<Field<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Fields<T> {
    type Item = &'a Field<T>;
    type IntoIter = std::slice::Iter<'a, Field<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// The values that a field can have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A text of at most this many bytes.
    Text(usize),
    /// A text of at most this many bytes, or an integer.
    TextOrNumber(usize),
    /// A number from 0 to 4294967295.
    Number,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A list of names of friend groups.
    Groups,
}

impl Kind {
    /// Checks a value. `field` is the name of the field in the error.
    pub(crate) fn validate(self, field: &str, value: &Value) -> Result<(), InvalidRequest> {
        let malformed = |expected| InvalidRequest::malformed(field, &value.to_string(), expected);
        match (self, value) {
            (Self::Text(max) | Self::TextOrNumber(max), Value::String(text)) => at_most(field, text, max),
            (Self::TextOrNumber(_), Value::Number(_)) => Ok(()),
            (Self::Text(_), _) => Err(malformed("a string")),
            (Self::TextOrNumber(_), _) => Err(malformed("a string or a number")),
            (Self::Number, value) if value.as_u64().is_some_and(|number| u32::try_from(number).is_ok()) => Ok(()),
            (Self::Number, _) => Err(malformed("a number from 0 to 4294967295")),
            (Self::OneOf(known), Value::String(text)) if known.contains(&text.as_str()) => Ok(()),
            (Self::OneOf(known), _) => {
                let given = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Err(InvalidRequest::UnknownValue { field: field.to_owned(), given, known })
            }
            (Self::Groups, Value::Array(names)) => names.iter().try_for_each(|name| match name.as_str() {
                Some(name) => group_name(field, name),
                None => Err(malformed("a list of strings")),
            }),
            (Self::Groups, _) => Err(malformed("a list of strings")),
        }
    }
}

/// Checks that a text has at most `max` bytes.
pub(crate) fn at_most(field: &str, text: &str, max: usize) -> Result<(), InvalidRequest> {
    let bytes = text.len();
    if bytes <= max { Ok(()) } else { Err(InvalidRequest::TooLong { field: field.to_owned(), bytes, max }) }
}

/// Checks the name of a friend group, which has 1 to 30 bytes. `field` is the name of the field in
/// the error.
///
/// # Errors
/// The name is empty or too long.
pub fn group_name(field: &str, name: &str) -> Result<(), InvalidRequest> {
    /// The maximum length of the name of a friend group in bytes.
    const MAX_BYTES: usize = 30;
    if name.is_empty() {
        return Err(InvalidRequest::malformed(field, name, "the name of a friend group, 1 to 30 bytes"));
    }
    at_most(field, name, MAX_BYTES)
}

/// Returns whether a text is `prefix` followed by 1 to 8 ASCII letters. The names of custom fields
/// and the sources of friends have this form.
pub(crate) fn is_keyword(text: &str, prefix: &str) -> bool {
    let is_word = |word: &str| (1..=8).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    text.strip_prefix(prefix).is_some_and(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_fields_is_collected_and_iterated() {
        let fields = || [Field::<String>::new("a", 1), Field::new("b", "x")];
        let list: Fields<String> = fields().into_iter().collect();
        assert_eq!(list.0, fields());
        assert_eq!((&list).into_iter().map(|field| field.tag.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(list.into_iter().collect::<Vec<_>>(), fields());
    }
}
