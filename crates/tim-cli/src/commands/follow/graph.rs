//! `tim follow graph`: draws who follows whom around some users.

mod collect;
mod dot;
mod html;
mod layout;
mod svg;

use std::fs;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use clap::{ValueEnum, ValueHint};
use schemars::JsonSchema;
use serde::Serialize;
use tim_follow::follow::Counters;

use self::collect::{Bounds, Watch};
use crate::exit::{ExitStatus, Failure};
use crate::input::args::check_user;
use crate::output::row::{Cells, Row, yes_no};
use crate::output::{Output, note};
use crate::run::meter::Meter;
use crate::run::session::Session;

pub(crate) const HELP: &str = "\
The search starts at each USER and goes along follows, up to the depth. Then it reads the relations between all users.
An arrow points from the follower to the followed user. A thick double arrow is a mutual follow. A circle is larger if
the user has more followers. The ending of --out chooses the format:
  .svg   a picture
  .html  a page with the picture, to zoom, move and search, without a network
  .dot   a description for Graphviz
The picture has at most --max-users, the same number from each list of a depth. A message reports if users are left out.

With --json: {\"command\":\"follow_graph\",\"file\":\"graph.svg\",\"users\":120,...}; see `tim schema follow graph`.

Examples:
  tim follow graph alice --out alice.svg
  tim follow graph alice bob --depth 2 --max-users 200 --out both.html
  tim follow graph alice --direction following --out alice.dot";

#[derive(Debug, clap::Args)]
pub(crate) struct GraphArgs {
    /// The users at the centre
    #[arg(required = true, value_name = "USER")]
    users: Vec<String>,
    /// The maximum distance from a USER, counted in follows
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=10))]
    depth: u32,
    /// The direction of the follows to search
    #[arg(long, value_enum, default_value_t = Direction::Both)]
    direction: Direction,
    /// The maximum number of users in the picture
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=1000))]
    max_users: u32,
    /// The file to write: .svg, .html or .dot
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Picture,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Direction {
    /// From a user to the users that it follows
    Following,
    /// From a user to its followers
    Followers,
    /// Both directions
    Both,
}

/// A file, and the format of its ending.
#[derive(Debug, Clone)]
struct Picture {
    path: PathBuf,
    draw: fn(&Graph) -> String,
}

impl FromStr for Picture {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = PathBuf::from(text);
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let draw = match ending.as_deref() {
            Some("svg") => svg::draw,
            Some("html" | "htm") => html::draw,
            Some("dot" | "gv") => dot::draw,
            _ => return Err("end the name with .svg, .html or .dot"),
        };
        Ok(Self { path, draw })
    }
}

/// Users and the follows among them.
#[derive(Debug, Default)]
struct Graph {
    users: Vec<User>,
    /// Sorted by user. A mutual follow is one entry, from the user that was found first.
    follows: Vec<Follow>,
    /// Whether users are left out, because there are more than allowed.
    cut: bool,
}

#[derive(Debug)]
struct User {
    id: String,
    /// The nickname. Empty if it is unknown.
    nick: String,
    /// The number of follows from the users of the command line.
    depth: u32,
    counts: Option<Counters>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Follow {
    from: usize,
    to: usize,
    mutual: bool,
}

impl User {
    /// The name in the picture.
    fn name(&self) -> &str {
        if self.nick.is_empty() { &self.id } else { &self.nick }
    }

    /// Id, nickname and counts in one line.
    fn title(&self) -> String {
        let nick = if self.nick.is_empty() { String::new() } else { format!(" ({})", self.nick) };
        let counts = self.counts.as_ref().map_or_else(String::new, |counts| {
            let Counters { followers, following, mutual, .. } = counts;
            format!(": {followers} followers, {following} following, {mutual} mutual")
        });
        format!("{}{nick}{counts}", self.id)
    }

    fn followers(&self) -> u64 {
        self.counts.as_ref().map_or(0, |counts| counts.followers)
    }
}

/// The row of `tim follow graph`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct GraphRow {
    /// `follow_graph`.
    command: &'static str,
    /// The file with the picture.
    file: String,
    /// The number of users in the picture.
    users: usize,
    /// The number of follows among them. A mutual follow counts twice.
    follows: usize,
    /// The number of mutual follows.
    mutual: usize,
    /// Whether the picture has all users and all follows.
    complete: bool,
}

impl Row for GraphRow {
    fn cells(&self) -> Cells {
        vec![
            ("file", self.file.clone()),
            ("users", self.users.to_string()),
            ("follows", self.follows.to_string()),
            ("mutual", self.mutual.to_string()),
            ("complete", yes_no(self.complete)),
        ]
    }
}

pub(crate) async fn run(args: GraphArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    let GraphArgs { users, depth, direction, max_users, out: Picture { path, draw } } = args;
    users.iter().try_for_each(|user| check_user("USER", user))?;
    let meter = Arc::new(Meter::default());
    let client = session.metered_client(meter.clone())?;
    let watch = Watch { meter, shown: session.shows_progress(false) };
    let collected = collect::collect(&client, watch, &users, &Bounds { depth, direction, max_users }).await?;
    let graph = &collected.graph;
    if graph.cut {
        note(format_args!("tim: the picture has only the first {} users; --max-users allows more", graph.users.len()));
    }
    collected.problems.iter().for_each(|problem| note(format_args!("tim: {problem}")));
    fs::write(&path, draw(graph)).map_err(|error| Failure::file(&path, &error))?;
    let mutual = graph.follows.iter().filter(|follow| follow.mutual).count();
    out.row(&GraphRow {
        command: "follow_graph",
        file: path.to_string_lossy().into_owned(),
        users: graph.users.len(),
        follows: graph.follows.len() + mutual,
        mutual,
        complete: !graph.cut && collected.problems.is_empty(),
    })?;
    Ok(ExitStatus::of(collected.problems.is_empty()))
}

/// Escapes text for an element or an attribute of XML or HTML. Characters that XML does not allow
/// become U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
