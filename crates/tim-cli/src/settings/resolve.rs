//! Which of several values of a setting is used.

use std::ffi::OsString;
use std::path::PathBuf;

use tim_follow::{SdkAppId, SecretKey};

use super::environment::{Environment, text};
use super::file::{SelectedProfile, Selection, is_secret_path};
use super::profiles::{NOT_AN_APP, base_url, region};
use super::secret::is_secret;
use super::{Flags, KeySource, Resolved, ServiceEndpoint, Settings, SettingsError, Source};

impl Settings {
    pub(super) fn resolve(flags: &Flags, environment: &Environment<'_>) -> Result<Self, SettingsError> {
        let selected = Selection::resolve(flags, environment)?.profile()?;
        let layers = Layers { environment, selected: &selected };
        let profile = &selected.profile;
        let (sdkappid, admin) = (flags.sdkappid.map(SdkAppId), flags.admin.clone());
        let key_file = flags.secret_key_file.clone().map(KeySource::File);
        let endpoint = flags.base_url.clone().map(|url| (Some(ServiceEndpoint::BaseUrl(url)), "--base-url"));
        let (endpoint, endpoint_flag) = endpoint.unwrap_or((flags.region.map(ServiceEndpoint::Region), "--region"));
        let root = flags.root_certificate.clone();
        Ok(Self {
            sdkappid: layers.pick("--sdkappid", sdkappid, profile.sdkappid, || layers.app_id())?,
            admin: layers.pick("--admin", admin, profile.admin.clone(), || layers.variable("TIM_ADMIN"))?,
            key: layers.pick("--secret-key-file", key_file, profile.key.clone(), || layers.key())?,
            endpoint: layers.pick(endpoint_flag, endpoint, profile.endpoint.clone(), || layers.endpoint())?,
            root: layers
                .pick("--root-certificate", root, profile.root.clone(), || layers.path("TIM_ROOT_CERTIFICATE"))?,
            rate_limit: layers.pick("", None, profile.rate_limit.clone(), || layers.rate_limit())?,
            file: selected.file,
            profile: selected.name,
            profiles: selected.names,
        })
    }
}

/// The sources of settings below the flags.
struct Layers<'a> {
    environment: &'a Environment<'a>,
    selected: &'a SelectedProfile,
}

/// A setting, if it is set and valid.
type Lookup<T> = Result<Option<Resolved<T>>, SettingsError>;

impl Layers<'_> {
    /// The first value that is set: of the flag, of a profile that was chosen explicitly, of the
    /// variable, of the default profile. Otherwise `--profile local` would send calls where an
    /// exported variable points. A variable that is not used is not read, because it may be
    /// invalid.
    fn pick<T>(
        &self,
        flag: &'static str,
        of_flag: Option<T>,
        of_profile: Option<T>,
        variable: impl FnOnce() -> Lookup<T>,
    ) -> Lookup<T> {
        if let Some(value) = of_flag {
            return Ok(Some(Resolved::new(value, Source::Flag(flag))));
        }
        let of_profile = self.selected.resolved(of_profile);
        if of_profile.is_some() && self.selected.is_explicit() {
            return Ok(of_profile);
        }
        Ok(variable()?.or(of_profile))
    }

    /// The value of a variable. Many tools set a variable to an empty text to remove it.
    fn value(&self, name: &'static str) -> Option<OsString> {
        (self.environment)(name).filter(|value| !value.is_empty())
    }

    /// The text of a variable that is not for secrets.
    fn variable(&self, name: &'static str) -> Lookup<String> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let value = text(name, value)?;
        if is_secret(&value) {
            return Err(SettingsError::secret(name));
        }
        Ok(Some(Resolved::new(value, Source::Variable(name))))
    }

    /// A variable that `parse` converts. The problem that it returns must not contain the value.
    fn parsed<T>(&self, name: &'static str, parse: impl FnOnce(String) -> Result<T, String>) -> Lookup<T> {
        let Some(found) = self.variable(name)? else { return Ok(None) };
        let value = parse(found.value).map_err(|problem| SettingsError::Variable { name, problem })?;
        Ok(Some(Resolved::new(value, found.source)))
    }

    fn path(&self, name: &'static str) -> Lookup<PathBuf> {
        let Some(path) = self.value(name).map(PathBuf::from) else { return Ok(None) };
        if is_secret_path(&path) {
            return Err(SettingsError::secret(name));
        }
        Ok(Some(Resolved::new(path, Source::Variable(name))))
    }

    fn app_id(&self) -> Lookup<SdkAppId> {
        self.parsed("TIM_SDKAPPID", |text| match text.trim().parse() {
            Ok(number) if number > 0 => Ok(SdkAppId(number)),
            _ => Err(NOT_AN_APP.to_owned()),
        })
    }

    fn key(&self) -> Lookup<KeySource> {
        let name = "TIM_SECRET_KEY";
        if let Some(key) = self.value(name) {
            let key = SecretKey::new(text(name, key)?.trim());
            return Ok(Some(Resolved::new(KeySource::Variable(key), Source::Variable(name))));
        }
        let path = self.path("TIM_SECRET_KEY_FILE")?;
        Ok(path.map(|path| Resolved::new(KeySource::File(path.value), path.source)))
    }

    fn endpoint(&self) -> Lookup<ServiceEndpoint> {
        let region = self.parsed("TIM_REGION", |name| region(&name).map(ServiceEndpoint::Region))?;
        let base_url = self.parsed("TIM_BASE_URL", |url| base_url(url).map(ServiceEndpoint::BaseUrl))?;
        Ok(base_url.or(region))
    }

    /// This variable can contain a password.
    fn rate_limit(&self) -> Lookup<super::RateLimit> {
        let name = "TIM_RATE_LIMIT";
        let Some(value) = self.value(name) else { return Ok(None) };
        match text(name, value)?.parse() {
            Ok(limit) => Ok(Some(Resolved::new(limit, Source::Variable(name)))),
            Err(error) => Err(SettingsError::Variable { name, problem: super::ParseRateLimitError::to_string(&error) }),
        }
    }
}
