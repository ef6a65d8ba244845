//! Shows and changes the settings of the app.

use std::collections::BTreeMap;

use axum::extract::State as Extract;
use serde::{Deserialize, Deserializer};
use tim_types::Region;
use tim_types::profile::AllowType;

use super::request::{JsonBody, NoQuery};
use super::{AdminError, App, Json, Reply};
use crate::app_settings::{AppSettings, InvalidSettings, region_from_text};
use crate::server::Server;
use crate::settings::Settings;

pub(super) async fn show(Extract(server): App, _: NoQuery) -> Reply {
    shown(&server)
}

fn shown(server: &Server) -> Reply {
    Json::of(&*server.settings.get())
}

/// Sets all settings. A missing setting gets its default, not its value of the start.
pub(super) async fn replace(Extract(server): App, _: NoQuery, JsonBody(settings): JsonBody<AppSettings>) -> Reply {
    change(&server, |current| {
        current.clone_from(&settings);
        Ok(())
    })
    .await
}

pub(super) async fn reset(Extract(server): App, _: NoQuery) -> Reply {
    change(&server, |current| {
        current.clone_from(server.settings.initial());
        Ok(())
    })
    .await
}

/// Sets the settings in the body. The body can also name single relation limits and quirks.
pub(super) async fn merge(Extract(server): App, _: NoQuery, JsonBody(patch): JsonBody<Patch>) -> Reply {
    change(&server, |current| patch.apply_to(current)).await
}

async fn change(
    server: &Server,
    change: impl Fn(&mut AppSettings) -> Result<(), InvalidSettings> + Send + Sync,
) -> Reply {
    let change = |current: &mut AppSettings| change(current).map_err(AdminError::from);
    Settings(server).change(change).await?;
    shown(server)
}

/// The settings to change.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Patch {
    /// `null` means any number.
    relation_limits: BTreeMap<String, Option<u64>>,
    quirks: BTreeMap<String, bool>,
    follow_feature: Option<bool>,
    default_allow_type: Option<AllowType>,
    friend_page_size: Option<u32>,
    /// `null` means any region.
    #[serde(deserialize_with = "given_region")]
    region: Option<Option<Region>>,
    admins: Option<Vec<String>>,
}

fn given_region<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Region>>, D::Error> {
    region_from_text(deserializer).map(Some)
}

impl Patch {
    fn apply_to(&self, settings: &mut AppSettings) -> Result<(), InvalidSettings> {
        for (name, limit) in &self.relation_limits {
            settings.relation_limits.set(name, *limit)?;
        }
        for (name, on) in &self.quirks {
            settings.quirks.set(name, *on)?;
        }
        if let Some(on) = self.follow_feature {
            settings.follow_feature = on;
        }
        if let Some(kind) = &self.default_allow_type {
            settings.default_allow_type.clone_from(kind);
        }
        if let Some(friends) = self.friend_page_size {
            settings.friend_page_size = friends;
        }
        if let Some(region) = self.region {
            settings.region = region;
        }
        if let Some(admins) = &self.admins {
            settings.admins.clone_from(admins);
        }
        Ok(())
    }
}
