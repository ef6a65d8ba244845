//! `tim follow`, `tim friend` and `tim call`.

use std::collections::BTreeSet;

use serde_json::json;

use crate::program::{Emulator, KEY, run, run_with, serve, tim_at};

#[test]
fn a_follow_is_added_checked_counted_listed_and_deleted() {
    let emulator = Emulator::start("follow");
    emulator.import(&["alice", "bob", "carol", "小明"]);
    let add = emulator.run("follow add alice bob carol 小明").exits(0);
    assert_eq!(add.stdout, "TO     OUTCOME\nbob    done\ncarol  done\n小明   done\n");
    emulator.run("follow add bob alice").exits(0);
    let check = emulator.run("follow check alice bob carol --json").exits(0);
    assert_eq!(
        check.stdout,
        "{\"command\":\"follow_check\",\"from\":\"alice\",\"to\":\"bob\",\"ok\":true,\"outcome\":\"done\",\"relation\":\"mutual\",\"follow_type\":3,\"code\":null,\"meaning\":null,\"info\":null}\n\
         {\"command\":\"follow_check\",\"from\":\"alice\",\"to\":\"carol\",\"ok\":true,\"outcome\":\"done\",\"relation\":\"following\",\"follow_type\":2,\"code\":null,\"meaning\":null,\"info\":null}\n"
    );
    let counts = emulator.run("follow counts alice carol --json").exits(0).objects();
    assert_eq!(
        counts[0],
        json!({"command": "follow_get_info", "from": "alice", "to": "alice", "ok": true, "outcome": "done",
               "followers": 1, "following": 3, "mutual": 1, "code": null, "meaning": null, "info": null})
    );
    assert_eq!(counts[1]["from"], "alice");
    assert_eq!(emulator.run("follow counts carol --from bob --json").exits(0).objects()[0]["from"], "bob");

    let delete = emulator.run("follow delete alice carol --json").exits(0);
    assert_eq!(
        delete.objects(),
        [json!({"command": "follow_delete", "from": "alice", "to": "carol", "ok": true, "outcome": "done",
                "code": null, "meaning": null, "info": null})]
    );
    let check = emulator.run("follow check alice carol").exits(0);
    assert_eq!(check.stdout, "TO     OUTCOME  RELATION\ncarol  done     none\n");
}

#[test]
fn a_list_is_read_to_its_end_or_to_its_limit() {
    let emulator = Emulator::start("list");
    emulator.import(&["alice", "bob", "carol", "dave"]);
    emulator.run("follow add alice bob carol dave").exits(0);
    emulator.run("follow add bob alice").exits(0);
    let list = |args: &str| {
        let lines = emulator.run(&format!("follow list {args} --json")).exits(0).objects();
        let mut users: Vec<_> = lines.iter().map(|line| line["to"].as_str().unwrap().to_owned()).collect();
        users.sort();
        users
    };
    assert_eq!(list("alice --kind following"), ["bob", "carol", "dave"]);
    assert_eq!(list("alice --kind mutual"), ["bob"]);
    assert_eq!(list("bob --kind followers"), ["alice"]);
    assert_eq!(list("bob --kind fans"), ["alice"]);
    assert_eq!(list("alice --kind following --limit 3").len(), 3);
    let limited = emulator.run("follow list alice --kind following --limit 2 --json").exits(0).says("the limit of 2");
    assert_eq!(limited.objects().len(), 2);
    let cursor = limited.stderr.split("--cursor \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let rest = emulator.run(&format!("follow list alice --kind following --json --cursor {cursor}")).exits(0).objects();
    let to = |row: &serde_json::Value| row["to"].as_str().unwrap().to_owned();
    let all: BTreeSet<String> = limited.objects().iter().chain(&rest).map(to).collect();
    assert_eq!((rest.len(), all.len()), (list("alice --kind following").len() - 2, rest.len() + 2));
    let line = &limited.objects()[0];
    assert_eq!(
        (&line["command"], &line["kind"], &line["ok"]),
        (&json!("follow_get"), &json!("following"), &json!(true))
    );
    assert!(line["followed_at"].is_u64() && line["profile"].is_object(), "{line}");
    let table = emulator.run("follow list alice --kind mutual").exits(0).stdout;
    assert!(table.starts_with("TO   FOLLOWED AT") && table.contains("\nbob  20"), "{table}");
    let empty = emulator.run("follow list dave --kind mutual").exits(0).stdout;
    assert_eq!(empty, "OUTCOME  INFO\ndone     the list is empty\n");
}

#[test]
fn a_list_that_breaks_off_prints_what_came_and_the_cursor() {
    let page = r#"{"FollowItem":[{"To_Account":"bob","FollowTime":1702262118}],"NextCursor":"c2","ErrorCode":0}"#;
    let args = "follow list alice --kind followers";
    let people = run(&mut tim_at(&serve(&[(200, page), (502, "")]), args)).exits(3).says("\"c2\"");
    assert_eq!(people.stdout, "TO   FOLLOWED AT           NICK\nbob  2023-12-11 02:35:18Z\n");
    let programs = run(tim_at(&serve(&[(200, page), (502, "")]), args).arg("--json")).exits(3).objects();
    assert_eq!(programs[0]["to"], "bob");
    let last = &programs[1];
    assert_eq!((&last["ok"], &last["cursor"], &last["code"]), (&json!(false), &json!("c2"), &json!(null)));
    assert_eq!(
        (&last["outcome"], &last["meaning"]),
        (&json!("unknown"), &json!("unexpected response: outcome unknown"))
    );
    let rejected = r#"{"ActionStatus":"FAIL","ErrorCode":30006,"ErrorInfo":"Err_X"}"#;
    let programs = run(tim_at(&serve(&[(200, page), (200, rejected)]), args).arg("--json")).exits(1).objects();
    assert_eq!((&programs[1]["cursor"], &programs[1]["code"]), (&json!("c2"), &json!(30006)));
    // An incomplete page is not the end of the list, with a limit either.
    let broken = r#"{"FollowItem":[{"To_Account":"bob","FollowTime":1702262118}],"NextCursor":7,"ErrorCode":0}"#;
    for limit in ["", " --limit 1", " --limit 9"] {
        let list = run(&mut tim_at(&serve(&[(200, broken)]), &format!("{args}{limit}"))).exits(3);
        assert!(list.says("`NextCursor` is not a position").stdout.contains("bob  2023"), "{limit}");
    }
    // The same cursor again would go on for ever.
    let stuck = run(tim_at(&serve(&[(200, page), (200, page)]), args).arg("--json")).exits(3).says("does not end");
    assert_eq!(stuck.objects().last().unwrap()["meaning"], "unexpected response: outcome unknown");
}

#[test]
fn friends_are_checked_on_one_list_or_on_both() {
    let emulator = Emulator::start("friend");
    emulator.import(&["alice", "bob"]);
    let body = r#"{"From_Account":"bob","AddType":"Add_Type_Single","AddFriendItem":[{"To_Account":"alice","AddSource":"AddSource_Type_X"}]}"#;
    run(tim_at(&emulator.base_url, "call sns/friend_add --body").arg(body)).exits(0);
    let both = emulator.run("friend check alice bob --json").exits(0).objects();
    assert_eq!(
        both[0],
        json!({"command": "friend_check", "from": "alice", "to": "bob", "ok": true, "outcome": "done",
               "relation": "CheckResult_Type_BWithA", "from_has_to": false, "to_has_from": true,
               "code": null, "meaning": null, "info": null})
    );
    let single = emulator.run("friend check bob alice --mode single --json").exits(0).objects();
    assert_eq!((&single[0]["from_has_to"], &single[0]["to_has_from"]), (&json!(true), &json!(null)));
    let table = emulator.run("friend check bob alice zoe").exits(1).stdout;
    assert!(table.contains("alice  done      AWithB") && table.contains("zoe    rejected  -"), "{table}");
    emulator.run("friend check alice bob --mode neither").exits(2).says("single, both");
}

#[test]
fn a_rejected_target_and_a_rejected_call_are_1() {
    let emulator = Emulator::start("rejected");
    emulator.import(&["alice", "bob"]);
    for command in ["follow add", "follow delete", "follow check", "friend check", "follow counts --from"] {
        let lines = emulator.run(&format!("{command} alice zoe bob --json")).exits(1).objects();
        assert_eq!(
            (&lines[0]["to"], &lines[0]["ok"], &lines[0]["code"]),
            (&json!("zoe"), &json!(false), &json!(30003))
        );
        assert_eq!(lines[0]["meaning"], "the account does not exist: never imported, or deleted");
        assert_eq!((&lines[1]["to"], &lines[1]["ok"]), (&json!("bob"), &json!(true)));

        let whole = emulator.run(&format!("{command} zoe bob --json")).exits(1).says("rejected with 30003");
        let of_bob = whole.objects().pop().unwrap();
        assert_eq!(
            (&of_bob["to"], &of_bob["outcome"], &of_bob["code"]),
            (&json!("bob"), &json!("rejected"), &json!(30003))
        );
    }
    emulator.run("follow list zoe --kind followers").exits(1).says("rejected with 30003");
    emulator.run("follow check alice bob --admin bob").exits(1).says("rejected with 60010");
    emulator.run("follow check alice bob --sdkappid 1400000001").exits(1).says("rejected with 7");
}

#[test]
fn an_invalid_call_is_2_and_nothing_is_sent() {
    // A call there gets no connection, and that is 3.
    let nowhere = |args: &str| run(&mut tim_at("http://127.0.0.1:1", args));
    nowhere(&format!("follow check alice {}", "x".repeat(33))).exits(2).says("has 33 bytes");
    run(tim_at("http://127.0.0.1:1", "follow add alice").arg("")).exits(2).says("TO is empty");
    nowhere("follow list alice").exits(2).says("--kind");
    nowhere("follow list alice --kind friends").exits(2).says("followers");
    nowhere("follow list alice --kind mutual --limit 0").exits(2).says("--limit");
    nowhere("follow add alice").exits(2).says("<TO>");
    nowhere("follow").exits(2);
    nowhere("call follow_check --body {}").exits(2).says("SERVICE/COMMAND");
    nowhere("call follow/a?b --body {}").exits(2).says("letters, digits");
    nowhere("call follow/follow_check --body []").exits(2).says("must be a JSON object");
    nowhere("call follow/follow_check").exits(2).says("--body");
}

#[test]
fn no_response_and_an_unexpected_response_are_3() {
    let check = "follow check alice bob";
    run(&mut tim_at("http://127.0.0.1:1", check)).exits(3).says("no connection");
    run(&mut tim_at(&serve(&[(200, "<html>hello</html>")]), check)).exits(3).says("HTTP 200, 18 bytes");
    run(&mut tim_at(&serve(&[(502, "")]), check)).exits(3).says("HTTP 502");
    run(&mut tim_at(&serve(&[(404, r#"{"ErrorCode":0}"#)]), "call follow/follow_check --body {}")).exits(3);
    let programs = run(tim_at("http://127.0.0.1:1", check).arg("--json")).exits(3).objects();
    assert_eq!((&programs[0]["ok"], &programs[0]["code"]), (&json!(false), &json!(null)));
}

#[test]
fn a_target_that_is_missing_from_the_response_is_reported() {
    let response = r#"{"ResultItem":[{"To_Account":"bob","ResultCode":0,"ResultInfo":""}],"ErrorCode":0}"#;
    let add = run(&mut tim_at(&serve(&[(200, response)]), "follow add alice bob carol --json")).exits(1).objects();
    assert_eq!((&add[1]["to"], &add[1]["ok"], &add[1]["outcome"]), (&json!("carol"), &json!(false), &json!("unknown")));
}

#[test]
fn call_prints_the_response_unchanged() {
    let response = "{\"ErrorCode\":0,  \"New\":[1]}";
    let call = run(&mut tim_at(&serve(&[(200, response)]), "call a/b --body {}")).exits(0);
    assert_eq!(call.stdout, format!("{response}\n"));
    let rejected = "{\"ActionStatus\":\"FAIL\",\"ErrorCode\":30005}\n";
    let call =
        run(&mut tim_at(&serve(&[(200, rejected)]), "call follow/b --body {}")).exits(1).says("rejected with 30005");
    assert_eq!(call.stdout, rejected);

    let emulator = Emulator::start("call");
    let import = |input: &str| {
        run_with(&mut tim_at(&emulator.base_url, "call v4/im_open_login_svc/account_import --body -"), input)
    };
    assert_eq!(import("{\"UserID\":\"alice\"}\n").exits(0).objects()[0]["ErrorCode"], 0);
    assert_eq!(import("{\"UserID\":\"\"}").exits(1).objects()[0]["ActionStatus"], "FAIL");
    import("").exits(2).says("must be a JSON object");
    emulator.run("call follow/nonsense --body {}").exits(1).says("rejected with 60009");
}

#[test]
fn verbose_prints_each_step_of_a_call() {
    let ok = r#"{"ResultItem":[{"To_Account":"bob","ResultCode":0,"ResultInfo":""}],"ErrorCode":0}"#;
    let add = |flag: &str| run(&mut tim_at(&serve(&[(502, ""), (200, ok)]), &format!("{flag} follow add alice bob")));
    assert_eq!(add("--json").exits(0).stderr, "");
    let once =
        add("-v").exits(0).says("follow_add: retrying after an error: follow_add: unexpected response: HTTP 502");
    let once = once.says("follow_add: attempt 1 to http://127.0.0.1").says("attempt 2 got code 0");
    let twice = add("-vv").exits(0).says("follow_add: attempt 1 to http://127.0.0.1");
    for text in [once.stderr, once.stdout, twice.stderr, twice.stdout] {
        assert!(!text.contains(KEY) && !text.contains("usersig") && !text.contains("eJ"), "{text}");
    }
}

#[test]
fn a_body_that_is_not_json_is_reported_with_the_position() {
    let mut call = tim_at("http://127.0.0.1:1", "call follow/follow_check --body");
    run(call.arg("{\"a\":1,}")).exits(2).says("must be a JSON object").says("line 1 column 8");
}
