//! The platforms that have packages. Only x86-64 Linux is tested.

use crate::cargo;

#[derive(Debug, PartialEq)]
pub(super) struct Platform {
    pub(super) triple: &'static str,
    /// `process.platform` and `process.arch` of node, which are the end of the name of the package.
    pub(super) npm: &'static str,
    /// The architecture of the Debian package.
    pub(super) debian: Option<&'static str>,
    /// The oldest glibc that the binary runs with, as the tag of the wheel.
    pub(super) manylinux: Option<&'static str>,
    /// The ending of the archive.
    pub(super) archive: &'static str,
    /// The name of the binary.
    pub(super) binary: &'static str,
}

const fn linux(triple: &'static str, npm: &'static str, debian: &'static str) -> Platform {
    let (debian, manylinux) = (Some(debian), Some("manylinux_2_17"));
    Platform { triple, npm, debian, manylinux, archive: "tar.gz", binary: "tim" }
}

const fn macos(triple: &'static str, npm: &'static str) -> Platform {
    Platform { triple, npm, debian: None, manylinux: None, archive: "tar.gz", binary: "tim" }
}

pub(super) const ALL: [Platform; 5] = [
    linux("x86_64-unknown-linux-gnu", "linux-x64", "amd64"),
    linux("aarch64-unknown-linux-gnu", "linux-arm64", "arm64"),
    macos("x86_64-apple-darwin", "darwin-x64"),
    macos("aarch64-apple-darwin", "darwin-arm64"),
    Platform {
        triple: "x86_64-pc-windows-msvc",
        npm: "win32-x64",
        debian: None,
        manylinux: None,
        archive: "zip",
        binary: "tim.exe",
    },
];

impl Platform {
    pub(super) fn of(triple: &str) -> Result<&'static Self, String> {
        ALL.iter().find(|platform| platform.triple == triple).ok_or_else(|| {
            let all: Vec<&str> = ALL.iter().map(|platform| platform.triple).collect();
            format!(
                "dist: {triple} has no packages: use one of {}, or add a row to xtask/src/dist/platform.rs",
                all.join(", ")
            )
        })
    }

    /// The platform of the compiler.
    pub(super) fn host() -> Result<&'static Self, String> {
        let version = cargo::output(&["--version", "--verbose"])?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        Self::of(host.ok_or("`cargo --version --verbose` does not report the host")?)
    }

    /// `process.platform` and `process.arch` of node.
    pub(super) fn node(&self) -> (&'static str, &'static str) {
        self.npm.split_once('-').unwrap_or_default()
    }
}
