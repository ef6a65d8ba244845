//! A page as a list of blocks, and what a block states in any language.

use std::path::PathBuf;

use crate::lint::links;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// With its level.
    Heading(usize),
    Paragraph,
    Item,
    Row,
    Code,
}

pub(super) struct Block {
    pub(super) kind: Kind,
    /// Where the block starts, from 1.
    pub(super) line: usize,
    /// The lines of code, or the text on one line.
    pub(super) text: String,
}

pub(super) struct Page {
    /// Below the root.
    pub(super) path: PathBuf,
    /// The anchors of all headings, in their order.
    pub(super) anchors: Vec<String>,
    pub(super) blocks: Vec<Block>,
}

impl Page {
    pub(super) fn new(path: impl Into<PathBuf>, text: &str) -> Self {
        let anchors = links::anchors(text);
        let mut blocks: Vec<Block> = Vec::new();
        let (mut headings, mut in_code, mut is_open, mut is_generated) = (0_usize, false, false, false);
        for (line, source) in text.lines().enumerate().map(|(at, source)| (at + 1, source)) {
            let trimmed = source.trim();
            let is_fence = trimmed.starts_with("```");
            let kind = kind(trimmed);
            match blocks.last_mut() {
                Some(code) if in_code => {
                    code.text.extend(["\n", source]);
                    in_code = !is_fence;
                }
                _ if is_generated => is_generated = !trimmed.starts_with("<!-- end of"),
                _ if trimmed.starts_with("<!--") => {
                    is_generated = trimmed.contains("written by");
                    // A translation links to what is generated.
                    let text = anchors.get(headings.saturating_sub(1)).map(|anchor| format!("[](#{anchor})"));
                    blocks.extend(text.map(|text| Block { kind: Kind::Paragraph, line, text }));
                }
                _ if trimmed.is_empty() => is_open = false,
                _ if is_fence => {
                    blocks.push(Block { kind: Kind::Code, line, text: source.to_owned() });
                    (in_code, is_open) = (true, false);
                }
                Some(text) if is_open && kind == Kind::Paragraph => text.text.extend([" ", trimmed]),
                _ => {
                    blocks.push(Block { kind, line, text: trimmed.to_owned() });
                    is_open = matches!(kind, Kind::Paragraph | Kind::Item);
                    headings += usize::from(matches!(kind, Kind::Heading(_)));
                }
            }
        }
        Self { path: path.into(), anchors, blocks }
    }

    /// The blocks in front of the first heading, and then those of each heading.
    pub(super) fn sections(&self) -> Vec<&[Block]> {
        let is_heading = |block: &Block| matches!(block.kind, Kind::Heading(_));
        let starts = self.blocks.iter().enumerate().filter(|(_, block)| is_heading(block)).map(|(at, _)| at);
        let starts: Vec<usize> = std::iter::once(0).chain(starts).chain([self.blocks.len()]).collect();
        starts.windows(2).filter_map(|ends| self.blocks.get(ends[0]..ends[1])).collect()
    }
}

/// What a line outside of code is, if it starts a block.
fn kind(line: &str) -> Kind {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = number.len() < line.len() && number.starts_with(". ");
    match line {
        _ if level > 0 && line[level..].starts_with(' ') => Kind::Heading(level),
        _ if line.starts_with('|') => Kind::Row,
        _ if is_numbered || ["* ", "- ", "+ "].iter().any(|bullet| line.starts_with(bullet)) => Kind::Item,
        _ => Kind::Paragraph,
    }
}

/// What a text states in any language.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fact {
    Link(String),
    Code(String),
    Number(String),
}

impl std::fmt::Display for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Link(target) => write!(f, "the link to {target}"),
            Self::Code(code) => write!(f, "`{code}`"),
            Self::Number(number) => write!(f, "the number {number}"),
        }
    }
}

/// The links, the code and the numbers of a text.
pub(super) fn facts(text: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            facts.push(Fact::Code(part.to_owned()));
            continue;
        }
        facts.extend(links::targets(part).map(|target| Fact::Link(target.to_owned())));
        facts.extend(numbers(&without_targets(part)).map(|number| Fact::Number(number.to_owned())));
    }
    facts
}

fn without_targets(text: &str) -> String {
    links::targets(text).fold(text.to_owned(), |text, target| text.replace(&format!("]({target}"), "]("))
}

/// The numbers of a text, with their points: `1.89`, `127.0.0.1`.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && c != '.').map(|part| part.trim_matches('.'));
    parts.filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, usize, String)> {
        Page::new("a.md", text).blocks.into_iter().map(|block| (block.kind, block.line, block.text)).collect()
    }

    #[test]
    fn a_page_is_a_list_of_blocks() {
        let page = "# A\none\ntwo\n\nthree\n* b\n  c\n* d\n1. e\n\n| f |\n|---|\n```sh\n# g\n\n```\n#h\n";
        let expected = [
            (Kind::Heading(1), 1, "# A"),
            (Kind::Paragraph, 2, "one two"),
            (Kind::Paragraph, 5, "three"),
            (Kind::Item, 6, "* b c"),
            (Kind::Item, 8, "* d"),
            (Kind::Item, 9, "1. e"),
            (Kind::Row, 11, "| f |"),
            (Kind::Row, 12, "|---|"),
            (Kind::Code, 13, "```sh\n# g\n\n```"),
            (Kind::Paragraph, 17, "#h"),
        ];
        assert_eq!(kinds(page), expected.map(|(kind, line, text)| (kind, line, text.to_owned())));
    }

    #[test]
    fn what_is_generated_is_a_link_to_its_section() {
        let page = "# A\n## B\n<!-- b: written by `c` -->\n| 1 |\n```\n```\n<!-- end of b -->\n\ntext\n";
        let blocks = kinds(page);
        assert_eq!(blocks[2], (Kind::Paragraph, 3, "[](#b)".to_owned()));
        assert_eq!(blocks[3], (Kind::Paragraph, 9, "text".to_owned()));
    }

    #[test]
    fn sections_start_at_headings() {
        let page = Page::new("a.md", "before\n# A\none\n## B\n## C\n");
        assert_eq!(page.sections().iter().map(|section| section.len()).collect::<Vec<_>>(), [1, 2, 1, 1]);
    }

    #[test]
    fn links_code_and_numbers_are_facts() {
        let text = "至少 1.89. See [`a 1`](b-2.md#c-3), `--d 4`, 10 000 和 127.0.0.1:80。";
        let link = Fact::Link("b-2.md#c-3".to_owned());
        let code = ["a 1", "--d 4"].map(|code| Fact::Code(code.to_owned()));
        let numbers = ["1.89", "10", "000", "127.0.0.1", "80"].map(|number| Fact::Number(number.to_owned()));
        let found = facts(text);
        assert_eq!(found.len(), 8, "{found:?}");
        for fact in [link].into_iter().chain(code).chain(numbers) {
            assert!(found.contains(&fact), "{fact}");
        }
    }
}
