//! The Debian package.

use std::path::{Path, PathBuf};

use super::release::{Release, THIRD_PARTY, copy, names, write};
use super::{program, recreate};
use crate::Outcome;

const CONTROL: &str = include_str!("../../dist/debian/control");
const CHANGELOG: &str = include_str!("../../dist/debian/changelog");
const COPYRIGHT: &str = include_str!("../../dist/debian/copyright");

const DOCS: &str = "usr/share/doc/tim-cli";
const MAN: &str = "usr/share/man/man1";
/// Where each shell looks for the completions of packages.
const COMPLETIONS: [(&str, &str); 3] = [
    ("tim.bash", "usr/share/bash-completion/completions/tim"),
    ("_tim", "usr/share/zsh/vendor-completions/_tim"),
    ("tim.fish", "usr/share/fish/vendor_completions.d/tim.fish"),
];
/// How the names of the libraries of glibc start.
const GLIBC: [&str; 6] = ["libc.so", "libm.so", "libpthread.so", "libdl.so", "librt.so", "ld-linux"];
const INSTALL: &str = "apt-get install dpkg binutils gzip";

/// Packs the files in the folder `tree`.
pub(super) fn build(release: &Release, tree: &Path) -> Outcome {
    let architecture = release.platform.debian.unwrap_or_default();
    let version = format!("{}-1", release.version);
    let root = collect(release, tree, &version)?;
    let values = [
        ("@VERSION@", version.as_str()),
        ("@ARCHITECTURE@", architecture),
        ("@SIZE@", &size(&root)?),
        ("@DEPENDS@", &depends(&root)?),
    ];
    write(&root.join("DEBIAN/control"), fill(CONTROL, &values))?;
    let file = release.folder.join(format!("tim-cli_{version}_{architecture}.deb")).display().to_string();
    let env = [("SOURCE_DATE_EPOCH", release.date.as_str())];
    let args = ["--root-owner-group", "--build", "-Zxz", "debian", &file];
    program::run_with("dpkg-deb", &release.work, &args, &env, INSTALL)
}

/// Collects the files where the package installs them.
fn collect(release: &Release, tree: &Path, version: &str) -> Result<PathBuf, String> {
    let root = release.work.join("debian");
    recreate(&root)?;
    copy(&tree.join("tim"), &root.join("usr/bin/tim"))?;
    for (file, path) in COMPLETIONS {
        copy(&tree.join("completions").join(file), &root.join(path))?;
    }
    let pages = names(&tree.join("man/man1"))?;
    let mut compressed: Vec<String> = pages.iter().map(|page| format!("{MAN}/{page}")).collect();
    for (page, path) in pages.iter().zip(&compressed) {
        copy(&tree.join("man/man1").join(page), &root.join(path))?;
    }
    let docs = root.join(DOCS);
    copy(&tree.join("README.md"), &docs.join("README.md"))?;
    copy(&tree.join("CHANGELOG.md"), &docs.join("changelog"))?;
    copy(&tree.join(THIRD_PARTY), &docs.join(THIRD_PARTY))?;
    write(&docs.join("copyright"), COPYRIGHT)?;
    let date = program::output("date", &root, &["-u", "-R", &format!("-d@{}", release.date)], INSTALL)?;
    let values = [("@VERSION@", version), ("@UPSTREAM@", &release.version), ("@DATE@", date.trim())];
    write(&docs.join("changelog.Debian"), fill(CHANGELOG, &values))?;
    compressed.extend(["changelog", "changelog.Debian", THIRD_PARTY].map(|file| format!("{DOCS}/{file}")));
    let compressed = compressed.iter().map(String::as_str);
    let args: Vec<&str> = ["-n", "-9"].into_iter().chain(compressed).collect();
    program::run("gzip", &root, &args, INSTALL)?;
    let modes = ["-R", "u=rwX,go=rX", "."];
    program::run("chmod", &root, &modes, INSTALL)?;
    let sums = "find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum";
    write(&root.join("DEBIAN/md5sums"), program::output("sh", &root, &["-c", sums], INSTALL)?)?;
    Ok(root)
}

/// The packages that the binary needs. dpkg-shlibdeps would demand the glibc of this machine,
/// because newer versions have the same symbols in another library.
fn depends(root: &Path) -> Result<String, String> {
    let headers = program::output("objdump", root, &["-p", "usr/bin/tim"], INSTALL)?;
    glibc(&headers).map_err(|problem| format!("the dependencies of usr/bin/tim are unknown: {problem}"))
}

/// The package of glibc, in the newest version whose symbols the binary uses.
fn glibc(headers: &str) -> Result<String, String> {
    let needed = headers.lines().filter_map(|line| line.trim().strip_prefix("NEEDED")).map(str::trim);
    if let Some(other) = needed.into_iter().find(|library| !GLIBC.iter().any(|name| library.starts_with(name))) {
        return Err(format!("{other} is not a library of glibc"));
    }
    let versions = headers.split_whitespace().filter_map(|word| word.strip_prefix("GLIBC_"));
    let newest = versions.filter_map(|version| version.strip_prefix("2.")?.parse::<u32>().ok()).max();
    newest.map(|minor| format!("libc6 (>= 2.{minor})")).ok_or_else(|| "it uses no symbols of glibc".to_owned())
}

/// The size of the installed files in KiB.
fn size(root: &Path) -> Result<String, String> {
    let printed = program::output("du", root, &["-k", "-s", "--apparent-size", "usr"], INSTALL)?;
    Ok(printed.split_whitespace().next().unwrap_or_default().to_owned())
}

fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_have_each_value_and_no_other() {
        let values = ["@VERSION@", "@ARCHITECTURE@", "@SIZE@", "@DEPENDS@"].map(|name| (name, "1"));
        let control = fill(CONTROL, &values);
        assert!(values.iter().all(|(name, _)| CONTROL.contains(name)), "{CONTROL}");
        assert!(!control.replace("maintainers@", "").contains('@'), "{control}");
        assert!(CHANGELOG.lines().any(|line| line.ends_with(">  @DATE@")), "{CHANGELOG}");
    }

    #[test]
    fn the_newest_symbol_decides_about_glibc() {
        let headers = "  NEEDED               libc.so.6\n  required from libc.so.6:\n    0x0 0x00 05 GLIBC_2.9\n    0x0 0x00 04 \
                       GLIBC_2.17\n    0x0 0x00 03 GLIBC_2.2.5\n";
        assert_eq!(glibc(headers).as_deref(), Ok("libc6 (>= 2.17)"));
        let error = glibc("  NEEDED               libssl.so.3\n").unwrap_err();
        assert_eq!(error, "libssl.so.3 is not a library of glibc");
        assert!(glibc("").is_err());
    }
}
