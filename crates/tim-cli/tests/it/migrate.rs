//! Runs the blocks of docs/migrate.md in one shell, as a reader does.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::program::{Run, run, tim};

/// The text of all blocks that are marked `sh run`.
fn blocks(page: &str) -> String {
    let mut script = String::new();
    let mut lines = page.lines();
    while lines.by_ref().any(|line| line == "```sh run") {
        lines.by_ref().take_while(|line| *line != "```").for_each(|line| script.extend([line, "\n"]));
    }
    script
}

#[test]
fn the_tutorial_about_moving_a_user_base_works() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/migrate.md")).unwrap();
    let script = blocks(&page);
    assert!(script.contains("tim diff"), "the page has blocks");
    // If a command fails, the emulators end too. They would keep the pipes of the shell open.
    let script = format!("trap 'kill ${{OLD_PID:-}} ${{TIM_EMULATOR_PID:-}} 2>/dev/null || true' EXIT\n{script}");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("migrate");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_tim")).parent().unwrap();
    let path = format!("{}:{}", program.display(), env::var("PATH").unwrap());
    // The variables of these tests must not reach the script.
    let cleared: Vec<_> = tim("").get_envs().map(|(name, _)| name.to_owned()).collect();
    let mut shell = Command::new("sh");
    cleared.iter().for_each(|name| {
        shell.env_remove(name);
    });
    shell.args(["-eu", "-c", &script]).env("PATH", path).env("HOME", &directory).current_dir(&directory);
    let Run { code, stdout, stderr } = run(shell.stdin(Stdio::null()));
    assert_eq!(code, Some(0), "stdout: {stdout}\nstderr: {stderr}");

    let read = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
    assert!(stderr.contains("unknown column \"nikc\""), "{stderr}");
    assert!(
        read("profiles.now.csv").contains("\"Bob \"\"the builder\"\" Miller, Sr.\""),
        "{}",
        read("profiles.now.csv")
    );
    for profiles in ["profiles.now.csv", "new-profiles.ndjson"] {
        assert!(read(profiles).contains("Tag_Profile_Custom_Team"), "{}", read(profiles));
    }
    assert!(read("friends.now.csv").contains("alice,bob,true,done,Bobby"), "{}", read("friends.now.csv"));
    assert_eq!(read("follows.now.csv").lines().filter(|line| line.starts_with("alice,")).count(), 3);
    assert_eq!(read("blocks.now.csv").lines().filter(|line| line.starts_with("carol,dave,")).count(), 1);
    assert_eq!(stdout.matches("exit code 1").count(), 4, "{stdout}");
    assert_eq!(stdout.matches("exit code 2").count(), 1, "{stdout}");
}
