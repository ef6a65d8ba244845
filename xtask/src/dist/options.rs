//! The arguments of the task.

use super::platform::Platform;
use super::test::Package;

const USAGE: &str = "usage: cargo xtask dist [--target TRIPLE | --test [archive|debian|wheel|npm|image...]]";

#[derive(Debug, PartialEq)]
pub(super) enum Options {
    /// Build the packages for this platform.
    Build(&'static Platform),
    /// Install these packages and run them.
    Test(Vec<Package>),
}

impl Options {
    pub(super) fn parse(args: &[&str]) -> Result<Self, String> {
        match *args {
            [] => Ok(Self::Build(Platform::host()?)),
            ["--target", triple] => Ok(Self::Build(Platform::of(triple)?)),
            ["--test"] => Ok(Self::Test(Package::ALL.to_vec())),
            ["--test", ref names @ ..] => {
                let packages = names.iter().map(|name| Package::of(name).ok_or_else(|| USAGE.to_owned()));
                Ok(Self::Test(packages.collect::<Result<_, _>>()?))
            }
            _ => Err(USAGE.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_and_targets_are_chosen() {
        let target = Options::parse(&["--target", "aarch64-apple-darwin"]).unwrap();
        assert!(matches!(target, Options::Build(platform) if platform.npm == "darwin-arm64"));
        assert_eq!(Options::parse(&["--test"]), Ok(Options::Test(Package::ALL.to_vec())));
        assert_eq!(Options::parse(&["--test", "npm", "wheel"]), Ok(Options::Test(vec![Package::Npm, Package::Wheel])));
    }

    #[test]
    fn what_is_unknown_is_an_error() {
        assert_eq!(Options::parse(&["--test", "rpm"]).unwrap_err(), USAGE);
        assert_eq!(Options::parse(&["--all"]).unwrap_err(), USAGE);
        let error = Options::parse(&["--target", "riscv64gc-unknown-linux-gnu"]).unwrap_err();
        assert!(error.ends_with("add a row to xtask/src/dist/platform.rs"), "{error}");
    }
}
