//! The state of the emulator, and how a call changes it. Pure: the time is an argument, and HTTP is elsewhere.

pub(crate) mod accounts;
pub(crate) mod follows;
pub(crate) mod friends;
pub(crate) mod profiles;
mod store;
#[cfg(test)]
pub(crate) mod testing;

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};
use tim_types::{ErrorCode, TargetResult, UserId};

use crate::caps::Caps;
use crate::commands::Route;
use crate::refusal::{self, Refusal};
use crate::service::Service;

pub(crate) struct World {
    db: Connection,
    caps: Caps,
}

impl World {
    /// The world in this file, or an empty one in memory, in which the admins have accounts.
    pub(crate) fn open(path: Option<&Path>, caps: Caps, admins: &[String]) -> Result<Self, String> {
        let db = store::open(path)?;
        for admin in admins {
            accounts::import(&db, &admin.as_str().into()).map_err(|error| error.to_string())?;
        }
        Ok(Self { db, caps })
    }

    /// Does a call at `now`, in unix seconds: as a whole, or not at all when it is refused as a whole.
    pub(crate) fn apply(&mut self, route: &Route, body: &[u8], now: u64) -> String {
        self.attempt(route, body, now).unwrap_or_else(|refusal| refusal::json(&refusal.envelope(route.service)))
    }

    fn attempt(&mut self, route: &Route, body: &[u8], now: u64) -> Result<String, Refusal> {
        // Immediate: a reader that becomes a writer later could be refused when another program uses the file.
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let answer = (route.run)(&Call { db: &transaction, caps: self.caps, service: route.service, now }, body)?;
        transaction.commit()?;
        Ok(answer)
    }
}

/// What a command has at hand while it runs.
pub(crate) struct Call<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) caps: Caps,
    pub(crate) service: &'static Service,
    /// Unix seconds.
    pub(crate) now: i64,
}

impl Call<'_> {
    /// Refuses a user that has no account.
    pub(crate) fn require(&self, user: &UserId) -> Result<(), Refusal> {
        if accounts::exists(self.db, user)? {
            return Ok(());
        }
        let info = format!("\"{user}\" has no account: import it with im_open_login_svc/account_import");
        Err(Refusal::Code(self.service.unknown_account, info))
    }

    /// Refuses what the service calls a bad parameter.
    pub(crate) fn bad_parameter(&self, info: impl Into<String>) -> Refusal {
        Refusal::Code(self.service.bad_parameter, info.into())
    }

    /// One item for each target, in their order. A refused target is its own item; a failing store ends the call.
    pub(crate) fn items<T, I>(
        &self,
        targets: Vec<UserId>,
        act: impl Fn(&UserId) -> Result<T, Refusal>,
        done: impl Fn(UserId, T) -> I,
        refused: impl Fn(UserId, ErrorCode, String) -> I,
    ) -> Result<Vec<I>, Refusal> {
        let item = |target: UserId| match act(&target) {
            Ok(found) => Ok(done(target, found)),
            Err(Refusal::Code(code, info)) => Ok(refused(target, code, info)),
            Err(store) => Err(store),
        };
        targets.into_iter().map(item).collect()
    }

    /// The same for commands whose items say nothing but whether it was done.
    pub(crate) fn results(
        &self,
        targets: Vec<UserId>,
        act: impl Fn(&UserId) -> Result<(), Refusal>,
    ) -> Result<Vec<TargetResult>, Refusal> {
        self.items(targets, act, |target, ()| TargetResult::new(target, ErrorCode::OK, ""), TargetResult::new)
    }
}

#[cfg(test)]
mod tests;
