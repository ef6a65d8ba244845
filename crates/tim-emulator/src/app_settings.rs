//! The settings of the emulated app. They can change while the emulator runs.

use std::sync::{Arc, Mutex};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tim_types::profile::AllowType;
use tim_types::{Region, UserId};

use crate::lock::locked;
use crate::named::UnknownName;
use crate::quirks::Quirks;
use crate::relation_limits::RelationLimits;

/// An app has at most this many admins.
const MAX_ADMINS: usize = 10;

/// The settings of the emulated app that can change at run time.
///
/// In JSON this is an object with the names of the fields, as in the admin API. A missing field
/// gets its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AppSettings {
    /// The maximum number of relations of a user.
    pub relation_limits: RelationLimits,
    /// Alternative behaviours where the documents are ambiguous.
    pub quirks: Quirks,
    /// Whether the app has the follow feature. Without it, follow commands are rejected with 30005.
    pub follow_feature: bool,
    /// Who may add a user whose profile does not have `Tag_Profile_IM_AllowType`.
    pub default_allow_type: AllowType,
    /// The number of friends in a page of friend_get, 1 or more.
    pub friend_page_size: u32,
    /// The region of the app. A call to a host of another region is rejected with 60026. `None`
    /// accepts any host.
    #[serde(serialize_with = "region_to_text", deserialize_with = "region_from_text")]
    pub region: Option<Region>,
    /// The users whose signatures are accepted: 1 to 10 user ids.
    pub admins: Vec<String>,
}

impl Default for AppSettings {
    fn default() -> Self {
        Self {
            relation_limits: RelationLimits::default(),
            quirks: Quirks::default(),
            follow_feature: true,
            default_allow_type: AllowType::ALLOW_ANY,
            friend_page_size: 100,
            region: None,
            admins: vec!["administrator".to_owned()],
        }
    }
}

/// The reason why settings are invalid. No setting was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSettings {
    /// The list of admins is empty.
    #[error("admins is empty: an app has 1 to {MAX_ADMINS} admins")]
    NoAdmin,
    /// There are more than 10 admins.
    #[error("{given} admins are too many: an app has at most {MAX_ADMINS}")]
    TooManyAdmins {
        /// The number of admins.
        given: usize,
    },
    /// An admin name is not a user id.
    #[error("the admin {name:?} has {} bytes: a user id has 1 to {} bytes", name.len(), UserId::MAX_BYTES)]
    AdminName {
        /// The name.
        name: String,
    },
    /// The default `AllowType` is not one of the documented values.
    #[error("default_allow_type is {given:?}: it must be {}", AllowType::KNOWN.join(" or "))]
    AllowType {
        /// The given value.
        given: String,
    },
    /// The page size of friend_get is 0.
    #[error("friend_page_size is 0: a page has 1 or more friends")]
    EmptyFriendPage,
    /// A relation limit or a quirk has an unknown name.
    #[error(transparent)]
    UnknownName(#[from] UnknownName),
}

impl AppSettings {
    /// Returns an error if the admins are not 1 to 10 user ids, a value is not documented, or a
    /// page would be empty.
    pub(crate) fn validate(&self) -> Result<(), InvalidSettings> {
        match self.admins.len() {
            0 => return Err(InvalidSettings::NoAdmin),
            given if given > MAX_ADMINS => return Err(InvalidSettings::TooManyAdmins { given }),
            _ => {}
        }
        if !AllowType::KNOWN.contains(&self.default_allow_type.as_str()) {
            return Err(InvalidSettings::AllowType { given: self.default_allow_type.as_str().to_owned() });
        }
        if self.friend_page_size == 0 {
            return Err(InvalidSettings::EmptyFriendPage);
        }
        match self.admins.iter().find(|name| name.is_empty() || name.len() > UserId::MAX_BYTES) {
            Some(name) => Err(InvalidSettings::AdminName { name: name.clone() }),
            None => Ok(()),
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

    /// Returns the settings for one call. A later change does not affect the call.
    pub(crate) fn get(&self) -> Arc<AppSettings> {
        Arc::clone(&locked(&self.current))
    }

    /// Returns the settings of the start.
    pub(crate) fn initial(&self) -> &Arc<AppSettings> {
        &self.initial
    }

    /// Replaces the settings for later calls.
    pub(crate) fn put(&self, settings: Arc<AppSettings>) {
        *locked(&self.current) = settings;
    }

    /// Changes settings that cannot be invalid, for later calls.
    pub(crate) fn edit(&self, edit: impl FnOnce(&mut AppSettings)) {
        edit(Arc::make_mut(&mut locked(&self.current)));
    }

    /// Changes the settings for later calls, unless the result is invalid.
    pub(crate) fn change<E: From<InvalidSettings>>(
        &self,
        change: impl FnOnce(&mut AppSettings) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut current = locked(&self.current);
        *current = Arc::new(changed(&current, change)?);
        Ok(())
    }
}

/// Returns the settings after a change.
pub(crate) fn changed<E: From<InvalidSettings>>(
    settings: &AppSettings,
    change: impl FnOnce(&mut AppSettings) -> Result<(), E>,
) -> Result<AppSettings, E> {
    let mut settings = settings.clone();
    change(&mut settings)?;
    settings.validate()?;
    Ok(settings)
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn region_to_text<S: Serializer>(region: &Option<Region>, serializer: S) -> Result<S::Ok, S::Error> {
    region.map(|region| region.to_string()).serialize(serializer)
}

/// The name of a region as [`Region`] parses it, or null.
pub(crate) fn region_from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Region>, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?;
    name.map(|name| name.parse().map_err(serde::de::Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_the_same_as_json_and_back() {
        let region = Region::ALL.into_iter().next();
        let settings = AppSettings { region, follow_feature: false, ..AppSettings::default() };
        let json = json!(settings);
        assert_eq!(json["region"], region.unwrap().to_string());
        assert_eq!(serde_json::from_value::<AppSettings>(json).unwrap(), settings);
        assert_eq!(serde_json::from_str::<AppSettings>("{}").unwrap(), AppSettings::default());
    }

    #[test]
    fn an_invalid_change_changes_nothing() {
        let current = CurrentSettings::new(AppSettings::default());
        let set = |admins: Vec<String>| {
            current.change(|settings| {
                settings.admins = admins;
                Ok::<(), InvalidSettings>(())
            })
        };
        assert_eq!(set(vec![]), Err(InvalidSettings::NoAdmin));
        assert_eq!(set(vec!["a".to_owned(); 11]), Err(InvalidSettings::TooManyAdmins { given: 11 }));
        assert!(set(vec!["a".repeat(33)]).is_err() && set(vec![String::new()]).is_err());
        let empty_page = |settings: &mut AppSettings| {
            settings.friend_page_size = 0;
            Ok(())
        };
        assert_eq!(current.change(empty_page), Err(InvalidSettings::EmptyFriendPage));
        assert_eq!(*current.get(), AppSettings::default());
        set(vec!["a".repeat(32)]).unwrap();
        assert_eq!(current.get().admins, ["a".repeat(32)]);
        assert_eq!(**current.initial(), AppSettings::default());
    }
}
