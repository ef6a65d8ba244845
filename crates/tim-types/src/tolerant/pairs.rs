//! Visits the entries of a JSON object or list without collecting them. Unlike in a map, a key that
//! occurs twice is visited twice.

use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Calls `with` for each key and value of an object; returns `None` if `json` is not an object.
pub(super) fn each_pair<'a>(json: &'a str, with: impl FnMut(String, &'a RawValue)) -> Option<()> {
    serde_json::Deserializer::from_str(json).deserialize_map(Each(with)).ok()
}

/// Calls `with` for each value of a list; returns `None` if `json` is not a list.
pub(super) fn each_item<'a>(json: &'a str, with: impl FnMut(&'a RawValue)) -> Option<()> {
    serde_json::Deserializer::from_str(json).deserialize_seq(Items(with)).ok()
}

struct Each<F>(F);

impl<'a, F: FnMut(String, &'a RawValue)> Visitor<'a> for Each<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry()? {
            (self.0)(key, value);
        }
        Ok(())
    }
}

struct Items<F>(F);

impl<'a, F: FnMut(&'a RawValue)> Visitor<'a> for Items<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            (self.0)(item);
        }
        Ok(())
    }
}
