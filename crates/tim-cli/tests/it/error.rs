//! `tim error`, `tim completions` and `tim man`: what needs neither settings nor a network.

use std::process::Command;

use crate::program::{file, run, tim};

#[test]
fn a_code_is_explained() {
    let explained = run(&mut tim("error 70009")).exits(0).stdout;
    for text in ["key of another application", "use the secret key", "credentials", "tim doctor", "https://"] {
        assert!(explained.contains(text), "{text}: {explained}");
    }
    let both = run(&mut tim("error 30005")).exits(0).stdout;
    assert!(both.contains("follow feature") && both.contains("sensitive words"), "{both}");
    let follow = run(&mut tim("error 30005 --service follow")).exits(0).stdout;
    assert!(!follow.contains("sensitive words"), "{follow}");
    let objects = run(&mut tim("error 30005 --json")).exits(0).objects();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["class"], "feature_disabled");
    assert_eq!(objects[0]["service"], "follow");
    assert_eq!(run(&mut tim("error 38500 --json")).exits(0).objects()[0]["codes"], "38000-39000");
    run(&mut tim("error 0")).exits(0);
}

#[test]
fn an_unknown_code_is_reported_with_similar_codes() {
    run(&mut tim("error 70090")).exits(1).says("70009 (");
    run(&mut tim("error 1")).exits(1).says("tim error --list");
    let object = &run(&mut tim("error 1 --json")).exits(1).objects()[0];
    assert!(object["class"] == "unknown" && object["meaning"].is_null(), "{object}");
    assert_eq!(run(&mut tim("error 0 --json")).exits(0).objects()[0]["class"], "success");
    run(&mut tim("error -5")).exits(1).says("unknown code -5 (tim does not retry it)");
    run(&mut tim("error abc")).exits(2).says("write a number such as 70009");
    run(&mut tim("error")).exits(2);
}

#[test]
fn the_list_has_every_code_once() {
    let objects = run(&mut tim("error --list --json")).exits(0).objects();
    assert!(objects.len() > 100);
    assert!(objects.iter().any(|object| object["code"] == 60010 && object["class"] == "permission"));
    assert!(run(&mut tim("error --list")).exits(0).stdout.starts_with("CODES"));
}

#[test]
fn each_shell_has_a_script() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&mut tim(&format!("completions {shell}"))).exits(0).stdout;
        assert!(script.contains("usersig") && script.contains("completions"), "{shell}");
    }
    // Bash is on most machines: it loads its script and completes with it.
    let path = file("tim.bash", &run(&mut tim("completions bash")).stdout);
    let ask = "COMP_WORDS=(tim usersig ins); COMP_CWORD=2; _tim tim ins usersig; echo ${COMPREPLY[*]}";
    let bash = Command::new("bash").arg("-c").arg(format!("source {} && {ask}", path.display())).output();
    if let Ok(output) = bash {
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "inspect\n");
    }
    run(&mut tim("completions tcsh")).exits(2).says("possible values");
}

#[test]
fn there_is_a_page_for_each_command() {
    assert!(run(&mut tim("man")).exits(0).stdout.contains(".TH tim 1"));
    assert!(run(&mut tim("man usersig sign")).exits(0).stdout.contains("tim usersig sign alice"));
    assert!(run(&mut tim("man tim-usersig-sign")).exits(0).stdout.contains(".TH tim-usersig-sign 1"));
    run(&mut tim("man follow nothing")).exits(2).says("cannot find the command `tim follow nothing`");
    let dir = file("man", "").with_extension("dir");
    let _ = std::fs::remove_dir_all(&dir);
    run(tim("man --dir").arg(&dir)).exits(0).says("pages into");
    for page in ["tim.1", "tim-follow.1", "tim-usersig-explain.1", "tim-config-show.1"] {
        assert!(dir.join(page).is_file(), "{page}");
    }
    run(tim("man --dir").arg(dir.join("tim.1"))).exits(2).says("cannot write");
}

#[test]
fn an_unknown_service_is_named_with_the_known_ones() {
    run(&mut tim("error 30005 --service foo")).exits(2).says("unknown service \"foo\"").says("follow, ");
    run(&mut tim("error 30005 --service follow")).exits(0);
}
