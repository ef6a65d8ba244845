//! Any bytes are a webhook, or are rejected. What was parsed survives a round trip, and only the
//! right token accepts its signature.
//!
//! The first line is the query of the URL, and the other lines are the body. `{sign}` in the query
//! is the valid signature for the time 1700000000.

use std::time::Duration;

use tim_sig::{WebhookError, WebhookToken};
use tim_types::webhook::{Decisions, Event, Query};

use crate::first_line;

const TIME: u64 = 1_700_000_000;
const TOLERANCE: Duration = Duration::from_secs(300);

pub(crate) fn run(bytes: &[u8]) {
    let (query, body) = first_line(bytes);
    if let Ok(query) = std::str::from_utf8(query) {
        parse_query(query);
    }
    if let Ok(event) = serde_json::from_slice::<Event>(body) {
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        assert!(Event::COMMANDS.contains(&event.command()) || event == Event::Other);
        let _ = (event.user(), format!("{event:?}"));
    }
    if let Ok(decisions) = serde_json::from_slice::<Decisions>(body) {
        let text = serde_json::to_string(&decisions).unwrap();
        assert_eq!(serde_json::from_str::<Decisions>(&text).unwrap(), decisions);
    }
}

fn parse_query(query: &str) {
    let token = WebhookToken::new("a token of the console");
    let query = query.replace("{sign}", &token.sign(TIME));
    let parsed = match Query::parse(&query) {
        Ok(parsed) => parsed,
        Err(error) => return assert!(!error.to_string().contains(char::is_control)),
    };
    assert_eq!(Query::parse(&parsed.to_string()).as_ref(), Ok(&parsed), "{query}");
    let (Some(sign), Some(time)) = (&parsed.sign, parsed.request_time) else { return };
    let others = Query { sign: None, ..parsed.clone() }.to_string();
    if sign.len() > 16 && !others.contains(sign.as_str()) {
        assert!(!format!("{parsed:?}").contains(sign.as_str()), "the signature is shown");
    }
    let expected = match (*sign == token.sign(time), time.abs_diff(TIME) <= TOLERANCE.as_secs()) {
        (false, _) => Err(WebhookError::BadSign),
        (true, false) => Err(WebhookError::NotFresh { request_time: time }),
        (true, true) => Ok(()),
    };
    assert_eq!(token.verify(sign, time, TIME, TOLERANCE), expected);
    let other = WebhookToken::new("another token").verify(sign, time, time, TOLERANCE);
    assert!(expected.is_err() || other == Err(WebhookError::BadSign));
}
