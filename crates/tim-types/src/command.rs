//! The facts about a built-in command beyond its wire format.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Endpoint;

/// A built-in command: an [`Endpoint`] with the facts that documents, tests and the emulator need.
///
/// All of them are in [`COMMANDS`](crate::COMMANDS), and
/// [`for_each_command!`](crate::for_each_command) names their types. [`Each`](crate::Each) has the
/// facts about its command.
pub trait Command:
    Endpoint<Response: Serialize + Clone + Debug + PartialEq> + DeserializeOwned + Clone + Debug + PartialEq + 'static
{
    /// Whether a call reads, changes or deletes data of the app.
    const EFFECT: Effect;
    /// Whether a call takes one user, many targets, or returns a page of a list.
    const SHAPE: Shape;
    /// The URL of the official documentation.
    const OFFICIAL_PAGE: &'static str;
}

/// The effect of a command on the data of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// Reads data, and changes nothing.
    Read,
    /// Adds or changes data.
    Write,
    /// Deletes data.
    Delete,
}

/// What one call of a command handles: a user, many targets, or a page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Shape {
    /// One user.
    Single,
    /// Up to this many targets.
    Batch {
        /// The most targets of a call.
        max_targets: usize,
    },
    /// One page of a list.
    Paged,
}

/// The facts about one built-in command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CommandInfo {
    /// The service name in the path, for example `follow`.
    pub service: &'static str,
    /// The command name in the path, for example `follow_check`.
    pub command: &'static str,
    /// Whether a call reads, changes or deletes data of the app.
    pub effect: Effect,
    /// Whether a call takes one user, many targets, or returns a page of a list.
    pub shape: Shape,
    /// The number of calls per second that the service allows.
    pub calls_per_second: u32,
    /// Whether a call that the service may have processed can be retried.
    pub idempotent: bool,
    /// The URL of the official documentation.
    pub official_page: &'static str,
}

impl CommandInfo {
    /// Collects the facts about a command.
    pub const fn of<C: Command>() -> Self {
        Self {
            service: C::SERVICE,
            command: C::COMMAND,
            effect: C::EFFECT,
            shape: C::SHAPE,
            calls_per_second: C::CALLS_PER_SECOND,
            idempotent: C::IDEMPOTENT,
            official_page: C::OFFICIAL_PAGE,
        }
    }
}
