//! Errors of settings.

use std::fmt;

use tim_sig::SignError;
use tim_transport::TransportError;
use tim_types::Printable;

use crate::error::TransportReason;

/// Why a client cannot be created from its settings.
///
/// The message contains the complete reason, but never a key or the value of an environment
/// variable.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Neither a region nor a base URL is set. An app belongs to exactly one region, so there is no
    /// default.
    #[error("no region configured: set the region shown in the console, or a base URL")]
    NoRegion,
    /// The base URL, or the backup URL, is invalid.
    #[error("invalid base URL {:?}: {problem}", Printable(url))]
    BaseUrl {
        /// The URL without a query. `***` replaces parts that may be a password or a key.
        url: String,
        /// Why it is invalid.
        problem: &'static str,
    },
    /// The key, the admin or the validity cannot make a signature.
    #[error(transparent)]
    Signing(#[from] SignError),
    /// The transport cannot be created from its [options](tim_transport::Options). The message
    /// contains the innermost cause, so `source()` is `None`.
    #[error("cannot create the transport: {}; check its options", TransportReason(.0))]
    Transport(TransportError),
    /// [`Config::from_env`](crate::Config::from_env): variables are not set, or empty.
    #[error("environment variables are not set: {}", list(.names))]
    #[non_exhaustive]
    MissingVariables {
        /// The variables. Where one of two is needed, the first of them.
        names: Vec<&'static str>,
    },
    /// [`Config::from_env`](crate::Config::from_env): the value of a variable is invalid.
    #[error("invalid environment variable {name}: {problem}")]
    #[non_exhaustive]
    InvalidVariable {
        /// The variable.
        name: &'static str,
        /// Why its value is invalid, and what to do. It does not contain the value.
        problem: String,
    },
}

/// The message, so that `unwrap` and a `main` that returns an error show it.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<TransportError> for ConfigError {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

/// The variables with what to set them to.
fn list(names: &[&'static str]) -> String {
    let advice = |name: &&str| match *name {
        "TIM_SDKAPPID" => "TIM_SDKAPPID (the SDKAppID of the app, from the console)",
        "TIM_ADMIN" => "TIM_ADMIN (the user id of an app admin)",
        "TIM_SECRET_KEY" => {
            "TIM_SECRET_KEY or TIM_SECRET_KEY_FILE (the secret key of the app, or a file that contains it)"
        }
        "TIM_REGION" => "TIM_REGION or TIM_BASE_URL (the region shown in the console, or the URL of an emulator)",
        _ => "others",
    };
    names.iter().map(advice).collect::<Vec<_>>().join("; ")
}
