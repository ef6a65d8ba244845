//! Writes a graph as a page that loads nothing.

use super::{Graph, svg};

/// The page. Its marker is replaced by the picture.
const PAGE: &str = include_str!("page.html");
const MARKER: &str = "<!-- picture -->";

pub(super) fn draw(graph: &Graph) -> String {
    PAGE.replacen(MARKER, &svg::element(graph), 1)
}
