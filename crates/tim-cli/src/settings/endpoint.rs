//! Where calls go.

use std::borrow::Cow;

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

    /// The region, or the base URL without parts that may be secret.
    pub(crate) fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Region(region) => region.name().into(),
            // A password can contain any character that ends it elsewhere.
            Self::BaseUrl(url) if url.contains('@') => match url.split_once("://") {
                Some((scheme, _)) if !scheme.contains('@') => format!("{scheme}://***").into(),
                _ => "***".into(),
            },
            Self::BaseUrl(url) => url.split(['?', '#']).next().unwrap_or_default().into(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_shown_without_secrets() {
        let shown = |url: &str| ServiceEndpoint::BaseUrl(url.to_owned()).shown().into_owned();
        assert_eq!(shown("http://127.0.0.1:9000/x"), "http://127.0.0.1:9000/x");
        assert_eq!(shown("http://host/x?usersig=hunter2"), "http://host/x");
        for url in ["http://me:hunter2@h", "http://me:hun?ter2@h", "http://h/?@hunter2", "me@hunter2", "a@hun://ter2"] {
            let shown = shown(url);
            assert!(!shown.contains("hun") && !shown.contains("ter2"), "{shown}");
        }
    }
}
