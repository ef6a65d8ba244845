//! Tests with generated graphs.

use super::*;

/// A graph with a few celebrities and many others, the same each time.
pub(super) fn random(users: usize) -> Graph {
    let mut state = 7_u64;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut graph = Graph::default();
    for at in 0..users {
        let counts = Counters { followers: 10_u64.pow(next(6) as u32), following: 5, mutual: 1 };
        let (id, nick) = (format!("user_{at}"), if at % 3 == 0 { "小明".to_owned() } else { String::new() });
        graph.users.push(User { id, nick, depth: u32::from(at > 0) + u32::from(at > 20), counts: Some(counts) });
        for _ in 0..(at.min(3)) {
            let to = next(at) * next(at) / at;
            graph.follows.push(Follow { from: at, to, mutual: next(3) == 0 });
        }
    }
    graph.follows.sort_unstable();
    graph.follows.dedup_by_key(|follow| (follow.from, follow.to));
    graph
}

/// Users whose names are syntax in each of the formats.
fn hostile() -> Graph {
    let names =
        ["<script>alert(1)</script>", "\"'&amp;\\", "a\u{0}b\n", "😀 明明", "]]>-->", "u0 -> u1;\"]", "{}</svg>"];
    let user = |(at, name): (usize, &&str)| User {
        id: (*name).to_owned(),
        nick: names[(at + 1) % names.len()].to_owned(),
        depth: 0,
        counts: None,
    };
    let users: Vec<User> = names.iter().enumerate().map(user).collect();
    let follows = (1..users.len()).map(|from| Follow { from, to: 0, mutual: from % 2 == 0 }).collect();
    Graph { users, follows, cut: true }
}

#[test]
fn a_graph_is_drawn_the_same_each_time() {
    for draw in [svg::draw, html::draw, dot::draw] {
        assert_eq!(draw(&random(60)), draw(&random(60)));
    }
}

#[test]
fn names_cannot_be_syntax() {
    let (svg, html, dot) = (svg::draw(&hostile()), html::draw(&hostile()), dot::draw(&hostile()));
    for picture in [&svg, &html] {
        assert!(picture.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !picture.contains("<script>alert"));
        assert!(picture.contains("&quot;&#39;&amp;amp;\\"));
        assert!(picture.contains("😀 明明") && picture.contains("]]&gt;--&gt;"));
        assert_eq!(picture.matches("</svg>").count(), 1);
        assert!(!picture.contains('\0'));
    }
    assert_eq!(html.matches("<script>").count(), 1);
    assert!(dot.contains(r#"tooltip="\"'&amp;amp;\\ "#), "{dot}");
    assert_eq!(dot.lines().filter(|line| line.contains(" -> ") && !line.contains("label")).count(), 6);
}

#[test]
fn a_picture_has_all_users_all_follows_and_a_legend() {
    let graph = random(40);
    let mutual = graph.follows.iter().filter(|follow| follow.mutual).count();
    let svg = svg::draw(&graph);
    assert_eq!(svg.matches("<g class=\"user").count(), 40);
    // The legend has one of each.
    assert_eq!(svg.matches("<line class=\"mutual\"").count(), mutual + 1);
    assert_eq!(svg.matches("<line").count(), graph.follows.len() + 2);
    assert!(svg.contains(&format!("40 users, {} follows, {mutual} pairs mutual<", graph.follows.len() + mutual)));
    let dot = dot::draw(&graph);
    assert_eq!(dot.matches(" -> ").count(), graph.follows.len());
    assert_eq!(dot.matches("dir=both").count(), mutual);
    for draw in [svg::draw, html::draw, dot::draw] {
        assert!(!draw(&Graph::default()).is_empty());
    }
}

#[test]
fn a_page_loads_nothing() {
    let html = html::draw(&random(5));
    assert!(!html.contains("<!-- picture -->") && html.contains("<svg xmlns"));
    let without_namespace = html.replace("http://www.w3.org/2000/svg", "");
    for text in ["http:", "https:", "src=", "@import", "fetch(", "url(//"] {
        assert!(!without_namespace.contains(text), "{text}");
    }
}

#[test]
fn the_ending_chooses_the_format() {
    for (name, start) in [("a.svg", "<?xml"), ("A.SVG", "<?xml"), ("x/a.html", "<!doctype"), ("a.b.dot", "digraph")] {
        let picture: Picture = name.parse().unwrap();
        assert!((picture.draw)(&random(3)).starts_with(start), "{name}");
    }
    for name in ["a", "a.png", ".svg", "svg"] {
        assert!(name.parse::<Picture>().is_err(), "{name}");
    }
}
