//! An emulator with something to see in each view.

use serde_json::json;
use tim_emulator::{Emulator, Fault, Webhook};
use tim_types::status::Status;

use crate::support::{check, client, emulator, follow, receiver};

/// An emulator with data in each view.
pub(crate) struct Scene {
    pub(crate) emulator: Emulator,
}

/// The states of the page that the layout is checked in: a name, an address, a selector that
/// appears when the data is there, and the selectors to click in turn.
pub(crate) type Place = (&'static str, &'static str, &'static str, &'static [&'static str]);

pub(crate) const PLACES: &[Place] = &[
    ("calls", "/calls", "[data-number='8']", &[]),
    ("calls-empty", "/calls?text=zzz", "#calls-none button", &[]),
    ("calls-open", "/calls?call=7", ".why + .facts", &[]),
    ("calls-wire", "/calls?call=7", ".why + .facts", &[".inside [aria-pressed]"]),
    ("data", "/data", "#users-list tr:nth-child(5)", &[]),
    ("data-empty", "/data?search=zzz", "#users-none button", &[]),
    ("data-new-user", "/data", "#users-list tr", &["#new-user"]),
    ("data-new-follow", "/data", "#users-list tr", &["#new-follow"]),
    ("user-profile", "/data?user=alice", "[name=Tag_Profile_Custom_Club]", &[]),
    ("user-following", "/data?user=alice&tab=following", ".tab tbody tr", &[]),
    ("user-followers", "/data?user=alice&tab=followers", ".tab tbody tr", &[]),
    ("user-friends", "/data?user=alice&tab=friends", ".chips li", &[]),
    ("user-add-friends", "/data?user=alice&tab=friends", ".chips li", &["#add-friends"]),
    ("user-edit-friend", "/data?user=alice&tab=friends", ".chips li", &["[aria-label^='Edit ']"]),
    ("user-requests", "/data?user=alice&tab=requests", ".tab tbody tr", &[]),
    ("user-blocks", "/data?user=alice&tab=blocks", ".tab tbody tr", &[]),
    ("user-status", "/data?user=alice&tab=status", ".tab tbody tr", &[]),
    ("user-graph", "/data?user=alice&tab=graph", "a.node", &[]),
    ("user-without-data", "/data?user=erin&tab=graph", "#graph-rest:not(:empty)", &[]),
    ("faults", "/faults", "#faults-list li:nth-child(2)", &["main summary"]),
    ("faults-restore", "/faults", "#faults-list li", &["#settings-reset"]),
    ("webhooks", "/webhooks", "#deliveries li:nth-child(2)", &["#deliveries li:first-child summary"]),
    ("webhooks-new", "/webhooks", "#receivers tr", &["#new-receiver"]),
    ("state", "/state", "#snapshots tr", &["[aria-label^='Compare ']"]),
    ("state-reset", "/state", "#snapshots tr", &["#reset"]),
];

impl Scene {
    pub(crate) fn start() -> Self {
        let emulator = emulator();
        let client = client(&emulator);
        emulator.state().save("before").unwrap();
        let long = "abcdefghijklmnopqrstuvwxyz012345";
        let mut records = vec![
            json!({"account": {"user": "erin"}}),
            json!({"account": {"user": long, "profile": {"Tag_Profile_IM_Nick": "W".repeat(120)}}}),
            json!({"account": {"user": "alice", "groups": ["Work", "A group with a long name"], "logins": {"iPhone": "Online"},
                "kicked_at": 1_700_000_000, "profile": {"Tag_Profile_IM_Nick": "Alice", "Tag_Profile_Custom_Club": "chess"}}}),
            json!({"friend": {"owner": "alice", "friend": "carol", "remark": "Carol from work", "groups": ["Work"],
                "source": "AddSource_Type_Web", "custom": {"Tag_SNS_Custom_Test": "value"}}}),
            json!({"friend": {"owner": "alice", "friend": long}}),
            json!({"friend_request": {"from": "dave", "to": "alice", "wording": "hello"}}),
            json!({"friend_request": {"from": "alice", "to": "erin", "wording": "hello"}}),
            json!({"block": {"owner": "alice", "user": "dave"}}),
            json!({"block": {"owner": "carol", "user": "alice"}}),
            json!({"follow": {"from": "alice", "to": long}}),
            json!({"follow": {"from": long, "to": "alice"}}),
        ];
        for number in 0..20 {
            records.push(json!({"follow": {"from": format!("fan{number}"), "to": "alice"}}));
            records.push(json!({"follow": {"from": "alice", "to": format!("star{number}")}}));
        }
        let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
        emulator.state().import(lines.as_bytes()).unwrap();
        emulator.state().set_status("carol", "Web", Status::ONLINE).unwrap();
        emulator.state().save(&"a-long-name-of-a-snapshot-".repeat(2)).unwrap();

        let (url, received) = receiver();
        let webhooks = [Webhook::to(url), Webhook::to("http://127.0.0.1:1/a-receiver-that-does-not-respond")];
        emulator.settings().set_webhooks(webhooks).unwrap();
        follow(&client, "alice", "carol");
        received.recv().unwrap();
        follow(&client, "alice", "nobody");
        emulator.faults().add(Fault::code(30006).info("a text of the fault").next(1)).unwrap();
        check(&client);
        emulator.faults().add(Fault::hang_up().next(1)).unwrap();
        check(&client);
        emulator.faults().add(Fault::status(502).next(1)).unwrap();
        check(&client);
        emulator.faults().add(Fault::code(30001).command("friend_add").every(2).info("a text")).unwrap();
        emulator.faults().add(Fault::item_code(30001).command("follow_add").user(long).target(long)).unwrap();
        follow(&client, long, long);
        follow(&client, "carol", long);
        check(&client);
        Self { emulator }
    }
}
