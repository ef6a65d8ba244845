//! The gateway in front of all services: who may call what.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use hyper::body::Bytes;
use hyper::{HeaderMap, Version};
use tim_sig::{Signer, VerifyError};
use tim_types::{Envelope, ErrorCode, Region};

use crate::body::{self, Accounts};
use crate::clock::ClockReading;
use crate::command_error::gateway_error;
use crate::commands::{self, Route};
use crate::lock::locked;
use crate::query::Query;
use crate::rate_limit::RateCounter;
use crate::region;

/// A larger body is refused. No limit is documented for these commands; the largest honest one has about 40 KiB.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// A call as it came in.
#[derive(Debug)]
pub(crate) struct IncomingCall {
    pub(crate) from: IpAddr,
    pub(crate) method: String,
    /// What the client thinks it calls, empty when it did not say.
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// Path and query as they are in the request line.
    pub(crate) target: String,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    /// `None` when it is larger than [`MAX_BODY`], or did not come to its end.
    pub(crate) body: Option<Bytes>,
}

pub(crate) struct Gateway {
    signer: Signer,
    admins: Vec<String>,
    region: Option<Region>,
    counter: Mutex<RateCounter>,
}

/// A call that may be done.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) route: &'static Route,
    /// Who it is about.
    pub(crate) user: Option<String>,
    /// The users that it names as targets.
    pub(crate) targets: Vec<String>,
}

impl Gateway {
    pub(crate) fn new(signer: Signer, admins: Vec<String>, counter: RateCounter) -> Self {
        // Like the official libraries, the emulator takes a signature that was made in the future.
        let signer = signer.with_skew(Duration::MAX);
        Self { signer, admins, region: None, counter: Mutex::new(counter) }
    }

    pub(crate) fn sdkappid(&self) -> u32 {
        self.signer.sdkappid()
    }

    pub(crate) fn admins(&self) -> &[String] {
        &self.admins
    }

    pub(crate) fn rate_counter(&self) -> MutexGuard<'_, RateCounter> {
        locked(&self.counter)
    }

    /// The region in which the app lives.
    pub(crate) fn in_region(self, region: Option<Region>) -> Self {
        Self { region, ..self }
    }

    /// Lets a call through to its command, or says what is wrong with it: URL, path, region, app, signature, admin, rate_limit,
    /// body, in this order. The documents have no order; this one is the natural reading.
    pub(crate) fn admit(&self, call: &IncomingCall, now: ClockReading) -> Result<Admitted, Envelope> {
        let body = take_post(call)?;
        let query = Query::parse(&call.query)?;
        let route = find_route(&call.path)?;
        region::check(self.region, &call.host)?;
        self.check_app(query.sdkappid)?;
        let verified = self.signer.verify(&query.usersig, Some(&query.identifier), now.unix());
        verified.map_err(|error| signature_error(&error))?;
        self.check_admin(&query.identifier)?;
        self.count(route.name, now.elapsed)?;
        let Accounts { subject, targets } = body::inspect(body)?;
        Ok(Admitted { route, user: subject, targets })
    }

    fn check_app(&self, sdkappid: u32) -> Result<(), Envelope> {
        let ours = self.signer.sdkappid();
        if sdkappid == ours {
            return Ok(());
        }
        let info = format!("there is no app {sdkappid} here: this emulator serves sdkappid {ours}");
        Err(gateway_error(ErrorCode::APP_NOT_FOUND, info))
    }

    fn check_admin(&self, identifier: &str) -> Result<(), Envelope> {
        if self.admins.iter().any(|admin| admin == identifier) {
            return Ok(());
        }
        let info = format!("\"{identifier}\" is not an admin of the app: the admins are {}", self.admins.join(", "));
        Err(gateway_error(ErrorCode::NOT_ADMIN, info))
    }

    fn count(&self, command: &'static str, elapsed: Duration) -> Result<(), Envelope> {
        self.rate_counter().take(command, elapsed).map_err(|(code, info)| gateway_error(code, info))
    }
}

fn take_post(call: &IncomingCall) -> Result<&[u8], Envelope> {
    let refuse = |info| Err(gateway_error(ErrorCode::HTTP_PARSE, info));
    if call.method != "POST" {
        return refuse(format!("the method is {}: every command takes POST only", call.method));
    }
    match call.body.as_deref() {
        Some(body) => Ok(body),
        None => refuse(format!("the body is over {MAX_BODY} bytes, or did not come to its end: send less at once")),
    }
}

fn find_route(path: &str) -> Result<&'static Route, Envelope> {
    let refuse = |info| Err(gateway_error(ErrorCode::UNKNOWN_COMMAND, info));
    let Some((service, command)) = split(path) else {
        return refuse(format!("{path} is no command: the path is /v4/{{service}}/{{command}}"));
    };
    if let Some(route) = commands::find(service, command) {
        return Ok(route);
    }
    let known = commands::names(service);
    if known.is_empty() {
        let services = commands::services().join(", ");
        return refuse(format!("the emulator has no service \"{service}\": it knows {services}; case matters"));
    }
    refuse(format!("the emulator has no command \"{command}\" of {service}: it knows {}", known.join(", ")))
}

fn split(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("/v4/")?.split_once('/')
}

/// The command that a path names, whatever else is wrong with the call.
pub(crate) fn command_of(path: &str) -> Option<&'static str> {
    let (service, command) = split(path)?;
    commands::find(service, command).map(|route| route.name)
}

fn signature_error(error: &VerifyError) -> Envelope {
    gateway_error(ErrorCode(error.code()), error.to_string())
}
