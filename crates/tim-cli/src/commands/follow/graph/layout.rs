//! The positions of the users in a picture: ForceAtlas2 moves connected users together, and then
//! overlapping users are moved apart.

use fa2::{FA2Data, FA2Settings};
use unicode_width::UnicodeWidthStr as _;

use super::{Graph, User};

/// The font size of labels, in pixels.
pub(super) const FONT_SIZE: f64 = 11.0;
/// The maximum width of a label in columns.
const MAX_COLUMNS: usize = 20;
/// The approximate width of a column, which is half a Chinese character.
const COLUMN: f64 = 6.2;
/// The distance between two boxes, in pixels.
const GAP: f64 = 6.0;

/// A user in the picture: its circle and its label below.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// The centre of the circle.
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) radius: f64,
    pub(super) label: String,
}

impl Node {
    fn half_width(&self) -> f64 {
        self.radius.max(self.label.width() as f64 * COLUMN / 2.0)
    }

    /// Left, top, right and bottom of the circle with its label.
    pub(super) fn bounds(&self) -> [f64; 4] {
        let (half, below) = (self.half_width(), self.radius + FONT_SIZE + 4.0);
        [self.x - half, self.y - self.radius, self.x + half, self.y + below]
    }

    /// The distance from the centre at which a line in this direction leaves the circle, and also
    /// the label if the line crosses it.
    pub(super) fn reach(&self, (dx, dy): (f64, f64)) -> f64 {
        let half = self.label.width() as f64 * COLUMN / 2.0;
        let below = self.radius + FONT_SIZE + 4.0;
        let circle = self.radius + 2.0;
        // The line leaves the label at its side or its lower edge. A division by 0 is infinite.
        let (to_side, to_top, to_edge) = (half / dx.abs(), self.radius / dy, below / dy);
        if dy > 0.0 && to_top < to_side { circle.max(to_side.min(to_edge)) } else { circle }
    }
}

/// The radius of a circle. It grows by the same amount for each factor of ten, because most users
/// have a few followers and some have millions.
pub(super) fn radius(user: &User) -> f64 {
    radius_of(user.followers())
}

pub(super) fn radius_of(followers: u64) -> f64 {
    5.0 + 5.0 * (1.0 + followers as f64).log10().min(7.0)
}

/// Places the users. The same graph gives the same result.
pub(super) fn nodes(graph: &Graph) -> Vec<Node> {
    let positions = forces(graph);
    let node = |(user, (x, y)): (&User, (f64, f64))| Node { x, y, radius: radius(user), label: label(user.name()) };
    let mut nodes: Vec<Node> = graph.users.iter().zip(positions).map(node).collect();
    spread(&mut nodes);
    separate(&mut nodes);
    nodes
}

fn forces(graph: &Graph) -> Vec<(f64, f64)> {
    const ROUNDS: usize = 600;
    let mut data = FA2Data::<f64>::with_capacity(graph.users.len(), graph.follows.len());
    for at in 0..graph.users.len() {
        // A sunflower pattern is even for any number of users, and starts in the centre.
        let (angle, distance) = (at as f64 * 2.399_963, (at as f64 + 0.5).sqrt() * 10.0);
        data.add_node_with_position(angle.cos() * distance, angle.sin() * distance);
    }
    for follow in &graph.follows {
        data.add_edge_with_weight(follow.from, follow.to, if follow.mutual { 2.0 } else { 1.0 });
    }
    let mut layout = FA2Settings::from_graph_order(graph.users.len().max(1)).build(data);
    layout.run(ROUNDS);
    layout.data().positions().map(|(x, y)| if x.is_finite() && y.is_finite() { (x, y) } else { (0.0, 0.0) }).collect()
}

/// Scales the positions so that the boxes of all users cover a quarter of the picture.
fn spread(nodes: &mut [Node]) {
    const COVERED: f64 = 0.25;
    let area = |[left, top, right, bottom]: [f64; 4]| (right - left + GAP) * (bottom - top + GAP);
    let needed: f64 = nodes.iter().map(|node| area(node.bounds())).sum::<f64>() / COVERED;
    let extent = |get: fn(&Node) -> f64| {
        let (low, high) =
            nodes.iter().map(get).fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(at), high.max(at)));
        high - low
    };
    let (width, height) = (extent(|node| node.x), extent(|node| node.y));
    let scale = if width * height > 1.0 { (needed / (width * height)).sqrt() } else { 1.0 };
    nodes.iter_mut().for_each(|node| (node.x, node.y) = (node.x * scale, node.y * scale));
}

/// Moves overlapping boxes apart, each pair in the direction of the smaller overlap. If they still
/// overlap after some rounds, all boxes move away from the centre.
fn separate(nodes: &mut [Node]) {
    const ROUNDS: usize = 1000;
    for round in 1..=ROUNDS {
        let mut overlaps = false;
        for i in 0..nodes.len() {
            for j in i + 1..nodes.len() {
                overlaps |= separate_two(nodes, i, j);
            }
        }
        if !overlaps {
            return;
        }
        if round % 25 == 0 {
            nodes.iter_mut().for_each(|node| (node.x, node.y) = (node.x * 1.1, node.y * 1.1));
        }
    }
}

/// Moves two boxes apart. Returns whether they overlapped.
fn separate_two(nodes: &mut [Node], i: usize, j: usize) -> bool {
    let (a, b) = (nodes[i].bounds(), nodes[j].bounds());
    let over_x = a[2].min(b[2]) - a[0].max(b[0]) + GAP;
    let over_y = a[3].min(b[3]) - a[1].max(b[1]) + GAP;
    if over_x <= 0.01 || over_y <= 0.01 {
        return false;
    }
    if over_x < over_y {
        let push = if a[0] + a[2] <= b[0] + b[2] { over_x } else { -over_x } / 2.0;
        nodes[i].x -= push;
        nodes[j].x += push;
    } else {
        let push = if a[1] + a[3] <= b[1] + b[3] { over_y } else { -over_y } / 2.0;
        nodes[i].y -= push;
        nodes[j].y += push;
    }
    true
}

fn label(name: &str) -> String {
    if name.width() <= MAX_COLUMNS {
        return name.to_owned();
    }
    let mut label = String::new();
    for c in name.chars() {
        label.push(c);
        if label.width() >= MAX_COLUMNS {
            label.pop();
            break;
        }
    }
    label + "…"
}

#[cfg(test)]
mod tests {
    use super::super::tests::random;
    use super::*;

    #[test]
    fn nothing_overlaps() {
        for users in [1, 2, 10, 100, 300] {
            let nodes = nodes(&random(users));
            assert_eq!(nodes.len(), users);
            for (i, a) in nodes.iter().enumerate() {
                let a = a.bounds();
                for b in nodes[..i].iter().map(Node::bounds) {
                    assert!(a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1], "{a:?} {b:?}");
                }
            }
        }
    }

    #[test]
    fn a_line_ends_beside_the_label() {
        let node = Node { x: 0.0, y: 0.0, radius: 10.0, label: "x".repeat(10) };
        assert_eq!(node.reach((0.0, -1.0)), 12.0);
        assert_eq!(node.reach((1.0, 0.0)), 12.0);
        assert_eq!(node.reach((0.0, 1.0)), 25.0);
        assert_eq!(node.reach((0.8, 0.6)), 31.0 / 0.8);
        assert_eq!(node.reach((0.99, 0.14)), 12.0);
    }

    #[test]
    fn a_label_is_short() {
        assert_eq!(label("alice"), "alice");
        assert_eq!(label(&"x".repeat(30)), "x".repeat(19) + "…");
        assert_eq!(label(&"明".repeat(30)), "明".repeat(9) + "…");
    }

    #[test]
    fn a_circle_grows_with_its_followers() {
        assert_eq!(radius_of(0), 5.0);
        assert!(radius_of(10) < radius_of(1000) && radius_of(1000) < radius_of(1_000_000));
        assert_eq!(radius_of(u64::MAX), 40.0);
    }
}
