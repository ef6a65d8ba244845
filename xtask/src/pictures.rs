//! The pictures of the README and the book, made from the running program: the views of the
//! console, a graph of follows, and a terminal. Needs chromium, chromedriver and npm.

mod terminal;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Outcome, cargo, console};

/// The folder of the pictures, below the root.
const FOLDER: &str = "docs/pictures";
/// The pictures of the console that are kept, of those that `cargo xtask console` makes.
const VIEWS: [&str; 4] = ["calls-open", "user-following", "faults", "state"];
/// What the terminal shows.
const COMMANDS: [&str; 4] = [
    "tim follow check alice bob carol dave",
    "tim follow counts alice bob",
    "tim follow add erin alice nobody --quiet",
    "tim error 30003",
];

pub(crate) fn run() -> Outcome {
    let folder = cargo::root().join(FOLDER);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    cargo::run(&["build", "--quiet", "-p", "tim-cli"])?;
    let terminal = in_emulator(&terminal::script(&COMMANDS))?;
    write(&folder.join("terminal.svg"), terminal::svg(&terminal).as_bytes())?;
    let graph = folder.join("graph.svg");
    in_emulator(&format!("tim follow graph alice bob --depth 2 --out '{}'", graph.display()))?;
    let views = cargo::root().join("target/pictures");
    console::run(&["--screenshots", &views.to_string_lossy()])?;
    for view in VIEWS {
        let picture = views.join(format!("{view}-800-light.png"));
        let bytes = fs::read(&picture).map_err(|error| format!("{}: {error}", picture.display()))?;
        write(&folder.join(format!("console-{view}.png")), &bytes)?;
    }
    Ok(())
}

/// Runs a shell script with an emulator and its demo data, and returns what it printed.
fn in_emulator(script: &str) -> Result<String, String> {
    let path = format!("{}:{}", cargo::target().join("debug").display(), std::env::var("PATH").unwrap_or_default());
    let script = format!(
        "eval \"$(tim emulator --env --demo-data 2>/dev/null &)\"\ntrap 'kill $TIM_EMULATOR_PID' EXIT\n{script}"
    );
    let output = Command::new("sh").args(["-c", &script]).env("PATH", path).output();
    let output = output.map_err(|error| format!("sh could not be started: {error}"))?;
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

fn write(path: &Path, bytes: &[u8]) -> Outcome {
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("wrote {}", path.display());
    Ok(())
}
