//! Where calls go.

use tim_follow::{Config, Region};

/// Where calls go: to a region of the service, or to a base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ServiceEndpoint {
    Region(Region),
    BaseUrl(String),
}

impl ServiceEndpoint {
    /// The endpoint of two settings from the same source. A base URL takes precedence.
    pub(super) fn of(base_url: Option<String>, region: Option<Region>) -> Option<Self> {
        base_url.map(Self::BaseUrl).or(region.map(Self::Region))
    }

    /// The name of the setting.
    pub(crate) fn setting(&self) -> &'static str {
        match self {
            Self::Region(_) => "region",
            Self::BaseUrl(_) => "base_url",
        }
    }

    /// The region or the base URL, without a user, a password or a query.
    pub(crate) fn shown(&self) -> &str {
        match self {
            Self::Region(region) => region.name(),
            Self::BaseUrl(url) => {
                let url = url.split(['?', '#']).next().unwrap_or_default();
                url.rsplit('@').next().unwrap_or_default()
            }
        }
    }

    /// `config` with this endpoint.
    pub(super) fn apply(&self, config: Config) -> Config {
        match self {
            Self::Region(region) => config.region(*region),
            Self::BaseUrl(url) => config.base_url(url),
        }
    }
}
