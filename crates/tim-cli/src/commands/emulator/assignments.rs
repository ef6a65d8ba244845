//! The settings of a client as assignments that a shell reads.

use std::io;

/// The shells whose syntax is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Shell {
    /// sh, bash, zsh and others with the syntax of POSIX
    Sh,
    /// fish
    Fish,
}

impl Shell {
    /// An assignment that programs started by the shell see.
    pub(super) fn export(self, name: &str, value: &str) -> String {
        match self {
            Self::Sh => format!("export {name}={}", self.quoted(value)),
            Self::Fish => format!("set -gx {name} {}", self.quoted(value)),
        }
    }

    /// An assignment that only the shell sees.
    pub(super) fn assign(self, name: &str, value: &str) -> String {
        match self {
            Self::Sh => format!("{name}={}", self.quoted(value)),
            Self::Fish => format!("set -g {name} {}", self.quoted(value)),
        }
    }

    /// Removes a variable.
    pub(super) fn unset(self, name: &str) -> String {
        match self {
            Self::Sh => format!("unset {name}"),
            Self::Fish => format!("set -e {name}"),
        }
    }

    /// A word in quotes, if it needs them.
    pub(super) fn quoted(self, word: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:".contains(c);
        if !word.is_empty() && word.chars().all(is_plain) {
            return word.to_owned();
        }
        match self {
            Self::Sh => format!("'{}'", word.replace('\'', r"'\''")),
            Self::Fish => format!("'{}'", word.replace('\\', r"\\").replace('\'', r"\'")),
        }
    }
}

/// Closes standard output, so that `eval "$(tim emulator --env &)"` does not wait for the end of
/// the emulator.
pub(super) fn close_stdout() -> io::Result<()> {
    #[cfg(unix)]
    rustix::stdio::dup2_stdout(std::fs::File::options().write(true).open("/dev/null")?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_a_quoted_word_as_one() {
        for shell in [Shell::Sh, Shell::Fish] {
            assert_eq!(shell.quoted("/tmp/key.txt"), "/tmp/key.txt");
            assert_eq!(shell.quoted("a b"), "'a b'");
            assert_eq!(shell.quoted(""), "''");
        }
        assert_eq!(Shell::Sh.quoted(r"it's \"), r"'it'\''s \'");
        assert_eq!(Shell::Fish.quoted(r"it's \"), r"'it\'s \\'");
    }

    #[test]
    fn each_shell_has_its_syntax() {
        assert_eq!(Shell::Sh.export("A", "b c"), "export A='b c'");
        assert_eq!(Shell::Fish.export("A", "b c"), "set -gx A 'b c'");
        assert_eq!([Shell::Sh.assign("A", "1"), Shell::Fish.assign("A", "1")], ["A=1", "set -g A 1"]);
        assert_eq!([Shell::Sh.unset("A"), Shell::Fish.unset("A")], ["unset A", "set -e A"]);
    }
}
