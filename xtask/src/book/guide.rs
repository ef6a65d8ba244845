//! A guide: the marked blocks of a page, as one shell script.

use std::fs;
use std::process::{Command, Stdio};

use super::languages::Environment;
use crate::markdown::{Fence, fences};
use crate::{Outcome, cargo};

/// Languages whose blocks need a mark.
const LANGUAGES: [&str; 9] = ["sh", "python", "js", "rust", "toml", "go", "java", "xml", "csv"];

/// The guides, below the root.
pub(super) fn paths() -> Result<Vec<String>, String> {
    let folder = cargo::root().join("docs/guide");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut paths: Vec<String> =
        names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/guide/{name}")).collect();
    paths.push("docs/migrate.md".to_owned());
    paths.sort();
    Ok(paths)
}

/// Runs a guide in an empty folder.
pub(super) fn run(path: &str, environment: &Environment) -> Outcome {
    let page = fs::read_to_string(cargo::root().join(path)).map_err(|error| format!("{path}: {error}"))?;
    let script = script(&page).map_err(|problem| format!("{path}: {problem}"))?;
    let Some(script) = script else {
        println!("--- {path}: nothing to run");
        return Ok(());
    };
    let missing = environment.missing(&page);
    if !missing.is_empty() {
        println!("--- left out: {path}, which needs {}", missing.join(" and "));
        return Ok(());
    }
    println!("--- {path}");
    let folder = environment.folder(path)?;
    // If a command fails, the emulator ends too. It would keep the pipes of the shell open.
    let script = format!("trap 'kill ${{TIM_EMULATOR_PID:-}} 2>/dev/null || true' EXIT\n{script}");
    let mut shell = Command::new("sh");
    shell.args(["-eu", "-c", &script]).current_dir(&folder).stdin(Stdio::null());
    environment.apply(&mut shell, &folder);
    let output = shell.output().map_err(|error| format!("sh could not be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{path} failed in {}\n{}\n{}",
        folder.display(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// The blocks of a page as a script; `None` if it has none to run.
///
/// `run` marks commands, and `file=NAME` a block that becomes a file. `service` and `install` mark
/// commands that call the service or install something; they are not run.
fn script(page: &str) -> Result<Option<String>, String> {
    let mut script = String::new();
    for Fence { info, text } in fences(page) {
        let mut words = info.split_whitespace();
        let language = words.next().unwrap_or_default();
        match words.next() {
            Some("run") if language == "sh" => script += &text,
            Some("service" | "install") if language == "sh" => {}
            Some(mark) => match mark.strip_prefix("file=") {
                Some(name) => script += &write(name, &text)?,
                None => return Err(format!("a block has the unknown mark {info:?}")),
            },
            None if LANGUAGES.contains(&language) => {
                return Err(format!("a block of {language} has no mark: run, service, install or file=NAME"));
            }
            None => {}
        }
    }
    Ok((!script.is_empty()).then_some(script))
}

/// Commands that write a file.
fn write(name: &str, text: &str) -> Result<String, String> {
    const END: &str = "END_OF_BLOCK";
    if text.contains(END) || name.contains(['\'', '"', '$']) || name.contains("..") {
        return Err(format!("the block cannot become the file {name:?}"));
    }
    let folder = name.rsplit_once('/').map(|(folder, _)| format!("mkdir -p '{folder}'\n")).unwrap_or_default();
    Ok(format!("{folder}cat >'{name}' <<'{END}'\n{text}{END}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_blocks_are_a_script() {
        let page = "```sh run\na=1\n```\n```sh service\ntim doctor\n```\n```toml file=a/b.toml\nx = 1\n```\n```text\n$ b\n```\n";
        let expected = "a=1\nmkdir -p 'a'\ncat >'a/b.toml' <<'END_OF_BLOCK'\nx = 1\nEND_OF_BLOCK\n";
        assert_eq!(script(page), Ok(Some(expected.to_owned())));
        assert_eq!(script("text\n```text\nx\n```\n"), Ok(None));
    }

    #[test]
    fn a_block_without_a_mark_is_an_error() {
        assert!(script("```sh\ntim doctor\n```\n").is_err());
        assert!(script("```sh rnu\ntim doctor\n```\n").is_err());
        assert!(script("```js file=../x\n1\n```\n").is_err());
    }
}
