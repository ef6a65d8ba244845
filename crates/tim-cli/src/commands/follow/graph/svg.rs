//! Writes a graph as a picture.

use std::fmt::Write as _;

use super::layout::{self, FONT_SIZE, Node};
use super::{Follow, Graph, User, escaped};

/// The margin around the picture, in pixels.
const MARGIN: f64 = 24.0;
/// The height of the legend above the picture.
const LEGEND: f64 = 96.0;
const LEGEND_WIDTH: f64 = 660.0;

const STYLE: &str = "
  text { font: 11px system-ui, 'Noto Sans', 'Noto Sans CJK SC', sans-serif; fill: #1b263b; text-anchor: middle }
  .user text { paint-order: stroke; stroke: #ffffff; stroke-width: 3px; stroke-linejoin: round }
  .user circle { stroke: #33415c; stroke-width: 1px }
  .user.asked circle { stroke-width: 2.5px }
  .user.asked text { font-weight: bold }
  line { stroke: #8d99ae; stroke-width: 1px; marker-end: url(#one) }
  line.mutual { stroke: #0b7285; stroke-width: 2px; marker-start: url(#two); marker-end: url(#two) }
  #legend text { text-anchor: start }
  #legend circle { fill: #ffffff; stroke: #33415c }";

const ARROWS: &str = "\
<marker id=\"one\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\" fill=\"#8d99ae\"/></marker>
<marker id=\"two\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"9\" markerHeight=\"9\" \
markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\" fill=\"#0b7285\"/></marker>";

pub(super) fn draw(graph: &Graph) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", element(graph))
}

/// The element for a page.
pub(super) fn element(graph: &Graph) -> String {
    let nodes = layout::nodes(graph);
    let [left, top, right, bottom] = bounds(&nodes);
    let width = (right - left).max(LEGEND_WIDTH) + 2.0 * MARGIN;
    let height = bottom - top + 2.0 * MARGIN + LEGEND;
    // The picture is centred below the legend.
    let (shift_x, shift_y) = ((width - (left + right)) / 2.0, LEGEND + MARGIN - top);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\">\n<title>Who follows whom</title>\n<style>{STYLE}\n</style>\n\
         <defs>\n{ARROWS}\n</defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    svg.push_str(&legend(graph));
    let _ = writeln!(svg, "<g id=\"graph\" transform=\"translate({shift_x:.1} {shift_y:.1})\">");
    let opacity = opacity(graph.follows.len());
    let _ = writeln!(svg, "<g id=\"follows\" opacity=\"{opacity:.2}\">");
    // Mutual follows are drawn last, above the others.
    for mutual in [false, true] {
        let follows = graph.follows.iter().filter(|follow| follow.mutual == mutual);
        follows.for_each(|follow| line(&mut svg, follow, &nodes));
    }
    svg.push_str("</g>\n<g id=\"users\">\n");
    graph.users.iter().zip(&nodes).enumerate().for_each(|(at, (user, node))| circle(&mut svg, at, user, node));
    svg.push_str("</g>\n</g>\n</svg>\n");
    svg
}

/// The opacity of lines. Many lines are paler, so that the users stay visible.
fn opacity(follows: usize) -> f64 {
    (12.0 / (follows.max(1) as f64).sqrt()).clamp(0.35, 0.9)
}

fn bounds(nodes: &[Node]) -> [f64; 4] {
    let all = nodes.iter().map(Node::bounds);
    all.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]).unwrap_or_default()
}

/// Draws a line between the edges of two circles. It does not cross their labels, so that the
/// arrows are visible.
fn line(svg: &mut String, follow: &Follow, nodes: &[Node]) {
    let (from, to) = (&nodes[follow.from], &nodes[follow.to]);
    let length = (to.x - from.x).hypot(to.y - from.y).max(1.0);
    let (dx, dy) = ((to.x - from.x) / length, (to.y - from.y) / length);
    let (start, end) = (from.reach((dx, dy)), to.reach((-dx, -dy)));
    let (x1, y1, x2, y2) = (from.x + dx * start, from.y + dy * start, to.x - dx * end, to.y - dy * end);
    let class = if follow.mutual { " class=\"mutual\"" } else { "" };
    let _ = writeln!(
        svg,
        "<line{class} data-from=\"{}\" data-to=\"{}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>",
        follow.from, follow.to
    );
}

fn circle(svg: &mut String, at: usize, user: &User, node: &Node) {
    let Node { x, y, radius, label } = node;
    let class = if user.depth == 0 { "user asked" } else { "user" };
    let _ = writeln!(
        svg,
        "<g class=\"{class}\" data-user=\"{at}\"><title>{}</title><circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" \
         fill=\"{}\"/><text x=\"{x:.1}\" y=\"{:.1}\">{}</text></g>",
        escaped(&user.title()),
        fill(user),
        y + radius + FONT_SIZE,
        escaped(label)
    );
}

/// The colour of a user. Users that are farther away are paler.
pub(super) fn fill(user: &User) -> &'static str {
    match user.depth {
        0 => "#ffb703",
        1 => "#74c0fc",
        _ => "#d0ebff",
    }
}

fn legend(graph: &Graph) -> String {
    let mutual = graph.follows.iter().filter(|follow| follow.mutual).count();
    let (users, follows) = (graph.users.len(), graph.follows.len() + mutual);
    let cut = if graph.cut { "; more users are left out" } else { "" };
    let mut svg = format!(
        "<g id=\"legend\">\n<text x=\"24\" y=\"30\" font-weight=\"bold\">{users} users, {follows} follows, {mutual} pairs \
         mutual{cut}</text>\n\
         <line x1=\"24\" y1=\"50\" x2=\"60\" y2=\"50\"/><text x=\"68\" y=\"54\">follows</text>\n\
         <line class=\"mutual\" x1=\"24\" y1=\"72\" x2=\"60\" y2=\"72\"/><text x=\"68\" y=\"76\">mutual</text>\n"
    );
    for (row, (fill, text)) in
        [("#ffb703", "start"), ("#74c0fc", "one follow away"), ("#d0ebff", "farther")].iter().enumerate()
    {
        let y = 46 + 16 * row;
        let _ = writeln!(
            svg,
            "<circle cx=\"150\" cy=\"{y}\" r=\"6\" style=\"fill: {fill}\"/><text x=\"162\" y=\"{}\">{text}</text>",
            y + 4
        );
    }
    let mut x = 290.0;
    for (followers, text) in [(0, "0"), (100, "100"), (10_000, "10 000"), (1_000_000, "1 000 000 followers")] {
        let radius = layout::radius_of(followers);
        let _ = writeln!(
            svg,
            "<circle cx=\"{:.0}\" cy=\"62\" r=\"{radius:.0}\"/><text x=\"{:.0}\" y=\"66\">{text}</text>",
            x + radius,
            x + 2.0 * radius + 4.0
        );
        x += 2.0 * radius + 12.0 + 7.0 * text.len().min(6) as f64;
    }
    svg.push_str("</g>\n");
    svg
}
