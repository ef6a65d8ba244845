//! A webhook that was accepted.

use std::fmt;

use tim_types::webhook::{Decisions, Event, Query};
use tim_types::{Printable, UserId};

use crate::decision::Decision;
use crate::response::Response;
use crate::seen::DeliveryKey;

/// A webhook that was accepted.
///
/// Respond with [`ok`](Self::ok) or [`decide`](Self::decide) within 2 seconds of the request. If
/// the work takes longer, put the event into a queue.
///
/// `Debug` shows no `Sign`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Webhook {
    /// The query of the URL.
    pub query: Query,
    /// The event; [`Event::Other`] if this version does not know it. Then `query.command` is its
    /// name.
    pub event: Event,
    /// The body, as it came.
    pub body: String,
    /// Identifies the delivery: retries of the service have the same key.
    pub key: DeliveryKey,
    /// Whether a delivery with this key has been seen before.
    pub is_duplicate: bool,
}

impl Webhook {
    /// The response that the event was received. It allows an action that the service asks about.
    pub fn ok(&self) -> Response {
        self.decide(|_| Decision::Allow)
    }

    /// The response to an event before an action, with a decision for each of its targets. For all
    /// other events, this is the same as [`ok`](Self::ok), and `decide` is not called.
    ///
    /// ```
    /// # use tim_webhook::{Receiver, SdkAppId};
    /// use tim_webhook::Decision;
    ///
    /// # let receiver = Receiver::without_token(SdkAppId(14));
    /// # let query = "SdkAppid=14&CallbackCommand=Sns.CallbackPrevFriendAdd";
    /// # let body = r#"{"CallbackCommand":"Sns.CallbackPrevFriendAdd","Requester_Account":"alice","From_Account":"alice",
    /// #     "FriendItem":[{"To_Account":"bob","AddSource":"AddSource_Type_Web"}],"EventTime":1}"#;
    /// # let webhook = receiver.receive("POST", query, body, 0)?;
    /// let no = Decision::reject(38001, "bob takes no requests")?;
    /// let response = webhook.decide(|target| if target == "bob" { no.clone() } else { Decision::Allow });
    /// assert!(response.body.contains(r#""To_Account":"bob","ResultCode":38001"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decide(&self, mut decide: impl FnMut(&UserId) -> Decision) -> Response {
        let Some(targets) = self.targets() else { return Response::received() };
        let decisions = targets.into_iter().fold(Decisions::new(), |decisions, target| match decide(target) {
            Decision::Allow => decisions.allow(target.clone()),
            Decision::Reject { code, info } => decisions.reject(target.clone(), code, info),
        });
        Response::of(&decisions)
    }

    /// Whether the service waits for a decision before it acts.
    pub fn is_question(&self) -> bool {
        self.targets().is_some()
    }

    /// The targets about which the service asks; `None` for an event after an action.
    fn targets(&self) -> Option<Vec<&UserId>> {
        match &self.event {
            Event::PrevFriendAdd(event) => Some(event.friends.iter().map(|friend| &friend.user).collect()),
            Event::PrevFriendResponse(event) => Some(event.responses.iter().map(|response| &response.user).collect()),
            _ => None,
        }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("query", &self.query)
            .field("body", &Printable(&self.body))
            .field("is_duplicate", &self.is_duplicate)
            .finish_non_exhaustive()
    }
}
