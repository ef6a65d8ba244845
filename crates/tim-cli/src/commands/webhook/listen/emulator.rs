//! Registers the listener with an emulator.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tim_webhook::SdkAppId;

use super::super::http::{HttpClient, Reply};
use super::super::token::Token;
use super::super::url::{parse, shown};
use crate::address;
use crate::exit::{ExitStatus, Failure};
use crate::output::note;
use crate::settings::{Resolved, ServiceEndpoint, Settings};

/// How long a call to the admin API may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The admin API of an emulator.
pub(super) struct EmulatorHooks {
    client: HttpClient,
    /// The URL of the admin API, without a slash at its end.
    admin_url: Url,
    sdkappid: u32,
}

/// What the emulator reports about itself.
#[derive(Deserialize)]
struct Info {
    name: String,
    sdkappid: u32,
}

/// A registered receiver.
#[derive(Deserialize)]
struct Registered {
    id: u64,
}

/// A registration that [`remove`](Self::remove) ends.
pub(super) struct Registration<'a> {
    hooks: &'a EmulatorHooks,
    id: u64,
}

impl EmulatorHooks {
    /// Checks that there is an emulator at the URL, or at the base URL of the settings.
    pub(super) async fn find(url: Option<&Url>, settings: &Settings, client: HttpClient) -> Result<Self, Failure> {
        let base = match (url, settings.endpoint.as_ref().map(|endpoint| &endpoint.value)) {
            (Some(url), _) => url.clone(),
            (None, Some(ServiceEndpoint::BaseUrl(url))) => {
                parse(url).map_err(|problem| Failure::usage(format!("cannot use the base URL: {problem}")))?
            }
            (None, _) => {
                return Err(Failure::usage(
                    "no emulator: give its URL, as in --emulator http://127.0.0.1:9000, or set TIM_BASE_URL to it",
                ));
            }
        };
        let mut admin_url = base;
        admin_url.set_path("/_emulator");
        admin_url.set_query(None);
        let mut hooks = Self { client, admin_url, sdkappid: 0 };
        let info: Info = hooks.call(Method::GET, "", None).await?;
        if info.name != "tim-emulator" {
            return Err(hooks.failure("it is another program than `tim emulator`"));
        }
        hooks.sdkappid = info.sdkappid;
        Ok(hooks)
    }

    /// The app of the emulator. Another one in the settings is an error, because every event would
    /// be rejected.
    pub(super) fn app(&self, settings: &Settings) -> Result<SdkAppId, Failure> {
        match &settings.sdkappid {
            Some(Resolved { value, source }) if value.0 != self.sdkappid => Err(Failure::usage(format!(
                "the emulator has the app {}, and the settings have {value} ({source}): give --sdkappid {}",
                self.sdkappid, self.sdkappid
            ))),
            _ => Ok(SdkAppId(self.sdkappid)),
        }
    }

    /// Adds the listener to the receivers of webhooks.
    pub(super) async fn register(
        &self,
        address: SocketAddr,
        token: Option<&Token>,
    ) -> Result<Registration<'_>, Failure> {
        let body = json!({ "url": address::local_url(address), "token": token.map(Token::expose) });
        let registered: Registered = self.call(Method::POST, "/webhooks", Some(body.to_string())).await?;
        Ok(Registration { hooks: self, id: registered.id })
    }

    async fn call<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<String>) -> Result<T, Failure> {
        let reply = self.send(method, path, body).await?;
        match serde_json::from_slice(&reply.body) {
            Ok(value) if reply.status == 200 => Ok(value),
            _ => Err(self.failure(&format!("it returned HTTP {}, and not what `tim emulator` returns", reply.status))),
        }
    }

    async fn send(&self, method: Method, path: &str, body: Option<String>) -> Result<Reply, Failure> {
        let mut url = self.admin_url.clone();
        url.set_path(&format!("{}{path}", url.path()));
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let sent = self.client.send(method, url, headers, body.unwrap_or_default().into_bytes(), TIMEOUT).await;
        sent.map_err(|error| {
            let text = format!("{}: {error}; start it with `tim emulator`, or check the URL", self.subject());
            Failure::Error(ExitStatus::NoResponse, text.into())
        })
    }

    fn failure(&self, problem: &str) -> Failure {
        Failure::Error(ExitStatus::NoResponse, format!("{}: {problem}; check the URL", self.subject()).into())
    }

    fn subject(&self) -> String {
        format!("cannot register with the emulator at {}", shown(&self.admin_url))
    }
}

impl Registration<'_> {
    /// Removes the listener from the receivers of webhooks.
    pub(super) async fn remove(self) {
        let path = format!("/webhooks/{}", self.id);
        let problem = match self.hooks.send(Method::DELETE, &path, None).await {
            // It can have been removed in the console.
            Ok(reply) if matches!(reply.status, 200 | 404) => return,
            Ok(reply) => format!("it returned HTTP {}", reply.status),
            Err(_) => "it does not respond".to_owned(),
        };
        note(format_args!("tim: warning: the registration with the emulator could not be removed: {problem}"));
    }
}
