//! Any bytes are imported, or rejected without a change. An export can be imported again, with the
//! same result.

use tim_emulator::Emulator;

use crate::emulator;

pub(crate) fn run(bytes: &[u8]) {
    let emulator = emulator::fresh();
    let before = export(&emulator);
    match emulator.state().import(bytes) {
        Err(error) => {
            let error = error.to_string();
            assert!(!error.is_empty() && !error.contains(char::is_control), "{error:?}");
            assert_eq!(export(&emulator), before, "a rejected import changed the state");
        }
        Ok(_) => {
            let after = export(&emulator);
            emulator.state().import(after.as_bytes()).expect("an export can be imported");
            assert_eq!(export(&emulator), after, "an import of the same state changed it");
            emulator.state().reset().unwrap();
            emulator.state().import(after.as_bytes()).unwrap();
            assert_eq!(export(&emulator), after, "an import of an export has another state");
        }
    }
}

fn export(emulator: &Emulator) -> String {
    let mut text = Vec::new();
    emulator.state().export(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}
