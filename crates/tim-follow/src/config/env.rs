//! Settings from environment variables.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use tim_sig::{KeyError, SecretKey};
use tim_types::{Region, SdkAppId, UserId};

use super::base_url::BaseUrl;
use super::{Config, ConfigError, Location};

/// The longest file of certificates that is read.
const MAX_CERTIFICATES: u64 = 1 << 20;

impl Config {
    /// Reads the settings from the environment variables that the command `tim` reads too.
    ///
    /// | variable | value |
    /// |---|---|
    /// | `TIM_SDKAPPID` | the SDKAppID of the app, a number |
    /// | `TIM_ADMIN` | the user id of an app admin |
    /// | `TIM_SECRET_KEY` | the secret key of the app |
    /// | `TIM_SECRET_KEY_FILE` | a file that contains the key; used if `TIM_SECRET_KEY` is not set. Its permissions are not checked |
    /// | `TIM_REGION` | the region of the app, for example `singapore` |
    /// | `TIM_BASE_URL` | the base URL to use in place of a region, for example `http://127.0.0.1:9000` of an emulator |
    /// | `TIM_ROOT_CERTIFICATE` | optional: a file with certificates in PEM that are trusted besides the public ones |
    ///
    /// Whitespace around values is ignored, and an empty variable counts as not set. All other
    /// settings have their defaults. The profiles and the configuration file of `tim` are not read.
    ///
    /// # Errors
    /// [`ConfigError::MissingVariables`] lists all variables that are missing.
    /// [`ConfigError::InvalidVariable`] names the one whose value is invalid. No error contains a
    /// value, since a key may be in the wrong variable.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(std::env::var_os)
    }

    /// Like [`from_env`](Self::from_env), with another environment.
    fn from_variables(lookup: impl Fn(&'static str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let lookup: &Lookup<'_> = &lookup;
        let sdkappid = text("TIM_SDKAPPID", lookup)?.map(|text| sdkappid(&text)).transpose()?;
        let admin = text("TIM_ADMIN", lookup)?.map(admin).transpose()?;
        let key = key(lookup)?;
        let location = location(lookup)?;
        let roots = root_certificates(lookup)?;
        let (Some(sdkappid), Some(admin), Some(key), Some(location)) = (&sdkappid, &admin, &key, &location) else {
            let missing = [
                ("TIM_SDKAPPID", sdkappid.is_none()),
                ("TIM_ADMIN", admin.is_none()),
                ("TIM_SECRET_KEY", key.is_none()),
                ("TIM_REGION", location.is_none()),
            ];
            let names = missing.into_iter().filter(|(_, is_missing)| *is_missing).map(|(name, _)| name).collect();
            return Err(ConfigError::MissingVariables { names });
        };
        let mut config = Self::new(*sdkappid, admin, key.clone());
        config.location = Some(location.clone());
        config.transport.extra_roots.extend(roots);
        Ok(config)
    }
}

type Lookup<'a> = dyn Fn(&'static str) -> Option<OsString> + 'a;

fn invalid(name: &'static str, problem: impl Into<String>) -> ConfigError {
    ConfigError::InvalidVariable { name, problem: problem.into() }
}

/// The value without whitespace around it; `None` if it is empty.
fn text(name: &'static str, lookup: &Lookup<'_>) -> Result<Option<String>, ConfigError> {
    let Some(value) = lookup(name) else { return Ok(None) };
    let text = value.into_string().map_err(|_| invalid(name, "it is not UTF-8; set it again"))?;
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

fn sdkappid(text: &str) -> Result<SdkAppId, ConfigError> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(SdkAppId(number)),
        _ => {
            let problem = "it is not a number from 1 to 4294967295; copy the SDKAppID from the console";
            Err(invalid("TIM_SDKAPPID", problem))
        }
    }
}

/// A longer name could be a key, which an error of the client would show.
fn admin(name: String) -> Result<UserId, ConfigError> {
    if name.len() > UserId::MAX_BYTES {
        return Err(invalid("TIM_ADMIN", "it has more than 32 bytes; set it to the user id of an app admin"));
    }
    Ok(name.into())
}

fn key(lookup: &Lookup<'_>) -> Result<Option<SecretKey>, ConfigError> {
    if let Some(key) = text("TIM_SECRET_KEY", lookup)? {
        return Ok(Some(SecretKey::new(key)));
    }
    let name = "TIM_SECRET_KEY_FILE";
    let Some(path) = text(name, lookup)? else { return Ok(None) };
    SecretKey::from_shared_file(path).map(Some).map_err(|error| {
        let problem = match error {
            KeyError::LooksLikeKey => {
                "it looks like a key; put the key into TIM_SECRET_KEY, or set this to the path of a file".to_owned()
            }
            KeyError::Empty { .. } => "the file is empty; copy the secret key from the console into it".to_owned(),
            KeyError::Unreadable { error, .. } => {
                format!("cannot read the file: {error}; check the path and its permissions")
            }
            _ => "the file does not contain a key; copy the secret key from the console into it".to_owned(),
        };
        invalid(name, problem)
    })
}

/// A base URL takes precedence, but the region is checked too.
fn location(lookup: &Lookup<'_>) -> Result<Option<Location>, ConfigError> {
    let region = text("TIM_REGION", lookup)?.map(|name| region(&name)).transpose()?;
    let Some(url) = text("TIM_BASE_URL", lookup)? else { return Ok(region.map(Location::Region)) };
    let url = BaseUrl::new(url);
    match url.problem() {
        None => Ok(Some(Location::BaseUrl(url))),
        Some(problem) => Err(invalid("TIM_BASE_URL", problem)),
    }
}

fn region(name: &str) -> Result<Region, ConfigError> {
    let problem =
        || format!("it is not the name of a region; set it to one of {}", Region::ALL.map(Region::name).join(", "));
    name.parse().map_err(|_| invalid("TIM_REGION", problem()))
}

fn root_certificates(lookup: &Lookup<'_>) -> Result<Option<String>, ConfigError> {
    let name = "TIM_ROOT_CERTIFICATE";
    let Some(path) = text(name, lookup)? else { return Ok(None) };
    match read(Path::new(&path)) {
        Ok(text) if text.contains("-----BEGIN CERTIFICATE-----") => Ok(Some(text)),
        Ok(_) => Err(invalid(name, "the file contains no certificate in PEM; convert it to PEM")),
        Err(error) => Err(invalid(name, format!("cannot read the file: {error}; check the path and its permissions"))),
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let length = File::open(path)?.take(MAX_CERTIFICATES.saturating_add(1)).read_to_string(&mut text)?;
    if length as u64 > MAX_CERTIFICATES {
        return Err(io::Error::other(format!("it has more than {MAX_CERTIFICATES} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const COMPLETE: [(&str, &str); 4] = [
        ("TIM_SDKAPPID", " 1400000000\n"),
        ("TIM_ADMIN", " administrator "),
        ("TIM_SECRET_KEY", " hunter2\r\n"),
        ("TIM_REGION", " singapore\n"),
    ];

    fn read_from(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_variables(|name| {
            variables.iter().rfind(|(other, _)| *other == name).map(|(_, value)| value.into())
        })
    }

    /// The complete settings with these variables in addition.
    fn with(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        read_from(&[&COMPLETE, variables].concat())
    }

    fn file(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("tim-follow-env-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn values_are_trimmed() {
        let config = read_from(&COMPLETE).unwrap();
        assert_eq!((config.sdkappid, config.admin.as_str()), (SdkAppId(1400000000), "administrator"));
        assert_eq!(config.key.expose(), "hunter2");
        assert_eq!(config.bases().unwrap().0, "https://adminapisgp.im.qcloud.com");
        assert!(config.transport.extra_roots.is_empty());
    }

    #[test]
    fn a_base_url_takes_precedence_over_a_region() {
        let config = with(&[("TIM_BASE_URL", " http://127.0.0.1:9000/ ")]).unwrap();
        assert_eq!(config.bases().unwrap(), ("http://127.0.0.1:9000".to_owned(), None));
    }

    #[test]
    fn a_key_takes_precedence_over_a_key_file() {
        let path = file("key", "of-file\n");
        let key_file = ("TIM_SECRET_KEY_FILE", path.to_str().unwrap());
        assert_eq!(with(&[key_file]).unwrap().key.expose(), "hunter2");
        assert_eq!(with(&[key_file, ("TIM_SECRET_KEY", " ")]).unwrap().key.expose(), "of-file");
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn certificates_are_added_to_the_trusted_ones() {
        let (pem, other) = (file("pem", "-----BEGIN CERTIFICATE-----\n"), file("no-pem", "x"));
        let config = with(&[("TIM_ROOT_CERTIFICATE", pem.to_str().unwrap())]).unwrap();
        assert_eq!(config.transport.extra_roots, ["-----BEGIN CERTIFICATE-----\n"]);
        let error = with(&[("TIM_ROOT_CERTIFICATE", other.to_str().unwrap())]).unwrap_err().to_string();
        assert!(error.contains("contains no certificate in PEM"), "{error}");
        [pem, other].iter().for_each(|path| std::fs::remove_file(path).unwrap());
    }

    #[test]
    fn all_missing_variables_are_listed_with_advice() {
        let error = read_from(&[("TIM_ADMIN", " ")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "environment variables are not set: TIM_SDKAPPID (the SDKAppID of the app, from the console); TIM_ADMIN (the user id \
             of an app admin); TIM_SECRET_KEY or TIM_SECRET_KEY_FILE (the secret key of the app, or a file that contains it); \
             TIM_REGION or TIM_BASE_URL (the region shown in the console, or the URL of an emulator)"
        );
        let error = with(&[("TIM_REGION", "")]).unwrap_err();
        assert!(matches!(&error, ConfigError::MissingVariables { names } if *names == ["TIM_REGION"]), "{error}");
    }

    /// 64 hex digits, as a key has them.
    const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn an_invalid_variable_is_named_and_its_value_is_not_shown() {
        let long = format!("{KEY}{KEY}");
        for (name, value, problem) in [
            ("TIM_SDKAPPID", "0", "it is not a number"),
            ("TIM_SDKAPPID", KEY, "it is not a number"),
            ("TIM_ADMIN", KEY, "it has more than 32 bytes"),
            ("TIM_SECRET_KEY_FILE", KEY, "it looks like a key"),
            ("TIM_SECRET_KEY_FILE", &long, "cannot read the file"),
            ("TIM_REGION", KEY, "set it to one of china, singapore"),
            ("TIM_BASE_URL", KEY, "it must start with https:// or http://"),
            ("TIM_ROOT_CERTIFICATE", KEY, "cannot read the file"),
        ] {
            let without_key = [("TIM_SECRET_KEY", "")];
            let without_key = if name.contains("FILE") { &without_key[..] } else { &[] };
            let error = with(&[without_key, &[(name, value)]].concat()).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.starts_with(&format!("invalid environment variable {name}: ")), "{shown}");
            assert!(shown.contains(problem), "{shown}");
            assert!(!shown.contains("0123456789"), "{shown}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn text_that_is_not_utf8_is_not_shown() {
        use std::os::unix::ffi::OsStringExt as _;

        let error = Config::from_variables(|name| (name == "TIM_ADMIN").then(|| OsString::from_vec(vec![b'k', 0xff])));
        assert_eq!(
            error.unwrap_err().to_string(),
            "invalid environment variable TIM_ADMIN: it is not UTF-8; set it again"
        );
    }
}
