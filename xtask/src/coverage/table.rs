//! The table of lines.

use std::fmt::Write as _;

use super::lcov::{Source, crate_of};

/// A row for each file and each crate. Rows of files for which `is_explained` holds have the lines
/// that are not executed.
pub(super) fn table(sources: &[Source], is_explained: impl Fn(&str) -> bool) -> String {
    let width = sources.iter().map(|source| source.path.len()).max().unwrap_or_default();
    let mut text = format!("{:width$}  {:>6}  {:>7}  {:>7}  not executed\n", "file", "lines", "covered", "percent");
    let mut row = |name: &str, (lines, covered): (usize, usize), gaps: &str| {
        let percent = if lines == 0 { 100.0 } else { covered as f64 * 100.0 / lines as f64 };
        let row = format!("{name:width$}  {lines:>6}  {covered:>7}  {percent:>6.1}%  {gaps}");
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}", row.trim_end());
    };
    for of_crate in sources.chunk_by(|one, other| crate_of(&one.path) == crate_of(&other.path)) {
        let mut all = (0, 0);
        for source in of_crate {
            let counts = counts(source);
            let gaps = if is_explained(&source.path) { ranges(source) } else { String::new() };
            row(&source.path, counts, &gaps);
            all = (all.0 + counts.0, all.1 + counts.1);
        }
        row(of_crate.first().map_or("", |source| crate_of(&source.path)), all, "");
    }
    text
}

/// The number of lines with code, and how many of them are executed.
fn counts(source: &Source) -> (usize, usize) {
    (source.counts.len(), source.counts.iter().filter(|(_, count)| *count > 0).count())
}

fn ranges(source: &Source) -> String {
    let range = |(first, last)| if first == last { format!("{first}") } else { format!("{first}-{last}") };
    source.gaps().into_iter().map(range).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_has_the_sum_of_its_files() {
        let source = |path: &str, counts: &[(usize, u64)]| Source {
            path: path.to_owned(),
            lines: Vec::new(),
            counts: counts.to_vec(),
        };
        let sources = [
            source("crates/a/src/x.rs", &[(1, 1), (2, 0), (3, 0), (4, 1)]),
            source("crates/a/src/y.rs", &[(1, 0)]),
            source("crates/b/src/z.rs", &[]),
        ];
        let expected = "\
file                lines  covered  percent  not executed
crates/a/src/x.rs       4        2    50.0%  2-3
crates/a/src/y.rs       1        0     0.0%
a                       5        2    40.0%
crates/b/src/z.rs       0        0   100.0%
b                       0        0   100.0%
";
        assert_eq!(table(&sources, |path| path.ends_with("x.rs")), expected);
    }
}
