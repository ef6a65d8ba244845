//! Prints the facts about all built-in commands as JSON.

fn main() -> serde_json::Result<()> {
    serde_json::to_writer_pretty(std::io::stdout(), tim_types::COMMANDS)
}
