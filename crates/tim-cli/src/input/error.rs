//! Why an input cannot be used.

use std::io;

use tim_follow::Printable;

use super::names;
use crate::exit::Failure;
use crate::text::counted;

/// Why an input cannot be used. File names in it are escaped already.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error("{0}")]
    Usage(String),
    /// A user on the command line is invalid.
    #[error("nothing was sent: {0}")]
    Argument(String),
    #[error("cannot read {name}: {error}")]
    Read { name: String, error: io::Error },
    #[error("cannot read {name}: it is a directory; give the name of a file")]
    Directory { name: String },
    /// The file is in a format that is not read. `flag` is the one that names the file.
    #[error("cannot read {name}: {problem}{}", .problem.advice(.name, .flag))]
    Format { name: String, flag: &'static str, problem: FormatError },
    /// A row of an export cannot be read.
    #[error("cannot read {name}, line {line}: {problem}")]
    Row { name: String, line: u64, problem: String },
    #[error(
        "nothing was sent: the first {} of {name} are bad, so it is probably not the right file; {first}",
        counted(*lines, "line")
    )]
    WrongFile { name: String, lines: u64, first: String },
    #[error("nothing was sent: {name} has {}", counted(*bad, "bad line"))]
    Strict { name: String, bad: u64 },
    #[error("{0} changed while it was read; the output contains what was done")]
    Changed(String),
    #[error(
        "{name} is not the input with which the journal started: its first {} differ; give the same input again, or \
         start with a new journal and a new output",
        counted(*targets, "target")
    )]
    Other { name: String, targets: u64 },
}

/// What is wrong with the format of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormatError {
    #[error("it is compressed with {program}")]
    Compressed { program: &'static str },
    #[error("it is compressed with gzip twice")]
    CompressedTwice,
    #[error("its text is {0}")]
    Encoding(&'static str),
    #[error("it is {0}")]
    Document(&'static str),
    #[error("it is a binary file: line {0} contains NUL bytes")]
    Binary(u64),
    #[error("it is a JSON array")]
    JsonArray,
    #[error("it is JSON with an object over several lines")]
    JsonLines,
    /// `known` are the columns of the command.
    #[error("the header names an unknown column {:?}", Printable(.name))]
    UnknownColumn { name: String, known: String },
    #[error("it has an unknown key {:?}", Printable(.name))]
    UnknownKey { name: String, known: String },
    #[error("its first line looks like a header, but no column of users has a known name")]
    /// `has_own` is set if the command has columns beside users, which need a header.
    UnknownHeader { known: String, has_own: bool },
    #[error("the header names no column `{0}`")]
    MissingColumn(&'static str),
    #[error("it has pairs of users, and the command changes data of single users")]
    Pairs,
    #[error("the columns {:?} and {:?} of the header mean the same", Printable(.0), Printable(.1))]
    SameColumn(String, String),
    #[error("it is the output of {:?}, not of {wanted}", Printable(.found))]
    OtherCommand { found: String, wanted: &'static str },
    #[error("it is not an output of tim in NDJSON or CSV")]
    NotOutput,
}

impl FormatError {
    /// What to do, with the separator before it.
    fn advice(&self, name: &str, flag: &str) -> String {
        let pipe = |program: &str| format!("; run: {program} | tim ... {flag} -");
        match self {
            Self::Compressed { program } => pipe(&format!("{program} -dc {name}")),
            Self::CompressedTwice => pipe(&format!("gzip -dc {name}")),
            Self::Encoding(encoding) => pipe(&format!("iconv -f {encoding} -t UTF-8 {name}")),
            Self::Document(_) => "; save its table as CSV in UTF-8, and give that file".to_owned(),
            Self::Binary(_) => "; give a text file in UTF-8: one user per line, CSV or NDJSON".to_owned(),
            Self::JsonArray => pipe(&format!("jq -c '.[]' {name}")),
            Self::JsonLines => pipe(&format!("jq -c . {name}")),
            Self::UnknownColumn { known, .. } => format!(
                "; rename or remove it, or add --header yes to ignore unknown columns, or --header no if the first \
                 line is data ({known})"
            ),
            Self::UnknownKey { known, .. } => format!("; rename or remove it ({known})"),
            Self::UnknownHeader { known, has_own: true } => format!("; rename the columns ({known})"),
            Self::UnknownHeader { known, has_own: false } => format!(
                "; rename the columns, or add --header yes to read them by position, or --header no if the first line \
                 is data ({known})"
            ),
            Self::MissingColumn(_) | Self::SameColumn(..) => format!(
                "; rename the columns, or add --header no if the first line is data ({}; {})",
                names::KNOWN_IN_PAIRS,
                names::KNOWN_IN_LISTS
            ),
            Self::Pairs => "; rename the column or the key with the users to change to `user`".to_owned(),
            Self::OtherCommand { .. } => "; give the output of the same command".to_owned(),
            Self::NotOutput => {
                "; give a file that --out, --json or --output-format csv of the same command wrote".to_owned()
            }
        }
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::usage(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_to_do() {
        let text = |problem| InputError::Format { name: "x.csv".to_owned(), flag: "--pairs", problem }.to_string();
        assert_eq!(
            text(FormatError::Compressed { program: "zstd" }),
            "cannot read x.csv: it is compressed with zstd; run: zstd -dc x.csv | tim ... --pairs -"
        );
        assert_eq!(
            text(FormatError::Encoding("UTF-16LE")),
            "cannot read x.csv: its text is UTF-16LE; run: iconv -f UTF-16LE -t UTF-8 x.csv | tim ... --pairs -"
        );
        assert!(
            text(FormatError::UnknownColumn { name: "a\u{1b}".to_owned(), known: String::new() })
                .contains(r#"unknown column "a\u{1b}"; rename"#)
        );
    }
}
