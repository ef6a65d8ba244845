//! All commands and their flags on one page of Markdown.

use std::fmt::Write as _;

use clap::{Arg, Command};

/// Returns the page. Flags that all commands have are only at its start.
pub(super) fn page(root: &Command) -> String {
    let mut page =
        format!("# The commands of `tim`\n\n{}\n", root.get_about().map(ToString::to_string).unwrap_or_default());
    page += "\n## Flags of all commands\n\n";
    list(&mut page, root.get_arguments().filter(|arg| arg.is_global_set() && is_shown(arg)));
    add(&mut page, root);
    page
}

fn add(page: &mut String, parent: &Command) {
    for command in parent.get_subcommands().filter(|command| !command.is_hide_set()) {
        let mut command = command.clone();
        let name = command.get_bin_name().unwrap_or_default().to_owned();
        let about = command.get_long_about().or_else(|| command.get_about()).map(ToString::to_string);
        let usage = command.render_usage().to_string();
        let usage = usage.trim_start_matches("Usage:").lines().map(str::trim).collect::<Vec<_>>().join("\n");
        let _ = write!(page, "\n## {name}\n\n{}\n\n```text\n{usage}\n```\n", escaped(&about.unwrap_or_default()));
        let arguments: Vec<&Arg> =
            command.get_arguments().filter(|arg| !arg.is_global_set() && is_shown(arg)).collect();
        if !arguments.is_empty() {
            page.push('\n');
            list(page, arguments);
        }
        if let Some(notes) = command.get_after_long_help().or_else(|| command.get_after_help()) {
            let _ = write!(page, "\n```text\n{}\n```\n", notes.to_string().trim());
        }
        add(page, &command);
    }
}

fn is_shown(arg: &Arg) -> bool {
    !arg.is_hide_set() && arg.get_id() != "help" && arg.get_id() != "version"
}

fn list<'a>(page: &mut String, arguments: impl IntoIterator<Item = &'a Arg>) {
    for arg in arguments {
        let help = arg.get_long_help().or_else(|| arg.get_help()).map(ToString::to_string).unwrap_or_default();
        let default: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        let default = match default[..] {
            [_, ..] if arg.get_action().takes_values() => format!(" The default is `{}`.", default.join(" ")),
            _ => String::new(),
        };
        let short = arg.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
        let name = arg.to_string();
        let _ = writeln!(page, "* {short}`{}`: {}.{default}", name.trim(), escaped(help.trim_end_matches('.')));
        for value in arg.get_possible_values().iter().filter(|value| !value.is_hide_set()) {
            if let Some(help) = value.get_help() {
                let _ = writeln!(page, "  * `{}`: {}.", value.get_name(), escaped(&help.to_string()));
            }
        }
    }
}

/// Text of a help for Markdown: one line, and nothing in it is markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        if matches!(c, '<' | '>' | '*' | '_' | '[' | ']') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
