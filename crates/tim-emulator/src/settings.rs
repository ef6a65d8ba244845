//! Reads and changes the settings of a running emulator.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tim_types::Region;
use tim_types::profile::AllowType;

use crate::app_settings::{AppSettings, InvalidSettings, changed};
use crate::database::{DatabaseError, Done};
use crate::quirks::Quirks;
use crate::relation_limits::RelationLimits;
use crate::server::Server;
use crate::webhook::{InvalidWebhook, Webhook};
use crate::world::accounts;

/// The maximum time that a change with new admins waits for the database.
const WRITE_LIMIT: Duration = Duration::from_secs(1);

/// The settings of a running emulator; see [`Emulator::settings`](crate::Emulator::settings).
///
/// A change applies to the calls that come in after it.
///
/// ```
/// use tim_emulator::{Emulator, RelationLimits};
///
/// let emulator = Emulator::builder().start_blocking()?;
/// emulator.settings().set_relation_limits(RelationLimits { following: Some(3), ..RelationLimits::default() });
/// emulator.settings().set_follow_feature(false);
/// emulator.settings().reset()?;
/// assert!(emulator.settings().get().follow_feature);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Settings<'a>(pub(crate) &'a Server);

/// The reason why settings were not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The new settings are invalid.
    #[error(transparent)]
    Invalid(#[from] InvalidSettings),
    /// The accounts of the new admins could not be added.
    #[error("cannot add the accounts of the admins: {reason}")]
    Database {
        /// The error of the database.
        reason: String,
    },
}

impl From<DatabaseError> for SettingsError {
    fn from(error: DatabaseError) -> Self {
        Self::Database { reason: error.to_string() }
    }
}

impl Settings<'_> {
    /// Returns the current settings.
    pub fn get(&self) -> AppSettings {
        AppSettings::clone(&self.0.settings.get())
    }

    /// Sets the maximum number of relations of a user. Existing relations above a new limit stay.
    pub fn set_relation_limits(&self, limits: RelationLimits) {
        self.0.settings.edit(|settings| settings.relation_limits = limits);
    }

    /// Sets which alternative behaviours are on.
    pub fn set_quirks(&self, quirks: Quirks) {
        self.0.settings.edit(|settings| settings.quirks = quirks);
    }

    /// Turns the follow feature of the app on or off.
    pub fn set_follow_feature(&self, on: bool) {
        self.0.settings.edit(|settings| settings.follow_feature = on);
    }

    /// Sets who may add a user whose profile does not have `Tag_Profile_IM_AllowType`.
    ///
    /// # Errors
    /// The value is not one of the documented values. Nothing was changed.
    pub fn set_default_allow_type(&self, kind: AllowType) -> Result<(), InvalidSettings> {
        self.0.settings.change(|settings| {
            settings.default_allow_type = kind;
            Ok(())
        })
    }

    /// Sets the number of friends in a page of friend_get.
    ///
    /// # Errors
    /// The number is 0. Nothing was changed.
    pub fn set_friend_page_size(&self, friends: u32) -> Result<(), InvalidSettings> {
        self.0.settings.change(|settings| {
            settings.friend_page_size = friends;
            Ok(())
        })
    }

    /// Sets the region of the app. `None` accepts any host.
    pub fn set_region(&self, region: Option<Region>) {
        self.0.settings.edit(|settings| settings.region = region);
    }

    /// Sets the admins. Only calls that are signed for an admin are accepted. New admins get
    /// accounts; the function blocks until the database has them.
    ///
    /// # Errors
    /// There are not 1 to 10 admins, an admin is not a user id, or the database failed.
    pub fn set_admins<A: Into<String>>(&self, admins: impl IntoIterator<Item = A>) -> Result<(), SettingsError> {
        let admins: Vec<String> = admins.into_iter().map(Into::into).collect();
        let set = |settings: &mut AppSettings| -> Result<(), SettingsError> {
            settings.admins.clone_from(&admins);
            Ok(())
        };
        let missing = new_admins(self.0, &changed(&self.0.settings.get(), set)?);
        if !missing.is_empty() {
            self.0.database.write_blocking(add_accounts(missing))?.map_err(DatabaseError::Failed)?;
        }
        self.0.settings.change(set)
    }

    /// Replaces the receivers of webhooks. A removed receiver still gets the webhooks that already
    /// wait for it, until an attempt has no response.
    ///
    /// # Errors
    /// A URL, an event or the number of retries is invalid. No receiver was changed.
    pub fn set_webhooks(&self, webhooks: impl IntoIterator<Item = Webhook>) -> Result<(), InvalidWebhook> {
        self.0.webhooks.replace(webhooks.into_iter().collect())
    }

    /// Restores the settings and the webhooks of the start. Blocks until the admins of the start
    /// have accounts in the database.
    ///
    /// # Errors
    /// The database failed. Nothing was changed.
    pub fn reset(&self) -> Result<(), SettingsError> {
        self.reset_app()?;
        self.0.webhooks.reset();
        Ok(())
    }

    /// Restores the settings of the start, without the webhooks.
    pub(crate) fn reset_app(&self) -> Result<(), DatabaseError> {
        let missing = new_admins(self.0, self.0.settings.initial());
        if !missing.is_empty() {
            self.0.database.write_blocking(add_accounts(missing))?.map_err(DatabaseError::Failed)?;
        }
        self.0.settings.put(Arc::clone(self.0.settings.initial()));
        Ok(())
    }

    /// Changes settings, for a caller that must not block. If there are new admins, waits for the
    /// database for at most 1 s.
    pub(crate) async fn change<E>(&self, change: impl Fn(&mut AppSettings) -> Result<(), E>) -> Result<(), E>
    where
        E: From<InvalidSettings> + From<DatabaseError>,
    {
        let missing = new_admins(self.0, &changed(&self.0.settings.get(), &change)?);
        if !missing.is_empty() {
            let added = self.0.database.write(WRITE_LIMIT, add_accounts(missing)).await?;
            added.map_err(DatabaseError::Failed)?;
        }
        // Applies `change` again, because the settings may have changed meanwhile.
        self.0.settings.change(change)
    }
}

impl fmt::Debug for Settings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Settings").field(&self.get()).finish()
    }
}

fn new_admins(server: &Server, next: &AppSettings) -> Vec<String> {
    let current = server.settings.get();
    next.admins.iter().filter(|admin| !current.admins.contains(admin)).cloned().collect()
}

fn add_accounts(users: Vec<String>) -> impl FnOnce(&Connection) -> Done<Result<(), String>> {
    move |db| {
        let added = accounts::import_all(db, &users).map_err(|error| error.to_string());
        Done { keep: added.is_ok(), value: added }
    }
}
