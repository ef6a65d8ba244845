//! Sends events as the service does: signed, and with one request for each event.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};

use super::http::HttpClient;
use super::receipt::Receipt;
use super::token::{self, Token};
use super::url::{self, DEFAULT_URL};
use crate::exit::Failure;
use crate::settings::Settings;
use crate::time;

/// Where and how events are sent.
#[derive(Debug, Args)]
pub(super) struct SenderArgs {
    /// The URL of the receiver
    #[arg(long, value_name = "URL", default_value = DEFAULT_URL, value_parser = url::url())]
    to_url: Url,
    /// Sign with the token in this file [env: TIM_WEBHOOK_TOKEN, the token itself]
    #[arg(long, value_name = "FILE", value_parser = token::path())]
    token_file: Option<PathBuf>,
    /// Send without a signature, as the service does if no token is set in the console
    #[arg(long, conflicts_with = "token_file")]
    no_token: bool,
    /// How long the receiver may take. The service waits 2 seconds
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = time::parse_duration)]
    timeout: Duration,
}

/// Sends events to one URL.
#[derive(Debug)]
pub(super) struct Sender {
    client: HttpClient,
    url: Url,
    tokens: Vec<Token>,
    timeout: Duration,
}

impl SenderArgs {
    /// The URL without secrets.
    pub(super) fn shown_url(&self) -> String {
        url::shown(&self.to_url)
    }

    pub(super) fn sender(self, settings: &Settings) -> Result<Sender, Failure> {
        let tokens = token::load(self.token_file.as_slice(), self.no_token)?;
        Ok(Sender { client: HttpClient::new(settings)?, url: self.to_url, tokens, timeout: self.timeout })
    }
}

impl Sender {
    /// Sends an event. `query` has no signature, which is made for the current time.
    pub(super) async fn send(&self, query: &str, body: &str) -> Receipt {
        let query = match self.tokens.first() {
            Some(token) => {
                let now = time::now();
                format!("{query}&Sign={}&RequestTime={now}", token.verifier().sign(now))
            }
            None => query.to_owned(),
        };
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let url = url::with_query(&self.url, &query);
        let sent = self.client.send(Method::POST, url, headers, body.into(), self.timeout).await;
        Receipt::new(sent.as_ref(), &self.tokens)
    }
}
