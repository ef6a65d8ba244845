//! The settings of the emulated app. They can change while the emulator runs.

use std::sync::{Arc, Mutex};

use tim_types::Region;

use crate::lock::locked;
use crate::quirks::Quirks;
use crate::relation_limits::RelationLimits;

/// What an app can do, and how the emulator behaves where the documents are ambiguous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AppSettings {
    pub(crate) relation_limits: RelationLimits,
    pub(crate) quirks: Quirks,
    /// Whether the app has the follow feature; without it, follow commands return 30005.
    pub(crate) follow_feature: bool,
    /// Where the app lives; a call to a host of another region returns 60026.
    pub(crate) region: Option<Region>,
    /// The users whose signatures are accepted. At least one.
    pub(crate) admins: Vec<String>,
}

impl Default for AppSettings {
    fn default() -> Self {
        Self {
            relation_limits: RelationLimits::default(),
            quirks: Quirks::default(),
            follow_feature: true,
            region: None,
            admins: vec!["administrator".to_owned()],
        }
    }
}

/// The settings as they are now, and as they were at the start.
#[derive(Debug)]
pub(crate) struct CurrentSettings {
    initial: Arc<AppSettings>,
    current: Mutex<Arc<AppSettings>>,
}

impl CurrentSettings {
    pub(crate) fn new(settings: AppSettings) -> Self {
        let initial = Arc::new(settings);
        Self { current: Mutex::new(Arc::clone(&initial)), initial }
    }

    /// The settings for one call; a later change does not affect it.
    pub(crate) fn get(&self) -> Arc<AppSettings> {
        Arc::clone(&locked(&self.current))
    }

    /// Changes the settings for later calls.
    pub(crate) fn change(&self, change: impl FnOnce(&mut AppSettings)) {
        change(Arc::make_mut(&mut locked(&self.current)));
    }

    /// Goes back to the settings of the start.
    pub(crate) fn reset(&self) {
        *locked(&self.current) = Arc::clone(&self.initial);
    }
}
