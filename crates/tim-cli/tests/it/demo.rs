use std::time::{Duration, Instant};

use crate::program::{run, tim};

const COMMANDS: [&str; 6] =
    ["follow_add", "follow_delete", "follow_check", "follow_get", "follow_get_info", "friend_check"];

#[test]
fn people_see_each_request_and_its_response_as_a_table() {
    for args in ["demo", "demo --blocking"] {
        let demo = run(&mut tim(args)).exits(0);
        for command in COMMANDS {
            assert!(demo.stdout.contains(&format!("/{command} {{\"From_Account\":")), "{}", demo.stdout);
        }
        for row in [
            "dave    done      mutual",
            "nobody  rejected  -          30003",
            "carol  done     AWithB",
            "alice  done     3",
        ] {
            assert!(demo.stdout.contains(row), "{row}: {}", demo.stdout);
        }
        for hint in ["tim emulator --demo-data", "export TIM_REGION="] {
            assert!(demo.stdout.contains(hint), "{hint}: {}", demo.stdout);
        }
        assert_eq!(demo.stderr, "");
    }
}

#[test]
fn programs_get_one_object_a_command_as_on_the_wire() {
    for args in ["demo --json", "demo --json --blocking"] {
        let demo = run(&mut tim(args)).exits(0).says("tim emulator");
        let lines = demo.objects();
        let commands: Vec<_> = lines.iter().map(|line| line["command"].as_str().unwrap()).collect();
        assert_eq!(commands, COMMANDS);
        for line in &lines {
            assert_eq!(line["request"]["From_Account"], "alice");
            assert_eq!((&line["response"]["ActionStatus"], &line["response"]["ErrorCode"]), (&"OK".into(), &0.into()));
        }
        assert!(demo.stdout.starts_with(r#"{"command":"follow_add","request":{"From_Account":"alice","FollowItem":["#));
        assert_eq!(lines[2]["response"]["ResultItem"][0]["FollowType"], 3);
        assert_eq!(lines[3]["response"]["FollowItem"][1]["ProfileItem"][0]["Value"], "大伟");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "this is about real time")]
fn it_is_quick_and_needs_no_settings() {
    let start = Instant::now();
    // The settings are not used.
    run(tim("demo").env("TIM_BASE_URL", "http://127.0.0.1:1").env("TIM_SDKAPPID", "nonsense")).exits(0);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}
