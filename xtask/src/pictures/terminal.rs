//! A picture of a terminal: the text as it was printed, in SVG.

use std::fmt::Write as _;

/// The sizes of a character and of the space around the text, in pixels.
const WIDTH: f32 = 8.43;
const HEIGHT: usize = 20;
const MARGIN: usize = 20;
const COLUMNS: usize = 110;
const PROMPT: &str = "$ ";

/// A script that prints each command behind a prompt, and then runs it.
pub(super) fn script(commands: &[&str]) -> String {
    commands.iter().map(|command| format!("echo '{PROMPT}{command}'\n{command} 2>&1\necho\n")).collect()
}

/// The picture of a text.
pub(super) fn svg(text: &str) -> String {
    let lines: Vec<String> = text.trim_end().lines().flat_map(wrapped).collect();
    let columns = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
    let width = columns as f32 * WIDTH + 2.0 * MARGIN as f32;
    let height = lines.len() * HEIGHT + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height}\" viewBox=\"0 0 {width:.0} {height}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1d2330\"/>\n\
         <g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\" \
         fill=\"#d7dce6\">\n"
    );
    for (at, line) in lines.iter().enumerate() {
        let y = MARGIN + HEIGHT * at + 14;
        let style = if line.starts_with(PROMPT) { " fill=\"#8fd19e\" font-weight=\"bold\"" } else { "" };
        let _ = writeln!(svg, "<text x=\"{MARGIN}\" y=\"{y}\"{style}>{}</text>", escaped(line));
    }
    svg + "</g>\n</svg>\n"
}

/// The lines in which a terminal shows a line.
fn wrapped(line: &str) -> Vec<String> {
    let chars: Vec<char> = line.chars().collect();
    match chars.is_empty() {
        true => vec![String::new()],
        false => chars.chunks(COLUMNS).map(|part| part.iter().collect()).collect(),
    }
}

/// Text for an element. Its spaces are not joined.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace(' ', "\u{a0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_in_the_picture_and_is_not_markup() {
        let svg = svg("$ tim <x>\na & b\n");
        assert!(svg.contains("font-weight=\"bold\">$\u{a0}tim\u{a0}&lt;x&gt;</text>"), "{svg}");
        assert!(svg.contains(">a\u{a0}&amp;\u{a0}b</text>"), "{svg}");
        assert!(svg.contains("height=\"80\""), "{svg}");
        assert_eq!(wrapped(&"x".repeat(COLUMNS + 1)).len(), 2);
    }
}
