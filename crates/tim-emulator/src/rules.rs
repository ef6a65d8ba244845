//! What an app may do, and how silent documents are read. May change while the emulator runs.

use crate::caps::Caps;
use crate::choices::Choices;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) caps: Caps,
    pub(crate) choices: Choices,
    /// Whether the app has the follow feature; without it 30005.
    pub(crate) follow_feature: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { caps: Caps::default(), choices: Choices::default(), follow_feature: true }
    }
}
