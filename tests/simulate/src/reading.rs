//! Reads a response as docs/calls.md says, independently of the client.

use serde_json::Value;

use crate::history::Seen;
use crate::wire::Request;

/// What a response says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    /// About each target; one element for a command without targets.
    pub(crate) seen: Vec<Seen>,
    /// The number of items for each target, if there are items.
    pub(crate) items: Option<Vec<usize>>,
    /// The users of items that are not targets.
    pub(crate) others: Vec<String>,
}

/// Reads the body of a response with status 200.
pub(crate) fn read(request: &Request, body: &[u8]) -> Reading {
    let count = request.targets.len().max(1);
    let all = |seen| Reading { seen: vec![seen; count], items: None, others: Vec::new() };
    let Ok(response) = serde_json::from_slice::<Value>(body) else { return all(Seen::NoResponse) };
    match response["ErrorCode"].as_i64() {
        None => all(Seen::NoResponse),
        Some(0) => match request.items_key() {
            None => all(Seen::Done(None)),
            Some(key) => items(request, response[key].as_array().map_or(&[][..], Vec::as_slice), &response),
        },
        Some(code) => all(Seen::Call(code)),
    }
}

fn items(request: &Request, items: &[Value], response: &Value) -> Reading {
    let failed = response["Fail_Account"].as_array().map_or(&[][..], Vec::as_slice);
    let about = |user: &str| items.iter().filter(|item| item["To_Account"] == user).collect::<Vec<_>>();
    let seen = |user: &str| {
        let mut seen: Vec<Seen> = about(user).into_iter().map(item).collect();
        seen.dedup();
        match seen[..] {
            _ if seen.contains(&Seen::Unreadable) => Seen::Unreadable,
            [] if failed.iter().any(|other| other == user) => Seen::NoCode,
            [] => Seen::Missing,
            [one] => one,
            _ => Seen::Contradiction,
        }
    };
    let is_target = |user: &str| request.targets.iter().any(|target| target.user == user);
    let others = items.iter().filter_map(|item| item["To_Account"].as_str()).filter(|user| !is_target(user));
    Reading {
        seen: request.targets.iter().map(|target| seen(&target.user)).collect(),
        items: Some(request.targets.iter().map(|target| about(&target.user).len()).collect()),
        others: others.map(str::to_owned).collect(),
    }
}

fn item(item: &Value) -> Seen {
    match item["ResultCode"].as_i64() {
        None => Seen::Unreadable,
        Some(0) => Seen::Done(item["FollowType"].as_i64()),
        Some(code) => Seen::Item(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(response: &str) -> Vec<Seen> {
        let request = br#"{"From_Account":"a","To_Account":["b","c"]}"#;
        read(&Request::read("follow_check", request).unwrap(), response.as_bytes()).seen
    }

    #[test]
    fn each_target_has_what_its_items_say() {
        let body = r#"{"ResultItem":[{"To_Account":"c","ResultCode":30006},{"To_Account":"b","ResultCode":0,"FollowType":2}],
            "ErrorCode":0}"#;
        assert_eq!(seen(body), [Seen::Done(Some(2)), Seen::Item(30006)]);
        let body = r#"{"ResultItem":[{"To_Account":"b","ResultCode":0},{"To_Account":"b","ResultCode":1}],
            "Fail_Account":["c"],"ErrorCode":0}"#;
        assert_eq!(seen(body), [Seen::Contradiction, Seen::NoCode]);
        let body = r#"{"ResultItem":[{"To_Account":"b","ResultCode":{}}],"ErrorCode":0}"#;
        assert_eq!(seen(body), [Seen::Unreadable, Seen::Missing]);
        assert_eq!(seen(r#"{"ErrorCode":30003}"#), [Seen::Call(30003); 2]);
        assert_eq!(seen("<html>"), [Seen::NoResponse; 2]);
    }
}
