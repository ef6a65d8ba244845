//! The state of the emulator, and how a call changes it. Pure: the time is an argument, and HTTP is elsewhere.

pub(crate) mod accounts;
pub(crate) mod blocks;
mod dump;
pub(crate) mod follows;
pub(crate) mod friends;
mod people;
pub(crate) mod profiles;
mod snapshot;
mod store;
#[cfg(test)]
pub(crate) mod testing;
mod totals;
pub(crate) mod transfer;
mod upkeep;

pub(crate) use snapshot::Snapshot;
pub use totals::Totals;

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};
use tim_types::{ErrorCode, TargetResult, UserId};

use crate::app_settings::AppSettings;
use crate::command_error::{self, CommandError};
use crate::commands::Route;
use crate::service::Service;

pub(crate) struct World {
    db: Connection,
    admins: Vec<String>,
    pub(crate) settings: AppSettings,
}

impl World {
    /// The world in this file, or an empty one in memory, in which the admins have accounts.
    pub(crate) fn open(path: Option<&Path>, settings: AppSettings, admins: &[String]) -> Result<Self, String> {
        let db = store::open(path)?;
        accounts::import_all(&db, admins).map_err(|error| error.to_string())?;
        Ok(Self { db, admins: admins.to_vec(), settings: settings })
    }

    /// Does a call at `now`, in unix seconds: as a whole, or not at all when it is refused as a whole.
    pub(crate) fn apply(&mut self, route: &Route, body: &[u8], now: u64, item_fault: &ItemFault<'_>) -> String {
        self.attempt(route, body, now, item_fault)
            .unwrap_or_else(|refusal| command_error::json(&refusal.envelope(route.service)))
    }

    fn attempt(
        &mut self,
        route: &Route,
        body: &[u8],
        now: u64,
        item_fault: &ItemFault<'_>,
    ) -> Result<String, CommandError> {
        // Immediate: a reader that becomes a writer later could be refused when another program uses the file.
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let call =
            Call { db: &transaction, settings: self.settings, service: route.service, now: seconds(now), item_fault };
        let answer = (route.run)(&call, body)?;
        transaction.commit()?;
        Ok(answer)
    }
}

/// The code and text with which a target is refused because somebody asked for it.
pub(crate) type ItemFault<'a> = dyn Fn(&str) -> Option<(ErrorCode, String)> + 'a;

/// Unix seconds as the database keeps them.
fn seconds(unix: u64) -> i64 {
    i64::try_from(unix).unwrap_or(i64::MAX)
}

/// What a command has at hand while it runs.
pub(crate) struct Call<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) settings: AppSettings,
    pub(crate) service: &'static Service,
    /// Unix seconds.
    pub(crate) now: i64,
    pub(crate) item_fault: &'a ItemFault<'a>,
}

impl Call<'_> {
    /// Refuses a user that has no account.
    pub(crate) fn require(&self, user: &UserId) -> Result<(), CommandError> {
        if accounts::exists(self.db, user)? {
            return Ok(());
        }
        let info = format!("\"{user}\" has no account: import it with im_open_login_svc/account_import");
        Err(CommandError::Target(self.service.unknown_account, info))
    }

    /// Refuses a target that has no account.
    pub(crate) fn require_target(&self, user: &UserId) -> Result<(), CommandError> {
        self.require(user).map_err(|refusal| refusal.for_call_if(self.settings.quirks.unknown_target_rejects_call))
    }

    /// Refuses a target that has no account, unless it shall look like one without any relation.
    pub(crate) fn require_related(&self, user: &UserId) -> Result<(), CommandError> {
        if self.settings.quirks.unknown_target_unrelated { Ok(()) } else { self.require_target(user) }
    }

    /// Refuses one more where `count` is already as large as allowed.
    pub(crate) fn require_room(
        &self,
        count: u64,
        limit: Option<u64>,
        code: ErrorCode,
        what: impl FnOnce() -> String,
    ) -> Result<(), CommandError> {
        match limit {
            Some(limit) if count >= limit => Err(CommandError::Target(code, format!("{} as allowed: {limit}", what()))),
            _ => Ok(()),
        }
    }

    /// Refuses what the service calls a bad parameter.
    pub(crate) fn bad_parameter(&self, info: impl Into<String>) -> CommandError {
        CommandError::Target(self.service.bad_parameter, info.into())
    }

    /// One item for each target, in their order. A refused target is its own item; what refuses the call ends it.
    pub(crate) fn items<A: Into<UserId> + AsRef<str>, T, I>(
        &self,
        targets: Vec<A>,
        act: impl Fn(&A) -> Result<T, CommandError>,
        done: impl Fn(UserId, T) -> I,
        refused: impl Fn(UserId, ErrorCode, String) -> I,
    ) -> Result<Vec<I>, CommandError> {
        let mut items = Vec::with_capacity(targets.len());
        let (mut any_done, mut first) = (false, None);
        for target in targets {
            let fault = (self.item_fault)(target.as_ref()).map(|(code, info)| CommandError::Target(code, info));
            match fault.map_or_else(|| act(&target), Err) {
                Ok(found) => {
                    any_done = true;
                    items.push(done(target.into(), found));
                }
                Err(CommandError::Target(code, info)) => {
                    first.get_or_insert_with(|| (code, info.clone()));
                    items.push(refused(target.into(), code, info));
                }
                Err(whole) => return Err(whole),
            }
        }
        match first {
            Some((code, info)) if !any_done && self.settings.quirks.all_rejected_rejects_call => {
                Err(CommandError::Call(code, info))
            }
            _ => Ok(items),
        }
    }

    /// The same for commands whose items say nothing but whether it was done.
    pub(crate) fn results<A: Into<UserId> + AsRef<str>>(
        &self,
        targets: Vec<A>,
        act: impl Fn(&A) -> Result<(), CommandError>,
    ) -> Result<Vec<TargetResult>, CommandError> {
        self.items(targets, act, |target, ()| TargetResult::new(target, ErrorCode::OK, ""), TargetResult::new)
    }
}

#[cfg(test)]
mod tests;
