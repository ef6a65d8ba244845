//! The regions of apps, and the hosts of each region.

#[rustfmt::skip]
mod hosts;

use std::fmt;
use std::str::FromStr;

pub use hosts::Region;

impl Region {
    /// Returns the host for calls of an app in this region.
    pub fn primary_host(self) -> &'static str {
        self.row().1
    }

    /// Returns the documented backup host of this region. The clients use it when they cannot
    /// connect to the primary host.
    pub fn backup_host(self) -> &'static str {
        self.row().2
    }

    /// Returns the name that `Display` writes and `FromStr` reads, for example `silicon-valley`.
    pub fn name(self) -> &'static str {
        self.row().0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The name is not the name of a [`Region`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not a region: use one of {}", Region::ALL.map(Region::name).join(", "))]
pub struct ParseRegionError {
    given: String,
}

impl FromStr for Region {
    type Err = ParseRegionError;

    fn from_str(name: &str) -> Result<Self, ParseRegionError> {
        Self::ALL
            .into_iter()
            .find(|region| region.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| ParseRegionError { given: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_found_by_its_name() {
        for region in Region::ALL {
            assert_eq!(region.name().parse(), Ok(region));
        }
        assert_eq!("Singapore".parse(), Ok(Region::Singapore));
        let error = "atlantis".parse::<Region>().unwrap_err().to_string();
        assert!(error.starts_with("\"atlantis\" is not a region: use one of china, singapore,"), "{error}");
    }
}
