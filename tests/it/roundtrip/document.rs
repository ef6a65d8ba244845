//! Derives JSON documents from the documented ones: with unknown keys, another order, without
//! optional keys, with null, and with other values.

use serde_json::{Value, json};

/// A source of random choices. The bytes come from proptest, so that it can shrink them.
pub(crate) struct Choices<'a>(pub(crate) &'a [u8]);

impl Choices<'_> {
    /// A number below `end`; 0 when there are no choices left, or nothing to choose from.
    fn below(&mut self, end: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first).checked_rem(end).unwrap_or(0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Adds a key that no version knows to a random object.
pub(crate) fn add_unknown_key(document: &mut Value, choices: &mut Choices<'_>) {
    let value = choices.below(3);
    let objects = count(document, &Value::is_object);
    at(document, choices.below(objects), &Value::is_object, &mut |object| {
        object["Added_Later"] = [json!(1), json!({"a": [1, null, "x"]}), json!("x")][value].clone();
    });
}

/// Changes a random value: removes its key or element, or replaces it.
pub(crate) fn change_value(document: &mut Value, choices: &mut Choices<'_>) {
    let (change, number) = (choices.below(6), choices.below(256));
    let is_container =
        |value: &Value| value.as_object().map_or(0, |o| o.len()) + value.as_array().map_or(0, Vec::len) > 0;
    let containers = count(document, &is_container);
    at(document, choices.below(containers), &is_container, &mut |container| match container {
        Value::Object(fields) => {
            let Some(key) = fields.keys().nth(number % fields.len()).cloned() else { return };
            match other(&fields[&key], change, number) {
                Some(value) => drop(fields.insert(key, value)),
                None => drop(fields.remove(&key)),
            }
        }
        Value::Array(items) => {
            let index = number % items.len();
            match other(&items[index], change, number) {
                Some(value) => items[index] = value,
                None => drop(items.remove(index)),
            }
        }
        _ => {}
    });
}

/// Another value of the same kind, or of another one; `None` for no value at all.
fn other(value: &Value, change: usize, number: usize) -> Option<Value> {
    match (change, value) {
        (0, _) => None,
        (1, _) => Some(Value::Null),
        (2, Value::Array(items)) => Some(items.iter().chain(items).cloned().collect()),
        (2 | 3, Value::String(text)) => Some(format!("{text}\u{1f600}\\\"{number}").into()),
        (2 | 3, Value::Number(_)) => Some(json!(number as i64 - 128)),
        (4, Value::String(_)) => Some("".into()),
        (4, Value::Number(_)) => Some(json!(i64::MAX)),
        // Not an object: an unknown key in a value that is kept as it is would be a change.
        _ => Some(json!([number])),
    }
}

/// The text of a document, with the keys of each object in a random order.
pub(crate) fn write(document: &Value, choices: &mut Choices<'_>) -> String {
    match document {
        Value::Object(fields) => {
            let mut rest: Vec<_> = fields.iter().collect();
            let mut parts = Vec::new();
            while !rest.is_empty() {
                let (key, value) = rest.remove(choices.below(rest.len()));
                parts.push(format!("{}:{}", json!(key), write(value, choices)));
            }
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(items) => {
            let parts: Vec<_> = items.iter().map(|item| write(item, choices)).collect();
            format!("[{}]", parts.join(","))
        }
        scalar => scalar.to_string(),
    }
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Object(fields) => Box::new(fields.values()),
        Value::Array(items) => Box::new(items.iter()),
        _ => Box::new(std::iter::empty()),
    }
}

/// The number of values in a document, itself included, that fit.
fn count(value: &Value, fits: &dyn Fn(&Value) -> bool) -> usize {
    usize::from(fits(value)) + children(value).map(|child| count(child, fits)).sum::<usize>()
}

/// Does something with the value number `index` of those that fit.
fn at(value: &mut Value, index: usize, fits: &dyn Fn(&Value) -> bool, act: &mut dyn FnMut(&mut Value)) {
    fn visit(
        value: &mut Value,
        left: &mut usize,
        fits: &dyn Fn(&Value) -> bool,
        act: &mut dyn FnMut(&mut Value),
    ) -> bool {
        if fits(value) {
            if *left == 0 {
                act(value);
                return true;
            }
            *left -= 1;
        }
        match value {
            Value::Object(fields) => fields.values_mut().any(|child| visit(child, left, fits, act)),
            Value::Array(items) => items.iter_mut().any(|child| visit(child, left, fits, act)),
            _ => false,
        }
    }
    visit(value, &mut { index }, fits, act);
}
