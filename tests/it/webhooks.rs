//! The samples of docs/api/webhooks.md, which have the shape of the official pages.

use serde_json::Value;
use tim_types::webhook::Event;

#[test]
fn each_sample_of_the_page_survives_a_round_trip() {
    let page = include_str!("../../docs/api/webhooks.md");
    let blocks = page.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut commands = Vec::new();
    for text in blocks.filter(|text| text.contains("CallbackCommand")) {
        let event: Event = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(&event).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        assert!(event.user().is_some(), "{text}");
        commands.push(event.command());
    }
    commands.sort_unstable();
    let mut known = Event::COMMANDS.to_vec();
    known.sort_unstable();
    assert_eq!(commands, known);
}
