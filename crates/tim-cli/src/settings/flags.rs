//! The settings that are not secret, as flags.

use std::path::PathBuf;

use clap::builder::{PathBufValueParser, PossibleValuesParser, TypedValueParser as _};
use tim_follow::Region;

use super::secret::{Guarded, guarded};

/// The settings that are not secret, as flags.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Flags {
    /// The SDKAppID of the app [env: TIM_SDKAPPID]
    #[arg(long, global = true, value_name = "N", value_parser = guarded(clap::value_parser!(u32).range(1..)))]
    pub(crate) sdkappid: Option<u32>,
    /// An app admin, in whose name calls are made [env: TIM_ADMIN]
    #[arg(long, global = true, value_name = "NAME", value_parser = text())]
    pub(crate) admin: Option<String>,
    /// A file with the secret key of the app [env: TIM_SECRET_KEY, the key itself, or
    /// TIM_SECRET_KEY_FILE]
    #[arg(long, global = true, value_name = "FILE", value_parser = path())]
    pub(crate) secret_key_file: Option<PathBuf>,
    /// The region of the app, for example singapore [env: TIM_REGION]
    #[arg(long, global = true, value_name = "NAME", ignore_case = true, hide_possible_values = true,
        value_parser = guarded(region()))]
    pub(crate) region: Option<Region>,
    /// The base URL to use in place of a region, for example of an emulator [env: TIM_BASE_URL]
    #[arg(long, global = true, value_name = "URL", value_parser = text())]
    pub(crate) base_url: Option<String>,
    /// A file with certificates in PEM, to trust besides the public ones [env:
    /// TIM_ROOT_CERTIFICATE]
    #[arg(long, global = true, value_name = "FILE", value_parser = path())]
    pub(crate) root_certificate: Option<PathBuf>,
    /// The profile of the configuration file to use [env: TIM_PROFILE]
    #[arg(long, global = true, value_name = "NAME", value_parser = text())]
    pub(crate) profile: Option<String>,
    /// The configuration file [env: TIM_CONFIG] [default: ~/.config/tim/config.toml]
    #[arg(long, global = true, value_name = "FILE", value_parser = path())]
    pub(crate) config: Option<PathBuf>,
}

fn text() -> Guarded<clap::builder::StringValueParser> {
    guarded(clap::builder::StringValueParser::new())
}

fn path() -> Guarded<PathBufValueParser> {
    guarded(PathBufValueParser::new())
}

/// Parses the name of a region. Shells complete it.
pub(crate) fn region() -> impl clap::builder::TypedValueParser<Value = Region> {
    PossibleValuesParser::new(Region::ALL.map(Region::name)).try_map(|name| name.parse::<Region>())
}
