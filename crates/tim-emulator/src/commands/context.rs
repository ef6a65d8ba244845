//! The context of a handler: the database, the settings, the time, and the faults of single
//! targets.

use std::cell::RefCell;

use rusqlite::Connection;
use tim_types::{ErrorCode, Target, TargetResult, UserId};

use crate::app_settings::AppSettings;
use crate::command_error::CommandError;
use crate::service::{FRIEND, Service};
use crate::world::accounts;

/// Returns the code and the text with which a fault rejects a target.
pub(crate) type ItemFault<'a> = dyn Fn(&str) -> Option<(ErrorCode, String)> + 'a;

/// The context of one call.
pub(crate) struct Context<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) settings: &'a AppSettings,
    pub(crate) service: &'static Service,
    /// The admin that signed the call.
    pub(crate) admin: &'a str,
    /// The time of the call, in unix milliseconds.
    pub(crate) now_ms: u64,
    item_fault: &'a ItemFault<'a>,
    /// The codes of the items so far.
    pub(super) item_codes: RefCell<Vec<ErrorCode>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        db: &'a Connection,
        settings: &'a AppSettings,
        service: &'static Service,
        admin: &'a str,
        now_ms: u64,
        item_fault: &'a ItemFault<'a>,
    ) -> Self {
        Self { db, settings, service, admin, now_ms, item_fault, item_codes: RefCell::default() }
    }

    /// Returns the time of the call in unix seconds, as the database stores it.
    pub(crate) fn now(&self) -> i64 {
        i64::try_from(self.now_ms / 1000).unwrap_or(i64::MAX)
    }

    /// Rejects a user without an account.
    pub(crate) fn require(&self, user: &UserId) -> Result<(), CommandError> {
        if accounts::exists(self.db, user)? {
            return Ok(());
        }
        let info = format!("\"{user}\" has no account: import it with im_open_login_svc/account_import");
        Err(CommandError::Target(self.service.unknown_account, info))
    }

    /// Rejects a target without an account.
    pub(crate) fn require_target(&self, user: &UserId) -> Result<(), CommandError> {
        self.require(user).map_err(|error| error.for_call_if(self.settings.quirks.unknown_target_rejects_call))
    }

    /// Rejects a target without an account, unless a quirk makes it look like one without
    /// relations.
    pub(crate) fn require_related(&self, user: &UserId) -> Result<(), CommandError> {
        if self.settings.quirks.unknown_target_unrelated { Ok(()) } else { self.require_target(user) }
    }

    /// Returns an error if `count` has reached the limit. `what` describes the reason.
    pub(crate) fn require_room(
        &self,
        count: u64,
        limit: Option<u64>,
        code: ErrorCode,
        what: impl FnOnce() -> String,
    ) -> Result<(), CommandError> {
        match limit {
            Some(limit) if count >= limit => Err(CommandError::Target(code, format!("{} ({limit})", what()))),
            _ => Ok(()),
        }
    }

    /// Returns the service's error for a bad parameter.
    pub(crate) fn bad_parameter(&self, info: impl Into<String>) -> CommandError {
        CommandError::Target(self.service.bad_parameter, info.into())
    }

    /// Processes the targets one by one and returns an item for each, in their order. A rejected
    /// target has an item with its code; an error of the whole call ends the call.
    pub(crate) fn items<A: Target, T, I>(
        &self,
        targets: Vec<A>,
        mut act: impl FnMut(&A) -> Result<T, CommandError>,
        done: impl Fn(UserId, T) -> I,
        rejected: impl Fn(UserId, ErrorCode, String) -> I,
    ) -> Result<Vec<I>, CommandError> {
        let mut items = Vec::with_capacity(targets.len());
        let (mut any_done, mut first) = (false, None);
        for target in targets {
            let fault = (self.item_fault)(target.user().as_str()).map(|(code, info)| CommandError::Target(code, info));
            let code = match fault.map_or_else(|| act(&target), Err) {
                Ok(found) => {
                    any_done = true;
                    items.push(done(target.user().clone(), found));
                    ErrorCode::OK
                }
                Err(CommandError::Target(code, info)) => {
                    // The friend request of a pending target was stored.
                    any_done |= code == ErrorCode::FRIEND_CONSENT_PENDING;
                    first.get_or_insert_with(|| (code, info.clone()));
                    items.push(rejected(target.user().clone(), code, info));
                    code
                }
                Err(whole) => return Err(whole),
            };
            self.item_codes.borrow_mut().push(code);
        }
        match first {
            Some((code, info)) if !any_done && self.settings.quirks.all_rejected_rejects_call => {
                Err(CommandError::Call(code, info))
            }
            _ => Ok(items),
        }
    }

    /// Like [`items`](Self::items), for commands whose items have only a code.
    pub(crate) fn results<A: Target>(
        &self,
        targets: Vec<A>,
        act: impl FnMut(&A) -> Result<(), CommandError>,
    ) -> Result<Vec<TargetResult>, CommandError> {
        let has_text = self.settings.quirks.success_info_ok && self.service.name == FRIEND.name;
        let info = if has_text { "OK" } else { "" };
        self.items(targets, act, |target, ()| TargetResult::new(target, ErrorCode::OK, info), TargetResult::new)
    }
}
