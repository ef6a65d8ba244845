//! The name of a group in a row.

use schemars::JsonSchema;
use serde::Serialize;

/// The name of a group, in a form that is read as this one name.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum GroupName {
    /// The name.
    Plain(String),
    /// A name that would be read as a list, or with other spaces.
    Listed([String; 1]),
}

impl GroupName {
    pub(super) fn new(name: &str) -> Self {
        let is_plain = !name.contains(';') && !name.starts_with('[') && name.trim() == name;
        if is_plain { Self::Plain(name.to_owned()) } else { Self::Listed([name.to_owned()]) }
    }

    /// The name as it is.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Plain(name) | Self::Listed([name]) => name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::fields::Fields;

    #[test]
    fn a_name_is_read_as_it_was_written() {
        for name in ["Work", "工作", "a;b", " a", "[a]", "[", "a b", ";"] {
            let written = serde_json::to_value(GroupName::new(name)).unwrap();
            // CSV has an array as JSON text.
            let in_csv = written.as_str().map_or_else(|| written.to_string(), str::to_owned);
            for value in [written, in_csv.into()] {
                assert_eq!(Fields::default().with("group", Some(value)).list("group"), Ok(vec![name.to_owned()]));
            }
            assert_eq!(GroupName::new(name).text(), name);
        }
    }
}
