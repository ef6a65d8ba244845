//! What tolerant decoding knows about each command: damage to one item of the documented response
//! affects this item alone.

use serde_json::{Value, json};
use tim_types::{Command, Decoded, Response, ResponseBody};

use crate::documents::{call_each, document};

fn response<C: Command>() -> Value {
    serde_json::from_str(&document::<C>("response.json")).unwrap()
}

/// The unreadable items of a response, and the body without them.
fn decode<C: Command>(response: &Value) -> (Vec<tim_types::UnreadableItem>, C::Response) {
    let mut body = Decoded::<C::Response>::decode(response.to_string().as_bytes()).unwrap().into_result().unwrap();
    (body.unreadable_mut().map(std::mem::take).unwrap_or_default(), body)
}

fn is_list_of_objects(value: &Value) -> bool {
    value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(Value::is_object))
}

/// Every list of objects in a response is a list of items; a damaged item is named with its target.
fn names_a_damaged_item<C: Command>() {
    let documented = response::<C>();
    let lists = documented.as_object().unwrap().iter().filter(|(_, value)| is_list_of_objects(value));
    for (list, items) in lists {
        let mut damaged = documented.clone();
        let item = damaged[list][0].as_object_mut().unwrap();
        let target = item[C::Response::ITEM_USER].clone();
        item.values_mut().filter(|value| **value != target).for_each(|value| *value = json!({ "odd": true }));
        let (unreadable, body) = decode::<C>(&damaged);
        let found: Vec<_> = unreadable.iter().map(|item| (item.field, item.index)).collect();
        assert_eq!(found, [(list.as_str(), 0)], "{}", C::COMMAND);
        assert_eq!(unreadable[0].target.as_ref().map(|user| json!(user)), Some(target), "{}", C::COMMAND);

        let mut rest = documented.clone();
        rest[list].as_array_mut().unwrap().remove(0);
        // A list that can be missing has no items.
        let left = json!(body)[list].as_array().map_or(0, Vec::len);
        assert_eq!(left + 1, items.as_array().unwrap().len(), "{}", C::COMMAND);
        assert_eq!(json!(body)[list], json!(decode::<C>(&rest).1)[list], "{}", C::COMMAND);
    }
}

/// A list of user ids whose name says so has the targets that failed.
fn names_the_failed_targets<C: Command>() {
    for key in ["Fail_Account", "FailAccounts"] {
        let mut changed = response::<C>();
        if !changed[key].is_null() {
            changed[key] = json!(["zed", 7]);
            let (_, body) = decode::<C>(&changed);
            assert_eq!(json!(body.failed()), json!(["zed"]), "{}", C::COMMAND);
        }
    }
}

/// The position of the next page is not guessed.
fn keeps_an_odd_position_apart<C: Command>() {
    let Some(key) = C::Response::CURSOR else { return };
    let mut changed = response::<C>();
    changed[key] = json!({ "odd": true });
    let decoded = Decoded::<C::Response>::decode(changed.to_string().as_bytes()).unwrap();
    assert!(decoded.body.is_some() && decoded.problem.is_some(), "{}", C::COMMAND);
}

#[test]
fn a_damaged_item_affects_no_other_one() {
    tim_types::for_each_command!(call_each(names_a_damaged_item));
}

#[test]
fn failed_targets_and_positions_are_found() {
    tim_types::for_each_command!(call_each(names_the_failed_targets));
    tim_types::for_each_command!(call_each(keeps_an_odd_position_apart));
}

/// A command with pages has a position, and its response says where the next page starts.
#[test]
fn a_paged_command_has_a_position() {
    fn check<C: Command>() {
        assert_eq!(C::SHAPE == tim_types::Shape::Paged, C::Response::CURSOR.is_some(), "{}", C::COMMAND);
        let response = Response::<C::Response>::decode(document::<C>("response.json").as_bytes()).unwrap();
        if let Some(key) = C::Response::CURSOR {
            assert!(json!(response.body).get(key).is_some(), "{}", C::COMMAND);
        }
    }
    tim_types::for_each_command!(call_each(check));
}
