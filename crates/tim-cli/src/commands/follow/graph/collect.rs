//! Finds the users of a picture and the follows between them.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use tim_follow::follow::{Check, Counts, List, ListItem, ListKind, Relation};
use tim_follow::{Client, Outcome, PageError, ProfileTag, UserId};

use super::{Direction, Follow, Graph, User};
use crate::exit::Failure;
use crate::run;
use crate::run::meter::Meter;
use crate::run::progress::Progress;
use crate::text::counted;

/// The limits of the search.
pub(super) struct Bounds {
    pub(super) depth: u32,
    pub(super) direction: Direction,
    pub(super) max_users: u32,
}

/// The progress on the terminal.
pub(super) struct Watch {
    pub(super) meter: Arc<Meter>,
    pub(super) shown: bool,
}

impl Watch {
    /// The progress of one stage.
    fn progress(&self, total: usize, what: &'static str) -> Progress {
        Progress::new(None, Some(total as u64), self.meter.clone(), self.shown, run::now()).of(what)
    }
}

/// A graph, and messages about what could not be read.
pub(super) struct Collected {
    pub(super) graph: Graph,
    pub(super) problems: Vec<String>,
}

/// Finds users breadth-first along their lists, and then checks each pair of them. So a long list
/// need not be read to its end, and the follows between the outermost users are known too.
pub(super) async fn collect(
    client: &Client,
    watch: Watch,
    roots: &[String],
    bounds: &Bounds,
) -> Result<Collected, Failure> {
    let mut search = Search::new(client, watch, bounds.max_users as usize);
    for root in roots {
        search.add(root.as_str().into(), "", 0);
    }
    for depth in 0..bounds.depth {
        search.level(depth, bounds.direction).await?;
        // The picture is full.
        if search.graph.cut {
            break;
        }
    }
    search.count().await;
    search.relate().await;
    search.graph.follows.sort_unstable();
    // If one list of a user cannot be read, its other list fails with the same message.
    search.problems.dedup();
    Ok(Collected { graph: search.graph, problems: search.problems })
}

struct Search<'a> {
    client: &'a Client,
    watch: Watch,
    max_users: usize,
    graph: Graph,
    /// The index of each user in the graph.
    indices: HashMap<UserId, usize>,
    problems: Vec<String>,
}

impl<'a> Search<'a> {
    fn new(client: &'a Client, watch: Watch, max_users: usize) -> Self {
        Self { client, watch, max_users, graph: Graph::default(), indices: HashMap::new(), problems: Vec::new() }
    }

    /// Adds a user if the picture is not full.
    fn add(&mut self, user: UserId, nick: &str, depth: u32) {
        if let Some(index) = self.indices.get(&user) {
            let known = &mut self.graph.users[*index];
            if known.nick.is_empty() {
                nick.clone_into(&mut known.nick);
            }
        } else if self.graph.users.len() == self.max_users {
            self.graph.cut = true;
        } else {
            let id = user.as_str().to_owned();
            self.indices.insert(user, self.graph.users.len());
            self.graph.users.push(User { id, nick: nick.to_owned(), depth, counts: None });
        }
    }

    /// Reads the lists of all users at a depth, and adds one user of each list in turn, so that the
    /// list of a celebrity does not fill the picture.
    async fn level(&mut self, depth: u32, direction: Direction) -> Result<(), Failure> {
        let kinds = match direction {
            Direction::Following => &[ListKind::FOLLOWING][..],
            Direction::Followers => &[ListKind::FOLLOWERS],
            Direction::Both => &[ListKind::FOLLOWING, ListKind::FOLLOWERS],
        };
        let users: Vec<_> =
            self.graph.users.iter().filter(|user| user.depth == depth).map(|user| user.id.clone()).collect();
        let progress = self.watch.progress(users.len() * kinds.len(), "lists");
        let mut found = Vec::new();
        for list in users.iter().flat_map(|user| kinds.iter().map(|kind| List::new(user.as_str(), *kind))) {
            found.push(self.read(list).await?.into_iter());
            progress.show(found.len() as u64, run::now());
        }
        progress.clear();
        while !found.is_empty() {
            found.retain_mut(|list| {
                list.next().is_some_and(|(user, nick)| {
                    self.add(user, &nick, depth + 1);
                    true
                })
            });
        }
        Ok(())
    }

    /// Reads the users of a list with their nicknames, until the new ones fill the picture.
    async fn read(&mut self, list: List) -> Result<Vec<(UserId, String)>, Failure> {
        let mut free = self.max_users - self.graph.users.len();
        let mut users = Vec::new();
        let from = list.from.clone();
        let mut pages = self.client.pages(list.page_size(List::MAX_PAGE_SIZE));
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                // An error of one user, such as a deleted account, does not end the command.
                Err(PageError { error, .. }) if is_of_user(&error) => {
                    self.problems.push(format!("{from}: {error}"));
                    break;
                }
                Err(error) => return Err(error.error.into()),
            };
            self.problems.extend(page.unreadable.iter().map(|entry| format!("{from}: {entry}")));
            for item in page.items {
                if !self.indices.contains_key(&item.user) {
                    if free == 0 {
                        self.graph.cut = true;
                        return Ok(users);
                    }
                    free -= 1;
                }
                let nick = nick(&item).to_owned();
                users.push((item.user, nick));
            }
        }
        Ok(users)
    }

    async fn count(&mut self) {
        let Some(first) = self.graph.users.first().map(|user| user.id.clone()) else { return };
        let users: Vec<UserId> = self.graph.users.iter().map(|user| user.id.as_str().into()).collect();
        let mut outcomes = self.client.batch(Counts::template(first), users);
        let mut failed = Failed::default();
        while let Some(item) = outcomes.next().await {
            if let (Some(counts), Some(index)) = (item.outcome.done(), self.indices.get(&item.target)) {
                self.graph.users[*index].counts = Some(*counts);
            }
            failed.add(&item.outcome);
        }
        self.problems.extend(failed.report("counts", "user"));
    }

    async fn relate(&mut self) {
        let users: Arc<[UserId]> = self.graph.users.iter().map(|user| user.id.as_str().into()).collect();
        let progress = self.watch.progress(users.len() * users.len().saturating_sub(1) / 2, "pairs");
        let mut checked = 0;
        let pairs = (0..users.len()).flat_map(move |from| {
            let users = users.clone();
            (from + 1..users.len()).map(move |to| (users[from].clone(), users[to].clone()))
        });
        let mut outcomes = self.client.batch(Check::pairs(), pairs);
        let mut failed = Failed::default();
        while let Some(item) = outcomes.next().await {
            failed.add(&item.outcome);
            checked += 1;
            progress.show(checked, run::now());
            let indices = (self.indices.get(&item.from), self.indices.get(&item.target));
            let (Some(relation), (Some(&from), Some(&to))) = (item.outcome.done(), indices) else { continue };
            self.graph.follows.extend(match *relation {
                Relation::MUTUAL => Some(Follow { from, to, mutual: true }),
                Relation::FOLLOWING => Some(Follow { from, to, mutual: false }),
                Relation::FOLLOWER => Some(Follow { from: to, to: from, mutual: false }),
                _ => None,
            });
        }
        progress.clear();
        self.problems.extend(failed.report("relations", "pair"));
    }
}

fn nick(item: &ListItem) -> &str {
    let profile = item.profile.as_deref().unwrap_or_default();
    let nick = profile.iter().find(|field| field.tag == ProfileTag::NICK).map(|field| &field.value);
    nick.and_then(Value::as_str).unwrap_or_default()
}

/// Whether an error concerns one user, so that calls for other users can succeed.
fn is_of_user(error: &tim_follow::Error) -> bool {
    use tim_follow::CodeClass::{BadRequest, NotFound};
    matches!(error.class(), Some(NotFound | BadRequest))
}

/// Counts the failed targets of a batch, and keeps the reason of the first one.
#[derive(Default)]
struct Failed {
    count: usize,
    reason: Option<String>,
}

impl Failed {
    fn add<T>(&mut self, outcome: &Outcome<T>) {
        if outcome.done().is_none() {
            self.count += 1;
            self.reason.get_or_insert_with(|| outcome.to_string());
        }
    }

    /// What could not be read: `what` of a number of `things`.
    fn report(self, what: &str, thing: &str) -> Option<String> {
        let Self { count, reason } = self;
        let of = counted(count as u64, thing);
        reason.map(|reason| format!("the {what} of {of} could not be read; the first reason: {reason}"))
    }
}
