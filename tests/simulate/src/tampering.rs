//! Changes what the client receives, as the fate of the request says.

use std::time::Duration;

use serde_json::{Value, json};
use tim_follow::transport::{Response, TransportError, TransportErrorKind};

use crate::fate::Fate;
use crate::history::Seen;
use crate::plan::Fault;
use crate::reading::read;
use crate::wire::Request;

pub(crate) const FATAL_CODES: [i64; 6] = [70009, 60010, 30002, 30004, 70050, 60012];

/// What the client receives, and what it says about each target.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) result: Result<Response, TransportError>,
    pub(crate) seen: Vec<Seen>,
}

impl Received {
    pub(crate) fn error(request: &Request, kind: TransportErrorKind, detail: impl Into<String>) -> Self {
        use TransportErrorKind::{Certificate, Connect};
        let seen = if matches!(kind, Connect | Certificate) { Seen::NotSent } else { Seen::NoResponse };
        let seen = vec![seen; request.targets.len().max(1)];
        Self { result: Err(TransportError::new(kind, detail)), seen }
    }

    fn body(request: &Request, body: impl Into<Vec<u8>>) -> Self {
        let response = Response::new(200, body);
        Self { seen: read(request, &response.body).seen, result: Ok(response) }
    }
}

/// Whether the service does not process the request, and something before it responds instead.
pub(crate) fn is_replaced(fate: &Fate) -> bool {
    let codes = [Fault::RateLimitCode, Fault::PermanentCode, Fault::SignatureCode, Fault::FatalCode];
    fate.first(&codes).is_some()
}

/// The response that replaces the one of the service, or that body with the faults.
pub(crate) fn receive(request: &Request, body: String, url: &str, fate: &mut Fate) -> Received {
    let echo = if fate.has(Fault::Echo) { url } else { "" };
    let error = |kind| Received::error(request, kind, format!("simulated {echo}"));
    if fate.has(Fault::LostAfter) {
        return error(TransportErrorKind::Lost);
    }
    if fate.has(Fault::TooLong) {
        return error(TransportErrorKind::TooLong);
    }
    if fate.has(Fault::Status) {
        return status(request, echo, fate);
    }
    if let Some(code) = code(fate) {
        let rejection = json!({
            "ActionStatus": "FAIL", "ErrorCode": code, "ErrorInfo": format!("simulated {echo}"),
            "ErrorDisplay": echo, "RequestId": echo,
        });
        return Received::body(request, rejection.to_string());
    }
    if fate.has(Fault::Malformed) {
        let bodies = ["", "<html>", "[]", "null", r#"{"ActionStatus":"OK"}"#, "{\"ErrorCode\":"];
        return Received::body(request, fate.one_of(&bodies));
    }
    if fate.has(Fault::Truncated) {
        let (is_noticed, at) = (fate.random.bool(), fate.random.usize(..body.len().max(1)));
        if is_noticed {
            return error(TransportErrorKind::Lost);
        }
        return Received::body(request, body.as_bytes().get(..at).unwrap_or_default());
    }
    let body = change_items(request, body, fate);
    let mut received = Received::body(request, body);
    if let Ok(response) = &mut received.result
        && !echo.is_empty()
        && let Ok(mut body) = serde_json::from_slice::<Value>(&response.body)
    {
        body["RequestId"] = json!(echo);
        response.body = body.to_string().into();
    }
    received
}

fn status(request: &Request, echo: &str, fate: &mut Fate) -> Received {
    let status = fate.one_of(&[500, 502, 503, 504, 429, 404, 408]);
    let mut response = Response::new(status, format!("<html>{echo}</html>"));
    if fate.random.bool() {
        response.retry_after = Some(Duration::from_secs(fate.random.u64(..4)));
    }
    Received { result: Ok(response), seen: vec![Seen::NoResponse; request.targets.len().max(1)] }
}

fn code(fate: &mut Fate) -> Option<i64> {
    let faults =
        [Fault::TransientCode, Fault::RateLimitCode, Fault::PermanentCode, Fault::SignatureCode, Fault::FatalCode];
    Some(match fate.first(&faults)? {
        Fault::TransientCode => fate.one_of(&[30006, 60008]),
        Fault::RateLimitCode => 60007,
        Fault::SignatureCode => 70001,
        Fault::FatalCode => fate.one_of(&FATAL_CODES),
        _ => fate.one_of(&[30001, 12345]),
    })
}

/// Changes single items, and their order.
fn change_items(request: &Request, body: String, fate: &mut Fate) -> String {
    let faults = [Fault::ItemsMissing, Fault::ItemsContradict, Fault::ItemUnreadable, Fault::ItemRepeated];
    let Some(fault) = fate.first(&faults) else { return body };
    let Some(key) = request.items_key() else { return body };
    let Ok(mut response) = serde_json::from_str::<Value>(&body) else { return body };
    let Some(items) = response[key].as_array_mut() else { return body };
    let before = std::mem::take(items);
    for mut item in before {
        if fate.random.u8(..3) > 0 {
            items.push(item);
            continue;
        }
        match fault {
            Fault::ItemsMissing => {}
            Fault::ItemsContradict => {
                let mut other = item.clone();
                other["ResultCode"] = json!(if item["ResultCode"] == 12345 { 30003 } else { 12345 });
                items.extend([item, other]);
            }
            Fault::ItemUnreadable => {
                item["ResultCode"] = json!({});
                items.push(item);
            }
            _ => items.extend([item.clone(), item]),
        }
    }
    fate.random.shuffle(items);
    response.to_string()
}
