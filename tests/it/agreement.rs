//! The emulator returns the documented response to the documented request of each command.
//!
//! The contract tests show the same samples to the clients, so both sides are tested against one
//! truth. Requests are sent as they are in the documents, by a bare HTTP client with a signature of
//! tim-sig. The block `setup` of a page says in which state the sample is true. Each of its lines
//! is a JSON object:
//!
//! * a record that the emulator imports, for example `{"account":{"user":"bob"}}`;
//! * `{"fault":{..}}`, a fault as the admin API takes it;
//! * `{"compare":{"ignore":[..],"unordered":[..]}}`: keys whose values are ignored, and keys whose
//!   lists can have any order.

use std::time::Duration;

use serde_json::Value;
use tim_emulator::{Emulator, Quirks};
use tim_types::{Command, follow};

use crate::documents::{call_each, document};

/// The time at which the users in the samples were followed; the time of the emulators here.
const NOW: u64 = 1_702_262_118;

/// The parts of a block `setup`.
#[derive(Default)]
struct Setup {
    records: String,
    faults: Vec<Value>,
    ignored: Vec<String>,
    unordered: Vec<String>,
}

impl Setup {
    fn of<C: Command>() -> Self {
        let mut setup = Self::default();
        for line in document::<C>("setup.jsonl").lines() {
            let value: Value = serde_json::from_str(line).unwrap();
            if let Some(fault) = value.get("fault") {
                setup.faults.push(fault.clone());
            } else if let Some(compare) = value.get("compare") {
                setup.ignored = serde_json::from_value(compare["ignore"].clone()).unwrap();
                setup.unordered = serde_json::from_value(compare["unordered"].clone()).unwrap();
            } else {
                setup.records += line;
                setup.records += "\n";
            }
        }
        setup
    }

    fn emulator(&self, choices: Quirks) -> Emulator {
        let emulator = Emulator::builder().clock(|| NOW).quirks(choices).start_blocking().unwrap();
        emulator.state().import(self.records.as_bytes()).unwrap();
        for fault in &self.faults {
            emulator.faults().add(serde_json::from_value(fault.clone()).unwrap()).unwrap();
        }
        emulator
    }

    /// The value without what the comparison ignores. Values of ignored keys stay as null, so that
    /// a missing key is noticed.
    fn comparable(&self, mut value: Value) -> Value {
        self.normalize(&mut value);
        value
    }

    fn normalize(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.normalize(item)),
            Value::Object(fields) => {
                for (key, value) in fields {
                    self.normalize(value);
                    match value {
                        _ if self.ignored.contains(key) => *value = Value::Null,
                        Value::Array(items) if self.unordered.contains(key) => items.sort_by_key(Value::to_string),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// Sends the documented request to `emulator` and returns the bytes of the response.
fn send<C: Command>(emulator: &Emulator) -> String {
    let signer = tim_sig::Signer::new(emulator.sdkappid().0, emulator.secret_key().clone()).unwrap();
    let sig = signer.sign(emulator.admin(), Duration::from_secs(60), NOW).unwrap();
    let (base, app, admin) = (emulator.base_url(), emulator.sdkappid().0, emulator.admin());
    let query = format!("sdkappid={app}&identifier={admin}&usersig={}&random=1&contenttype=json", sig.expose());
    let url = format!("{base}{}?{query}", document::<C>("path.txt"));
    let mut response = ureq::post(url).send(document::<C>("request.json")).unwrap();
    response.body_mut().read_to_string().unwrap()
}

fn agrees<C: Command>() {
    agrees_with::<C>(Quirks::default());
}

fn agrees_with<C: Command>(choices: Quirks) {
    let setup = Setup::of::<C>();
    let (found, documented) = (send::<C>(&setup.emulator(choices)), document::<C>("response.json"));
    if setup.ignored.is_empty() && setup.unordered.is_empty() {
        assert_eq!(found, documented, "{}", C::COMMAND);
    } else {
        let value = |text: &str| setup.comparable(serde_json::from_str(text).unwrap());
        assert_eq!(value(&found), value(&documented), "{}", C::COMMAND);
    }
}

#[test]
fn the_emulator_returns_the_documented_response_of_every_command() {
    tim_types::for_each_command!(call_each(agrees));
}

/// The documents do not say what an unfollow of a user who is not followed returns. The sample must
/// not depend on it.
#[test]
fn follow_delete_agrees_whatever_a_second_unfollow_returns() {
    agrees_with::<follow::Delete>(Quirks { unfollow_again_rejected: true, ..Quirks::default() });
}
