//! A row of `tim webhook listen`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tim_follow::UserId;
use tim_webhook::Webhook;
use tim_webhook::webhook::{Event, UserPair};

use super::super::receipt::Receipt;
use super::super::recording::unsigned;
use crate::output::row::{Cells, Row, or_dash, yes_no};
use crate::time;

/// A row of `tim webhook listen`: an event.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct EventRow {
    /// `webhook_listen`.
    command: &'static str,
    /// When the event was received, in Unix seconds.
    pub(super) received_at: u64,
    /// The event, as on the wire.
    event: String,
    /// The user who acted, or whose profile or state changed; null for an event that this version
    /// does not know.
    user: Option<String>,
    /// The targets of the action; empty for an event without targets.
    targets: Vec<String>,
    /// Whether the same event was received before.
    pub(super) duplicate: bool,
    /// Whether the service waits for a decision before it acts.
    question: bool,
    /// The query of the request, without `Sign` and `RequestTime`.
    pub(super) query: String,
    /// The body of the request.
    #[schemars(with = "Value")]
    body: Option<Box<RawValue>>,
    /// The receipt of the application; its keys are null without --forward-to.
    #[serde(flatten)]
    pub(super) receipt: Receipt,
    /// What changed, if the event has no targets.
    #[serde(skip)]
    change: Option<String>,
    #[serde(skip)]
    is_forwarded: bool,
    /// The body, as it came.
    #[serde(skip)]
    pub(super) text: String,
}

impl EventRow {
    pub(super) fn new(webhook: Webhook, query: &str, now: u64, receipt: Receipt, is_forwarded: bool) -> Self {
        Self {
            command: "webhook_listen",
            received_at: now,
            user: webhook.event.user().map(ToString::to_string),
            targets: targets(&webhook.event).into_iter().map(ToString::to_string).collect(),
            change: change(&webhook.event),
            duplicate: webhook.is_duplicate,
            question: webhook.is_question(),
            event: webhook.query.command,
            query: unsigned(query),
            body: RawValue::from_string(webhook.body.clone()).ok(),
            receipt,
            is_forwarded,
            text: webhook.body,
        }
    }

    /// The targets or the change in a few words.
    fn what(&self) -> String {
        const SHOWN: usize = 3;
        match (&self.change, self.targets.len()) {
            (Some(change), _) => change.clone(),
            (None, 0) => or_dash(None::<&str>),
            (None, 1..=SHOWN) => self.targets.join(" "),
            (None, more) => format!("{more} users"),
        }
    }
}

impl Row for EventRow {
    fn cells(&self) -> Cells {
        let mut cells = vec![
            ("time", time::utc(self.received_at)),
            // As wide as the longest known name, because the width is that of the first row.
            ("event", format!("{:<32}", self.event)),
            ("user", or_dash(self.user.as_ref())),
            ("what", self.what()),
            ("duplicate", yes_no(self.duplicate)),
        ];
        if self.is_forwarded {
            cells.extend(self.receipt.cells());
        }
        cells
    }
}

fn targets(event: &Event) -> Vec<&UserId> {
    fn of(pairs: &[UserPair]) -> Vec<&UserId> {
        pairs.iter().map(|pair| &pair.to).collect()
    }
    match event {
        Event::FollowAdd(event) => event.to.iter().collect(),
        Event::FollowDelete(event) => event.to.iter().collect(),
        Event::PrevFriendAdd(event) => event.friends.iter().map(|friend| &friend.user).collect(),
        Event::PrevFriendResponse(event) => event.responses.iter().map(|response| &response.user).collect(),
        Event::FriendAdd(event) => event.pairs.iter().map(|pair| &pair.to).collect(),
        Event::FriendDelete(event) => of(&event.pairs),
        Event::BlockAdd(event) => of(&event.pairs),
        Event::BlockDelete(event) => of(&event.pairs),
        _ => Vec::new(),
    }
}

/// What changed in an event without targets.
fn change(event: &Event) -> Option<String> {
    match event {
        Event::ProfileSet(event) => {
            let tags = event.fields.0.iter().map(|field| field.tag.as_str());
            let names: Vec<_> = tags.map(|tag| tag.strip_prefix("Tag_Profile_IM_").unwrap_or(tag)).collect();
            Some(names.join(" "))
        }
        Event::StateChange(event) => Some(format!("{} ({})", event.info.action, event.info.reason)),
        _ => None,
    }
}
