//! Who owns the names of the packages on crates.io.

use std::process::Command;

/// What crates.io has under a name.
#[derive(Debug, PartialEq)]
pub(super) enum Owner {
    Nobody,
    /// A package with this description and repository.
    Package {
        description: String,
        repository: Option<String>,
    },
    /// The registry could not be asked, with the reason.
    Unknown(String),
}

pub(super) fn look_up(name: &str) -> Owner {
    // In the workspace, cargo would describe the package of the workspace.
    let outside = std::env::temp_dir();
    let output = Command::new("cargo").current_dir(outside).args(["info", "--registry", "crates-io", name]).output();
    match output {
        Ok(output) if output.status.success() => owner(&String::from_utf8_lossy(&output.stdout)),
        Ok(output) => nobody_or_unknown(&String::from_utf8_lossy(&output.stderr)),
        Err(error) => Owner::Unknown(format!("`cargo info` could not be started: {error}")),
    }
}

/// Reads the output of `cargo info`: the name with keywords, the description, and the fields.
fn owner(info: &str) -> Owner {
    let description = info.lines().nth(1).unwrap_or_default().to_owned();
    let repository = info.lines().find_map(|line| line.strip_prefix("repository: "));
    Owner::Package { description, repository: repository.map(str::to_owned) }
}

fn nobody_or_unknown(error: &str) -> Owner {
    if error.contains("could not find `") {
        return Owner::Nobody;
    }
    let reason = error.lines().find_map(|line| line.strip_prefix("error: "));
    Owner::Unknown(reason.unwrap_or("`cargo info` failed").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_a_description_and_a_repository() {
        let info = "tim-cli #vim #cli\nA text editor.\nversion: 0.1.0\nrepository: https://example.com/tim\n";
        let (description, repository) = ("A text editor.".into(), Some("https://example.com/tim".into()));
        assert_eq!(owner(info), Owner::Package { description, repository });
        let Owner::Package { repository: None, .. } = owner("a\nb\nversion: 1.0.0\n") else { panic!() };
    }

    #[test]
    fn a_free_name_differs_from_a_failure() {
        let missing = "    Updating crates.io index\nerror: could not find `x` in registry `https://example.com`\n";
        assert_eq!(nobody_or_unknown(missing), Owner::Nobody);
        let failed = "    Updating crates.io index\nerror: failed to query registry\n\nCaused by: no network\n";
        assert_eq!(nobody_or_unknown(failed), Owner::Unknown("failed to query registry".into()));
    }
}
