//! How each command is run with hostile words.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, process};

use super::server::HOSTILE;
use crate::program::{KEY, run, tim};

/// A user id of 30 bytes; the service takes 32.
pub(super) const HOSTILE_USER: &str = "a\u{1b}]0;x\u{7}\r\n\u{9b}31m\u{202e}\u{2028}\u{7f}\u{2066}FORG";

/// Part of the names of files.
const HOSTILE_NAME: &str = "h\u{1b}]0;x\u{7}\u{1b}[2J\r\u{8}\u{7f}\u{9b}31m\u{202e}\u{2066}\u{2028}\nFORGED";

/// A command line, in words.
#[derive(Debug, Clone)]
pub(super) struct Case(pub(super) Vec<OsString>);

impl Case {
    /// The words of `line`, where a word in capitals is replaced.
    fn new(line: &str, words: &[(&str, OsString)]) -> Self {
        let word = |word: &str| words.iter().find(|(name, _)| *name == word).map(|(_, value)| value.clone());
        Self(line.split(' ').map(|text| word(text).unwrap_or_else(|| text.into())).collect())
    }

    /// Whether this is a command line of `command`.
    pub(super) fn is_of(&self, command: &str) -> bool {
        let words: Vec<_> = self.0.iter().map(|word| word.to_string_lossy()).collect();
        words.join(" ").starts_with(command)
    }

    /// Whether it makes calls from a file, which are retried for a minute.
    pub(super) fn is_patient(&self) -> bool {
        self.0.iter().any(|word| ["--targets", "--pairs", "--from"].iter().any(|flag| word == flag))
    }

    /// Whether it prints rows in the format of a flag.
    pub(super) fn has_formats(&self) -> bool {
        const NAMES: [&str; 11] = [
            "account",
            "block",
            "diff",
            "follow add",
            "follow check",
            "follow counts",
            "follow delete",
            "follow export",
            "follow list",
            "friend",
            "profile",
        ];
        NAMES.iter().any(|name| self.is_of(name))
    }
}

/// Commands that call the service. FILE has users, USER is one.
const CALLS: &[&str] = &[
    "account check USER bob",
    "account delete USER bob --yes",
    "account import --targets FILE",
    "account import USER --nick TEXT",
    "account kick USER --yes",
    "account status USER bob --devices",
    "call follow/follow_check --body BODY",
    "call follow/USER --body BODY",
    "doctor",
    "doctor --admin USER",
    "follow add USER bob carol",
    "follow add USER --targets FILE --resume NEW.journal --out NEW.ndjson",
    "follow check USER bob",
    "follow check USER --targets FILE",
    "follow check --pairs FILE --strict",
    "follow check --pairs PAIRS --out NEW.ndjson",
    "follow counts USER bob",
    "follow delete USER bob",
    "follow export USER bob",
    "follow export --targets PAIRS --out NEW.ndjson",
    "follow graph USER --out NEW.svg",
    "follow list USER --kind followers",
    "follow list USER bob --kind following --flatten",
    "follow list --targets PAIRS --kind mutual",
    "follow sync USER --from USERS --yes --max-delete-share 1",
    "follow sync USER --from USERS --plan",
    "follow sync USER --from FILE --yes",
    "friend add USER bob --remark USER --group USER --wording USER",
    "friend add USER bob --source TEXT",
    "friend add --pairs FRIENDS",
    "friend import USER bob --group USER --group TEXT",
    "friend import --pairs FRIENDS --out NEW.ndjson",
    "friend update USER bob --remark USER --custom TEXT",
    "friend update --pairs FRIENDS",
    "friend delete USER bob",
    "friend clear USER --yes",
    "friend list USER",
    "friend list USER bob",
    "friend get USER bob",
    "friend check USER bob",
    "block add USER bob",
    "block delete USER bob",
    "block list USER",
    "block list --targets USERS",
    "block check USER bob",
    "friend-group add USER TEXT Work --friends bob,carol",
    "friend-group delete USER Work",
    "friend-group list USER --friends",
    "profile get USER bob --custom Team",
    "profile set USER --nick TEXT --custom Team=x",
    "profile set --targets PROFILES --out NEW.ndjson",
    "webhook listen --emulator",
];

/// Commands that only read the command line, the environment and files.
const LOCAL: &[&str] = &[
    "completions bash",
    "completions USER",
    "config init --config NEW.toml",
    "config init --config FILE",
    "config list --config CONFIG",
    "config list --config FILE",
    "config path --config FILE",
    "config set admin TEXT --config CONFIG --profile TEXT",
    "config set TEXT TEXT --config CONFIG --profile TEXT",
    "config set admin a --config FILE --profile TEXT",
    "config show --config CONFIG --profile TEXT",
    "config show --config CONFIG --profile other",
    "config show --config FILE",
    "config use TEXT --config CONFIG",
    "config use other --config CONFIG",
    "demo",
    "diff EXPORT OTHER",
    "diff OTHER EXPORT --columns profile",
    "diff EXPORT FILE",
    "diff EXPORT EXPORT --columns TEXT",
    "diff EXPORT EXPORT --ignore TEXT",
    "diff BROKEN OTHER",
    "diff MISSING EXPORT",
    "emulator --data FILE",
    "emulator --fault TEXT",
    "emulator --import FILE",
    "emulator --listen TEXT",
    "emulator --quirk TEXT",
    "emulator --secret-key-file MISSING",
    "emulator --webhook TEXT",
    "error 70009",
    "error TEXT",
    "error 1 --service TEXT",
    "follow check a b --dry-run --config MISSING",
    "follow check a --targets MISSING",
    "follow check a --targets FILE --dry-run",
    "follow check a b --out MISSING/x",
    "follow check a b --secret-key-file MISSING",
    "follow check a b --root-certificate FILE",
    "follow check a b --region TEXT",
    "follow check a b --base-url TEXT",
    "follow check USER b --admin TEXT",
    "follow check TEXT b",
    "follow list a --kind TEXT",
    "follow graph a --out TEXT",
    "man",
    "man follow",
    "man TEXT",
    "man --dir NEW",
    "man --dir FILE",
    "schema",
    "schema follow check",
    "schema TEXT",
    "usersig explain SIG --code 70013 --user TEXT",
    "usersig explain TEXT --code 70003",
    "usersig inspect SIG",
    "usersig inspect TEXT",
    "usersig sign --user USER",
    "usersig sign --user TEXT",
    "usersig sign --user a --validity TEXT",
    "usersig verify SIG",
    "usersig verify SIG --user TEXT",
    "usersig verify TEXT",
    "webhook listen --emulator TEXT",
    "webhook listen --listen TEXT",
    "webhook listen --no-token --record FILE",
    "webhook listen --no-token --record MISSING/x",
    "webhook listen --token-file MISSING",
    "webhook replay FILE --no-token",
    "webhook replay EVENTS --no-token --to-url http://127.0.0.1:1",
    "webhook replay EVENTS --no-token --event TEXT",
    "webhook replay MISSING --no-token",
    "webhook trigger TEXT --from a",
    "webhook trigger follow-add --from USER --to TEXT --platform TEXT --dry-run",
    "webhook trigger follow-add --from USER --to TEXT --no-token --to-url http://127.0.0.1:1",
    "webhook trigger follow-add --from USER --to a --to-url TEXT",
    "webhook trigger state-change --from a --reason TEXT --kicked TEXT --dry-run",
    "TEXT",
    "--TEXT",
];

/// Lines that are not users or pairs, and two that are.
const LINES: &str = "bob\n\u{1b}]0;x\u{7}\u{1b}[2J\n\u{9b}31m,\u{202e}x\n\u{202e}\u{2066}\u{2028}\"\u{7f}\ncarol\n";

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{HOSTILE_NAME}-{}", process::id()))
}

/// The words in capitals, for a user.
fn words(user: &str) -> Vec<(&'static str, OsString)> {
    let directory = directory();
    fs::create_dir_all(&directory).unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.join(name);
        fs::write(&path, text).unwrap();
        path.into_os_string()
    };
    let body = format!("{{\"From_Account\":\"a\",\"To_Account\":[\"b\"],\"X\":{}}}", serde_json::json!(HOSTILE));
    let config = format!("[profile.{}]\nadmin = {}\n", serde_json::json!(HOSTILE), serde_json::json!(HOSTILE));
    let pair = serde_json::json!({ "from": HOSTILE, "to": HOSTILE, "ok": true, "nick": HOSTILE, "x": 1 });
    let other = serde_json::json!({ "from": HOSTILE, "to": HOSTILE, "ok": true, "nick": "", "profile": [HOSTILE] });
    let lost = serde_json::json!({ "from": HOSTILE, "to": null, "ok": false, "outcome": HOSTILE });
    let export =
        format!("from,to,ok,outcome,nick,{0}\n\"{0}\",\"{0}\",true,done,\"{0}\",1\n", HOSTILE.replace('\n', "\r"));
    let sign = run(tim("usersig sign --sdkappid 1400000000 --user").arg(HOSTILE_USER).env("TIM_SECRET_KEY", KEY));
    let lines = LINES.replace("carol", user);
    let friend = |remark: &str| serde_json::json!({ "from": user, "to": "bob", "remark": remark, "groups": [user] });
    let friends = [HOSTILE_USER, HOSTILE].map(|remark| friend(remark).to_string());
    let event = format!("CallbackCommand={HOSTILE}&x=%1b");
    let event = serde_json::json!({ "at": 1, "query": event, "body": HOSTILE });
    let missing = directory.join("missing").into_os_string();
    vec![
        ("USER", user.into()),
        ("TEXT", HOSTILE.into()),
        ("--TEXT", format!("--{HOSTILE}={HOSTILE}").into()),
        ("BODY", body.into()),
        ("FILE", file("lines.txt", &lines)),
        ("USERS", file("users.txt", "bob\ncarol\n")),
        ("EXPORT", file("export.csv", &export)),
        ("OTHER", file("other.ndjson", &format!("{other}\n{lost}\n"))),
        ("BROKEN", file("broken.ndjson", &format!("{other}\n{pair}\n"))),
        ("FRIENDS", file("friends.ndjson", &friends.join("\n"))),
        ("EVENTS", file("events.ndjson", &format!("{event}\n"))),
        ("PAIRS", file("pairs.txt", "bob,carol\nbob,dave\n")),
        ("PROFILES", file("profiles.ndjson", &format!("{}\n", serde_json::json!({ "user": user, "nick": HOSTILE })))),
        ("CONFIG", file("config.toml", &config)),
        ("SIG", sign.stdout.trim().into()),
        ("MISSING/x", Path::new(&missing).join("x").into_os_string()),
        ("MISSING", missing),
    ]
}

/// The command lines that call the service, once with a harmless and once with a hostile user.
pub(super) fn calls() -> Vec<Case> {
    ["alice", HOSTILE_USER].iter().flat_map(|user| of(CALLS, user)).collect()
}

pub(super) fn local() -> Vec<Case> {
    of(LOCAL, HOSTILE_USER)
}

fn of(lines: &[&str], user: &str) -> Vec<Case> {
    let words = words(user);
    lines.iter().map(|line| Case::new(line, &words)).collect()
}

impl Case {
    /// The words with files of the run `run` for those that are written.
    pub(super) fn with_new_files(&self, run: usize) -> (Vec<OsString>, Option<PathBuf>) {
        let mut ndjson = None;
        let words = self.0.iter().map(|word| match word.to_str().and_then(|text| text.strip_prefix("NEW")) {
            Some(ending) => {
                let path = directory().join(format!("{run}{ending}"));
                ndjson = ndjson.take().or_else(|| (ending == ".ndjson").then(|| path.clone()));
                path.into_os_string()
            }
            None => word.clone(),
        });
        (words.collect(), ndjson)
    }
}
