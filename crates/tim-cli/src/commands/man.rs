//! `tim man`: prints or writes the manual pages, one for each command.

mod markdown;

use std::fs;
use std::path::PathBuf;

use clap::{Command, ValueHint};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::exit::{ExitStatus, Failure};
use crate::output::{Output, note};

pub(crate) const HELP: &str = "\
Examples:
  tim man | man -l -
  tim man follow list | man -l -
  tim man --dir ~/.local/share/man/man1";

#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// The command whose page is printed [default: tim]
    #[arg(conflicts_with = "dir")]
    command: Vec<String>,
    /// Write the pages of all commands into this directory
    #[arg(long, value_hint = ValueHint::DirPath)]
    dir: Option<PathBuf>,
    /// Print all commands and flags as one page of Markdown
    #[arg(long, conflicts_with_all = ["command", "dir"])]
    markdown: bool,
}

/// Prints or writes pages. `tim` is the root of all commands.
pub(crate) fn run(args: &ManArgs, tim: Command, out: &mut Output) -> Result<ExitStatus, Failure> {
    let mut root = tim.disable_help_subcommand(true);
    root.build();
    if args.markdown {
        out.lines(markdown::page(&root).trim_end())?;
        return Ok(ExitStatus::Done);
    }
    if let Some(dir) = &args.dir {
        let failed = |path: PathBuf| move |error| Failure::file(&path, &error);
        fs::create_dir_all(dir).map_err(failed(dir.clone()))?;
        let mut pages = 0;
        for command in with_subcommands(&root) {
            let man = man(command);
            let path = dir.join(man.get_filename());
            fs::write(&path, page(&man, command)?).map_err(failed(path))?;
            pages += 1;
        }
        note(format_args!("tim: wrote {pages} pages into {}", dir.display()));
        return Ok(ExitStatus::Done);
    }
    // The name of a page is accepted too: tim-follow-list.
    let names = args.command.iter().flat_map(|word| word.split('-')).enumerate();
    let mut names = names.filter(|(position, name)| (*position, *name) != (0, "tim")).map(|(_, name)| name);
    let found = names.try_fold(&root, |command, name| command.find_subcommand(name));
    let command = found.ok_or_else(|| {
        Failure::usage(format!("cannot find the command `tim {}`; `tim --help` lists all", args.command.join(" ")))
    })?;
    out.lines(page(&man(command), command)?.trim_end())?;
    Ok(ExitStatus::Done)
}

fn with_subcommands(command: &Command) -> Vec<&Command> {
    std::iter::once(command).chain(command.get_subcommands().flat_map(with_subcommands)).collect()
}

/// The page of a command. Its footer names the program and its version.
fn man(command: &Command) -> Man {
    Man::new(command.clone()).source(concat!("tim ", env!("CARGO_PKG_VERSION"))).manual("tim")
}

/// Renders a page. Unlike the renderer of clap_mangen, it keeps the lines after the options as they
/// are, because they contain examples.
fn page(man: &Man, command: &Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(help) = command.get_after_long_help().or_else(|| command.get_after_help()) {
        let help = help.to_string();
        let (notes, examples) = help.split_at(help.find("Example").unwrap_or(help.len()));
        let examples = examples.split_once('\n').map_or("", |(_, examples)| examples);
        for (title, text) in [("NOTES", notes), ("EXAMPLES", examples)] {
            verbatim(title, text.trim_end()).to_writer(&mut page)?;
        }
    }
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn verbatim(title: &str, text: &str) -> Roff {
    let mut roff = Roff::new();
    if !text.is_empty() {
        roff.control("SH", [title]).control("nf", []);
        text.lines().for_each(|line| {
            roff.text([roman(line)]);
        });
        roff.control("fi", []);
    }
    roff
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_page_keeps_the_lines_of_its_examples_and_names_the_program() {
        let mut root = Cli::command().disable_help_subcommand(true);
        root.build();
        for command in with_subcommands(&root) {
            let page = page(&man(command), command).unwrap();
            let examples = page.split_once(".SH EXAMPLES\n.nf\n").map(|(_, examples)| examples);
            assert!(page.lines().any(|line| line.starts_with(".TH tim") && line.contains("\"tim 0.")), "{page}");
            assert!(examples.is_some_and(|examples| examples.lines().any(|line| line.contains("  tim "))), "{page}");
        }
    }
}
