//! The asynchronous client.

mod outcomes;
mod pages;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use tim_transport::{ClockReading, Transport};
use tim_types::follow::{self, List};
use tim_types::{BatchTemplate, Endpoint, Paged, UserId};

use crate::engine::{Call, CallOptions, Engine, PageRead, RawResponse, Step, Stop};
use crate::sync::{Differ, SyncPlan, SyncReport, TooManyDeletes};
use crate::{Config, ConfigError, Error, Limits, PageError};

#[cfg(feature = "stream")]
pub use outcomes::FromStream;
pub use outcomes::{FromIter, Input, Outcomes};
pub use pages::{Items, Pages};

/// Sends calls for one app. Clones are cheap, and share connections, signature, rate limiter and
/// retry budget.
///
/// # Panics
/// A client made by `Client::new` sends its calls on tokio: they panic outside of a tokio runtime,
/// or if its IO or time driver is not enabled. This applies to [`send`](Self::send),
/// [`call`](Self::call), [`plan_follows`](Self::plan_follows),
/// [`apply_follows`](Self::apply_follows), and to [`Pages`], [`Items`] and [`Outcomes`] when they
/// are awaited or polled. With a transport of your own, see the docs of that transport.
#[derive(Debug, Clone)]
pub struct Client {
    engine: Arc<Engine>,
    options: CallOptions,
    transport: Arc<dyn Transport>,
}

impl Client {
    /// Creates a client that sends with reqwest. The calls need a tokio runtime; `new` itself does
    /// not.
    ///
    /// # Errors
    /// A setting is missing or invalid; see [`ConfigError`].
    ///
    /// # Panics
    /// `new` does not panic, but the calls of the client do outside of a tokio runtime; see
    /// [`ReqwestTransport`](tim_transport::ReqwestTransport#panics).
    #[cfg(feature = "reqwest")]
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let transport = tim_transport::ReqwestTransport::new(&config.transport_options())?;
        Self::with_transport(config, Arc::new(transport))
    }

    /// Creates a client that sends with a transport of your own.
    ///
    /// # Errors
    /// A setting is missing or invalid; see [`ConfigError`].
    pub fn with_transport(config: Config, transport: Arc<dyn Transport>) -> Result<Self, ConfigError> {
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

    /// Sends one call and returns its result. Transient failures are retried within the
    /// [`Limits`] of the client.
    ///
    /// Single targets can fail although the call succeeded: check `result()` of each item.
    ///
    /// An item can be missing from the response, and the order of items is not documented: look an
    /// item up by its target. [`batch`](Self::batch) does this for all targets.
    ///
    /// # Errors
    /// The kinds are those of [`ErrorKind`](crate::ErrorKind). An invalid request is not sent.
    ///
    /// # Panics
    /// Outside of a tokio runtime, if the transport is reqwest; see [`Client`](Self#panics).
    pub async fn send<E: Endpoint>(&self, request: E) -> Result<E::Response, Error> {
        self.drive(self.engine.typed(&request, self.options)?).await
    }

    /// Like [`send`](Self::send), but ends before the first request if `stop` is set.
    pub(crate) async fn send_until<E: Endpoint>(&self, request: E, stop: &Stop) -> Result<E::Response, Error> {
        self.drive(self.engine.typed(&request, self.options)?.stopped_by(stop.clone())).await
    }

    pub(crate) async fn send_paged<E: Paged>(&self, request: E) -> Result<PageRead<E>, Error> {
        self.drive(self.engine.paged(&request, self.options)?).await
    }

    /// Reads a list page by page, from the position in `request`.
    pub fn pages<E: Paged + 'static>(&self, request: E) -> Pages<E> {
        Pages::new(self.clone(), request)
    }

    /// Compares the users that `from` follows with the users in `wanted`, and returns the
    /// differences. Changes nothing.
    ///
    /// # Errors
    /// The list of followed users could not be read completely, or one of its entries does not name
    /// its user.
    ///
    /// # Panics
    /// Outside of a tokio runtime, if the transport is reqwest; see [`Client`](Self#panics).
    pub async fn plan_follows<T: Into<UserId>>(
        &self,
        from: impl Into<UserId>,
        wanted: impl IntoIterator<Item = T>,
    ) -> Result<SyncPlan, PageError> {
        let from = from.into();
        let list = List::following(&from).page_size(List::MAX_PAGE_SIZE);
        let mut differ = Differ::new(from, wanted);
        let mut pages = self.pages(list);
        let mut position = pages.position().unwrap_or_default();
        while let Some(page) = pages.next().await {
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
    ///
    /// # Panics
    /// Outside of a tokio runtime, if the transport is reqwest; see [`Client`](Self#panics).
    pub async fn apply_follows(&self, plan: SyncPlan, max_delete_share: f64) -> Result<SyncReport, TooManyDeletes> {
        plan.check(max_delete_share)?;
        let deleted = self.batch(follow::Delete::template(&plan.from), plan.delete).collect().await;
        let added = self.batch(follow::Add::template(&plan.from), plan.add).collect().await;
        Ok(SyncReport { deleted, added })
    }

    /// Sends a command by its name, with a body in JSON, and returns the response unchanged, except
    /// that signatures in it are redacted. The response to a rejected call is returned too.
    ///
    /// # Errors
    /// There was no response of the service, `service` or `command` is not a name, or `body` is not
    /// a JSON object.
    ///
    /// # Panics
    /// Outside of a tokio runtime, if the transport is reqwest; see [`Client`](Self#panics).
    pub async fn call(&self, service: &str, command: &str, body: &str) -> Result<RawResponse, Error> {
        self.drive(self.engine.raw(service, command, body, self.options.limits)?).await
    }

    /// Sends a command for any number of targets, in as many calls as needed, and returns the
    /// outcome of each target, in the order of the targets.
    ///
    /// `template` is the request without its targets. Create it with `template` of the request
    /// type, or with `pairs` if each target has its own `From_Account`. For a command that takes
    /// one user per call, use [`Each`](crate::Each): its targets are requests.
    ///
    /// * Targets are taken from the iterator when they are needed, so memory does not grow with
    ///   their number.
    /// * Equal targets near each other are sent once.
    /// * A target is retried up to seven times if its item has a transient code or is missing.
    /// * If a call shows that no other call can succeed (for example because the key is invalid or
    ///   the feature is off), or if the retry budget is empty, no further call is started.
    ///
    /// The batch makes progress only while it is polled; see [`Outcomes`].
    ///
    /// ```
    /// # use tim_transport::MockTransport;
    /// # use tim_follow::{Client, Config, Region, SdkAppId, SecretKey, follow};
    /// # let config = Config::new(SdkAppId(1), "administrator", SecretKey::new("key")).region(Region::Singapore);
    /// # let script = MockTransport::texts([r#"{"ResultItem":[{"To_Account":"bob","ResultCode":0,"ResultInfo":""},
    /// #   {"To_Account":"carol","ResultCode":30003,"ResultInfo":""}],"ErrorCode":0}"#, r#"{"ResultItem":
    /// #   [{"To_Account":"bob","ResultCode":0,"ResultInfo":"","FollowType":3}],"ErrorCode":0}"#]);
    /// # let client = Client::with_transport(config, std::sync::Arc::new(script))?;
    /// # pollster::block_on(async {
    /// let users = ["bob", "carol", ""]; // or millions, from any iterator
    /// let mut outcomes = client.batch(follow::Add::template("alice"), users);
    /// while let Some(item) = outcomes.next().await {
    ///     println!("{}: {}", item.target, item.outcome);
    /// }
    ///
    /// let report = client.batch(follow::Check::pairs(), [("dave", "bob")]).collect().await;
    /// assert!(report.is_complete());
    /// # });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// A batch of a command that takes one user per call:
    ///
    /// ```
    /// # use tim_transport::MockTransport;
    /// # use tim_follow::{Client, Config, Region, SdkAppId, SecretKey};
    /// # let config = Config::new(SdkAppId(1), "administrator", SecretKey::new("key")).region(Region::Singapore);
    /// # let script = MockTransport::texts([r#"{"ActionStatus":"OK","ErrorCode":0}"#; 2]);
    /// # let client = Client::with_transport(config, std::sync::Arc::new(script))?;
    /// use tim_follow::{Each, ProfileItem, profile};
    ///
    /// # pollster::block_on(async {
    /// let nicks = [("bob", "Bobby"), ("carol", "Caz")];
    /// let profiles = nicks.map(|(user, nick)| profile::Set::new(user, [ProfileItem::nick(nick)]));
    /// let report = client.batch(Each::<profile::Set>::template(), profiles).collect().await;
    /// assert!(report.is_complete());
    /// # });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn batch<T, I>(&self, template: T, targets: I) -> Outcomes<T, FromIter<I::IntoIter>>
    where
        T: BatchTemplate,
        I: IntoIterator<Item: Into<T::Target>>,
    {
        Outcomes::new(self.clone(), template, FromIter(targets.into_iter()))
    }

    /// Like [`batch`](Self::batch), with targets from a stream. If the stream has no further target
    /// for 50 ms and no call is in flight, the targets so far are sent in a call that is not full.
    ///
    /// The stream has to be `Unpin`: wrap a stream of an `async` block in `Box::pin`.
    #[cfg(feature = "stream")]
    pub fn batch_stream<T, S>(&self, template: T, targets: S) -> Outcomes<T, FromStream<S>>
    where
        T: BatchTemplate,
        S: futures_core::Stream<Item: Into<T::Target>> + Unpin,
    {
        Outcomes::new(self.clone(), template, FromStream(targets))
    }

    pub(crate) fn now(&self) -> ClockReading {
        self.transport.now()
    }

    /// Waits until a time on the clock of the transport.
    pub(crate) fn sleep_until(&self, until: Instant) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let transport = self.transport.clone();
        Box::pin(async move {
            let now = transport.now().instant;
            transport.sleep(until.saturating_duration_since(now)).await;
        })
    }

    async fn drive<R>(&self, call: Call<'_, R>) -> Result<R, Error> {
        call.span().instrument(self.run(call)).await
    }

    async fn run<R>(&self, mut call: Call<'_, R>) -> Result<R, Error> {
        loop {
            match call.step(self.transport.now()) {
                Step::Wait(time) => {
                    until(self.transport.sleep(time), stopped(call.stop())).await;
                }
                Step::WaitFor(pending, at_most) => {
                    until(pending.or(self.transport.sleep(at_most)), stopped(call.stop())).await;
                }
                Step::Send { request, limit, span } => {
                    let sending = until(self.transport.send(request), self.transport.sleep(limit));
                    match span.instrument(sending).await {
                        Some(response) => call.on_response(response, self.transport.now()),
                        None => call.on_timeout(limit, self.transport.now()),
                    }
                }
                Step::Done(result) => return result,
            }
        }
    }
}

/// The result of `work`, or `None` if `end` completes first.
async fn until<T>(work: impl Future<Output = T>, end: impl Future<Output = ()>) -> Option<T> {
    let (mut work, mut end) = (pin!(work), pin!(end));
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending => end.as_mut().poll(cx).map(|()| None),
    })
    .await
}

/// Completes when it is polled after `stop` was set. Needs no waker, because the batch polls all of
/// its calls after that.
async fn stopped(stop: Stop) {
    poll_fn(|_| if stop.reason().is_some() { Poll::Ready(()) } else { Poll::Pending }).await;
}
