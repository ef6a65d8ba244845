//! The same verbs on the calling thread, without a runtime.
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

/// Sends the calls of one app on the calling thread. Clones are cheap and share connections and signature.
///
/// Inside an asynchronous program it blocks the thread it is called on: use [`crate::Client`] there.
#[derive(Debug, Clone)]
pub struct Client {
    engine: Arc<Engine>,
    options: CallOptions,
    transport: Arc<dyn BlockingTransport>,
}

impl Client {
    /// A client on ureq.
    ///
    /// # Errors
    /// A setting that cannot work; see [`ConfigError`].
    #[cfg(feature = "ureq")]
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let transport = tim_transport::UreqTransport::new(&config.transport_options())?;
        Self::with_transport(config, Arc::new(transport))
    }

    /// A client on a transport of your own.
    ///
    /// # Errors
    /// A setting that cannot work; see [`ConfigError`].
    pub fn with_transport(config: Config, transport: Arc<dyn BlockingTransport>) -> Result<Self, ConfigError> {
        let options = CallOptions { limits: config.limits, validates: true };
        let engine = Arc::new(Engine::new(config, transport.now())?);
        Ok(Self { engine, options, transport })
    }

    /// The same client, sharing everything, with other bounds for its calls.
    #[must_use]
    pub fn with_limits(&self, limits: Limits) -> Self {
        Self { options: CallOptions { limits, ..self.options }, ..self.clone() }
    }

    /// The same client, which sends requests without a check of their fields.
    ///
    /// It sends what [`Endpoint::validate`] rejects, for example a value or a number of targets that
    /// the service accepts and this version does not know.
    #[must_use]
    pub fn without_validation(&self) -> Self {
        Self { options: CallOptions { validates: false, ..self.options }, ..self.clone() }
    }

    /// Sends one call and waits for its result; like [`crate::Client::send`].
    ///
    /// # Errors
    /// [`Error`] says what happened. A request that the service would refuse is not sent.
    pub fn send<E: Endpoint>(&self, request: E) -> Result<E::Response, Error> {
        self.drive(self.engine.typed(&request, self.options)?)
    }

    /// Like [`send`](Self::send) for a call of a batch that `stop` ends.
    fn send_until<E: Endpoint>(&self, request: E, stop: &Stop) -> Result<E::Response, Error> {
        self.drive(self.engine.typed(&request, self.options)?.stopped_by(stop.clone()))
    }

    fn send_paged<E: Paged>(&self, request: E) -> Result<PageRead<E>, Error> {
        self.drive(self.engine.paged(&request, self.options)?)
    }

    /// Walks through a list, page by page, from where `request` starts.
    pub fn pages<E: Paged>(&self, request: E) -> Pages<E> {
        Pages::new(self.clone(), request)
    }

    /// Compares whom `from` follows with whom it should follow; like [`crate::Client::plan_follows`]. Changes nothing.
    ///
    /// # Errors
    /// The list of followed users broke off, or an entry of it does not name its user.
    pub fn plan_follows<T: Into<UserId>>(
        &self,
        from: impl Into<UserId>,
        wanted: impl IntoIterator<Item = T>,
    ) -> Result<SyncPlan, PageError> {
        let from = from.into();
        let list = List::following(&from).page_size(List::MAX_PAGE_SIZE);
        let mut differ = Differ::new(from, wanted);
        let mut pages = self.pages(list);
        let mut position = pages.position();
        while let Some(page) = pages.next() {
            differ.page(page?).map_err(|item| PageError::of_entry::<List>(item, position))?;
            position = pages.position();
        }
        Ok(differ.plan())
    }

    /// Carries a plan out: ends the follows that are not wanted, then begins those that are missing.
    ///
    /// At most `max_delete_share` of the follows may end: 0.0 for none, 1.0 for any number. A wanted set that was cut
    /// short would else unfollow everybody.
    ///
    /// # Errors
    /// More would end; nothing was changed. What became of each target stands in the report.
    pub fn apply_follows(&self, plan: SyncPlan, max_delete_share: f64) -> Result<SyncReport, TooManyDeletes> {
        plan.check(max_delete_share)?;
        let deleted = self.batch(follow::Delete::template(&plan.from), plan.delete).collect();
        let added = self.batch(follow::Add::template(&plan.from), plan.add).collect();
        Ok(SyncReport { deleted, added })
    }

    /// Sends any command by name with a body in JSON and returns the answer as it came, a refusal too.
    ///
    /// # Errors
    /// There was no answer of the service, or `body` is no JSON object.
    pub fn call(&self, service: &str, command: &str, body: &str) -> Result<RawResponse, Error> {
        self.drive(self.engine.raw(service, command, body, self.options.limits)?)
    }

    /// Sends a command for any number of targets, in as many calls as needed, and reports the
    /// outcome of each target in order; like [`crate::Client::batch`].
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

    /// Waits on the clock of the transport.
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
                Step::WaitFor(asked, at_most) => asked.wait(at_most),
                // Nobody can interrupt a blocking transport; its contract is to keep the limit itself.
                Step::Send { request, span, .. } => {
                    let answer = span.enter(|| self.transport.send(request));
                    call.on_response(answer, self.transport.now());
                }
                Step::Done(result) => return result,
            }
        }
    }
}
