//! Problems of the environment that do not stop the emulator, for example a full disk.

use std::sync::Arc;

/// Reports a problem to the person who runs the emulator.
pub(crate) type OnProblem = Arc<dyn Fn(&str) + Send + Sync>;
