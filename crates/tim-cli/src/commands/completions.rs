//! `tim completions`: the script with which a shell completes command lines.

use clap::{Arg, Command, ValueHint};
use clap_complete::Shell;

use crate::exit::{ExitStatus, Failure};
use crate::output::Output;

pub(crate) const HELP: &str = "\
Examples:
  tim completions bash >~/.local/share/bash-completion/completions/tim
  tim completions zsh >~/.zfunc/_tim
  tim completions fish >~/.config/fish/completions/tim.fish
  tim completions powershell >>$PROFILE
  tim completions elvish >>~/.config/elvish/rc.elv";

#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script for `tim`, the root of all commands.
pub(crate) fn run(args: &CompletionsArgs, tim: Command, out: &mut Output) -> Result<ExitStatus, Failure> {
    // The generator panics if it cannot write, for example to a closed pipe, so it writes into
    // memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut with_hints(tim), "tim", &mut script);
    out.lines(String::from_utf8_lossy(&script).trim_end())?;
    Ok(ExitStatus::Done)
}

/// The command with a hint for each value, because shells offer names of files for values without
/// a hint.
fn with_hints(command: Command) -> Command {
    let hint = |argument: Arg| match argument.get_value_hint() {
        ValueHint::Unknown if argument.get_action().takes_values() => argument.value_hint(ValueHint::Other),
        ValueHint::AnyPath => argument.value_hint(ValueHint::FilePath),
        _ => argument,
    };
    command.mut_args(hint).mut_subcommands(with_hints)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    fn script() -> String {
        let mut script = Vec::new();
        clap_complete::generate(Shell::Bash, &mut with_hints(Cli::command()), "tim", &mut script);
        String::from_utf8(script).unwrap()
    }

    /// The line of the bash script with the values of a flag of a command.
    fn values(command: &str, flag: &str) -> String {
        let script = script();
        let of_command = script.split_once(&format!("\n        tim__subcmd__{command})\n")).unwrap().1;
        let of_flag = of_command.split_once(&format!(" --{flag})\n")).unwrap().1;
        of_flag.split_once("return 0").unwrap().0.to_owned()
    }

    #[test]
    fn known_names_are_completed() {
        for (command, flag, name) in [
            ("emulator", "region", "silicon-valley"),
            ("doctor", "region", "silicon-valley"),
            ("emulator", "quirk", "follow_again_rejected"),
            ("follow__subcmd__list", "kind", "mutual"),
            ("follow__subcmd__check", "output-format", "ndjson"),
            ("block__subcmd__check", "mode", "single"),
            ("friend__subcmd__get", "fields", "remark"),
            ("profile__subcmd__get", "fields", "self_signature"),
            ("profile__subcmd__set", "gender", "female"),
            ("profile__subcmd__set", "allow-type", "need_confirm"),
        ] {
            let values = values(command, flag);
            assert!(values.contains("compgen -W") && values.contains(name), "{command} {flag}: {values}");
        }
    }

    #[test]
    fn nouns_and_verbs_are_completed() {
        let script = script();
        for (command, name) in
            [("tim", "friend-group"), ("tim__subcmd__account", "status"), ("tim__subcmd__friend", "clear")]
        {
            let after = script.split_once(&format!("\n        {command})\n")).unwrap().1;
            let words = after.lines().next().unwrap().trim_start();
            assert!(words.starts_with("opts=") && words.contains(name), "{command}: {words}");
        }
    }

    #[test]
    fn names_of_files_are_offered_only_for_files() {
        for flag in ["profile", "admin", "base-url", "sdkappid"] {
            let values = values("doctor", flag);
            assert!(!values.contains("compgen"), "{flag}: {values}");
        }
        for flag in ["config", "secret-key-file"] {
            let values = values("doctor", flag);
            assert!(values.contains("compgen -f"), "{flag}: {values}");
        }
        assert!(values("follow__subcmd__graph", "out").contains("compgen -f"));
        assert!(values("man", "dir").contains("plusdirs"), "{}", values("man", "dir"));
    }
}
