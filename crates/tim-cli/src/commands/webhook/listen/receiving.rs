//! Checks a request, passes it on, and makes the response.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::EXPECT;
use axum::http::request::Parts;
use axum::http::{self, StatusCode};
use axum::response::Response;
use tim_webhook::{Decision, Receiver, Rejection, Webhook};
use tokio::sync::{mpsc, oneshot};

use super::body;
use super::failure;
use super::forward::Forward;
use super::row::EventRow;
use crate::time;

/// The code with which `--reject-questions` rejects an action.
const REJECTED: i64 = 38001;

/// What happens with a request.
pub(super) struct Receiving {
    pub(super) receiver: Receiver,
    pub(super) forward: Option<Forward>,
    pub(super) reject_questions: bool,
    pub(super) messages: mpsc::Sender<Message>,
}

/// What the handler reports about a request.
pub(super) enum Message {
    /// An event that waits for its response until it is printed and recorded.
    Event {
        row: Box<EventRow>,
        confirm: oneshot::Sender<()>,
    },
    Rejected(Rejected),
}

/// A request that is not an event of the service.
pub(super) struct Rejected {
    pub(super) peer: SocketAddr,
    pub(super) method: String,
    pub(super) rejection: Rejection,
}

impl Receiving {
    /// Makes the response to a request.
    pub(super) async fn respond(&self, peer: SocketAddr, request: Request) -> Response {
        let (head, mut body) = request.into_parts();
        let now = time::now();
        match self.receive(&head, &mut body, now).await {
            Ok((webhook, bytes)) => self.accept(webhook, &head, bytes, now).await,
            Err(rejection) => {
                // A client that expects `100 Continue` has not sent the body yet.
                if rejection != Rejection::TooSlow && !head.headers.contains_key(EXPECT) {
                    body::discard(&mut body).await;
                }
                let rejected = Rejected { peer, method: head.method.to_string(), rejection: rejection.clone() };
                // At the end of the program, nobody counts any more.
                let _ = self.messages.send(Message::Rejected(rejected)).await;
                http::Response::<String>::from(rejection).map(Body::from)
            }
        }
    }

    async fn receive(&self, head: &Parts, body: &mut Body, now: u64) -> Result<(Webhook, Vec<u8>), Rejection> {
        let query = head.uri.query().unwrap_or_default();
        let checked = self.receiver.check(head.method.as_str(), query, now)?;
        let bytes = body::read(body, self.receiver.body_limit()).await?;
        Ok((checked.body(&bytes)?, bytes))
    }

    async fn accept(&self, webhook: Webhook, head: &Parts, bytes: Vec<u8>, now: u64) -> Response {
        let key = webhook.key;
        let query = head.uri.query().unwrap_or_default();
        let (response, receipt) = match &self.forward {
            Some(forward) => forward.send(query, &head.headers, bytes).await,
            None => (http::Response::<String>::from(self.decide(&webhook)).map(Body::from), Default::default()),
        };
        let row = EventRow::new(webhook, query, now, receipt, self.forward.is_some());
        let response = match self.report(row).await {
            true => response,
            false => {
                failure::response(StatusCode::SERVICE_UNAVAILABLE, "the listener stops: this event was not recorded")
            }
        };
        if response.status() != StatusCode::OK {
            // A retry is not a duplicate of an event that nobody handled.
            self.receiver.forget(&key);
        }
        response
    }

    /// The response without an application.
    fn decide(&self, webhook: &Webhook) -> tim_webhook::Response {
        match Decision::reject(REJECTED, "rejected by tim webhook listen") {
            Ok(reject) if self.reject_questions => webhook.decide(|_| reject.clone()),
            _ => webhook.ok(),
        }
    }

    /// Waits until the event is printed and recorded. Returns false if the program ends before.
    async fn report(&self, row: EventRow) -> bool {
        let (confirm, confirmed) = oneshot::channel();
        let message = Message::Event { row: Box::new(row), confirm };
        self.messages.send(message).await.is_ok() && confirmed.await.is_ok()
    }
}
