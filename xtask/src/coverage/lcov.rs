//! Reads a report in the format of lcov.

use std::path::Path;

/// A file of source code, and how often each of its lines was executed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Source {
    /// Below the root of the workspace, with `/`.
    pub(super) path: String,
    pub(super) lines: Vec<String>,
    /// The number of a line, from 1, and how often it was executed. Lines without code are missing,
    /// and so are tests.
    pub(super) counts: Vec<(usize, u64)>,
}

impl Source {
    /// The text of a line, without the blanks around it.
    pub(super) fn text(&self, number: usize) -> &str {
        number.checked_sub(1).and_then(|index| self.lines.get(index)).map_or("", |line| line.trim())
    }

    /// The ranges of lines with code that were not executed: the first and the last line of each.
    pub(super) fn gaps(&self) -> Vec<(usize, usize)> {
        let mut gaps: Vec<(usize, usize)> = Vec::new();
        let mut in_gap = false;
        for (line, count) in &self.counts {
            match gaps.last_mut().filter(|_| in_gap) {
                _ if *count > 0 => {}
                Some((_, last)) => *last = *line,
                None => gaps.push((*line, *line)),
            }
            in_gap = *count == 0;
        }
        gaps
    }
}

/// The sources of a report that are below `root`, in the order of their paths. `read` returns the
/// text of a file.
///
/// # Errors
/// A line is not as documented, or a file cannot be read.
pub(super) fn parse(
    report: &str,
    root: &Path,
    read: impl Fn(&str) -> Result<String, String>,
) -> Result<Vec<Source>, String> {
    let mut sources: Vec<Source> = Vec::new();
    let mut is_ours = false;
    for line in report.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            let path = Path::new(path).strip_prefix(root).ok().map(|path| path.to_string_lossy().replace('\\', "/"));
            is_ours = path.is_some();
            if let Some(path) = path {
                let lines = read(&path)?.lines().map(str::to_owned).collect();
                sources.push(Source { path, lines, counts: Vec::new() });
            }
        }
        if let (Some(data), true, Some(source)) = (line.strip_prefix("DA:"), is_ours, sources.last_mut()) {
            let count = data.split_once(',').and_then(|(line, count)| Some((line.parse().ok()?, count.parse().ok()?)));
            source.counts.push(count.ok_or_else(|| format!("the report of cargo-llvm-cov has the line {line:?}"))?);
        }
    }
    for source in &mut sources {
        let tests = start_of_tests(&source.lines);
        source.counts.retain(|(line, _)| *line < tests);
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(sources)
}

/// The number of the line at which the tests start, which are at the end of a file.
fn start_of_tests(lines: &[String]) -> usize {
    let is_start =
        |pair: &[String]| matches!(pair, [first, second] if first == "#[cfg(test)]" && second.starts_with("mod "));
    lines.windows(2).position(is_start).map_or(usize::MAX, |index| index + 1)
}

/// The crate of a file below `crates`.
pub(super) fn crate_of(path: &str) -> &str {
    path.strip_prefix("crates/").and_then(|path| path.split('/').next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_without_tests_and_other_sources() {
        let report = "SF:/r/crates/b/src/lib.rs\nFN:1,f\nDA:1,5\nDA:2,0\nDA:4,1\nend_of_record\nSF:/other/x.rs\n\
                      DA:1,0\nend_of_record\nSF:/r/crates/a/src/lib.rs\nDA:1,18446744073709551615\nend_of_record\n";
        let text = |_: &str| Ok("fn f() {\n}\n#[cfg(test)]\nmod tests {\n".to_owned());
        let sources = parse(report, Path::new("/r"), text).unwrap();
        let counts: Vec<_> = sources.iter().map(|source| (crate_of(&source.path), source.counts.clone())).collect();
        assert_eq!(counts, [("a", vec![(1, u64::MAX)]), ("b", vec![(1, 5), (2, 0)])]);
        assert!(parse("SF:/r/a\nDA:x\n", Path::new("/r"), text).unwrap_err().contains("\"DA:x\""));
    }

    #[test]
    fn lines_without_code_do_not_end_a_gap() {
        let counts = vec![(1, 0), (4, 0), (5, 1), (6, 0), (7, 2), (9, 0)];
        let source = Source { path: String::new(), lines: Vec::new(), counts };
        assert_eq!(source.gaps(), [(1, 4), (6, 6), (9, 9)]);
    }
}
