use serde_json::json;

use crate::program::{KEY, Run, run, run_with, tim};

/// Neither an admin nor an endpoint is needed.
fn usersig(args: &str) -> std::process::Command {
    let mut command = tim(&format!("usersig {args}"));
    command.env("TIM_SDKAPPID", "1400000000").env("TIM_SECRET_KEY", KEY);
    command
}

fn sign(args: &str) -> String {
    let sign = run(&mut usersig(&format!("sign {args}"))).exits(0);
    assert_eq!((sign.stdout.lines().count(), sign.stderr.as_str()), (1, ""));
    sign.stdout.trim_end().to_owned()
}

/// The JSON line of a rejected signature.
fn rejected(run: Run, code: i64) {
    let line = &run.exits(1).objects()[0];
    assert_eq!((&line["ok"], &line["code"]), (&json!(false), &json!(code)), "{line}");
    assert!(line["meaning"].is_string() && line["info"].is_string(), "{line}");
}

#[test]
fn a_signature_is_valid_through_its_last_second() {
    let sig = sign("alice --validity 7d");
    let line = run(&mut usersig(&format!("verify {sig} --user alice --json"))).exits(0).objects().remove(0);
    assert_eq!((&line["ok"], &line["user"], &line["sdkappid"]), (&json!(true), &json!("alice"), &json!(1400000000)));
    let (made, until) = (line["issued_at"].as_u64().unwrap(), line["valid_until"].as_u64().unwrap());
    assert_eq!(until - made, 7 * 86_400);
    let table = run_with(&mut usersig(&format!("verify - --at {until}")), &format!("{sig}\n")).exits(0).stdout;
    assert!(table.contains("yes  alice  1400000000  20"), "{table}");
    rejected(run(&mut usersig(&format!("verify {sig} --json --at {}", until + 1))), 70001);
    // `--user` is the name of the argument in early versions.
    run(&mut usersig(&format!("verify {} --user alice", sign("--user alice")))).exits(0);
}

#[test]
fn times_in_messages_are_dates() {
    let verify = |at: &str| {
        let run = run(&mut usersig(&format!("verify {OFFICIAL} --json --at {at}"))).exits(1);
        let line = run.objects().remove(0);
        (line["meaning"].as_str().unwrap().to_owned(), line["info"].as_str().unwrap().to_owned())
    };
    let (meaning, info) = verify("1");
    assert!(meaning == "not valid yet" && info.contains("not valid yet: issued at 2023-11-14 22:13:20Z"), "{info}");
    let (_, info) = verify("2033-05-18T03:33:20Z");
    assert!(info.contains("it was valid until 20") && info.contains("Z;") && !info.contains("unix seconds"), "{info}");
    let table = run(&mut tim(&format!("usersig explain {OFFICIAL} --code 70001"))).exits(1).stdout;
    assert!(table.starts_with("EXPLAINED  CODE   MEANING") && !table.contains("unix seconds"), "{table}");
}

#[test]
fn each_rejection_has_the_code_of_the_service() {
    let sig = sign("alice");
    rejected(run(&mut usersig(&format!("verify {sig} --json --user bob"))), 70013);
    rejected(run(&mut usersig(&format!("verify {sig} --json --sdkappid 1"))), 70014);
    rejected(run(usersig(&format!("verify {sig} --json")).env("TIM_SECRET_KEY", "other")), 70009);
    rejected(run(&mut usersig(&format!("verify {} --json", &sig[..40]))), 70003);
    rejected(run_with(&mut usersig("verify - --json"), ""), 70002);
    let table = run(&mut usersig("verify garbage")).exits(1).stdout;
    assert!(table.contains("no  70003"), "{table}");
}

/// For xiaojun, made at 1700000000 by the official Python library, which writes spaces into its
/// JSON.
const OFFICIAL: &str = "eJyrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkKjIT87NK82CSxSnZiQUFmSlAKUMTAyiAyqVWFGQWpQJlLMxM4IIlmbkgIUNzNMXFmekg44P93EzccsOcA0qT8yOKnfwLksLcjNPcnNNMzb0Ccg1Sq6IMs1LDPH1ywpJtlWoBk68y0A__";

#[test]
fn a_signature_of_another_library_is_verified() {
    let line = run(&mut usersig(&format!("verify {OFFICIAL} --user xiaojun --at 1700000000 --json"))).exits(0);
    assert_eq!(line.objects()[0]["user"], "xiaojun");
}

#[test]
fn json_has_the_contents() {
    let line = run(&mut usersig("sign alice --validity 30s --json")).exits(0).objects().remove(0);
    assert_eq!(line["valid_until"].as_u64().unwrap() - line["issued_at"].as_u64().unwrap(), 30);
    let sig = line["usersig"].as_str().unwrap();
    run(&mut usersig(&format!("verify {sig}"))).exits(0);
}

#[test]
fn an_invalid_user_or_validity_is_2() {
    let long = "x".repeat(33);
    run(&mut usersig(&format!("sign {long}"))).exits(2).says("1 to 32");
    run(&mut usersig("sign")).exits(2).says("<USER>");
    run(&mut usersig("sign alice --user bob")).exits(2).says("--user");
    for validity in ["0s", "5", "1mo", "-1d", "99999d"] {
        run(&mut usersig(&format!("sign alice --validity={validity}"))).exits(2);
    }
}

/// For xiaojun and the room `adbjkl`, made at 1700000000 for 300 seconds by the official node
/// library.
const ROOM: &str = "eJxVjrkOglAURP-l1kbZEuQlFk-jEhYDbol0IFe4isgiChr-3YhQONXMOc28YGOu*3fMgYHUF6DXbAowudGRGlyRdz2VSauK4OylKQXAREVo8zM3uiAwUf2nWKWUIzC5A2WBuV8egQF3*ALnceRLqejHy3oT8ibuzq7Nb7GHvCWRO9czT3qMuhcUAoNo5Qj8MFPtsaFYnq4hDjJXu4iOleyTjLZ2PK2fd2UiG8oI3h*2-0XB";

#[test]
fn inspect_needs_no_key() {
    let line = run(&mut tim(&format!("usersig inspect {ROOM} --json"))).exits(0).objects().remove(0);
    let found = [&line["user"], &line["sdkappid"], &line["valid_until"], &line["room"], &line["privileges"]];
    assert_eq!(
        found,
        [&json!("xiaojun"), &json!(1400000000), &json!(1700000300), &json!("adbjkl"), &json!(255)],
        "{line}"
    );
    assert_eq!((&line["compression"], &line["style"]), (&json!("dynamic"), &json!(["node"])), "{line}");
    let table = run_with(&mut tim("usersig inspect -"), &format!("{OFFICIAL}\n")).exits(0).stdout;
    assert!(table.contains("xiaojun") && table.contains("python") && table.contains("2023-11-14"), "{table}");
    rejected(run(&mut tim(&format!("usersig inspect {} --json", &ROOM[..40]))), 70003);
}

#[test]
fn explain_names_the_problem() {
    let explain = |args: &str, exit| {
        let line = run(&mut tim(&format!("usersig explain {OFFICIAL} --json {args}"))).exits(exit).objects().remove(0);
        (line["found"].as_bool().unwrap(), line["info"].as_str().unwrap().to_owned())
    };
    let (found, info) = explain("--code 70001", 1);
    assert!(found && info.contains("was valid until"), "{info}");
    let (found, info) = explain("--code 70009 --at 1700000000", 0);
    assert!(!found && info.contains("pass the key"), "{info}");
    let (found, info) = explain("--code 70013 --user bob --at 1700000000", 1);
    assert!(found && info.contains("xiaojun") && info.contains("bob"), "{info}");
    let (found, info) = explain("--code 70014 --sdkappid 1 --at 1700000000", 1);
    assert!(found && info.contains("1400000000"), "{info}");
    let with_key = |key: &str, exit| {
        let mut command = usersig(&format!("explain {OFFICIAL} --code 70009 --at 1700000000 --json"));
        run(command.env("TIM_SECRET_KEY", key)).exits(exit).objects().remove(0)
    };
    assert_eq!(with_key("other", 1)["problems"], json!([70009]));
    assert_eq!(with_key(KEY, 0)["found"], false);
}
