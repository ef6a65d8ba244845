//! `tim profile`.

use serde_json::{Value, json};

use crate::program::{Emulator, file, run, run_with, tim_at};

const ALL: &str = "profile get alice bob zoe --custom Team --json";

/// The profile of a row: its keys without those of all rows.
fn profiles(rows: Vec<Value>) -> Vec<Value> {
    let keys = ["command", "ok", "outcome", "code", "meaning", "info"];
    let profile = |mut row: Value| {
        keys.iter().for_each(|key| drop(row.as_object_mut().unwrap().remove(*key)));
        row
    };
    rows.into_iter().map(profile).collect()
}

#[test]
fn a_profile_is_set_from_flags_and_read() {
    let emulator = Emulator::start("profile");
    emulator.import(&["alice", "bob"]);
    let set =
        emulator.run("profile set alice --nick Alice --gender FEMALE --level 3 --custom Team=red --json").exits(0);
    let row = &set.objects()[0];
    assert_eq!((&row["command"], &row["gender"]), (&json!("portrait_set"), &json!("Gender_Type_Female")));
    assert_eq!((&row["level"], &row["role"]), (&json!(3), &json!(null)));
    assert_eq!(row["custom"], json!({"Tag_Profile_Custom_Team": "red"}));
    emulator.run("profile set alice bob --allow-type deny_any --role 0").exits(0);
    let get = emulator.run("profile get alice bob").exits(0).stdout;
    let table = "USER   OUTCOME  NICK   ALLOW TYPE              GENDER              LEVEL  ROLE\n\
                 alice  done     Alice  AllowType_Type_DenyAny  Gender_Type_Female  3      0\n\
                 bob    done     -      AllowType_Type_DenyAny  -                   -      0\n";
    assert_eq!(get, table);
    let some = emulator.run("profile get alice --fields level,nick --custom Team --json").exits(0).objects();
    assert_eq!((&some[0]["nick"], &some[0]["level"], &some[0]["gender"]), (&json!("Alice"), &json!(3), &json!(null)));
    assert_eq!(some[0]["custom"], json!({"Tag_Profile_Custom_Team": "red"}));
    let zoe = emulator.run("profile get zoe --json").exits(1).objects();
    assert_eq!((&zoe[0]["code"], &zoe[0]["nick"], &zoe[0]["custom"]), (&json!(40003), &json!(null), &json!(null)));
    emulator.run("profile set alice --nick").exits(2);
    emulator.run("profile set alice").exits(2).says("no field to set: give at least one of nick");
    emulator.run("profile set alice bob --nick x").exits(2).says("--targets");
    emulator.run("profile set alice --custom Team").exits(2).says("KEY=VALUE");
    emulator.run("profile get alice --custom Team1").exits(2).says("1 to 8 letters");
}

#[test]
fn a_file_has_a_column_for_each_field() {
    let emulator = Emulator::start("profile-columns");
    emulator.import(&["alice", "bob", "zoe"]);
    let csv = "user,nick,allow type,self_signature,image,Sex,birthday,location,language,level,role,msgSettings,\
               admin_forbid_type,custom,Tag_Profile_Custom_Team\n\
               alice,\" A, \",need_confirm,hi,https://x.org/a,male,20001231,here,1,2,3,1,send_out,,red\n\
               bob,,,,,,,,,,,,,\"{\"\"Team\"\":\"\"blue\"\"}\",green\n\
               zoe,,,,,,,,,,,,,,\n\
               dan,,,,,,soon,,,,,,,,\n";
    let set = run(tim_at(&emulator.base_url, "profile set --json --targets").arg(file("profile.csv", csv))).exits(1);
    let set = set.says("line 4: no field to set").says(r#"line 5: `birthday` is "soon": it must be a number"#);
    let expected = [
        json!({"user": "alice", "nick": " A, ", "allow_type": "AllowType_Type_NeedConfirm", "self_signature": "hi",
               "image": "https://x.org/a", "gender": "Gender_Type_Male", "birthday": 20001231, "location": "here",
               "language": 1, "level": 2, "role": 3, "msg_settings": 1, "admin_forbid_type": "AdminForbid_Type_SendOut",
               "custom": {"Tag_Profile_Custom_Team": "red"}}),
        json!({"user": "bob", "nick": null, "allow_type": null, "self_signature": null, "image": null, "gender": null,
               "birthday": null, "location": null, "language": null, "level": null, "role": null, "msg_settings": null,
               "admin_forbid_type": null, "custom": {"Tag_Profile_Custom_Team": "blue"}}),
    ];
    assert_eq!(profiles(set.objects()), expected);
    assert_eq!(profiles(emulator.run(ALL).exits(0).objects())[..2], expected);
    // Flags are for lines without the field, and an empty text makes a field empty.
    let ndjson = r#"{"user":"alice","self_signature":"","level":null,"birthday":""}"#;
    run_with(&mut tim_at(&emulator.base_url, "profile set --targets - --level 9"), ndjson).exits(0);
    let alice = &emulator.run(ALL).exits(0).objects()[0];
    assert_eq!(
        (&alice["level"], &alice["birthday"], &alice["self_signature"]),
        (&json!(9), &json!(20001231), &json!(""))
    );
}

#[test]
fn a_file_that_cannot_be_read_stops_before_anything_is_sent() {
    let set = |name: &str, text: &str| {
        run(tim_at("http://127.0.0.1:1", "profile set --targets").arg(file(name, text))).exits(2)
    };
    set("profile-age.csv", "user,nick,age\nalice,a,7\n").says("unknown column \"age\"").says("admin_forbid_type");
    set("profile-two.csv", "user,nick,nickname\nalice,a,b\n").says("mean the same");
    set("profile-key.ndjson", "{\"user\":\"alice\",\"age\":7}\n").says("unknown key \"age\"");
}

#[test]
fn what_get_writes_set_restores() {
    let old = Emulator::start("profile-old");
    old.import(&["alice", "bob", "zoe"]);
    old.run("profile set alice --nick A;b --location 1 --birthday 20001231 --custom Team=red").exits(0);
    old.run("profile set bob --gender unknown --admin-forbid-type none --language 4").exits(0);
    for format in ["csv", "ndjson"] {
        let new = Emulator::start(&format!("profile-new-{format}"));
        new.import(&["alice", "bob", "zoe"]);
        let get = ALL.replace("--json", &format!("--output-format {format}"));
        let written = old.run(&get).exits(0).stdout;
        // A user without fields has nothing to restore.
        let set = run_with(&mut tim_at(&new.base_url, "profile set --targets - --json"), &written).exits(0);
        assert_eq!(set.objects().len(), 2, "{format}");
        assert_eq!(new.run(ALL).exits(0).stdout, old.run(ALL).exits(0).stdout, "{format}");
        // Rows of another run about the same users are read by --retry-failed with their fields.
        let failed = set.stdout.replace("true", "false").replace("\"done\"", "\"not_attempted\"");
        let failed = file(&format!("profile-failed-{format}.ndjson"), &failed);
        new.run("profile set bob --language 5").exits(0);
        run(tim_at(&new.base_url, "profile set --retry-failed").arg(failed)).exits(0);
        assert_eq!(new.run(ALL).exits(0).stdout, old.run(ALL).exits(0).stdout, "{format}");
    }
}
