//! Tips for command lines with an unknown command or flag, in addition to those of clap.

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::input::args::is_input_file;

/// Words that people try as commands of `tim`, and the command they mean.
const NOUNS: &[(&[&str], &str)] = &[
    (&["user", "users", "accounts"], "use `tim account`"),
    (&["profiles"], "use `tim profile`"),
    (&["friends"], "use `tim friend`"),
    (&["unfriend"], "to end a friendship: `tim friend delete FROM TO`"),
    (
        &["group", "groups", "friend-groups", "friendgroup"],
        "for groups in a friend list: `tim friend-group`; for group chats: `tim call`",
    ),
    (&["follows", "follower", "followers", "following"], "use `tim follow`"),
    (&["unfollow"], "to end a follow: `tim follow delete FROM TO`"),
    (&["blocks", "blocklist", "blacklist", "black-list"], "use `tim block`"),
    (&["unblock"], "to end a block: `tim block delete FROM TO`"),
    (&["status", "online"], "to read who is online: `tim account status USER`"),
    (&["kick", "logout"], "to end the sessions of a user: `tim account kick USER`"),
    (
        &["import"],
        "accounts: `tim account import`; friends: `tim friend import`; follows: `tim follow add --pairs FILE`",
    ),
    (
        &["export", "list"],
        "profiles: `tim profile get`; friends: `tim friend list`; follows: `tim follow export`; blocks: `tim block list`; \
         each with --out FILE",
    ),
    (&["webhooks", "hook", "hooks", "callback", "callbacks"], "use `tim webhook`"),
    (&["compare"], "to compare two exports: `tim diff A B`"),
];

/// Words that people try as commands about accounts. The service has no command for some of them.
const OF_ACCOUNTS: &[(&[&str], &str)] = &[
    (
        &["list", "ls", "export", "all"],
        "the service cannot list the accounts of an app; `tim account check --targets FILE` checks the users of a file",
    ),
    (&["get", "show", "info", "read"], "to read the profile of a user: `tim profile get USER`"),
    (&["set", "update", "rename"], "to change the profile of a user: `tim profile set USER`"),
];

/// Words for actions, and the names they can have here. The first name that exists is meant.
const VERBS: &[(&[&str], &[&str])] = &[
    (&["add", "create", "new", "register"], &["add", "import", "set"]),
    (&["remove", "rm", "del", "erase", "unblock", "unfriend"], &["delete"]),
    (&["show", "read", "view", "info", "ls", "all", "export"], &["list", "get"]),
    (&["update", "edit", "change", "modify", "rename"], &["update", "set", "add"]),
    (&["exists", "exist"], &["check"]),
    (&["online"], &["status"]),
    (&["logout"], &["kick"]),
];

/// Flags that people try, and the flag they mean.
const FLAGS: &[(&[&str], &str)] = &[
    (&["-y", "--force", "--confirm"], "yes"),
    (&["-o", "--output"], "out"),
    (&["--format"], "output-format"),
    (&["--name", "--nickname"], "nick"),
    (&["--face", "--face-url", "--avatar", "--picture"], "image"),
    (&["--sex"], "gender"),
];

/// Flags that people try for a file of users.
const FILES: &[&str] = &["--pairs", "--targets", "--file", "--input", "--csv", "--users", "-f", "-i"];

/// Adds a tip to a usage error if the arguments show what was probably meant.
pub(super) fn with_tip(
    mut error: clap::Error,
    root: &Command,
    mut arguments: impl Iterator<Item = String>,
) -> clap::Error {
    let Some((path, command)) = command_of(&error, root) else { return error };
    let has_suggestion =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg].iter().any(|kind| error.get(*kind).is_some());
    let tip = match (error.kind(), text(&error, ContextKind::InvalidSubcommand), text(&error, ContextKind::InvalidArg))
    {
        (ErrorKind::InvalidSubcommand, Some(word), _) => for_word(&path, command, word, has_suggestion),
        (ErrorKind::UnknownArgument, _, Some(flag)) => for_flag(command, flag),
        (ErrorKind::MissingRequiredArgument, ..) if arguments.any(|argument| is_input_file(&argument)) => {
            file_tip(command)
        }
        _ => None,
    };
    if let Some(tip) = tip {
        // Those of clap compare only the letters.
        error.remove(ContextKind::SuggestedSubcommand);
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// The command that the usage in the error is about.
fn command_of<'a>(error: &clap::Error, root: &'a Command) -> Option<(String, &'a Command)> {
    let ContextValue::StyledStr(usage) = error.get(ContextKind::Usage)? else { return None };
    let usage = usage.to_string();
    let words = usage.split_whitespace().skip_while(|word| *word != root.get_name()).skip(1);
    let mut found = (root.get_name().to_owned(), root);
    for word in words {
        let (path, command) = &found;
        let Some(subcommand) = command.find_subcommand(word) else { break };
        found = (format!("{path} {word}"), subcommand);
    }
    Some(found)
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}

fn for_word(path: &str, command: &Command, word: &str, has_suggestion: bool) -> Option<String> {
    let word = word.to_lowercase().replace('_', "-");
    let exact = match path {
        "tim" => NOUNS,
        "tim account" => OF_ACCOUNTS,
        _ => &[],
    };
    if let Some(tip) = meant(exact, &word) {
        return Some((*tip).to_owned());
    }
    let verbs = meant(VERBS, &word).into_iter().flat_map(|names| names.iter());
    if let Some(verb) = verbs.copied().find(|name| command.find_subcommand(name).is_some()) {
        return Some(format!("use `{path} {verb}`"));
    }
    if has_suggestion || path == "tim" {
        return None;
    }
    let names: Vec<_> = command.get_subcommands().map(Command::get_name).filter(|name| *name != "help").collect();
    Some(format!("the commands of `{path}` are {}", names.join(", ")))
}

fn for_flag(command: &Command, flag: &str) -> Option<String> {
    let flag = flag.split('=').next().unwrap_or(flag);
    if FILES.contains(&flag) {
        return file_tip(command);
    }
    let name = meant(FLAGS, flag).filter(|name| has_flag(command, name))?;
    Some(format!("use --{name}"))
}

/// The flags that read targets from a file.
fn file_tip(command: &Command) -> Option<String> {
    let pairs = "to read pairs of users, from,to, from a file: --pairs FILE";
    let targets = "to read users from a file: --targets FILE";
    match (has_flag(command, "pairs"), has_flag(command, "targets")) {
        (true, true) => Some(format!("{pairs}; {targets}")),
        (true, false) => Some(pairs.to_owned()),
        (false, true) => Some(targets.to_owned()),
        (false, false) => None,
    }
}

fn has_flag(command: &Command, name: &str) -> bool {
    command.get_arguments().any(|argument| argument.get_long() == Some(name))
}

fn meant<'a, T: ?Sized>(table: &[(&[&str], &'a T)], word: &str) -> Option<&'a T> {
    table.iter().find(|(words, _)| words.contains(&word)).map(|(_, meant)| *meant)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;
    use crate::cli::Cli;

    fn message(line: &str) -> String {
        let error = Cli::try_parse_from(line.split(' ')).unwrap_err();
        with_tip(error, &Cli::command(), line.split(' ').map(str::to_owned)).to_string()
    }

    #[test]
    fn a_word_that_is_not_a_command_leads_to_the_command_that_is_meant() {
        for (line, tip) in [
            ("tim user import", "use `tim account`"),
            ("tim friends", "use `tim friend`"),
            ("tim status alice", "`tim account status USER`"),
            ("tim unblock alice bob", "`tim block delete FROM TO`"),
            ("tim export", "`tim profile get`"),
            ("tim account list", "the service cannot list the accounts of an app"),
            ("tim account create alice", "use `tim account import`"),
            ("tim account get alice", "`tim profile get USER`"),
            ("tim account Online alice", "use `tim account status`"),
            ("tim profile show alice", "use `tim profile get`"),
            ("tim profile update alice", "use `tim profile set`"),
            ("tim friend remove alice bob", "use `tim friend delete`"),
            ("tim friend-group create alice Work", "use `tim friend-group add`"),
            ("tim block alice bob", "the commands of `tim block` are add, delete, list, check"),
            ("tim profile alice", "the commands of `tim profile` are get, set"),
        ] {
            let message = message(line);
            assert!(message.contains(tip) && message.matches("tip:").count() == 1, "{line}: {message}");
        }
    }

    #[test]
    fn the_suggestions_of_clap_stay_if_the_word_has_a_typing_error() {
        assert!(message("tim account chek alice").contains("a similar subcommand exists: 'check'"));
        assert!(message("tim docter").contains("'doctor'"));
        assert!(!message("tim alice").contains("tip:"));
    }

    #[test]
    fn a_flag_of_other_programs_or_commands_leads_to_the_flag_that_is_meant() {
        for (line, tip) in [
            ("tim account import --pairs x.csv", "tip: to read users from a file: --targets FILE\n"),
            ("tim friend add --file=x.csv", "from,to, from a file: --pairs FILE; to read users"),
            ("tim account delete bob -y", "use --yes"),
            ("tim friend list alice --output x.csv", "use --out\n"),
            ("tim account import alice --name Alice", "use --nick"),
        ] {
            let message = message(line);
            assert!(message.contains(tip) && message.matches("tip:").count() == 1, "{line}: {message}");
        }
        // It does not delete.
        assert!(message("tim account check bob -y").contains("to pass '-y' as a value"));
    }

    #[test]
    fn each_command_of_a_tip_exists() {
        let texts = NOUNS.iter().chain(OF_ACCOUNTS).map(|(_, tip)| *tip);
        let lines = texts.flat_map(|tip| tip.split('`').skip(1).step_by(2)).filter(|line| *line != "tim call");
        for line in lines {
            let found = line.split(' ').skip(1).try_fold(Cli::command(), |command, word| {
                if word.starts_with('-') || word.chars().all(char::is_uppercase) {
                    return Some(command);
                }
                command.find_subcommand(word).cloned()
            });
            assert!(found.is_some(), "{line}");
        }
    }
}
