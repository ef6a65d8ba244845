//! Executes a decoded request in the database, after the checks of the gateway.

use rusqlite::Connection;
use tim_types::{Envelope, ErrorCode, UserId};

use crate::app_settings::AppSettings;
use crate::command_error::{CommandError, for_service, gateway_error};
use crate::commands::{Context, Prepared, Reply};
use crate::gateway::Signature;
use crate::service::{LOGIN, Service};
use crate::world::accounts;

/// Rejects a call of a feature that the app does not have.
pub(crate) fn check_feature(service: &Service, settings: &AppSettings) -> Result<(), Envelope> {
    if service.is_follow() && !settings.follow_feature {
        let info = "the app has no follow feature: turn it on in the settings of the emulator";
        return Err(rejected(service, ErrorCode::FOLLOW_DISABLED, info.to_owned()));
    }
    Ok(())
}

/// Returns the request, or an error if it cannot be decoded or is invalid.
pub(crate) fn check_request(
    service: &Service,
    request: Result<Box<dyn Prepared>, String>,
) -> Result<Box<dyn Prepared>, Envelope> {
    let reject = |code| move |info| rejected(service, code, info);
    let request = request.map_err(reject(service.undecodable))?;
    request.validate().map_err(reject(service.bad_parameter))?;
    Ok(request)
}

/// Runs a request. Returns the response, and whether its changes are kept.
pub(crate) fn run(request: Box<dyn Prepared>, signature: &Signature, context: &Context<'_>) -> (Reply, bool) {
    let replied = check_kick(context.db, signature)
        .and_then(|()| request.run(context).map_err(|error| error.envelope(context.service)));
    let keep = replied.is_ok();
    (replied.unwrap_or_else(|envelope| Reply::error(&envelope)), keep)
}

/// Rejects a signature that was made before the latest kick of its admin. A signature of the same
/// second is valid, because it can be newer than the kick.
pub(crate) fn check_kick(db: &Connection, signature: &Signature) -> Result<(), Envelope> {
    let Signature { admin, signed_at } = signature;
    let kicked = accounts::kicked_at(db, &UserId::from(admin.as_str()));
    match kicked.map_err(|error| CommandError::from(error).envelope(LOGIN))? {
        Some(kicked_at) if i64::try_from(*signed_at).is_ok_and(|signed_at| signed_at < kicked_at) => {
            let info = format!("\"{admin}\" was kicked after this UserSig was made: make a new UserSig");
            Err(gateway_error(ErrorCode::SIG_INVALIDATED, info))
        }
        _ => Ok(()),
    }
}

/// Returns the envelope of a rejection. The code decides whether the gateway or the service writes
/// it.
pub(crate) fn rejected(service: &Service, code: ErrorCode, info: String) -> Envelope {
    const FIRST_OF_GATEWAY: i64 = 60_000;
    if code.0 >= FIRST_OF_GATEWAY {
        gateway_error(code, info)
    } else {
        for_service(service, Envelope::fail(code, info))
    }
}
