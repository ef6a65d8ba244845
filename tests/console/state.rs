//! The view of the time, snapshots, import and reset.

use std::path::PathBuf;

use serde_json::json;
use tim_emulator::{Emulator, Fault};

use crate::browser::Browser;
use crate::support::{check, client, emulator, follow};

fn open(emulator: &Emulator) -> Browser {
    Browser::open(emulator, "/state", 1400)
}

/// A file that is removed at the end of the test.
struct File(PathBuf);

impl File {
    fn with(name: &str, content: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tim-console-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn a_snapshot_is_saved_compared_replaced_restored_and_deleted() {
    let emulator = emulator();
    let page = open(&emulator);
    page.wait_text(".empty", "No snapshots yet.");
    page.fill("#snapshot-form [name=name]", "two users/?#");
    page.click("#snapshot-form [type=submit]");
    page.wait_text("#snapshots tr", "two users/?#");
    page.wait_text("#snapshots .count", "KiB");
    page.click("[aria-label='Compare two users/?# with the state']");
    page.wait_text("#compare", "No differences.");

    assert_eq!(follow(&client(&emulator), "dave", "carol"), None);
    page.click("[aria-label='Compare two users/?# with the state']");
    page.wait_text("#compare [aria-label='Numbers of differences'] tr", "follows100");
    page.wait_text("#compare [aria-label='Examples of differences'] tr", "dave \u{2192} carol");
    emulator.state().save("later").unwrap();
    page.wait_text("#compare option", "snapshot later");
    page.enter("#compare select", "snapshot later");
    page.wait_text("#compare [aria-label='Examples of differences'] tr", "dave \u{2192} carol");
    page.click_text("#compare button", "Close");

    page.fill("#snapshot-form [name=name]", "later");
    page.click("#snapshot-form [type=submit]");
    page.wait_text("#dialog", "Replace later?");
    page.click_text("#dialog button", "Cancel");
    page.wait("!document.querySelector('#dialog').open");
    page.click("[aria-label='Restore two users/?#']");
    page.click_text("#dialog button", "Cancel");
    page.wait("!document.querySelector('#dialog').open");
    assert_eq!(emulator.state().totals().unwrap().follows, 2);
    page.click("[aria-label='Restore two users/?#']");
    page.click_text("#dialog button", "Restore");
    page.wait_text("#notice", "Restored two users/?#.");
    assert_eq!(emulator.state().totals().unwrap().follows, 1);
    page.click("#snapshot-form [type=submit]");
    page.click_text("#dialog button", "Replace");
    page.wait("!document.querySelector('#dialog').open && !document.querySelector('#snapshot-form [name=name]').value");
    let difference = emulator.state().compare("later", Some("two users/?#")).unwrap();
    assert!(serde_json::to_value(&difference).unwrap()["same"] == true);

    page.click("[aria-label='Delete later']");
    page.click_text("#dialog button", "Delete");
    page.wait_text("#notice", "Deleted later.");
    page.wait("document.querySelectorAll('#snapshots tr').length === 1");
    page.assert_no_errors();
}

#[test]
fn a_snapshot_is_downloaded_and_uploaded() {
    let emulator = emulator();
    emulator.state().save("start").unwrap();
    let page = open(&emulator);
    page.wait_text("#snapshots tr", "start");
    let href = page.eval("document.querySelector('[aria-label=\"Download start\"]').href");
    let text = ureq::get(href.as_str().unwrap()).call().unwrap().into_body().read_to_string().unwrap();
    let file = File::with("again.ndjson", &text);
    page.enter("#upload-form [name=file]", file.0.to_str().unwrap());
    let name = page.eval("document.querySelector('#upload-form [name=name]').value");
    assert!(name.as_str().unwrap().ends_with("-again"), "{name}");
    page.fill("#upload-form [name=name]", "again");
    page.click("#upload-form [type=submit]");
    page.wait_text("#snapshots tr", "again");
    let difference = emulator.state().compare("start", Some("again")).unwrap();
    assert!(serde_json::to_value(&difference).unwrap()["same"] == true);
    page.assert_no_errors();

    let broken = File::with("broken.csv", "carol,dave\ncarol\n");
    page.enter("#upload-form [name=file]", broken.0.to_str().unwrap());
    page.fill("#upload-form [name=name]", "broken");
    page.click("#upload-form [type=submit]");
    page.wait_text("#problem", "line 2");
    page.enter("#import-form [name=file]", broken.0.to_str().unwrap());
    page.click("#import-form [type=submit]");
    page.wait_text("#problem", "line 2");
}

#[test]
fn an_import_adds_to_the_state() {
    let emulator = emulator();
    let page = open(&emulator);
    page.fill("#import-form textarea", "dave,carol\nerin,carol");
    page.click("#import-form [type=submit]");
    page.wait_text("#notice", "Imported 2 records.");
    page.wait_text("#totals", "4 users, 3 follows");
    page.click("#import-form [type=submit]");
    page.wait_text("#problem", "Nothing to import: enter records or choose a file.");
    page.wait("document.querySelector('#notice').hidden");
    page.assert_no_errors();
    page.fill("#import-form textarea", "dave,erin\ncarol:dave");
    page.click("#import-form [type=submit]");
    page.wait_text("#problem", "line 2");
    assert_eq!(emulator.state().totals().unwrap().follows, 3, "nothing is imported");
    assert_eq!(page.eval("document.querySelector('#import-form textarea').value"), "dave,erin\ncarol:dave");
}

#[test]
fn the_time_is_set_advanced_and_reset() {
    let emulator = emulator();
    let page = open(&emulator);
    page.click("#time-freeze");
    page.wait_text("#time-freeze", "Resume");
    page.eval("document.querySelector('[name=time]').value = '2026-01-31T12:00:00'");
    page.click_text("[aria-label=Time] form button", "Set");
    page.wait_text("#time-now", "2026-01-31 12:00:00 UTC");
    page.click("[data-advance='86400']");
    page.wait_text("#time-now", "2026-02-01 12:00:00 UTC");
    page.wait_text("#time-offset", "frozen, ");
    page.wait_text("#clock", "2026-02-01 12:00:00 UTC, frozen");
    page.click("#time-freeze");
    page.wait_text("#time-freeze", "Freeze");
    page.click("#time-reset");
    page.wait("document.querySelector('#time-offset').textContent === 'the real time'");
    assert_eq!(page.fetch("time")["offset_s"], 0);
    page.assert_no_errors();
}

#[test]
fn a_reset_asks_and_keeps_what_is_not_ticked() {
    let emulator = emulator();
    assert_eq!(check(&client(&emulator)), None);
    emulator.faults().add(Fault::code(30001)).unwrap();
    emulator.time().freeze();
    let page = open(&emulator);
    page.click("#reset");
    page.click_text("#dialog button", "Cancel");
    page.wait("!document.querySelector('#dialog').open");
    page.click("#reset");
    page.click("#dialog [name=faults]");
    page.click("#dialog [name=time]");
    page.click_text("#dialog button", "Reset");
    page.wait_text("#notice", "Reset the emulator.");
    page.wait_text("#totals", "1 user, 0 follows");
    assert_eq!((emulator.calls().len(), emulator.faults().list().len()), (0, 1));
    assert_eq!(page.fetch("time")["frozen"], json!(true));
    page.assert_no_errors();
}
