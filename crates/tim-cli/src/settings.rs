//! Which app, who acts, with which key, and where: from flags, from the environment and from a profile.
//!
//! clap does not read the environment here: it would show the values in its texts, and it could not tell which of two
//! settings stands closer to the user.

mod file;
mod key;
mod profiles;
mod root;
mod source;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tim_follow::sig::{KeyError, Signer};
use tim_follow::{Client, Config, Event, Printable, Region, SdkAppId, SecretKey};

use self::file::{Chosen, Environment, process_environment};
use crate::exit::Failure;
use crate::output::note;

pub(crate) use file::config_path;
pub(crate) use key::{KeyFrom, key_file};
pub(crate) use profiles::ProfilesError;
pub(crate) use source::{Found, Source};

pub(crate) const HELP: &str = "\
Settings, where a flag goes before a variable, and that before a profile:
  --sdkappid         TIM_SDKAPPID         the SDKAppID of the app, from the console
  --admin            TIM_ADMIN            an app admin, in whose name calls are made
  --secret-key-file  TIM_SECRET_KEY_FILE  a file with the secret key of the app, or
                     TIM_SECRET_KEY       the key itself; there is no flag for it, because arguments can be seen by
                                          all users of a machine. The flag goes before TIM_SECRET_KEY, and that
                                          before TIM_SECRET_KEY_FILE
  --region           TIM_REGION           where the app lives: china, singapore, seoul, tokyo, frankfurt, mumbai,
                                          silicon-valley or jakarta
  --base-url         TIM_BASE_URL         where to send calls instead, such as http://127.0.0.1:9000 of an emulator.
                                          It goes before a region, unless the region stands closer to you
  --root-certificate TIM_ROOT_CERTIFICATE a file with certificates, in PEM, to trust besides the public ones: that of
                                          `tim emulator --tls`, or of a proxy that opens TLS
  --profile          TIM_PROFILE          a profile of the configuration file, see `tim config --help`
  --config           TIM_CONFIG           that file, else ~/.config/tim/config.toml
`tim config show` says what counts and where it comes from, and `tim doctor` whether it works.";

/// The settings that are no secret, as flags.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Flags {
    /// The SDKAppID of the app [env: TIM_SDKAPPID]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) sdkappid: Option<u32>,
    /// An app admin, in whose name calls are made [env: TIM_ADMIN]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) admin: Option<String>,
    /// A file with the secret key of the app [env: TIM_SECRET_KEY, the key itself, or TIM_SECRET_KEY_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) secret_key_file: Option<PathBuf>,
    /// Where the app lives, for example singapore [env: TIM_REGION]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) region: Option<Region>,
    /// Where to send calls instead of a region, for example to an emulator [env: TIM_BASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// A file with certificates in PEM, to trust besides the public ones [env: TIM_ROOT_CERTIFICATE]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) root_certificate: Option<PathBuf>,
    /// The profile of the configuration file to use [env: TIM_PROFILE]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The configuration file [env: TIM_CONFIG] [default: ~/.config/tim/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// What flags, environment and profile say; what nobody needs may be missing. The key is not read yet.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The configuration file, which need not exist.
    pub(crate) file: Option<Found<PathBuf>>,
    pub(crate) profile: Option<Found<String>>,
    pub(crate) sdkappid: Option<Found<SdkAppId>>,
    pub(crate) admin: Option<Found<String>>,
    pub(crate) key: Option<Found<KeyFrom>>,
    pub(crate) place: Option<Found<Place>>,
    /// What to trust besides the public certificates; few need it.
    pub(crate) root: Option<Found<PathBuf>>,
    /// The profiles that there are to choose from.
    pub(crate) profiles: Vec<String>,
}

/// Where calls go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Region(Region),
    BaseUrl(String),
}

impl Place {
    /// Of two settings that stand equally close to the user.
    fn of(base_url: Option<String>, region: Option<Region>) -> Option<Self> {
        base_url.map(Self::BaseUrl).or(region.map(Self::Region))
    }

    /// `config` with its calls going there.
    fn apply(&self, config: Config) -> Config {
        match self {
            Self::Region(region) => config.region(*region),
            Self::BaseUrl(url) => config.base_url(url),
        }
    }
}

/// Why the settings are of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("{}", missing(.what, .profiles))]
    Missing {
        what: Vec<&'static str>,
        /// The profiles that could be chosen; empty when one is.
        profiles: Vec<String>,
    },
    #[error("{name} is wrong: {problem}")]
    Variable { name: &'static str, problem: String },
    #[error("there is no configuration file {}, which {named_by} names", path.display())]
    NoFile { path: PathBuf, named_by: Source },
    #[error("{named_by} names a profile, but there is no configuration file{}", at(.path.as_deref()))]
    NoProfiles { path: Option<PathBuf>, named_by: Source },
    #[error("there is no place for a configuration file: neither HOME nor XDG_CONFIG_HOME is set; give --config FILE")]
    NoHome,
    #[error("the configuration file {} is not written: {error}", path.display())]
    NotWritten { path: PathBuf, error: io::Error },
    #[error(transparent)]
    Profiles(#[from] ProfilesError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the root certificate {} is of no use: {problem}", path.display())]
    Root { path: PathBuf, problem: String },
    #[error("the key command `{program}` gives no secret key: {problem}")]
    KeyCommand { program: String, problem: String },
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::usage(error)
    }
}

const NO_APP: &str = "the SDKAppID of the app: --sdkappid N or TIM_SDKAPPID";
const NO_ADMIN: &str = "an app admin: --admin NAME or TIM_ADMIN";
const NO_KEY: &str = "the secret key: --secret-key-file FILE, TIM_SECRET_KEY_FILE, or the key itself in TIM_SECRET_KEY";
const NO_PLACE: &str = "where the app lives: --region NAME or TIM_REGION (china, singapore, seoul, ...), \
                        or --base-url URL or TIM_BASE_URL of an emulator";

fn missing(what: &[&str], profiles: &[String]) -> String {
    let list: String = what.iter().map(|what| format!("\n  {what}")).collect();
    let profiles = match profiles {
        [] => "\nA profile can hold them too: `tim config init` writes a file to fill in.".to_owned(),
        names => format!(
            "\nNo profile is chosen: --profile NAME or TIM_PROFILE takes one of {}.",
            Printable(&names.join(", "))
        ),
    };
    format!("not set:{list}{profiles}\nTo try without an account, start `tim emulator`: it names its own.")
}

fn at(path: Option<&Path>) -> String {
    path.map(|path| format!(" {}", path.display())).unwrap_or_default()
}

impl Settings {
    /// From flags, the environment of the process and the configuration file.
    pub(crate) fn read(flags: &Flags) -> Result<Self, SettingsError> {
        Self::resolve(flags, &process_environment)
    }

    fn resolve(flags: &Flags, environment: &Environment<'_>) -> Result<Self, SettingsError> {
        // An empty variable is how many tools unset one.
        let set = |name: &'static str| environment(name).filter(|value| !value.is_empty());
        let variable = |name: &'static str| set(name).map(|value| text(name, value)).transpose();
        let chosen = Chosen::read(flags, environment)?;
        let profile = &chosen.profile;

        // A variable is not looked at where a flag goes before it: it may be wrong.
        let sdkappid = match flags.sdkappid {
            Some(number) => Some(Found::new(SdkAppId(number), Source::Flag("--sdkappid"))),
            None => by_variable("TIM_SDKAPPID", variable("TIM_SDKAPPID")?.map(|text| app_id(&text)).transpose()?),
        };
        let admin = match flags.admin.clone() {
            Some(name) => Some(Found::new(name, Source::Flag("--admin"))),
            None => by_variable("TIM_ADMIN", variable("TIM_ADMIN")?),
        };
        let key = match (&flags.secret_key_file, set("TIM_SECRET_KEY"), set("TIM_SECRET_KEY_FILE")) {
            (Some(path), ..) => Some(Found::new(KeyFrom::File(path.clone()), Source::Flag("--secret-key-file"))),
            (None, Some(key), _) => {
                let key = text("TIM_SECRET_KEY", key)?;
                by_variable("TIM_SECRET_KEY", Some(KeyFrom::Variable(SecretKey::new(key.trim()))))
            }
            (None, None, path) => by_variable("TIM_SECRET_KEY_FILE", path.map(|path| KeyFrom::File(path.into()))),
        };
        let place = match (flags.base_url.clone(), flags.region) {
            (Some(url), _) => Some(Found::new(Place::BaseUrl(url), Source::Flag("--base-url"))),
            (None, Some(region)) => Some(Found::new(Place::Region(region), Source::Flag("--region"))),
            (None, None) => {
                let region = variable("TIM_REGION")?.map(|name| region(&name)).transpose()?;
                closest([
                    by_variable("TIM_BASE_URL", variable("TIM_BASE_URL")?.map(Place::BaseUrl)),
                    by_variable("TIM_REGION", region.map(Place::Region)),
                ])
            }
        };
        let root = match flags.root_certificate.clone() {
            Some(path) => Some(Found::new(path, Source::Flag("--root-certificate"))),
            None => by_variable("TIM_ROOT_CERTIFICATE", set("TIM_ROOT_CERTIFICATE").map(PathBuf::from)),
        };
        Ok(Self {
            sdkappid: sdkappid.or_else(|| chosen.found(profile.sdkappid)),
            admin: admin.or_else(|| chosen.found(profile.admin.clone())),
            key: key.or_else(|| chosen.found(profile.key.clone())),
            place: place.or_else(|| chosen.found(profile.place.clone())),
            root: root.or_else(|| chosen.found(profile.root.clone())),
            file: chosen.file,
            profile: chosen.name,
            profiles: chosen.profiles,
        })
    }

    /// Signs and verifies; needs neither an admin nor a place.
    pub(crate) fn signer(self) -> Result<Signer, Failure> {
        match (&self.sdkappid, &self.key) {
            (Some(app), Some(key)) => Ok(Signer::new(app.value.0, key.value.load()?)?),
            (app, key) => Err(self.missing(&[(app.is_none(), NO_APP), (key.is_none(), NO_KEY)]).into()),
        }
    }

    /// The app and the key, as far as they are set.
    pub(crate) fn app_and_key(self) -> Result<(Option<SdkAppId>, Option<SecretKey>), SettingsError> {
        let key = self.key.map(|key| key.value.load()).transpose()?;
        Ok((self.sdkappid.map(|app| app.value), key))
    }

    /// Makes calls; needs all settings.
    pub(crate) fn client(self, verbose: bool) -> Result<Client, Failure> {
        let config = self.config()?;
        Ok(Client::new(if verbose { config.observe(tell) } else { config })?)
    }

    /// Who calls whom, by name: what makes two runs of a command the same. Holds no secret.
    pub(crate) fn identity(&self) -> Vec<(String, String)> {
        let place = self.place.as_ref().map(|place| match &place.value {
            Place::Region(region) => region.to_string(),
            Place::BaseUrl(url) => url.split(['?', '#']).next().unwrap_or_default().to_owned(),
        });
        let named = [
            ("the app", self.sdkappid.as_ref().map(|app| app.value.to_string())),
            ("the admin", self.admin.as_ref().map(|admin| admin.value.clone())),
            ("the place of the service", place),
        ];
        named.map(|(name, value)| (name.to_owned(), value.unwrap_or_default())).into()
    }

    /// What a client needs: all settings.
    pub(crate) fn config(&self) -> Result<Config, SettingsError> {
        match (&self.sdkappid, &self.admin, &self.key, &self.place) {
            (Some(app), Some(admin), Some(key), Some(place)) => {
                let config = Config::new(app.value, admin.value.as_str(), key.value.load()?);
                self.routed(&place.value, config)
            }
            (app, admin, key, place) => {
                let app_and_admin = [(app.is_none(), NO_APP), (admin.is_none(), NO_ADMIN)];
                let key_and_place = [(key.is_none(), NO_KEY), (place.is_none(), NO_PLACE)];
                Err(self.missing(&[app_and_admin, key_and_place].concat()))
            }
        }
    }

    /// `config` with its calls going to this place, where the root certificate is trusted too.
    pub(crate) fn routed(&self, place: &Place, config: Config) -> Result<Config, SettingsError> {
        let config = place.apply(config);
        let mut options = config.transport_options();
        options.extra_roots.extend(self.root_pem()?);
        Ok(config.transport(options))
    }

    /// The certificates to trust besides the public ones.
    pub(crate) fn root_pem(&self) -> Result<Option<String>, SettingsError> {
        self.root.as_ref().map(|root| root::read(&root.value)).transpose()
    }

    fn missing(&self, lacks: &[(bool, &'static str)]) -> SettingsError {
        let what = lacks.iter().filter(|(lacks, _)| *lacks).map(|(_, what)| *what).collect();
        let profiles = if self.profile.is_none() { self.profiles.clone() } else { Vec::new() };
        SettingsError::Missing { what, profiles }
    }
}

/// Shows what happens to a call.
pub(crate) fn tell(event: &Event<'_>) {
    note(format_args!("tim: {event}"));
}

/// The first of several values that is set.
fn closest<T, const N: usize>(values: [Option<Found<T>>; N]) -> Option<Found<T>> {
    values.into_iter().flatten().next()
}

fn by_variable<T>(name: &'static str, value: Option<T>) -> Option<Found<T>> {
    value.map(|value| Found::new(value, Source::Variable(name)))
}

/// The text of a variable. What is no text is not quoted: it could be a key.
fn text(name: &'static str, value: OsString) -> Result<String, SettingsError> {
    value.into_string().map_err(|_| SettingsError::Variable { name, problem: "it is not UTF-8".to_owned() })
}

fn app_id(text: &str) -> Result<SdkAppId, SettingsError> {
    let problem = || format!("{text:?} is no SDKAppID, a number from the console such as 1400000000");
    match text.trim().parse() {
        Ok(number) if number > 0 => Ok(SdkAppId(number)),
        _ => Err(SettingsError::Variable { name: "TIM_SDKAPPID", problem: problem() }),
    }
}

fn region(name: &str) -> Result<Region, SettingsError> {
    let of =
        |error: <Region as FromStr>::Err| SettingsError::Variable { name: "TIM_REGION", problem: error.to_string() };
    name.trim().parse().map_err(of)
}

#[cfg(test)]
mod tests;
