//! The facts about a built-in command beyond its wire format.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Endpoint;

/// A built-in command: an [`Endpoint`] with the facts that documents, tests and the emulator need.
///
/// All of them are in [`COMMANDS`](crate::COMMANDS), and
/// [`for_each_command!`](crate::for_each_command) names their types.
pub trait Command:
    Endpoint<Response: Serialize + Clone + Debug + PartialEq> + DeserializeOwned + Clone + Debug + PartialEq + 'static
{
    /// What a call does to the data of the app.
    const EFFECT: Effect;
    /// How many users a call is about.
    const SHAPE: Shape;
    /// The official page.
    const OFFICIAL_PAGE: &'static str;
}

/// What a command does to the data of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// It only reads.
    Read,
    /// It adds or changes data.
    Write,
    /// It deletes data.
    Delete,
}

/// How many users a call of a command is about.
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
    /// What it does to the data of the app.
    pub effect: Effect,
    /// How many users a call is about.
    pub shape: Shape,
    /// The number of calls a second that the service allows.
    pub calls_per_second: u32,
    /// Whether a call that the service may have processed can be sent again.
    pub idempotent: bool,
    /// The official page.
    pub official_page: &'static str,
}

impl CommandInfo {
    /// The facts about a command.
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
