//! What a receiver did with an event.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::IgnoredAny;

use super::http::{NoReply, NoReplyKind, Reply};
use super::token::{Token, redacted};
use crate::exit::ExitStatus;
use crate::output::row::{Cells, or_dash, yes_no};

/// What a receiver did with an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Receipt {
    /// Whether the service would count the event as received: HTTP 200 with JSON. Null if it was
    /// not sent.
    pub(super) ok: Option<bool>,
    /// The HTTP status; null without a response.
    status: Option<u16>,
    /// The time from the start of the request to the end of the response, in milliseconds.
    duration_ms: Option<u64>,
    /// The body of the response, without secrets; null without a response.
    response: Option<String>,
    /// Why the event does not count as received.
    pub(super) problem: Option<String>,
    #[serde(skip)]
    no_reply: Option<NoReplyKind>,
}

impl Receipt {
    pub(super) fn new(result: Result<&Reply, &NoReply>, tokens: &[Token]) -> Self {
        match result {
            Ok(reply) => {
                let problem = problem(reply);
                Self {
                    ok: Some(problem.is_none()),
                    status: Some(reply.status),
                    duration_ms: Some(u64::try_from(reply.took.as_millis()).unwrap_or(u64::MAX)),
                    response: Some(redacted(&String::from_utf8_lossy(&reply.body), tokens)),
                    problem,
                    no_reply: None,
                }
            }
            Err(error) => Self {
                ok: Some(false),
                problem: Some(redacted(&error.to_string(), tokens)),
                no_reply: Some(error.kind),
                ..Self::default()
            },
        }
    }

    /// Whether nothing listens at the URL, so that the next event would fail in the same way.
    pub(super) fn is_unreachable(&self) -> bool {
        self.no_reply == Some(NoReplyKind::Connect)
    }

    pub(super) fn exit_status(&self) -> ExitStatus {
        match (self.ok, self.no_reply) {
            (_, Some(_)) => ExitStatus::NoResponse,
            (Some(false), None) => ExitStatus::Rejected,
            _ => ExitStatus::Done,
        }
    }

    /// The columns that a table shows.
    pub(super) fn cells(&self) -> Cells {
        let took = self.duration_ms.map(|ms| format!("{ms} ms"));
        let response = self.response.as_deref().map(shortened).filter(|text| !text.is_empty());
        vec![
            ("ok", yes_no(self.ok)),
            ("status", or_dash(self.status)),
            ("duration", or_dash(took)),
            ("response", or_dash(response)),
            ("problem", or_dash(self.problem.as_ref())),
        ]
    }
}

/// Why the service would count this response as a failure.
fn problem(reply: &Reply) -> Option<String> {
    if reply.status != 200 {
        return Some(format!("the receiver returned HTTP {}: the service expects 200", reply.status));
    }
    let is_json = serde_json::from_slice::<IgnoredAny>(&reply.body).is_ok();
    (!is_json)
        .then(|| "the body of the response is not JSON: the service expects ActionStatus and ErrorCode".to_owned())
}

/// The start of a text, for a table.
fn shortened(text: &str) -> String {
    const MAX: usize = 100;
    let text = text.trim();
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::HeaderMap;

    use super::*;

    fn receipt(status: u16, body: &str) -> Receipt {
        let (headers, took) = (HeaderMap::new(), Duration::from_millis(7));
        Receipt::new(Ok(&Reply { status, headers, body: body.into(), took }), &[])
    }

    #[test]
    fn only_200_with_json_counts_as_received() {
        assert_eq!(receipt(200, "{}").exit_status(), ExitStatus::Done);
        for (status, body, problem) in [(500, "{}", "HTTP 500"), (204, "", "HTTP 204"), (200, "OK", "not JSON")] {
            let receipt = receipt(status, body);
            assert_eq!((receipt.ok, receipt.exit_status()), (Some(false), ExitStatus::Rejected));
            assert!(receipt.problem.unwrap().contains(problem));
        }
    }

    #[test]
    fn a_table_shows_the_start_of_a_long_response() {
        let cells = receipt(200, &"é".repeat(500)).cells();
        let (_, response) = cells.iter().find(|(name, _)| *name == "response").unwrap();
        assert_eq!(*response, format!("{}...", "é".repeat(100)));
    }
}
