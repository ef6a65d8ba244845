//! The errors of the emulator as failures of the command.

use tim_emulator::{InvalidFault, StartError, StateError, StopError, UnknownName};

use crate::exit::Failure;

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::usage(error)
    }
}

impl From<StopError> for Failure {
    fn from(error: StopError) -> Self {
        Self::usage(error)
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        Self::usage(format!("cannot read or change the emulator's data: {error}"))
    }
}

impl From<UnknownName> for Failure {
    fn from(error: UnknownName) -> Self {
        Self::usage(error)
    }
}

impl From<InvalidFault> for Failure {
    fn from(error: InvalidFault) -> Self {
        Self::usage(format!("--fault: {error}"))
    }
}
