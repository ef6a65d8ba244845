//! Which app, who acts, with which key, and where: from flags and from the environment.
//!
//! clap does not read the environment here: it would show the values in its texts, and it could not tell which of two
//! settings stands closer to the user.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tim_follow::sig::Signer;
use tim_follow::{Client, Config, Event, Region, SdkAppId, SecretKey};

use crate::exit::Failure;
use crate::output::note;

pub(crate) const HELP: &str = "\
Settings, where a flag goes before a variable:
  --sdkappid         TIM_SDKAPPID         the SDKAppID of the app, from the console
  --admin            TIM_ADMIN            an app admin, in whose name calls are made
  --secret-key-file  TIM_SECRET_KEY_FILE  a file with the secret key of the app, or
                     TIM_SECRET_KEY       the key itself; there is no flag for it, because arguments can be seen by
                                          all users of a machine. The flag goes before TIM_SECRET_KEY, and that
                                          before TIM_SECRET_KEY_FILE
  --region           TIM_REGION           where the app lives: china, singapore, seoul, tokyo, frankfurt, mumbai,
                                          silicon-valley or jakarta
  --base-url         TIM_BASE_URL         where to send calls instead, such as http://127.0.0.1:9000 of an emulator.
                                          It goes before a region, unless the region is a flag and this is not";

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
}

/// What flags and environment say; what nobody needs may be missing.
#[derive(Debug)]
pub(crate) struct Settings {
    sdkappid: Option<SdkAppId>,
    admin: Option<String>,
    key: Option<SecretKey>,
    place: Option<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Region(Region),
    BaseUrl(String),
}

/// Why the settings are of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("{}", missing(.0))]
    Missing(Vec<&'static str>),
    #[error("{name} is wrong: {problem}")]
    Variable { name: &'static str, problem: String },
    #[error("the secret key file {} cannot be read: {error}", path.display())]
    KeyFile { path: PathBuf, error: io::Error },
    #[error("the secret key file {} is empty", path.display())]
    EmptyKeyFile { path: PathBuf },
}

const NO_APP: &str = "the SDKAppID of the app: --sdkappid N or TIM_SDKAPPID";
const NO_ADMIN: &str = "an app admin: --admin NAME or TIM_ADMIN";
const NO_KEY: &str = "the secret key: --secret-key-file FILE, TIM_SECRET_KEY_FILE, or the key itself in TIM_SECRET_KEY";
const NO_PLACE: &str = "where the app lives: --region NAME or TIM_REGION (china, singapore, seoul, ...), \
                        or --base-url URL or TIM_BASE_URL of an emulator";

fn missing(what: &[&str]) -> String {
    let list: String = what.iter().map(|what| format!("\n  {what}")).collect();
    format!("not set:{list}\nTo try without an account, start `tim emulator`: it names its own.")
}

impl Settings {
    /// From flags and the environment of the process.
    pub(crate) fn read(flags: &Flags) -> Result<Self, SettingsError> {
        Self::resolve(flags, |name| std::env::var_os(name))
    }

    fn resolve(flags: &Flags, environment: impl Fn(&str) -> Option<OsString>) -> Result<Self, SettingsError> {
        // An empty variable is how many tools unset one.
        let set = |name: &'static str| environment(name).filter(|value| !value.is_empty());
        let variable = |name: &'static str| set(name).map(|value| text(name, value)).transpose();
        let sdkappid = match flags.sdkappid {
            Some(number) => Some(SdkAppId(number)),
            None => variable("TIM_SDKAPPID")?.map(|text| app_id(&text)).transpose()?,
        };
        let admin = flags.admin.clone().map_or_else(|| variable("TIM_ADMIN"), |admin| Ok(Some(admin)))?;
        let key = match (&flags.secret_key_file, variable("TIM_SECRET_KEY")?, set("TIM_SECRET_KEY_FILE")) {
            (Some(path), ..) => Some(key_file(path)?),
            (None, Some(key), _) => Some(SecretKey::new(without_line_end(&key))),
            (None, None, Some(path)) => Some(key_file(Path::new(&path))?),
            (None, None, None) => None,
        };
        let place = match place(flags.base_url.clone(), flags.region) {
            Some(place) => Some(place),
            None => place(variable("TIM_BASE_URL")?, variable("TIM_REGION")?.map(|name| region(&name)).transpose()?),
        };
        Ok(Self { sdkappid, admin, key, place })
    }

    /// Signs and verifies; needs neither an admin nor a place.
    pub(crate) fn signer(self) -> Result<Signer, Failure> {
        match (self.sdkappid, self.key) {
            (Some(SdkAppId(app)), Some(key)) => Ok(Signer::new(app, key)?),
            (app, key) => {
                let lacks = [(app.is_none(), NO_APP), (key.is_none(), NO_KEY)];
                Err(SettingsError::Missing(named(&lacks)).into())
            }
        }
    }

    /// The app and the key, as far as they are set.
    pub(crate) fn app_and_key(self) -> (Option<SdkAppId>, Option<SecretKey>) {
        (self.sdkappid, self.key)
    }

    /// Makes calls; needs all settings.
    pub(crate) fn client(self, verbose: bool) -> Result<Client, Failure> {
        let config = self.config()?;
        Ok(Client::new(if verbose { config.observe(tell) } else { config })?)
    }

    /// Who calls whom, by name: what makes two runs of a command the same. Holds no secret.
    pub(crate) fn identity(&self) -> Vec<(String, String)> {
        let place = match &self.place {
            Some(Place::Region(region)) => region.to_string(),
            Some(Place::BaseUrl(url)) => url.split(['?', '#']).next().unwrap_or_default().to_owned(),
            None => String::new(),
        };
        let app = self.sdkappid.map(|app| app.to_string()).unwrap_or_default();
        let named = [
            ("the app", app),
            ("the admin", self.admin.clone().unwrap_or_default()),
            ("the place of the service", place),
        ];
        named.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// What a client needs; needs all settings.
    pub(crate) fn config(self) -> Result<Config, Failure> {
        match (self.sdkappid, self.admin, self.key, self.place) {
            (Some(app), Some(admin), Some(key), Some(place)) => {
                let config = Config::new(app, admin, key);
                Ok(match place {
                    Place::Region(region) => config.region(region),
                    Place::BaseUrl(url) => config.base_url(url),
                })
            }
            (app, admin, key, place) => {
                let app_and_admin = [(app.is_none(), NO_APP), (admin.is_none(), NO_ADMIN)];
                let key_and_place = [(key.is_none(), NO_KEY), (place.is_none(), NO_PLACE)];
                Err(SettingsError::Missing(named(&[app_and_admin, key_and_place].concat())).into())
            }
        }
    }
}

/// Shows what happens to a call.
pub(crate) fn tell(event: &Event<'_>) {
    note(format_args!("tim: {event}"));
}

fn named(lacks: &[(bool, &'static str)]) -> Vec<&'static str> {
    lacks.iter().filter(|(lacks, _)| *lacks).map(|(_, what)| *what).collect()
}

/// Where to send calls, of two settings that stand equally close to the user.
fn place(base_url: Option<String>, region: Option<Region>) -> Option<Place> {
    base_url.map(Place::BaseUrl).or(region.map(Place::Region))
}

/// The key in a file, without the line end that editors add.
pub(crate) fn key_file(path: &Path) -> Result<SecretKey, SettingsError> {
    let text = fs::read_to_string(path).map_err(|error| SettingsError::KeyFile { path: path.to_owned(), error })?;
    match without_line_end(&text) {
        "" => Err(SettingsError::EmptyKeyFile { path: path.to_owned() }),
        key => Ok(SecretKey::new(key)),
    }
}

fn without_line_end(text: &str) -> &str {
    text.trim_end_matches(['\r', '\n'])
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
mod tests {
    use super::*;

    fn resolve(flags: &Flags, environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let find = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        Settings::resolve(flags, find)
    }

    fn key_in(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("tim-cli-settings-{}-{name}", std::process::id()));
        fs::write(&path, text).unwrap();
        path
    }

    fn key(flags: &Flags, environment: &[(&str, &str)]) -> String {
        resolve(flags, environment).unwrap().key.unwrap().expose().to_owned()
    }

    #[test]
    fn a_flag_goes_before_a_variable() {
        let environment = [("TIM_SDKAPPID", "2"), ("TIM_ADMIN", "env"), ("TIM_REGION", "seoul")];
        let flags =
            Flags { sdkappid: Some(1), admin: Some("flag".into()), region: Some(Region::Tokyo), ..Flags::default() };
        let settings = resolve(&flags, &environment).unwrap();
        assert_eq!((settings.sdkappid, settings.admin.as_deref()), (Some(SdkAppId(1)), Some("flag")));
        assert_eq!(settings.place, Some(Place::Region(Region::Tokyo)));
        let settings = resolve(&Flags::default(), &environment).unwrap();
        assert_eq!((settings.sdkappid, settings.admin.as_deref()), (Some(SdkAppId(2)), Some("env")));
        assert_eq!(settings.place, Some(Place::Region(Region::Seoul)));
    }

    #[test]
    fn a_base_url_goes_before_a_region_that_stands_equally_close() {
        let both = [("TIM_BASE_URL", "http://env"), ("TIM_REGION", "seoul")];
        let place = |flags: &Flags| resolve(flags, &both).unwrap().place;
        let url = |text: &str| Some(Place::BaseUrl(text.to_owned()));
        let region = Flags { region: Some(Region::Tokyo), ..Flags::default() };
        assert_eq!(place(&Flags::default()), url("http://env"));
        assert_eq!(place(&region), Some(Place::Region(Region::Tokyo)));
        assert_eq!(place(&Flags { base_url: Some("http://flag".into()), ..region }), url("http://flag"));
    }

    #[test]
    fn a_key_comes_from_the_flag_then_the_variable_then_its_file() {
        let (flag, file) = (key_in("flag", "of-flag\n"), key_in("file", "of-file\r\n"));
        let file_variable = ("TIM_SECRET_KEY_FILE", file.to_str().unwrap());
        let both = [("TIM_SECRET_KEY", "of-variable"), file_variable];
        assert_eq!(key(&Flags { secret_key_file: Some(flag.clone()), ..Flags::default() }, &both), "of-flag");
        assert_eq!(key(&Flags::default(), &both), "of-variable");
        assert_eq!(key(&Flags::default(), &[file_variable]), "of-file");
        assert_eq!(key(&Flags::default(), &[("TIM_SECRET_KEY", ""), file_variable]), "of-file");
        [flag, file].iter().for_each(|path| fs::remove_file(path).unwrap());
    }

    #[test]
    fn a_key_file_that_is_none_is_named() {
        let empty = key_in("empty", "\n");
        let missing = empty.with_extension("missing");
        for path in [&empty, &missing] {
            let error = key_file(path).unwrap_err().to_string();
            assert!(error.contains(path.to_str().unwrap()), "{error}");
        }
        fs::remove_file(empty).unwrap();
    }

    #[test]
    fn a_wrong_variable_is_named() {
        for (name, value) in [("TIM_SDKAPPID", "app"), ("TIM_SDKAPPID", "0"), ("TIM_REGION", "atlantis")] {
            let error = resolve(&Flags::default(), &[(name, value)]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{name} is wrong: {value:?} is no")), "{error}");
        }
    }

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        let error = resolve(&Flags::default(), &[]).unwrap().client(false).unwrap_err().to_string();
        for name in ["TIM_SDKAPPID", "TIM_ADMIN", "TIM_SECRET_KEY", "TIM_REGION", "TIM_BASE_URL"] {
            assert!(error.contains(name), "{error}");
        }
        let error = resolve(&Flags::default(), &[("TIM_SECRET_KEY", "hunter2")]).unwrap().signer().unwrap_err();
        assert!(error.to_string().contains("TIM_SDKAPPID") && !error.to_string().contains("TIM_ADMIN"), "{error}");
    }

    #[test]
    fn debug_hides_the_key() {
        let settings = resolve(&Flags::default(), &[("TIM_SECRET_KEY", "hunter2")]).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
