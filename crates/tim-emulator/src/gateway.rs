//! The gateway of all services. It checks a call before the command runs.

mod body;
pub(crate) mod query;
mod region;

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use hyper::body::Bytes;
use hyper::{HeaderMap, Version};
use tim_sig::{Signer, UserSig, VerifyError};
use tim_types::{Envelope, ErrorCode};

use crate::app_settings::AppSettings;
use crate::clock::ClockReading;
use crate::command_error::gateway_error;
use crate::commands::{self, Prepared, Route};
use crate::lock::locked;
use crate::rate_limit::RateCounter;
use query::Query;

/// The maximum size of a body in bytes. The documents give no limit for these commands. The largest
/// request within the documented limits is a friend_import with 1000 friends, each with 20 custom
/// fields of 500 bytes and 32 groups of 30 bytes: about 13 MB.
pub(crate) const MAX_BODY: usize = 16 * 1024 * 1024;

/// The validity of the UserSigs of calls that are sent again. They are used at once.
const SIGNATURE_VALIDITY: Duration = Duration::from_secs(60);

/// A call before it is checked.
#[derive(Debug)]
pub(crate) struct IncomingCall {
    pub(crate) from: IpAddr,
    pub(crate) method: String,
    /// The host that the client addresses, from the URL or the `Host` header; empty without a host.
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// The target of the request line as it was received.
    pub(crate) target: String,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    /// `None` if the body is larger than [`MAX_BODY`], incomplete, or too slow.
    pub(crate) body: Option<Bytes>,
    /// Whether a web page of another origin sent it.
    pub(crate) is_foreign: bool,
    /// The number of the recorded call that is sent again.
    pub(crate) replay_of: Option<u64>,
}

/// A call that passed the checks of the gateway.
pub(crate) struct Admitted {
    pub(crate) route: &'static Route,
    pub(crate) signature: Signature,
    /// The `From_Account`, or the `UserID` if the command has no `From_Account`.
    pub(crate) user: Option<String>,
    /// The targets of the call.
    pub(crate) targets: Vec<String>,
    /// The decoded request, or the reason why the service cannot decode it.
    pub(crate) request: Result<Box<dyn Prepared>, String>,
}

/// Who signed a call, and when.
pub(crate) struct Signature {
    pub(crate) admin: String,
    /// Unix seconds.
    pub(crate) signed_at: u64,
}

pub(crate) struct Gateway {
    signer: Signer,
    counter: Mutex<RateCounter>,
}

impl Gateway {
    pub(crate) fn new(signer: Signer, counter: RateCounter) -> Self {
        // The official libraries accept a signature with a start time in the future, and so does
        // the emulator.
        Self { signer: signer.with_skew(Duration::MAX), counter: Mutex::new(counter) }
    }

    pub(crate) fn sdkappid(&self) -> u32 {
        self.signer.sdkappid()
    }

    pub(crate) fn rate_counter(&self) -> MutexGuard<'_, RateCounter> {
        locked(&self.counter)
    }

    /// Checks a call in this order: method, URL, path, region, app, signature, admin, rate limit,
    /// body. The documents define no order. Here the checks that need the least information come
    /// first.
    pub(crate) fn admit(
        &self,
        call: &IncomingCall,
        settings: &AppSettings,
        now: ClockReading,
    ) -> Result<Admitted, Envelope> {
        let body = take_body(call, settings.quirks.get_with_body_accepted)?;
        let query = Query::parse(&call.query, settings.quirks.random_required)?;
        let route = find_route(&call.path)?;
        region::check(settings.region, &call.host)?;
        self.check_app(query.sdkappid)?;
        let verified = self.signer.verify(&query.usersig, Some(&query.identifier), now.unix());
        let signed_at = verified.map_err(|error| signature_error(&error))?.issued_at;
        check_admin(&settings.admins, &query.identifier)?;
        self.count(route.name, now.elapsed)?;
        admitted(route, Signature { admin: query.identifier, signed_at }, body)
    }

    /// Returns a new UserSig; `None` if the identifier is not a user id.
    pub(crate) fn sign(&self, identifier: &str, now: ClockReading) -> Option<UserSig> {
        self.signer.sign(identifier, SIGNATURE_VALIDITY, now.unix()).ok()
    }

    /// Whether the call has a valid signature, even if other parts of the call are invalid.
    pub(crate) fn is_signed(&self, call: &IncomingCall, now: ClockReading) -> bool {
        Query::parse(&call.query, false)
            .is_ok_and(|query| self.signer.verify(&query.usersig, Some(&query.identifier), now.unix()).is_ok())
    }

    fn check_app(&self, sdkappid: u32) -> Result<(), Envelope> {
        let ours = self.signer.sdkappid();
        if sdkappid == ours {
            return Ok(());
        }
        let info = format!("the app {sdkappid} does not exist in this emulator: send sdkappid={ours}");
        Err(gateway_error(ErrorCode::APP_NOT_FOUND, info))
    }

    fn count(&self, command: &'static str, elapsed: Duration) -> Result<(), Envelope> {
        self.rate_counter().take(command, elapsed).map_err(|(code, info)| gateway_error(code, info))
    }
}

/// Decodes the body. If that fails, parses the body again to choose the error. The gateway reports
/// a body that is not an object, and an account that is not a string. The service reports all other
/// errors.
pub(crate) fn admitted(route: &'static Route, signature: Signature, body: &[u8]) -> Result<Admitted, Envelope> {
    match route.decode(body) {
        Ok(request) => {
            let user = request.user().map(|user| user.as_str().to_owned());
            let targets = request.targets().into_iter().map(|target| target.as_str().to_owned()).collect();
            Ok(Admitted { route, signature, user, targets, request: Ok(request) })
        }
        Err(error) => {
            let user = body::inspect(body)?;
            let info = format!("the body is not a {} request: {error}", route.name);
            Ok(Admitted { route, signature, user, targets: Vec::new(), request: Err(info) })
        }
    }
}

fn check_admin(admins: &[String], identifier: &str) -> Result<(), Envelope> {
    if admins.iter().any(|admin| admin == identifier) {
        return Ok(());
    }
    let info = format!("\"{identifier}\" is not an admin of the app: sign as one of {}", admins.join(", "));
    Err(gateway_error(ErrorCode::NOT_ADMIN, info))
}

fn take_body(call: &IncomingCall, get_accepted: bool) -> Result<&[u8], Envelope> {
    let reject = |info| Err(gateway_error(ErrorCode::HTTP_PARSE, info));
    let get_with_body = call.method == "GET" && call.body.as_ref().is_none_or(|body| !body.is_empty());
    if call.method != "POST" && !(get_accepted && get_with_body) {
        return reject(format!("the method is {}: send a POST request", call.method));
    }
    match call.body.as_deref() {
        Some(body) => Ok(body),
        None => reject(format!(
            "the body is larger than {MAX_BODY} bytes, incomplete, or too slow: send fewer targets in one call"
        )),
    }
}

fn find_route(path: &str) -> Result<&'static Route, Envelope> {
    let reject = |info| Err(gateway_error(ErrorCode::UNKNOWN_COMMAND, info));
    let Some((service, command)) = split(path) else {
        return reject(format!("{path} is not the path of a command: send the request to /v4/{{service}}/{{command}}"));
    };
    if let Some(route) = commands::find(service, command) {
        return Ok(route);
    }
    let known = commands::names(service);
    if known.is_empty() {
        let services = commands::services().join(", ");
        return reject(format!(
            "the emulator has no service \"{service}\": use one of {services} (the path is case-sensitive)"
        ));
    }
    reject(format!("the emulator has no command \"{command}\" in {service}: use one of {}", known.join(", ")))
}

fn split(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("/v4/")?.split_once('/')
}

/// Returns the command of a path, even if the rest of the call is invalid.
pub(crate) fn command_of(path: &str) -> Option<&'static str> {
    let (service, command) = split(path)?;
    commands::find(service, command).map(|route| route.name)
}

fn signature_error(error: &VerifyError) -> Envelope {
    gateway_error(ErrorCode(error.code()), error.to_string())
}
