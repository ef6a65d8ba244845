//! Why a request is rejected.

use tim_sig::WebhookError;
use tim_types::SdkAppId;
use tim_types::webhook::InvalidQuery;

use crate::response::Response;

/// Why a request is rejected. No message contains a token or a `Sign`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The method is not POST.
    #[error("the method is not POST: the service sends webhooks with POST only")]
    Method,
    /// The query of the URL is not that of a webhook.
    #[error(transparent)]
    Query(#[from] InvalidQuery),
    /// The webhook is for another app.
    #[error("the webhook is for the app {sdkappid}: check the URL in its console, or the app of this receiver")]
    #[non_exhaustive]
    App {
        /// The app in the query.
        sdkappid: SdkAppId,
    },
    /// `Sign` or `RequestTime` is missing.
    #[error("the webhook has no Sign and RequestTime: set the token in the console of the app")]
    Unsigned,
    /// `Sign` fits no token, or `RequestTime` is too far from now.
    #[error(transparent)]
    Sign(WebhookError),
    /// The body is too large.
    #[error("the body of the webhook is larger than {limit} bytes")]
    #[non_exhaustive]
    TooLarge {
        /// The maximum, in bytes.
        limit: usize,
    },
    /// The body did not come in time.
    #[error("the body of the webhook did not come within 2 seconds")]
    TooSlow,
    /// The body could not be read.
    #[error("the body of the webhook could not be read: the connection was closed")]
    Incomplete,
    /// The body is not that of an event, or not that of the documents.
    #[error("the body of the webhook is not a valid event: {problem}")]
    #[non_exhaustive]
    Body {
        /// What is wrong, in one line.
        problem: String,
    },
    /// `CallbackCommand` of the body is not that of the query.
    #[error("CallbackCommand of the body and of the query differ")]
    Command,
}

impl Rejection {
    /// The HTTP status of the response.
    pub fn status(&self) -> u16 {
        match self {
            Self::Query(_) | Self::Body { .. } | Self::Command | Self::Incomplete => 400,
            Self::App { .. } | Self::Unsigned | Self::Sign(_) => 403,
            Self::Method => 405,
            Self::TooSlow => 408,
            Self::TooLarge { .. } => 413,
        }
    }

    /// The response to send. With status 405, HTTP requires the header `Allow: POST` too.
    pub fn response(&self) -> Response {
        Response::error(self.status(), &self.to_string())
    }
}
