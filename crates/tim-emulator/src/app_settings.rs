//! What an app may do, and how silent documents are read. May change while the emulator runs.

use crate::quirks::Quirks;
use crate::relation_limits::RelationLimits;

#[derive(Debug, Clone, Copy)]
pub(crate) struct AppSettings {
    pub(crate) relation_limits: RelationLimits,
    pub(crate) quirks: Quirks,
    /// Whether the app has the follow feature; without it 30005.
    pub(crate) follow_feature: bool,
}

impl Default for AppSettings {
    fn default() -> Self {
        Self { relation_limits: RelationLimits::default(), quirks: Quirks::default(), follow_feature: true }
    }
}
