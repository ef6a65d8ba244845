//! A run that is ended in the middle resumes, and its output is that of a run that nobody
//! disturbed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::program::{Emulator, KEY, Run, file, run, serve, tim, tim_at};

/// The files of a run.
struct Files {
    pairs: PathBuf,
    out: PathBuf,
    journal: PathBuf,
}

impl Files {
    fn new(name: &str, pairs: &str, ending: &str) -> Self {
        let [pairs, out, journal] = [("in", pairs), (ending, ""), ("journal", "")]
            .map(|(ending, text)| file(&format!("{name}.{ending}"), text));
        fs::remove_file(&out).unwrap();
        fs::remove_file(&journal).unwrap();
        Self { pairs, out, journal }
    }

    fn command(&self, base_url: &str, args: &str) -> Command {
        let mut command = tim_at(base_url, args);
        command.arg("--out").arg(&self.out).arg("--resume").arg(&self.journal);
        command
    }

    fn check(&self, base_url: &str, args: &str) -> Command {
        let mut command = self.command(base_url, &format!("follow check {args}"));
        command.arg("--pairs").arg(&self.pairs);
        command
    }

    fn journal(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(&self.journal).unwrap()).unwrap()
    }
}

/// Pairs of users, most of whom do not exist; about four share a call.
fn pairs(count: usize) -> String {
    (0..count).map(|number| format!("user-{},user-{}\n", number % (count / 4), number % 41)).collect()
}

fn emulator(name: &str) -> Emulator {
    let emulator = Emulator::start(name);
    let users: Vec<String> = (0..39).map(|number| format!("user-{number}")).collect();
    emulator.import(&users.iter().map(String::as_str).collect::<Vec<_>>());
    emulator.run("follow add user-0 user-1 user-2").exits(0);
    emulator
}

fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until the journal has processed targets, or the run is over.
fn wait_for(journal: &Path, more_than: u64, child: &mut Child) {
    for _ in 0..2000 {
        if child.try_wait().unwrap().is_some() {
            return;
        }
        let text = fs::read_to_string(journal).unwrap_or_default();
        let through =
            serde_json::from_str::<Value>(&text).ok().and_then(|page| page["checkpoint"]["processed"].as_u64());
        if through.unwrap_or_default() > more_than {
            return;
        }
        sleep(Duration::from_millis(10));
    }
}

fn undisturbed(emulator: &Emulator, files: &Files, format: &str) -> String {
    let whole =
        run(tim_at(&emulator.base_url, &format!("follow check --rate-limit none {format} --pairs")).arg(&files.pairs));
    whole.exits(1).stdout
}

#[test]
fn a_run_that_is_killed_again_and_again_has_the_same_output() {
    let emulator = emulator("killed");
    for (ending, format, kills) in [("ndjson", "--json", 3), ("csv", "--output-format csv", 1)] {
        let files = Files::new("killed", &pairs(2400), ending);
        let expected = undisturbed(&emulator, &files, format);
        let mut random = 0x9e37_79b9_u64;
        for round in 0..kills {
            // 600 calls would take 10 s, and each round is over long before.
            let mut child = spawn(&mut files.check(&emulator.base_url, "--rate-limit 60"));
            wait_for(&files.journal, round * 200, &mut child);
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            sleep(Duration::from_millis(random >> 56));
            assert!(child.try_wait().unwrap().is_none(), "it was over before it was killed");
            child.kill().unwrap();
            child.wait().unwrap();
            let partial = fs::read_to_string(&files.out).unwrap();
            assert!(partial.len() < expected.len() && !partial.is_empty());
        }
        // A torn line, as a power cut leaves it.
        let torn = format!("{}{{\"command\":\"follow_ch", fs::read_to_string(&files.out).unwrap());
        fs::write(&files.out, torn).unwrap();
        let last = run(&mut files.check(&emulator.base_url, "--rate-limit none")).exits(1);
        last.says("tim: resuming after ")
            .says(" of 2400 targets\n")
            .says("tim: 2400 targets: ")
            .says("rejected (30003: ");
        assert!(fs::read_to_string(&files.out).unwrap() == expected, "{ending} differs");
        assert!(!fs::read_to_string(&files.journal).unwrap().contains(KEY));
        run(&mut files.check(&emulator.base_url, "")).exits(1).says("this run is already finished");
        assert!(fs::read_to_string(&files.out).unwrap() == expected, "{ending} changed after its end");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_run_in_order_and_it_resumes() {
    let emulator = emulator("interrupted");
    let files = Files::new("interrupted", &pairs(2000), "ndjson");
    let expected = undisturbed(&emulator, &files, "--json");
    let mut child = spawn(&mut files.check(&emulator.base_url, "--rate-limit 100"));
    wait_for(&files.journal, 0, &mut child);
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(
        stderr.contains("tim: stopped after ") && stderr.contains("run the same command again to resume"),
        "{stderr}"
    );
    let partial = fs::read_to_string(&files.out).unwrap();
    assert_eq!(files.journal()["output_bytes"], partial.len() as u64);
    assert!(expected.starts_with(&partial) && partial.len() < expected.len());
    let lines = fs::read_to_string(&files.pairs).unwrap();
    let read: usize = lines.split_inclusive('\n').take(partial.lines().count()).map(str::len).sum();
    assert_eq!(files.journal()["checkpoint"]["input"]["offset"], read as u64);
    run(&mut files.check(&emulator.base_url, "--rate-limit none")).exits(1);
    assert!(fs::read_to_string(&files.out).unwrap() == expected);
}

#[test]
fn another_command_app_or_input_is_an_error() {
    let emulator = emulator("others");
    let files = Files::new("others", "user-0,user-1\n", "ndjson");
    let check = |args: &str| -> Run { run(&mut files.check(&emulator.base_url, args)) };
    check("").exits(0);
    check("--admin user-1").exits(2).says("the admin was administrator and is now user-1");
    check("--sdkappid 7").exits(2).says("the app was 1400000000 and is now 7");
    check("--output-format csv").exits(2).says("the output format was ndjson and is now csv");
    let mut add = files.command(&emulator.base_url, "follow add user-0 user-1");
    run(&mut add).exits(2).says("the command was follow_check and is now follow_add");
    fs::write(&files.pairs, "user-0,user-2\n").unwrap();
    check("").exits(2).says("the input was 1 target");
    let files = Files::new("other-output", "user-0,user-1\n", "ndjson");
    fs::write(&files.out, "mine\n").unwrap();
    run(&mut files.check(&emulator.base_url, "")).exits(2).says("is not empty");
    assert_eq!(fs::read_to_string(&files.out).unwrap(), "mine\n");
}

#[test]
fn two_processes_do_not_write_one_output() {
    let emulator = emulator("locked");
    let files = Files::new("locked", &pairs(2000), "ndjson");
    let mut first = spawn(&mut files.check(&emulator.base_url, "--rate-limit 20"));
    wait_for(&files.journal, 0, &mut first);
    run(&mut files.check(&emulator.base_url, "")).exits(2).says("another process writes");
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn a_wrong_key_loses_no_target_if_there_is_a_journal() {
    let emulator = emulator("wrong-key");
    let files = Files::new("wrong-key", &pairs(1000), "ndjson");
    let expected = undisturbed(&emulator, &files, "--json");
    let mut wrong = files.check(&emulator.base_url, "");
    run(wrong.env("TIM_SECRET_KEY", "wrong"))
        .exits(1)
        .says("stopped after 0 of 1000 targets: follow_check: rejected with 70009");
    assert_eq!(fs::read_to_string(&files.out).unwrap(), "");
    run(&mut files.check(&emulator.base_url, "--rate-limit none")).exits(1);
    assert!(fs::read_to_string(&files.out).unwrap() == expected);
}

#[test]
fn a_certificate_that_is_not_trusted_loses_no_target_if_there_is_a_journal() {
    let (key_file, files) = (file("untrusted.key", KEY), Files::new("untrusted", &pairs(400), "csv"));
    let root = key_file.with_file_name("untrusted.pem");
    let mut command = tim("emulator --tls --secret-key-file");
    let emulator = Emulator::spawn(command.arg(&key_file).arg("--tls-root").arg(&root));
    let error = run(&mut files.check(&emulator.base_url, "")).exits(3).says("the certificate is not trusted");
    assert!(error.stderr.contains("tim emulator --tls-root") && !error.stderr.contains("attempts"), "{}", error.stderr);
    assert_eq!(files.journal()["checkpoint"]["processed"], 0, "{}", files.journal());
    run(files.check(&emulator.base_url, "").env("TIM_ROOT_CERTIFICATE", &root)).exits(1);
    let out = fs::read_to_string(&files.out).unwrap();
    assert_eq!((out.lines().count(), out.contains("not_attempted")), (401, false), "{out}");
}

#[test]
fn a_list_resumes_at_its_page() {
    let page = |user: &str, next: &str| {
        format!(r#"{{"FollowItem":[{{"To_Account":"{user}","FollowTime":1}}],"NextCursor":"{next}","ErrorCode":0}}"#)
    };
    let files = Files::new("list", "", "csv");
    let list = |base_url: &str| run(&mut files.command(base_url, "follow list alice --kind followers"));
    let (one, two) = (page("bob", "c2"), page("carol", ""));
    let server = serve(&[(200, &one), (400, ""), (200, &two)]);
    list(&server).exits(3).says("HTTP 400").says("\"c2\"");
    assert_eq!(files.journal()["checkpoint"]["list"], serde_json::json!(["c2", 1]));
    list(&server).exits(0);
    let out = fs::read_to_string(&files.out).unwrap();
    let users: Vec<_> = out.lines().map(|line| line.split(',').nth(2).unwrap()).collect();
    assert_eq!(users, ["to", "bob", "carol"]);
    list(&server).exits(0).says("already finished");
}
