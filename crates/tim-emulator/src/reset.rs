//! Resets the emulator, or parts of it.

use serde::Deserialize;

use crate::lock::locked;
use crate::server::Server;
use crate::settings::Settings;
use crate::state::{State, StateError};

/// The parts to reset.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Reset {
    state: bool,
    faults: bool,
    calls: bool,
    time: bool,
    rate_limit: bool,
    settings: bool,
}

impl Reset {
    /// All parts except the settings.
    pub(crate) const ALL: Self =
        Self { state: true, faults: true, calls: true, time: true, rate_limit: true, settings: false };
}

/// Resets these parts. After an error, no part is changed. The settings include the webhooks.
/// Snapshots stay.
pub(crate) fn reset(server: &Server, what: Reset) -> Result<(), StateError> {
    // The settings and the state come first, because only they can fail. The admins of the settings
    // get accounts in the new state.
    let before = server.settings.get();
    if what.settings {
        Settings(server).reset_app()?;
    }
    if what.state
        && let Err(error) = State(server).reset()
    {
        if what.settings {
            server.settings.put(before);
        }
        return Err(error);
    }
    if what.faults {
        locked(&server.faults).clear(server.clock.now().elapsed);
    }
    if what.calls {
        server.call_log.clear();
    }
    if what.time {
        server.clock.reset();
    }
    if what.rate_limit {
        server.gateway.rate_counter().restart();
    }
    if what.settings {
        server.webhooks.reset();
    }
    Ok(())
}
