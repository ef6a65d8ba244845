//! Builds the image of the Dockerfile with buildah, and runs its command.
//!
//! The images of its FROM lines are made here, because they come from a registry: a minimal Debian,
//! and the same with a C compiler and the Rust of this machine.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::environment::{Environment, install};
use super::scripts;
use crate::dist::program;
use crate::dist::release::{Release, write};
use crate::{Outcome, cargo};

const INSTALL: &str = "apt-get install buildah";
const FILE: &str = "xtask/dist/Dockerfile";
const IMAGE: &str = "localhost/tim-test";
/// The environment of the official image with Rust.
const RUST: [&str; 2] = [
    "CARGO_HOME=/usr/local/cargo",
    "PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
];
/// What a linker and the C code of crates need.
const COMPILER: [&str; 4] = ["ca-certificates", "gcc", "libc6-dev", "make"];

pub(super) fn test(release: &Release, environment: &Environment) -> Outcome {
    let store = Store::new(&environment.folder)?;
    let dockerfile = cargo::root().join(FILE);
    let text = fs::read_to_string(&dockerfile).map_err(|error| format!("{FILE} cannot be read: {error}"))?;
    environment.make("rust", |partial| rust(environment, partial))?;
    for image in froms(&text) {
        if image.contains("/rust:") {
            store.import(image, &environment.folder.join("rust"), &RUST)?;
        } else {
            store.import(image, &environment.base, &[])?;
        }
    }
    let file = dockerfile.display().to_string();
    let ignore = format!("{file}.dockerignore");
    let args = ["build", "--pull-never", "--format", "docker", "--isolation", "chroot", "--layers", "--file", &file];
    store.run(&[&args[..], &["--ignorefile", &ignore, "--tag", IMAGE, "."]].concat())?;
    let container = store.output(&["from", "--pull-never", IMAGE])?;
    let result = run(release, environment, &store, container.trim());
    store.run(&["rm", container.trim()])?;
    result
}

/// Runs the command of the image as its user, on the files of the image.
fn run(release: &Release, environment: &Environment, store: &Store, container: &str) -> Outcome {
    let image = store.output(&["inspect", "--type", "image", IMAGE])?;
    let image: Value = serde_json::from_str(&image).map_err(|error| format!("`buildah inspect` prints: {error}"))?;
    let config = &image["Docker"]["config"];
    println!("--- the image is configured with {config}");
    let root = store.output(&["mount", container])?;
    let script = format!("{}/image.sh", scripts());
    let user = config["User"].as_str().unwrap_or("0");
    let directory = config["WorkingDir"].as_str().unwrap_or("/");
    let check = words(&config["Healthcheck"]["Test"]);
    let mut args = vec![root.trim(), &release.version, user, directory];
    let check = check.strip_prefix(&["CMD"]).ok_or("the image has no HEALTHCHECK that is a list of words")?;
    let count = check.len().to_string();
    args.push(&count);
    args.extend(check);
    args.extend(words(&config["Entrypoint"]));
    args.extend(words(&config["Cmd"]));
    environment.isolated(&script, &args)
}

fn words(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The images on which the stages of a Dockerfile build.
fn froms(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("FROM ")?.split_whitespace().next()).collect()
}

/// Makes a Debian with a C compiler and the Rust of this machine, where the official image has it.
fn rust(environment: &Environment, partial: &str) -> Outcome {
    let folder = &environment.folder;
    program::run("cp", folder, &["-a", "base", partial], "apt-get install coreutils")?;
    let root = folder.join(partial);
    install(&root, &COMPILER)?;
    let sysroot = program::output("rustc", &cargo::root(), &["--print", "sysroot"], "rustup")?;
    for part in ["bin", "lib"] {
        let from = Path::new(sysroot.trim()).join(part).display().to_string();
        let to = root.join("usr/local").display().to_string();
        program::run("cp", folder, &["-a", &from, &to], "apt-get install coreutils")?;
    }
    // The certificates with which this machine reaches the registry of crates.
    let certificates = Path::new("etc/ssl/certs/ca-certificates.crt");
    if let Ok(text) = fs::read(Path::new("/").join(certificates)) {
        write(&root.join(certificates), text)?;
    }
    Ok(())
}

/// The images of this test, apart from those of the user.
struct Store {
    options: [String; 6],
}

impl Store {
    fn new(folder: &Path) -> Result<Self, String> {
        let path = |name: &str| folder.join(name).display().to_string();
        let options = [
            "--root".to_owned(),
            path("images"),
            "--runroot".to_owned(),
            path("images-run"),
            "--storage-driver".to_owned(),
            "vfs".to_owned(),
        ];
        let store = Self { options };
        store.output(&["images"])?;
        Ok(store)
    }

    /// Makes an image from a folder, with these environment variables, unless it is there.
    fn import(&self, name: &str, folder: &Path, env: &[&str]) -> Outcome {
        if self.output(&["images", "--quiet", "--filter", &format!("reference={name}")])?.trim().is_empty() {
            let container = self.output(&["from", "scratch"])?;
            let container = container.trim();
            self.run(&["add", "--quiet", container, &folder.display().to_string(), "/"])?;
            for variable in env {
                self.run(&["config", "--env", variable, container])?;
            }
            self.run(&["commit", "--quiet", "--rm", container, name])?;
        }
        Ok(())
    }

    fn run(&self, args: &[&str]) -> Outcome {
        program::run("buildah", &cargo::root(), &self.args(args), INSTALL)
    }

    fn output(&self, args: &[&str]) -> Result<String, String> {
        program::output("buildah", &cargo::root(), &self.args(args), INSTALL)
    }

    fn args<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        self.options.iter().map(String::as_str).chain(args.iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_images_of_the_dockerfile_are_found() {
        let text = fs::read_to_string(cargo::root().join(FILE)).unwrap();
        let [rust, debian] = froms(&text)[..] else { panic!("{text}") };
        assert!(rust.starts_with("docker.io/library/rust:1.") && debian == "docker.io/library/debian:bookworm-slim");
    }
}
