//! The blocking client: the same methods as the asynchronous one, without a runtime.
//!
//! ```
//! # use tim_transport::MockTransport;
//! use tim_follow::{Config, Region, SdkAppId, SecretKey, blocking, follow};
//!
//! # let script = MockTransport::texts([r#"{"FollowItem":[{"To_Account":"bob","FollowTime":1702262118}],"NextCursor":"",
//! #   "ActionStatus":"OK","ErrorCode":0}"#]);
//! let config = Config::new(SdkAppId(1400000000), "administrator", SecretKey::new("key")).region(Region::Singapore);
//! # #[cfg(feature = "ureq")]
//! let client = blocking::Client::new(config.clone())?;
//! # let client = blocking::Client::with_transport(config, std::sync::Arc::new(script))?;
//! for page in client.pages(follow::List::followers("alice")) {
//!     for follower in page?.items {
//!         println!("{}", follower.user);
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod outcomes;
mod pages;

use std::sync::Arc;
use std::time::Instant;

use tim_transport::{BlockingTransport, ClockReading};
use tim_types::follow::{self, List};
use tim_types::{BatchTemplate, Endpoint, Paged, UserId};

use crate::engine::{Call, CallOptions, Engine, PageRead, RawResponse, Step, Stop};
use crate::sync::{Differ, SyncPlan, SyncReport, TooManyDeletes};
use crate::{Config, ConfigError, Error, Limits, PageError};

pub use outcomes::Outcomes;
pub use pages::{Items, Pages};

/// Sends calls for one app, and blocks the calling thread until they end. Clones are cheap, and
/// share connections, signature, rate limiter and retry budget.
///
/// In an asynchronous program use [`crate::Client`], because this client would block the thread of
/// the runtime.
#[derive(Debug, Clone)]
pub struct Client {
    engine: Arc<Engine>,
    options: CallOptions,
    transport: Arc<dyn BlockingTransport>,
}

impl Client {
    /// Creates a client that sends with ureq.
    ///
    /// # Errors
    /// A setting is missing or invalid; see [`ConfigError`].
    #[cfg(feature = "ureq")]
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let transport = tim_transport::UreqTransport::new(&config.transport_options())?;
        Self::with_transport(config, Arc::new(transport))
    }

    /// Creates a client that sends with a transport of your own.
    ///
    /// # Errors
    /// A setting is missing or invalid; see [`ConfigError`].
    pub fn with_transport(config: Config, transport: Arc<dyn BlockingTransport>) -> Result<Self, ConfigError> {
        let options = CallOptions { limits: config.limits, validates: true };
        let engine = Arc::new(Engine::new(config, transport.now())?);
        Ok(Self { engine, options, transport })
    }

    /// Returns a client with other limits, which shares everything else with this one.
    #[must_use]
    pub fn with_limits(&self, limits: Limits) -> Self {
        Self { options: CallOptions { limits, ..self.options }, ..self.clone() }
    }

    /// Returns a client that does not validate requests, and shares everything else with this one.
    ///
    /// It also sends what [`Endpoint::validate`] rejects, for example a value or a number of
    /// targets that the service accepts and this version does not know.
    #[must_use]
    pub fn without_validation(&self) -> Self {
        Self { options: CallOptions { validates: false, ..self.options }, ..self.clone() }
    }

    /// Sends one call and returns its result; see [`crate::Client::send`].
    ///
    /// Single targets can fail although the call succeeded: check `result()` of each item.
    ///
    /// An item can be missing from the response, and the order of items is not documented: look an
    /// item up by its target. [`batch`](Self::batch) does this for all targets.
    ///
    /// # Errors
    /// The kinds are those of [`ErrorKind`](crate::ErrorKind). An invalid request is not sent.
    pub fn send<E: Endpoint>(&self, request: E) -> Result<E::Response, Error> {
        self.drive(self.engine.typed(&request, self.options)?)
    }

    /// Like [`send`](Self::send), but ends before the first request if `stop` is set.
    fn send_until<E: Endpoint>(&self, request: E, stop: &Stop) -> Result<E::Response, Error> {
        self.drive(self.engine.typed(&request, self.options)?.stopped_by(stop.clone()))
    }

    fn send_paged<E: Paged>(&self, request: E) -> Result<PageRead<E>, Error> {
        self.drive(self.engine.paged(&request, self.options)?)
    }

    /// Reads a list page by page, from the position in `request`.
    pub fn pages<E: Paged>(&self, request: E) -> Pages<E> {
        Pages::new(self.clone(), request)
    }

    /// Compares the users that `from` follows with the users in `wanted`, and returns the
    /// differences. Changes nothing.
    ///
    /// # Errors
    /// The list of followed users could not be read completely, or one of its entries does not name
    /// its user.
    pub fn plan_follows<T: Into<UserId>>(
        &self,
        from: impl Into<UserId>,
        wanted: impl IntoIterator<Item = T>,
    ) -> Result<SyncPlan, PageError> {
        let from = from.into();
        let list = List::following(&from).page_size(List::MAX_PAGE_SIZE);
        let mut differ = Differ::new(from, wanted);
        let mut pages = self.pages(list);
        let mut position = pages.position().unwrap_or_default();
        while let Some(page) = pages.next() {
            differ.page(page?).map_err(|item| PageError::of_entry::<List>(item, position))?;
            position = pages.position().unwrap_or_default();
        }
        Ok(differ.plan())
    }

    /// Applies a plan: deletes the follows that are not wanted, then adds the missing ones. The
    /// report has the outcome of each target.
    ///
    /// `max_delete_share` is the share of the current follows that may be deleted: 0.0 for none,
    /// 1.0 for all. It protects against an incomplete wanted set, which would delete too many
    /// follows.
    ///
    /// # Errors
    /// The plan would delete more than this share. Nothing was changed.
    pub fn apply_follows(&self, plan: SyncPlan, max_delete_share: f64) -> Result<SyncReport, TooManyDeletes> {
        plan.check(max_delete_share)?;
        let deleted = self.batch(follow::Delete::template(&plan.from), plan.delete).collect();
        let added = self.batch(follow::Add::template(&plan.from), plan.add).collect();
        Ok(SyncReport { deleted, added })
    }

    /// Sends a command by its name, with a body in JSON, and returns the response unchanged, except
    /// that signatures in it are redacted. The response to a rejected call is returned too.
    ///
    /// # Errors
    /// There was no response of the service, `service` or `command` is not a name, or `body` is not
    /// a JSON object.
    pub fn call(&self, service: &str, command: &str, body: &str) -> Result<RawResponse, Error> {
        self.drive(self.engine.raw(service, command, body, self.options.limits)?)
    }

    /// Sends a command for any number of targets, in as many calls as needed, and returns the
    /// outcome of each target, in the order of the targets; see [`crate::Client::batch`].
    ///
    /// ```
    /// # use tim_transport::MockTransport;
    /// # use tim_follow::{Config, Region, SdkAppId, SecretKey, blocking, follow};
    /// # let config = Config::new(SdkAppId(1), "administrator", SecretKey::new("key")).region(Region::Singapore);
    /// # let script = MockTransport::texts([r#"{"ResultItem":[{"To_Account":"bob","ResultCode":0,"ResultInfo":"","FollowType":3}],
    /// #   "ErrorCode":0}"#]);
    /// # let client = blocking::Client::with_transport(config, std::sync::Arc::new(script))?;
    /// use tim_follow::BatchReport;
    ///
    /// let report: BatchReport<_> = client.batch(follow::Check::template("alice"), ["bob", ""]).collect();
    /// assert_eq!((report.done, report.not_attempted), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn batch<T, I>(&self, template: T, targets: I) -> Outcomes<T, I::IntoIter>
    where
        T: BatchTemplate,
        I: IntoIterator<Item: Into<T::Target>>,
    {
        Outcomes::new(self.clone(), template, targets.into_iter())
    }

    fn now(&self) -> ClockReading {
        self.transport.now()
    }

    /// Waits until a time on the clock of the transport.
    fn sleep_until(&self, until: Instant) {
        let now = self.now().instant;
        self.transport.sleep(until.saturating_duration_since(now));
    }

    fn drive<R>(&self, call: Call<'_, R>) -> Result<R, Error> {
        call.span().enter(|| self.run(call))
    }

    fn run<R>(&self, mut call: Call<'_, R>) -> Result<R, Error> {
        loop {
            match call.step(self.transport.now()) {
                Step::Wait(time) => self.transport.sleep(time),
                Step::WaitFor(pending, at_most) => pending.wait(at_most),
                // A blocking transport cannot be interrupted; it has to keep the time limit itself.
                Step::Send { request, span, .. } => {
                    let response = span.enter(|| self.transport.send(request));
                    call.on_response(response, self.transport.now());
                }
                Step::Done(result) => return result,
            }
        }
    }
}
