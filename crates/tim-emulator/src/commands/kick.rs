//! POST v4/im_open_login_svc/kick

use tim_types::account::Kick;
use tim_types::webhook::StateReason;
use tim_types::{Empty, UserId};

use super::Context;
use super::handler::{CatalogHandler, Outcome};
use crate::command_error::CommandError;
use crate::online_status;
use crate::world::{accounts, logins};

impl CatalogHandler for Kick {
    fn user(&self) -> Option<&UserId> {
        Some(&self.user)
    }

    /// Sets all platforms to offline. Stores the time of the kick, which makes earlier signatures
    /// invalid.
    fn run(self, call: &Context<'_>) -> Result<Outcome<Empty>, CommandError> {
        call.require(&self.user)?;
        accounts::kick(call.db, &self.user, call.now())?;
        let was_online = !logins::current(call.db, &self.user, call.now())?.is_empty();
        logins::clear(call.db, &self.user)?;
        let event = was_online.then(|| online_status::event(self.user, StateReason::UNREGISTER, call.now_ms));
        Ok(Outcome { body: Empty {}, event })
    }
}
