//! What the emulator acknowledged is in its file, however it ends.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::{fs, thread};

use tim_follow::blocking::Client;
use tim_follow::follow::{Add, List};
use tim_follow::{Config, Limits, SdkAppId, SecretKey};

use crate::program::{Emulator, KEY, file, tim};

const WRITERS: usize = 4;
const FAN_OF: &str = "administrator";

fn start(data: &Path) -> Emulator {
    let key_file = file("crash.key", KEY);
    Emulator::spawn(tim("emulator --secret-key-file").arg(key_file).arg("--data").arg(data))
}

/// A client that does not retry.
fn client(emulator: &Emulator) -> Client {
    let config = Config::new(SdkAppId(1_400_000_000), "administrator", SecretKey::new(KEY));
    Client::new(config.base_url(&emulator.base_url).limits(Limits::default().max_attempts(1))).unwrap()
}

/// Makes users who follow one other user until the emulator is gone, and names each when the follow
/// is acknowledged.
fn write(client: &Client, prefix: &str, acknowledged: &mpsc::Sender<String>) {
    for number in 0.. {
        let user = format!("{prefix}n{number}");
        let account = format!("{{\"UserID\":\"{user}\"}}");
        let import = client.call("im_open_login_svc", "account_import", &account);
        let Ok(follow) = import.and_then(|_| client.send(Add::new(&*user, [FAN_OF]))) else { return };
        assert_eq!(follow.items[0].result(), Ok(()));
        if acknowledged.send(user).is_err() {
            return;
        }
    }
}

/// The number of responses, not the time, decides when the process is killed; other calls are under
/// way then.
#[test]
fn a_killed_emulator_lost_nothing_that_it_acknowledged() {
    let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("crash.db");
    ["", "-wal", "-shm"].iter().for_each(|end| drop(fs::remove_file(format!("{}{end}", data.display()))));
    let mut promised = HashSet::new();
    for round in 0..10 {
        let mut emulator = start(&data);
        let (acknowledged, acknowledgements) = mpsc::channel();
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (client, acknowledged) = (client(&emulator), acknowledged.clone());
                scope.spawn(move || write(&client, &format!("r{round}w{writer}"), &acknowledged));
            }
            drop(acknowledged);
            promised.extend(acknowledgements.iter().take(30 + 7 * round));
            // SIGKILL: the process has no chance to put anything in order.
            emulator.child.kill().unwrap();
            // Responses that were on their way count too.
            promised.extend(acknowledgements.iter());
        });

        let again = start(&data);
        let followers = client(&again).pages(List::followers(FAN_OF).page_size(1000)).items();
        let found: HashSet<String> = followers.map(|item| item.unwrap().user.into()).collect();
        let lost: Vec<_> = promised.difference(&found).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?} of {}", promised.len());
    }
    assert!(promised.len() >= 600, "{}", promised.len());
}
