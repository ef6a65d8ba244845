//! Running the programs that make and test packages.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::Outcome;

/// Runs a program in a folder, its output shown. `install` is the command that installs the
/// program.
pub(super) fn run(name: &str, folder: &Path, args: &[&str], install: &str) -> Outcome {
    run_with(name, folder, args, &[], install)
}

/// Like [`run`], with environment variables.
pub(super) fn run_with(name: &str, folder: &Path, args: &[&str], env: &[(&str, &str)], install: &str) -> Outcome {
    println!("--- {name} {}", args.join(" "));
    let status = Command::new(name).args(args).envs(env.iter().copied()).current_dir(folder).status();
    match status.map_err(|error| missing(name, &error, install))? {
        status if status.success() => Ok(()),
        status => Err(format!("`{name} {}` failed in {}: {status}", args.join(" "), folder.display())),
    }
}

/// Runs a program in a folder and returns what it prints.
pub(super) fn output(name: &str, folder: &Path, args: &[&str], install: &str) -> Result<String, String> {
    let output = Command::new(name).args(args).current_dir(folder).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| missing(name, &error, install))?;
    if !output.status.success() {
        return Err(format!("`{name} {}` failed in {}: {}", args.join(" "), folder.display(), output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("the output of `{name} {}`: {error}", args.join(" ")))
}

fn missing(name: &str, error: &std::io::Error, install: &str) -> String {
    format!("`{name}` could not be started: {error}: it needs `{install}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_command() {
        let root = Path::new("/");
        let error = output("no-such-program", root, &[], "apt-get install it").unwrap_err();
        assert!(error.starts_with("`no-such-program` could not be started: "), "{error}");
        assert!(error.ends_with(": it needs `apt-get install it`"), "{error}");
        assert_eq!(run("sh", root, &["-c", "exit 3"], "").unwrap_err(), "`sh -c exit 3` failed in /: exit status: 3");
    }
}
