//! The documented samples of each command, by its type.

use std::path::Path;

use tim_types::Command;

/// The text of a fixture of a command, without the line end.
pub(crate) fn document<C: Command>(part: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(C::COMMAND).join(part);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.trim_end().to_owned()
}

/// The documented request.
pub(crate) fn request<C: Command>() -> C {
    serde_json::from_str(&document::<C>("request.json")).unwrap()
}

/// Calls a generic function for each command: `for_each_command!(call_each(check))`.
macro_rules! call_each {
    (($check:ident) $($command:ty),* $(,)?) => { $($check::<$command>();)* };
}
pub(crate) use call_each;
