//! The Chinese pages state what the English ones do: they have the same headings, blocks, code,
//! links and numbers, and the terms of the Chinese documents of the service.

mod page;

use std::fs;
use std::path::Path;

use self::page::{Block, Fact, Kind, Page, facts};
use super::links;
use crate::{Outcome, cargo, fixtures};

/// The pages in English and in Chinese, below the root.
const PAIRS: &[(&str, &str)] = &[
    ("README.md", "README.zh-CN.md"),
    ("docs/guide/bulk-jobs.md", "docs/zh/bulk-jobs.md"),
    ("docs/guide/test.md", "docs/zh/test.md"),
    ("docs/migrate.md", "docs/zh/migrate.md"),
];

/// Each page in this folder is in the list.
const CHINESE: &str = "docs/zh";

/// A term that a block has in English, and the term that it has in Chinese.
const TERMS: &[(&str, &str)] = &[
    ("account", "账号"),
    ("administrator", "管理员"),
    ("blocklist", "黑名单"),
    ("emulator", "模拟器"),
    ("follow", "关注"),
    ("follower", "粉丝"),
    ("friend", "好友"),
    ("friend group", "好友分组"),
    ("mutual follow", "互相关注"),
    ("nickname", "昵称"),
    ("rate limit", "频率限制"),
    ("signature", "签名"),
    ("webhook", "回调"),
];

pub(super) fn check() -> Outcome {
    let root = cargo::root();
    let read = |path: &str| fixtures::read(&root.join(path)).map(|text| Page::new(path, &text));
    let pairs: Result<Vec<_>, String> =
        PAIRS.iter().map(|(english, chinese)| Ok(Pair { english: read(english)?, chinese: read(chinese)? })).collect();
    let mut problems = differences(&pairs?);
    let entries = fs::read_dir(root.join(CHINESE)).map_err(|error| format!("{CHINESE}: {error}"))?;
    for entry in entries {
        let name = entry.map_err(|error| format!("{CHINESE}: {error}"))?.file_name();
        let path = Path::new(CHINESE).join(name);
        if !PAIRS.iter().any(|(_, chinese)| Path::new(chinese) == path) {
            problems.push(format!("{}: add it with its English page to `PAIRS`", path.display()));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    let advice = "change both pages in the same way (see xtask/src/lint/translations.rs)";
    Err(format!("translations:\n{}\n{advice}", problems.join("\n")))
}

struct Pair {
    english: Page,
    chinese: Page,
}

fn differences(pairs: &[Pair]) -> Vec<String> {
    pairs.iter().flat_map(|pair| Comparison { pairs, pair }.problems()).collect()
}

/// Compares the pages of a pair; the links need all pairs.
struct Comparison<'a> {
    pairs: &'a [Pair],
    pair: &'a Pair,
}

impl Comparison<'_> {
    fn problems(&self) -> Vec<String> {
        let Pair { english, chinese } = self.pair;
        let (ours, theirs) = (english.sections(), chinese.sections());
        let level = |section: &[Block]| section.first().map(|block| block.kind);
        let is_other = |at: &usize| match (ours.get(*at), theirs.get(*at)) {
            (Some(ours), Some(theirs)) => *at > 0 && level(ours) != level(theirs),
            _ => true,
        };
        if let Some(at) = (0..ours.len().max(theirs.len())).find(is_other) {
            let heading = |sections: &[&[Block]]| sections.get(at).map_or("nothing".to_owned(), |blocks| title(blocks));
            let (english, chinese) = (english.path.display(), chinese.path.display());
            return vec![format!(
                "{chinese}: heading {at} is {}, and that of {english} is {}",
                heading(&theirs),
                heading(&ours)
            )];
        }
        let mut problems = self.language_links();
        problems.extend(ours.iter().zip(&theirs).flat_map(|(ours, theirs)| self.section(ours, theirs)));
        problems
    }

    /// Each page has a link to the other one.
    fn language_links(&self) -> Vec<String> {
        let Pair { english, chinese } = self.pair;
        let has_link = |page: &Page, to: &Page| {
            let mut facts = page.blocks.iter().filter(|block| block.kind != Kind::Code).flat_map(|b| facts(&b.text));
            facts.any(|fact| matches!(fact, Fact::Link(target) if links::resolved(&page.path, &target) == to.path))
        };
        [(english, chinese), (chinese, english)]
            .into_iter()
            .filter(|(page, to)| !has_link(page, to))
            .map(|(page, to)| format!("{}: has no link to {}", page.path.display(), to.path.display()))
            .collect()
    }

    fn section(&self, ours: &[Block], theirs: &[Block]) -> Vec<String> {
        let Pair { english, chinese } = self.pair;
        let lengths = ours.len().max(theirs.len());
        let kind = |blocks: &[Block], at: usize| blocks.get(at).map(|block| block.kind);
        if let Some(at) = (0..lengths).find(|at| kind(ours, *at) != kind(theirs, *at)) {
            let name = |blocks: &[Block]| blocks.get(at).map_or("nothing", |block| name(block.kind));
            // Where a block is missing, the last one in front of it.
            let line = |blocks: &[Block]| blocks.get(at).or(blocks.last()).map_or(1, |block| block.line);
            return vec![format!(
                "{}:{}: section {}: {} where {}:{} has {}",
                chinese.path.display(),
                line(theirs),
                title(theirs),
                name(theirs),
                english.path.display(),
                line(ours),
                name(ours)
            )];
        }
        let section = title(theirs);
        let mut problems = Vec::new();
        for (ours, theirs) in ours.iter().zip(theirs) {
            let place = format!("{}:{}: section {section}", chinese.path.display(), theirs.line);
            let other = format!("{}:{}", english.path.display(), ours.line);
            problems.extend(self.block(ours, theirs).iter().map(|problem| format!("{place}: {problem} {other}")));
        }
        problems
    }

    /// How two blocks of the same kind differ: texts in front of the place of the English one.
    fn block(&self, ours: &Block, theirs: &Block) -> Vec<String> {
        if ours.kind == Kind::Code {
            let mut lines = ours.text.lines().zip(theirs.text.lines());
            let differs = lines.find(|(ours, theirs)| ours != theirs).map_or("", |(_, line)| line);
            return match ours.text == theirs.text {
                true => Vec::new(),
                false => vec![format!("the code differs at `{differs}` from")],
            };
        }
        let ours_only = without(self.facts(&self.pair.english, ours), self.facts(&self.pair.chinese, theirs));
        let theirs_only = without(self.facts(&self.pair.chinese, theirs), self.facts(&self.pair.english, ours));
        let missing = ours_only.iter().map(|fact| format!("lacks {fact} of"));
        let added = theirs_only.iter().map(|fact| format!("has {fact}, unlike"));
        let terms =
            missing_terms(&ours.text, &theirs.text).map(|(ours, theirs)| format!("lacks {theirs} for {ours} in"));
        missing.chain(added).chain(terms).collect()
    }

    /// The facts of a block; a link to a Chinese page counts as one to its English page.
    fn facts(&self, page: &Page, block: &Block) -> Vec<Fact> {
        let facts = facts(&block.text).into_iter().map(|fact| match fact {
            Fact::Link(target) => Fact::Link(self.english_target(page, &target)),
            fact => fact,
        });
        facts.collect()
    }

    fn english_target(&self, page: &Page, target: &str) -> String {
        if target.contains(':') {
            return target.to_owned();
        }
        let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
        let path = if file.is_empty() { page.path.clone() } else { links::resolved(&page.path, file) };
        let (path, anchor) = match self.pairs.iter().find(|pair| pair.chinese.path == path) {
            Some(Pair { english, chinese }) => {
                let heading = chinese.anchors.iter().position(|known| known == anchor);
                let anchor = heading.and_then(|at| english.anchors.get(at)).map_or(anchor, String::as_str);
                (&english.path, anchor)
            }
            None => (&path, anchor),
        };
        if anchor.is_empty() { path.display().to_string() } else { format!("{}#{anchor}", path.display()) }
    }
}

/// The first list without one element for each equal one of the second.
fn without(mut facts: Vec<Fact>, others: Vec<Fact>) -> Vec<Fact> {
    for other in others {
        if let Some(at) = facts.iter().position(|fact| *fact == other) {
            facts.remove(at);
        }
    }
    facts
}

/// The terms of an English text whose Chinese term is not in its translation.
fn missing_terms(english: &str, chinese: &str) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let prose: String = english.split('`').step_by(2).collect();
    let words = prose.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let words = words.fold(String::from(" "), |words, word| words + &word.to_ascii_lowercase() + " ");
    let has = move |term: &str| [format!(" {term} "), format!(" {term}s ")].iter().any(|term| words.contains(term));
    TERMS.iter().filter(move |(ours, theirs)| has(ours) && !chinese.contains(theirs))
}

fn title(section: &[Block]) -> String {
    let heading = section.first().filter(|block| matches!(block.kind, Kind::Heading(_)));
    heading.map_or("in front of the first heading".to_owned(), |block| format!("\"{}\"", block.text))
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Heading(_) => "a heading",
        Kind::Paragraph => "a paragraph",
        Kind::Item => "a list item",
        Kind::Row => "a table row",
        Kind::Code => "a block of code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "\
# Follow

[简体中文](zh/a.md)

At most 20 users for each call of `add` ([limits](b.md#limits), [rest](#rest)).

```sh
tim follow add # all of them
```

## Rest

* Followers have 2 lists.
* No follow_add.

<!-- t: written by `x` -->
| 100 |
<!-- end of t -->
";

    const CHINESE: &str = "\
# 关注

[English](../a.md)

`add` 每次最多 20 个用户（[其他](#其他)，[上限](../b.md#limits)）。

```sh
tim follow add # all of them
```

## 其他

* 粉丝有 2 个列表。
* 没有 follow_add。

见[英文页](../a.md#rest)。
";

    /// The problems after a text is replaced in the Chinese page.
    fn problems(from: &str, to: &str) -> Vec<String> {
        assert!(CHINESE.contains(from), "{from}");
        let english = Page::new("docs/a.md", ENGLISH);
        differences(&[Pair { english, chinese: Page::new("docs/zh/a.md", &CHINESE.replacen(from, to, 1)) }])
    }

    #[test]
    fn a_translation_with_the_same_facts_has_no_problems() {
        assert_eq!(problems("# 关注", "# 关注"), [""; 0]);
    }

    #[test]
    fn a_difference_is_reported_with_page_section_and_place() {
        assert_eq!(
            problems("20", "200"),
            [
                "docs/zh/a.md:5: section \"# 关注\": lacks the number 20 of docs/a.md:5",
                "docs/zh/a.md:5: section \"# 关注\": has the number 200, unlike docs/a.md:5",
            ]
        );
    }

    #[test]
    fn each_kind_of_planted_difference_is_found() {
        for (from, to, problem) in [
            (
                "# all of them",
                "# 全部",
                "docs/zh/a.md:7: section \"# 关注\": the code differs at `tim follow add # 全部` from docs/a.md:7",
            ),
            (
                "all of them\n",
                "all of them\n\n",
                "docs/zh/a.md:7: section \"# 关注\": the code differs at `` from docs/a.md:7",
            ),
            ("`add` ", "", "docs/zh/a.md:5: section \"# 关注\": lacks `add` of docs/a.md:5"),
            ("#limits", "", "docs/zh/a.md:5: section \"# 关注\": lacks the link to docs/b.md#limits of docs/a.md:5"),
            (
                "(#其他)",
                "(#关注)",
                "docs/zh/a.md:5: section \"# 关注\": lacks the link to docs/a.md#rest of docs/a.md:5",
            ),
            ("粉丝有", "追随者有", "docs/zh/a.md:13: section \"## 其他\": lacks 粉丝 for follower in docs/a.md:13"),
            ("# 关注", "# 追随", "docs/zh/a.md:1: section \"# 追随\": lacks 关注 for follow in docs/a.md:1"),
            (
                "(../a.md#rest)",
                "",
                "docs/zh/a.md:16: section \"## 其他\": lacks the link to docs/a.md#rest of docs/a.md:16",
            ),
            (
                "* 没有 follow_add。\n",
                "",
                "docs/zh/a.md:15: section \"## 其他\": a paragraph where docs/a.md:14 has a list item",
            ),
            ("## 其他", "### 其他", "docs/zh/a.md: heading 2 is \"### 其他\", and that of docs/a.md is \"## Rest\""),
            ("\n## 其他\n", "", "docs/zh/a.md: heading 2 is nothing, and that of docs/a.md is \"## Rest\""),
        ] {
            let found = problems(from, to);
            assert!(found.first().is_some_and(|found| found == problem), "{from:?} -> {to:?}: {found:#?}");
        }
    }

    #[test]
    fn each_page_links_to_the_other_language() {
        let page = |path: &str, text: &str| Page::new(path, text);
        let pair = Pair { english: page("a.md", "[中文](b.md)"), chinese: page("b.md", "[English](b.md)") };
        assert_eq!(differences(&[pair]), ["b.md: has no link to a.md"]);
    }
}
