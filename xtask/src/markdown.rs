//! The two things that are read out of a page: fenced blocks and tables.

/// A fenced block: the words behind its opening fence, and its text.
pub(crate) struct Fence<'a> {
    pub(crate) info: &'a str,
    pub(crate) text: String,
}

/// All fenced blocks of a page, in order.
pub(crate) fn fences(page: &str) -> Vec<Fence<'_>> {
    let mut fences = Vec::new();
    let mut open: Option<Fence<'_>> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some(Fence { info, text: String::new() }),
            (None, None) => {}
            (Some(_), Some(_)) => fences.extend(open.take()),
            (Some(fence), None) => fence.text.extend([line, "\n"]),
        }
    }
    fences
}

/// The rows of every table that has exactly these columns; backticks around a cell are taken off.
pub(crate) fn rows<const N: usize>(page: &str, columns: [&str; N]) -> Result<Vec<[String; N]>, String> {
    let mut rows = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        let Some(line) = line.strip_prefix('|').and_then(|line| line.trim_end().strip_suffix('|')) else {
            inside = false;
            continue;
        };
        let cells: Vec<String> = line.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect();
        if cells == columns {
            inside = true;
        } else if inside && !cells.iter().all(|cell| cell.bytes().all(|byte| byte == b'-')) {
            rows.push(
                cells.try_into().map_err(|cells: Vec<_>| format!("not {N} cells in the row |{}|", cells.join("|")))?,
            );
        }
    }
    if rows.is_empty() { Err(format!("no table with the columns {}", columns.join(", "))) } else { Ok(rows) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_table_with_these_columns_is_read() {
        let page = "| a | b |\n|---|---|\n| 1 | 2 |\n\n| c | d |\n|---|---|\n| `x` | y z |\n";
        assert_eq!(rows(page, ["c", "d"]).unwrap(), [["x".to_owned(), "y z".to_owned()]]);
        assert!(rows(page, ["a"]).is_err());
        assert!(rows("| a |\n|---|\n| 1 | 2 |\n", ["a"]).is_err());
    }

    #[test]
    fn a_fence_keeps_its_words_and_lines() {
        let page = "text\n```json request\n{\n}\n```\n";
        let fences = fences(page);
        assert_eq!((fences[0].info, fences[0].text.as_str()), ("json request", "{\n}\n"));
    }
}
