//! The command `tim` as a library, for its own tests and for tools of this workspace.
//!
//! Nothing here is stable: any release may change or remove it. To call the service from a program,
//! use `tim-follow`.

mod address;
mod bounded;
mod cli;
mod commands;
mod exit;
#[cfg(test)]
mod help_tests;
mod input;
mod output;
mod run;
mod settings;
mod suggest;
mod text;
mod time;

pub use cli::main;

/// The parts without IO: the decisions of a run and the text of its journal.
pub mod core {
    pub use crate::exit::ExitStatus;
    pub use crate::input::fingerprint::Fingerprint;
    pub use crate::input::pairs::{PairsLine, PairsLines, PairsText};
    pub use crate::input::position::{InputPosition, InputState, PositionQueue};
    pub use crate::output::journal::{Identity, Page, PageError};
    pub use crate::output::saving::{
        Conflict, Files, FilesAtStart, JournalFolder, Part, Schedule, Start, begin, replace, save, save_if_due,
    };
    pub use crate::run::batch::target_step;
    pub use crate::run::core::{Advance, Checkpoint, Core, Halt, Step, Taken};
    pub use crate::run::event_loop::{Event, Host, LoopEnd, run_loop};
    pub use crate::run::rows::pair_row;
    pub use crate::run::summary::{Counted, Summary};
}

/// Reads targets from memory.
pub mod reading {
    pub use crate::input::memory::{InputKind, InputRecord, ReadInput, continue_input, read_export, read_input};
}
