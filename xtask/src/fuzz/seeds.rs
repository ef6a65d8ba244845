//! The first inputs of the fuzz targets, which are made from the fixtures.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{Outcome, fixtures};

/// The query of a call. The target replaces `{sig}` with a signature.
const QUERY: &str = "sdkappid=1400000000&identifier=administrator&usersig={sig}&random=1&contenttype=json";

/// Writes the inputs of a target to a folder.
pub(super) fn write(root: &Path, target: &str, folder: &Path) -> Outcome {
    let problem = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(folder).map_err(problem)?;
    let inputs = match target {
        "responses" | "http" | "import" => of_commands(root, target)?,
        "verify" | "inspect" => signatures(root)?,
        _ => Vec::new(),
    };
    inputs.into_iter().try_for_each(|(name, text)| fs::write(folder.join(name), text).map_err(problem))
}

/// The name and the text of an input for each command.
fn of_commands(root: &Path, target: &str) -> Result<Vec<(String, String)>, String> {
    let input = |command: String| {
        let folder = root.join("tests/fixtures").join(&command);
        let read = |file: &str| fixtures::read(&folder.join(file));
        let text = match target {
            "responses" => format!("{command}\n{}", read("response.json")?),
            "http" => {
                let (path, body) = (read("path.txt")?, read("request.json")?);
                let setup =
                    format!("POST /_emulator/import\nHost: localhost\n\n{}\n---\n", read("setup.jsonl")?.trim());
                format!("{setup}POST {}?{QUERY}\nHost: localhost\n\n{}", path.trim(), body.trim())
            }
            _ => read("setup.jsonl")?,
        };
        Ok((command, text))
    };
    fixtures::commands(root)?.into_iter().map(input).collect()
}

/// The signatures of the official libraries.
fn signatures(root: &Path) -> Result<Vec<(String, String)>, String> {
    let mut inputs = Vec::new();
    for name in ["official", "layouts"] {
        let vectors = fixtures::read(&root.join(format!("tests/fixtures/usersig-{name}.json")))?;
        let vectors: Vec<Value> = serde_json::from_str(&vectors).map_err(|error| error.to_string())?;
        for (number, vector) in vectors.iter().enumerate() {
            let usersig = vector["usersig"].as_str().ok_or("a vector without usersig")?;
            inputs.push((format!("{name}-{number}"), usersig.to_owned()));
        }
    }
    Ok(inputs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo;

    #[test]
    fn the_fixtures_have_inputs_for_each_command() {
        let root = cargo::root();
        let calls = of_commands(&root, "http").unwrap();
        let (_, call) = calls.iter().find(|(name, _)| name == "follow_add").unwrap();
        assert!(call.contains("\n---\nPOST /v4/follow/follow_add?sdkappid=1400000000&"), "{call}");
        assert_eq!(of_commands(&root, "responses").unwrap().len(), calls.len());
        assert!(signatures(&root).unwrap().len() > 20);
    }
}
