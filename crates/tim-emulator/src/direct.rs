//! The state and the commands of the emulator without a server: no sockets, threads or clock.

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::{HeaderMap, Version};
use rusqlite::Connection;
use tim_sig::{SecretKey, Signer};
use tim_types::{ErrorCode, ProfileTag, SdkAppId, UserId};

use crate::app_settings::AppSettings;
use crate::clock::ClockReading;
use crate::commands::{Context, ItemFault, Reply};
use crate::execution;
use crate::gateway::{Admitted, Gateway, IncomingCall};
use crate::rate_limit::{RateCounter, RateLimit};
use crate::world::{World, accounts, blocks, follows, friends, profiles};

/// An app in memory. The caller passes the time with each call.
///
/// Calls pass the gateway and the handlers of [`Emulator`](crate::Emulator). Faults, webhooks and
/// the call log belong to the server, so they are missing here.
///
/// This type is not stable: it can change in any version.
pub struct DirectWorld {
    db: Connection,
    gateway: Gateway,
    settings: AppSettings,
}

/// A call, as HTTP carries it.
#[derive(Clone, Copy)]
pub struct DirectCall<'a> {
    /// The path, for example `/v4/follow/follow_add`.
    pub path: &'a str,
    /// The query of the URL, with the signature.
    pub query: &'a str,
    /// The body.
    pub body: &'a [u8],
    /// The wall clock of the service, in unix milliseconds.
    pub unix_ms: u64,
    /// The time since the start, for the rate limit.
    pub elapsed: Duration,
}

/// The response to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectReply {
    /// The code in the envelope.
    pub code: ErrorCode,
    /// The body, as JSON text.
    pub body: String,
}

/// The database failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database failed: {0}")]
pub struct DirectError(String);

impl From<rusqlite::Error> for DirectError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

impl DirectWorld {
    /// Creates an app that has no account yet.
    ///
    /// # Errors
    /// The key is empty, or SQLite failed.
    pub fn new(sdkappid: SdkAppId, key: SecretKey) -> Result<Self, DirectError> {
        let signer = Signer::new(sdkappid.0, key).map_err(|error| DirectError(error.to_string()))?;
        let world = World::open(None, &[]).map_err(DirectError)?;
        // All changes are in one transaction, so undoing it is a reset.
        world.db.execute_batch("BEGIN")?;
        let gateway = Gateway::new(signer, RateCounter::default());
        Ok(Self { db: world.db, gateway, settings: AppSettings::default() })
    }

    /// Removes all accounts and relations, and starts with these settings. The admins get accounts.
    ///
    /// # Errors
    /// SQLite failed.
    pub fn reset(&mut self, settings: AppSettings, rate_limit: Option<RateLimit>) -> Result<(), DirectError> {
        self.db.execute_batch("ROLLBACK; BEGIN")?;
        *self.gateway.rate_counter() = RateCounter::new(rate_limit, None);
        self.settings = settings;
        Ok(accounts::import_all(&self.db, &self.settings.admins)?)
    }

    /// Processes a call. `item_fault` returns the code and text with which a single target is
    /// rejected, if it is.
    ///
    /// # Errors
    /// SQLite failed.
    pub fn call(
        &self,
        call: DirectCall<'_>,
        item_fault: &dyn Fn(&str) -> Option<(ErrorCode, String)>,
    ) -> Result<DirectReply, DirectError> {
        let now = ClockReading { unix_ms: call.unix_ms, elapsed: call.elapsed };
        let reply = match self.gateway.admit(&incoming(call), &self.settings, now) {
            Ok(admitted) => self.run(admitted, now, item_fault)?,
            Err(envelope) => Reply::error(&envelope),
        };
        Ok(DirectReply { code: reply.code, body: reply.body })
    }

    fn run(&self, admitted: Admitted, now: ClockReading, fault: &ItemFault<'_>) -> Result<Reply, DirectError> {
        let Admitted { route, signature, request, .. } = admitted;
        let checked = execution::check_feature(route.service, &self.settings)
            .and_then(|()| execution::check_request(route.service, request));
        let request = match checked {
            Ok(request) => request,
            Err(envelope) => return Ok(Reply::error(&envelope)),
        };
        let (db, settings) = (&self.db, &self.settings);
        let context = Context::new(db, settings, route.service, &signature.admin, now.unix_ms, fault);
        self.statement("SAVEPOINT call")?;
        let (reply, keep) = execution::run(request, &signature, &context);
        if !keep {
            self.statement("ROLLBACK TO call")?;
        }
        self.statement("RELEASE call")?;
        Ok(reply)
    }

    fn statement(&self, sql: &str) -> Result<(), DirectError> {
        self.db.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Creates accounts without a call.
    ///
    /// # Errors
    /// SQLite failed.
    pub fn add_accounts<'a>(&self, users: impl IntoIterator<Item = &'a str>) -> Result<(), DirectError> {
        users.into_iter().try_for_each(|user| Ok(accounts::import(&self.db, &user.into())?))
    }

    /// Adds a follow without a call. Both users have accounts, and the follow does not exist yet.
    ///
    /// # Errors
    /// SQLite failed.
    pub fn add_follow(&self, from: &str, to: &str, unix: u64) -> Result<(), DirectError> {
        let at = i64::try_from(unix).unwrap_or(i64::MAX);
        Ok(follows::begin(&self.db, &from.into(), &to.into(), at)?)
    }

    /// Whether `from` follows `to`.
    ///
    /// # Errors
    /// SQLite failed.
    pub fn follows(&self, from: &str, to: &str) -> Result<bool, DirectError> {
        Ok(follows::exists(&self.db, &from.into(), &to.into())?)
    }

    /// Whether `owner` has blocked `user`.
    ///
    /// # Errors
    /// SQLite failed.
    pub fn blocks(&self, owner: &str, user: &str) -> Result<bool, DirectError> {
        Ok(blocks::has(&self.db, &owner.into(), &user.into())?)
    }

    /// Returns the remark of a friend of `owner`; `None` if the user is not in the friend list.
    ///
    /// # Errors
    /// SQLite failed.
    pub fn friend_remark(&self, owner: &str, friend: &str) -> Result<Option<String>, DirectError> {
        Ok(friends::get(&self.db, &owner.into(), &friend.into())?.map(|entry| entry.remark))
    }

    /// Returns the nickname of a user; `None` if it is not set.
    ///
    /// # Errors
    /// SQLite failed.
    pub fn nick(&self, user: &str) -> Result<Option<String>, DirectError> {
        Ok(profiles::text(&self.db, &UserId::from(user), &ProfileTag::NICK)?)
    }

    /// Returns all follows as pairs of the follower and the followed user.
    ///
    /// # Errors
    /// SQLite failed.
    pub fn all_follows(&self) -> Result<Vec<(String, String)>, DirectError> {
        self.pairs("SELECT from_user, to_user FROM follow ORDER BY from_user, to_user")
    }

    /// Returns all entries of friend lists as pairs of the owner and the friend.
    ///
    /// # Errors
    /// SQLite failed.
    pub fn all_friends(&self) -> Result<Vec<(String, String)>, DirectError> {
        self.pairs("SELECT owner, friend FROM friend ORDER BY owner, friend")
    }

    /// Returns all entries of blocklists as pairs of the owner and the blocked user.
    ///
    /// # Errors
    /// SQLite failed.
    pub fn all_blocks(&self) -> Result<Vec<(String, String)>, DirectError> {
        self.pairs("SELECT owner, user FROM blocked ORDER BY owner, user")
    }

    fn pairs(&self, sql: &str) -> Result<Vec<(String, String)>, DirectError> {
        let mut query = self.db.prepare_cached(sql)?;
        let pairs = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(pairs.collect::<rusqlite::Result<_>>()?)
    }
}

fn incoming(call: DirectCall<'_>) -> IncomingCall {
    IncomingCall {
        from: Ipv4Addr::LOCALHOST.into(),
        method: "POST".to_owned(),
        host: String::new(),
        path: call.path.to_owned(),
        query: call.query.to_owned(),
        target: String::new(),
        version: Version::HTTP_11,
        headers: HeaderMap::new(),
        body: Some(Bytes::copy_from_slice(call.body)),
        is_foreign: false,
        replay_of: None,
    }
}

impl fmt::Debug for DirectWorld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectWorld").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Omits the query, which contains the signature, and the body.
impl fmt::Debug for DirectCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectCall").field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
