//! Writes a graph for Graphviz.

use std::fmt::Write as _;

use super::{Graph, layout, svg};

/// Writes the description. The name of a node is `u` and a number, so that text from outside is
/// only in labels and tooltips.
pub(super) fn draw(graph: &Graph) -> String {
    let mut text = String::from(
        "digraph follows {\n  \
         graph [layout=sfdp, overlap=prism, outputorder=edgesfirst, bgcolor=white, fontname=\"sans-serif\",\n    \
         label=\"Arrow: follows. Thick double arrow: mutual. A larger circle has more followers.\"];\n  \
         node [shape=circle, style=filled, color=\"#33415c\", fixedsize=true, fontsize=9, fontname=\"sans-serif\"];\n  \
         edge [color=\"#8d99ae\", arrowsize=0.5];\n",
    );
    for (at, user) in graph.users.iter().enumerate() {
        // The unit of Graphviz is an inch of 72 points.
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

/// Quotes a string. A backslash starts an escape, and Graphviz decodes entities such as `&lt;`.
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
    fn a_quoted_string_cannot_end_early() {
        assert_eq!(quoted("a\"b"), r#""a\"b""#);
        assert_eq!(quoted("a\\"), r#""a\\""#);
        assert_eq!(quoted("\\\"]; x"), r#""\\\"]; x""#);
        assert_eq!(quoted("<b>&lt;\n小明"), "\"<b>&amp;lt;\u{fffd}小明\"");
    }
}
