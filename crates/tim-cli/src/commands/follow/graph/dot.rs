//! A graph as Graphviz reads it.

use std::fmt::Write as _;

use super::{Graph, layout, svg};

/// The description: each user is `u` and its number, so that only labels and tooltips hold what others wrote.
pub(super) fn draw(graph: &Graph) -> String {
    let mut text = String::from(
        "digraph follows {\n  \
         graph [layout=sfdp, overlap=prism, outputorder=edgesfirst, bgcolor=white, fontname=\"sans-serif\",\n    \
         label=\"An arrow: follows. A thick double arrow: mutual. The larger, the more followers.\"];\n  \
         node [shape=circle, style=filled, color=\"#33415c\", fixedsize=true, fontsize=9, fontname=\"sans-serif\"];\n  \
         edge [color=\"#8d99ae\", arrowsize=0.5];\n",
    );
    for (at, user) in graph.users.iter().enumerate() {
        // Graphviz counts in inches of 72 points.
        let width = 2.0 * layout::radius(user) / 72.0;
        let fill = svg::fill(user);
        let (label, tooltip) = (quoted(user.name()), quoted(&user.title()));
        let _ = writeln!(
            text,
            "  u{at} [label=\"\", xlabel={label}, tooltip={tooltip}, width={width:.2}, fillcolor=\"{fill}\"];"
        );
    }
    for follow in &graph.follows {
        let style = if follow.mutual { " [dir=both, color=\"#0b7285\", penwidth=2]" } else { "" };
        let _ = writeln!(text, "  u{} -> u{}{style};", follow.from, follow.to);
    }
    text.push_str("}\n");
    text
}

/// A string of the language. A backslash would begin an escape, and Graphviz reads entities like `&lt;` in strings.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '&' => quoted.push_str("&amp;"),
            c if c.is_control() => quoted.push('\u{fffd}'),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_cannot_be_left() {
        assert_eq!(quoted("a\"b"), r#""a\"b""#);
        assert_eq!(quoted("a\\"), r#""a\\""#);
        assert_eq!(quoted("\\\"]; x"), r#""\\\"]; x""#);
        assert_eq!(quoted("<b>&lt;\n小明"), "\"<b>&amp;lt;\u{fffd}小明\"");
    }
}
