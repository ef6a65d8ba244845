//! `tim completions`: what a shell needs to complete a command line.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
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
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &CompletionsArgs, out: &mut Output) -> Result<ExitStatus, Failure> {
    // The generator panics when it cannot write, as into a pipe that is gone, so it writes into memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tim", &mut script);
    out.lines(String::from_utf8_lossy(&script).trim_end())?;
    Ok(ExitStatus::Done)
}
