//! The help of each command has examples, and each example is a valid command line.

use clap::{Command, CommandFactory as _, Parser as _};

use crate::cli::Cli;
use crate::commands::schema::SCHEMAS;

/// All commands with their names.
fn commands() -> Vec<(String, Command)> {
    fn walk(name: &str, command: &Command, found: &mut Vec<(String, Command)>) {
        for subcommand in command.get_subcommands() {
            walk(&format!("{name} {}", subcommand.get_name()), subcommand, found);
        }
        found.push((name.to_owned(), command.clone()));
    }
    let mut found = Vec::new();
    walk("tim", &Cli::command(), &mut found);
    found
}

/// The lines of the examples in the help of a command.
fn examples(command: &Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = help.lines().skip_while(|line| !matches!(*line, "Example:" | "Examples:")).skip(1);
    lines.take_while(|line| line.starts_with("  ")).map(|line| line.trim().to_owned()).collect()
}

/// The words of the call of `tim` in a line for a shell, without quotes, pipes, redirections and
/// variables.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut in_word) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
        match c {
            '\'' => (quoted, in_word) = (!quoted, true),
            c if quoted => word.push(c),
            '|' | '<' | '>' | ';' => {
                if words.iter().any(|word| word == "tim") {
                    break;
                }
                (words, word, in_word) = (Vec::new(), String::new(), false);
            }
            c if c.is_whitespace() => {
                if std::mem::take(&mut in_word) {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => {
                word.push(c);
                in_word = true;
            }
        }
    }
    if in_word && !quoted {
        words.push(word);
    }
    let start = words.iter().position(|word| word == "tim").unwrap_or(words.len());
    words.split_off(start)
}

#[test]
fn a_line_for_a_shell_is_split_into_words() {
    assert_eq!(words("tim call a/b --body '{\"A\": 1}' | jq '.x'"), ["tim", "call", "a/b", "--body", "{\"A\": 1}"]);
    assert_eq!(words("A=1 tim usersig inspect - <sig.txt"), ["tim", "usersig", "inspect", "-"]);
    assert_eq!(words("echo 'a b' | tim call a/b --body -"), ["tim", "call", "a/b", "--body", "-"]);
    assert!(words("jq .").is_empty());
}

#[test]
fn each_command_has_its_own_examples() {
    for (name, command) in commands() {
        let examples = examples(&command);
        assert!(examples.iter().any(|line| line.contains(&name)), "{name}: {examples:?}");
    }
}

#[test]
fn each_example_is_valid() {
    for (name, command) in commands() {
        for line in examples(&command) {
            let words = words(&line);
            assert!(!words.is_empty(), "{name}: {line}");
            if let Err(error) = Cli::try_parse_from(&words) {
                panic!("{name}: {line}: {error}");
            }
        }
    }
}

#[test]
fn the_texts_below_the_options_have_at_most_120_columns() {
    let mut long = Vec::new();
    for (name, command) in commands() {
        let texts = [command.get_after_help(), command.get_after_long_help()];
        let text = texts.into_iter().flatten().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        long.extend(text.lines().filter(|line| line.chars().count() > 120).map(|line| format!("{name}: {line}")));
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn each_command_that_prints_json_has_a_schema() {
    // A response of the service, what `config path` prints, and texts for shells and man.
    let without = ["call", "config-init", "completions", "man"];
    for (name, _) in commands().iter().filter(|(_, command)| !command.has_subcommands()) {
        let name = name.trim_start_matches("tim ").replace(' ', "-");
        let has_schema = SCHEMAS.iter().any(|entry| entry.name == name);
        assert_eq!(has_schema, !without.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn the_commands_are_defined_correctly() {
    Cli::command().debug_assert();
}

#[test]
fn a_typing_error_is_corrected() {
    for (line, meant) in [
        ("tim folow add a b", "follow"),
        ("tim follow chekc a b", "check"),
        ("tim follow list a --kind follower", "followers"),
        ("tim doctr", "doctor"),
        ("tim config show --profil x", "--profile"),
    ] {
        let error = Cli::try_parse_from(line.split(' ')).unwrap_err().to_string();
        assert!(error.contains(meant) && error.contains("similar"), "{line}: {error}");
    }
}

#[test]
fn the_names_that_people_expect_work() {
    for line in [
        "tim follow unfollow alice bob",
        "tim follow list alice --kind fans",
        "tim follow sync alice --from users.txt --dry-run",
        "tim usersig sign --user alice",
        "tim call follow/follow_check --body @request.json",
    ] {
        assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
    }
    let error = Cli::try_parse_from("tim follow list alice --kind fans --limit 0".split(' ')).unwrap_err();
    assert!(error.to_string().contains("must be at least 1"), "{error}");
}
