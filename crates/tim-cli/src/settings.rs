//! The app, its admin, its key and the endpoint: from flags, a profile and the environment.
//!
//! clap does not read the environment here: it would show the values in its texts, and it does not
//! know the order of a profile and a variable.

mod edit;
mod endpoint;
mod environment;
mod error;
mod file;
mod flags;
mod key;
mod profiles;
mod rate_limit;
mod resolve;
mod root;
pub(crate) mod secret;
mod source;

use std::path::PathBuf;

use tim_follow::sig::Signer;
use tim_follow::{Client, Config, ConfigError, SdkAppId, SecretKey};

use self::environment::process_environment;
use crate::exit::Failure;

pub(crate) use edit::{Edited, set, set_default};
pub(crate) use endpoint::ServiceEndpoint;
pub(crate) use error::SettingsError;
pub(crate) use file::{Selection, config_path};
pub(crate) use flags::{Flags, region};
pub(crate) use key::{KeySource, key_file};
pub(crate) use profiles::Profiles;
pub(crate) use rate_limit::{ParseRateLimitError, RateLimit};
pub(crate) use source::{Resolved, Source};

pub(crate) const HELP: &str = "\
Settings:
  --sdkappid         TIM_SDKAPPID         the SDKAppID of the app, from the console
  --admin            TIM_ADMIN            an app admin, in whose name calls are made
  --secret-key-file  TIM_SECRET_KEY_FILE  a file with the secret key of the app, or
                     TIM_SECRET_KEY       the key itself, which takes precedence over TIM_SECRET_KEY_FILE. It has no
                                          flag, because all users of a machine can see arguments
  --region           TIM_REGION           the region of the app: china, singapore, seoul, tokyo, frankfurt, mumbai,
                                          silicon-valley or jakarta
  --base-url         TIM_BASE_URL         the base URL to use in place of a region, such as http://127.0.0.1:9000 of an
                                          emulator. It takes precedence over a region from the same source
  --root-certificate TIM_ROOT_CERTIFICATE a file with certificates in PEM, to trust besides the public ones: that of
                                          `tim emulator --tls`, or of a proxy that decrypts TLS
  --rate-limit       TIM_RATE_LIMIT       calls per second, none, or the URL of a Redis that several processes share;
                                          see `tim follow add --help`
  --profile          TIM_PROFILE          a profile of the configuration file, see `tim config --help`
  --config           TIM_CONFIG           that file; the default is ~/.config/tim/config.toml
Each setting is taken from the first of these that has it: the flag, the profile that --profile or TIM_PROFILE chooses,
the variable, the default profile of the file.
`tim config show` shows the values in use and where they come from, and `tim doctor` checks them.";

/// The settings in use. All are optional, because commands need different ones. The key is not read
/// yet.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The configuration file, which need not exist.
    pub(crate) file: Option<Resolved<PathBuf>>,
    pub(crate) profile: Option<Resolved<String>>,
    pub(crate) sdkappid: Option<Resolved<SdkAppId>>,
    pub(crate) admin: Option<Resolved<String>>,
    pub(crate) key: Option<Resolved<KeySource>>,
    pub(crate) endpoint: Option<Resolved<ServiceEndpoint>>,
    /// Certificates to trust besides the public ones.
    pub(crate) root: Option<Resolved<PathBuf>>,
    pub(crate) rate_limit: Option<Resolved<RateLimit>>,
    /// The profiles of the configuration file.
    pub(crate) profiles: Vec<String>,
}

const NO_APP: &str = "the SDKAppID of the app: --sdkappid N or TIM_SDKAPPID";
const NO_ADMIN: &str = "an app admin: --admin NAME or TIM_ADMIN";
const NO_KEY: &str = "the secret key: --secret-key-file FILE, TIM_SECRET_KEY_FILE, or the key itself in TIM_SECRET_KEY";
const NO_ENDPOINT: &str = "the region of the app: --region NAME or TIM_REGION (china, singapore, seoul, ...), \
                           or the base URL of an emulator: --base-url URL or TIM_BASE_URL";

impl Settings {
    /// From flags, the environment of the process and the configuration file.
    pub(crate) fn read(flags: &Flags) -> Result<Self, SettingsError> {
        Self::resolve(flags, &process_environment)
    }

    /// A signer, which needs neither an admin nor an endpoint.
    pub(crate) fn signer(&self) -> Result<Signer, Failure> {
        match (&self.sdkappid, &self.key) {
            (Some(app), Some(key)) => Ok(Signer::new(app.value.0, key.load()?)?),
            (app, key) => Err(self.missing(&[(app.is_none(), NO_APP), (key.is_none(), NO_KEY)]).into()),
        }
    }

    /// The app alone, for commands that make no calls.
    pub(crate) fn app(&self) -> Result<SdkAppId, SettingsError> {
        match &self.sdkappid {
            Some(app) => Ok(app.value),
            None => Err(self.missing(&[(true, NO_APP)])),
        }
    }

    /// The app and the key, as far as they are set.
    pub(crate) fn app_and_key(&self) -> Result<(Option<SdkAppId>, Option<SecretKey>), SettingsError> {
        let key = self.key.as_ref().map(Resolved::load).transpose()?;
        Ok((self.sdkappid.as_ref().map(|app| app.value), key))
    }

    /// A client with `config`, which [`config`](Self::config) made.
    pub(crate) fn client(&self, config: Config) -> Result<Client, Failure> {
        Client::new(config).map_err(|error| match (error, &self.endpoint) {
            // The error of the client quotes the URL.
            (ConfigError::BaseUrl { problem, .. }, Some(endpoint)) => {
                SettingsError::BaseUrl { named_by: endpoint.source.clone(), problem: problem.to_string() }.into()
            }
            (error, _) => error.into(),
        })
    }

    /// The app, the admin and the endpoint, by name: what has to be the same when a run resumes.
    pub(crate) fn identity(&self) -> Vec<(String, String)> {
        let named = [
            ("the app", self.sdkappid.as_ref().map(|app| app.value.to_string())),
            ("the admin", self.admin.as_ref().map(|admin| admin.value.clone())),
            ("the endpoint", self.endpoint.as_ref().map(|endpoint| endpoint.value.shown().into_owned())),
        ];
        named.map(|(name, value)| (name.to_owned(), value.unwrap_or_default())).into()
    }

    /// The configuration of a client, which needs the app, the admin, the key and the endpoint.
    pub(crate) fn config(&self) -> Result<Config, SettingsError> {
        match (&self.sdkappid, &self.admin, &self.key, &self.endpoint) {
            (Some(app), Some(admin), Some(key), Some(endpoint)) => {
                let config = Config::new(app.value, admin.value.as_str(), key.load()?);
                self.routed(&endpoint.value, config)
            }
            (app, admin, key, endpoint) => {
                let app_and_admin = [(app.is_none(), NO_APP), (admin.is_none(), NO_ADMIN)];
                let key_and_endpoint = [(key.is_none(), NO_KEY), (endpoint.is_none(), NO_ENDPOINT)];
                Err(self.missing(&[app_and_admin, key_and_endpoint].concat()))
            }
        }
    }

    /// `config` with this endpoint and the root certificate.
    pub(crate) fn routed(&self, endpoint: &ServiceEndpoint, config: Config) -> Result<Config, SettingsError> {
        let config = endpoint.apply(config);
        let mut options = config.transport_options();
        options.extra_roots.extend(self.root_pem()?);
        Ok(config.transport(options))
    }

    /// The certificates to trust besides the public ones.
    pub(crate) fn root_pem(&self) -> Result<Option<String>, SettingsError> {
        self.root.as_ref().map(root::read).transpose()
    }

    /// The settings that the explicitly chosen profile lacks and a variable has.
    pub(crate) fn completed(&self) -> Vec<(&'static str, &Source)> {
        fn source<T>(resolved: Option<&Resolved<T>>) -> Option<&Source> {
            resolved.map(|resolved| &resolved.source)
        }
        let is_explicit = self.profile.as_ref().is_some_and(|name| !matches!(name.source, Source::File(_)));
        let group = [
            ("sdkappid", source(self.sdkappid.as_ref())),
            ("admin", source(self.admin.as_ref())),
            ("secret_key", source(self.key.as_ref())),
            ("region or base_url", source(self.endpoint.as_ref())),
        ];
        let of_variable = |source: &&Source| is_explicit && matches!(source, Source::Variable(_));
        let named = group.into_iter().map(|(name, source)| source.filter(of_variable).map(|source| (name, source)));
        named.flatten().collect()
    }

    fn missing(&self, lacks: &[(bool, &'static str)]) -> SettingsError {
        let what = lacks.iter().filter(|(lacks, _)| *lacks).map(|(_, what)| *what).collect();
        let profiles = if self.profile.is_none() { self.profiles.clone() } else { Vec::new() };
        SettingsError::Missing { what, profiles }
    }
}

/// The first of several values that is set.
fn closest<T, const N: usize>(values: [Option<Resolved<T>>; N]) -> Option<Resolved<T>> {
    values.into_iter().flatten().next()
}

#[cfg(test)]
mod tests;
