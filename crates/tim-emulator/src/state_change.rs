//! The event State.StateChange.

use tim_types::UserId;
use tim_types::webhook::{Event, StateAction, StateChange, StateInfo, StateReason};

/// Returns the event of a session that changed for this reason.
pub(crate) fn event(user: UserId, reason: &StateReason, time_ms: u64) -> Event {
    let action = match reason {
        reason if *reason == StateReason::REGISTER => StateAction::LOGIN,
        reason if *reason == StateReason::UNREGISTER => StateAction::LOGOUT,
        _ => StateAction::DISCONNECT,
    };
    let info = StateInfo { action, user, reason: reason.clone() };
    Event::StateChange(StateChange { time_ms, info, kicked: Vec::new() })
}
