//! A graph as a page that needs nothing else.

use super::{Graph, svg};

/// Its marker is replaced by the picture.
const PAGE: &str = include_str!("page.html");
const MARKER: &str = "<!-- picture -->";

pub(super) fn draw(graph: &Graph) -> String {
    PAGE.replacen(MARKER, &svg::element(graph), 1)
}
