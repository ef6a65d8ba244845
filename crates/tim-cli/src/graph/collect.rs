//! Finding the users of a picture and the follows among them.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use tim_follow::follow::{Check, Counts, List, ListItem, ListKind, Relation};
use tim_follow::{Client, ErrorKind, Outcome, PageError, ProfileTag, UserId};

use super::{Direction, Follow, Graph, User};
use crate::exit::Failure;

pub(super) struct Bounds {
    pub(super) depth: u32,
    pub(super) direction: Direction,
    pub(super) max_users: u32,
}

/// A graph and what could not be asked.
pub(super) struct Collected {
    pub(super) graph: Graph,
    pub(super) problems: Vec<String>,
}

/// Finds users breadth-first along their lists. The follows are then asked for each pair, so that a list need not be read
/// to its end, and so that those between users at the border are known too.
pub(super) async fn collect(client: &Client, roots: &[String], bounds: &Bounds) -> Result<Collected, Failure> {
    let mut search = Search::new(client, bounds.max_users as usize);
    for root in roots {
        search.add(root.as_str().into(), "", 0);
    }
    for depth in 0..bounds.depth {
        search.level(depth, bounds.direction).await?;
    }
    search.count().await;
    search.relate().await;
    search.graph.follows.sort_unstable();
    Ok(Collected { graph: search.graph, problems: search.problems })
}

struct Search<'a> {
    client: &'a Client,
    max_users: usize,
    graph: Graph,
    /// Where each user stands.
    places: HashMap<UserId, usize>,
    problems: Vec<String>,
}

impl<'a> Search<'a> {
    fn new(client: &'a Client, max_users: usize) -> Self {
        Self { client, max_users, graph: Graph::default(), places: HashMap::new(), problems: Vec::new() }
    }

    /// Whether the user is in the graph now.
    fn add(&mut self, user: UserId, nick: &str, depth: u32) -> bool {
        if let Some(place) = self.places.get(&user) {
            let known = &mut self.graph.users[*place];
            if known.nick.is_empty() {
                nick.clone_into(&mut known.nick);
            }
            return true;
        }
        if self.graph.users.len() == self.max_users {
            self.graph.cut = true;
            return false;
        }
        let id = user.as_str().to_owned();
        self.places.insert(user, self.graph.users.len());
        self.graph.users.push(User { id, nick: nick.to_owned(), depth, counts: None });
        true
    }

    /// Reads the lists of all users at a depth. Each list may bring an even share of the places that are left, so that a
    /// celebrity does not take them all.
    async fn level(&mut self, depth: u32, direction: Direction) -> Result<(), Failure> {
        let kinds = match direction {
            Direction::Following => &[ListKind::FOLLOWING][..],
            Direction::Followers => &[ListKind::FOLLOWERS],
            Direction::Both => &[ListKind::FOLLOWING, ListKind::FOLLOWERS],
        };
        let users = self.graph.users.iter().filter(|user| user.depth == depth).map(|user| user.id.clone());
        let lists: Vec<_> =
            users.flat_map(|user| kinds.iter().map(move |kind| List::new(user.as_str(), *kind))).collect();
        for (read, list) in lists.iter().enumerate() {
            let share = (self.max_users - self.graph.users.len()).div_ceil(lists.len() - read);
            self.read(list.clone(), depth + 1, share).await?;
        }
        Ok(())
    }

    /// Adds users of a list, until so many of them are new.
    async fn read(&mut self, list: List, depth: u32, share: usize) -> Result<(), Failure> {
        let most = self.graph.users.len() + share;
        let from = list.from.clone();
        let mut pages = self.client.pages(list.page_size(List::MAX_PAGE_SIZE));
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => {
                    for item in page.items {
                        let is_new = !self.places.contains_key(&item.user);
                        if is_new && self.graph.users.len() == most {
                            self.graph.cut = true;
                            return Ok(());
                        }
                        let nick = nick(&item).to_owned();
                        self.add(item.user, &nick, depth);
                    }
                }
                // One user that cannot be asked does not spoil the picture, as when an account is gone.
                Err(PageError { error, .. }) if matches!(error.kind(), ErrorKind::Api { .. }) && is_of_user(&error) => {
                    self.problems.push(format!("{from}: {error}"));
                    return Ok(());
                }
                Err(error) => return Err(error.error.into()),
            }
        }
        Ok(())
    }

    async fn count(&mut self) {
        let Some(asking) = self.graph.users.first().map(|user| user.id.clone()) else { return };
        let users: Vec<UserId> = self.graph.users.iter().map(|user| user.id.as_str().into()).collect();
        let mut outcomes = self.client.batch(Counts::of(asking), users);
        let mut failed = Failed::default();
        while let Some(item) = outcomes.next().await {
            if let (Some(counts), Some(place)) = (item.outcome.done(), self.places.get(&item.target)) {
                self.graph.users[*place].counts = Some(counts.clone());
            }
            failed.look_at(&item.outcome);
        }
        self.problems.extend(failed.tell("numbers of followers"));
    }

    async fn relate(&mut self) {
        let users: Arc<[UserId]> = self.graph.users.iter().map(|user| user.id.as_str().into()).collect();
        let pairs = (0..users.len()).flat_map(move |from| {
            let users = users.clone();
            (from + 1..users.len()).map(move |to| (users[from].clone(), users[to].clone()))
        });
        let mut outcomes = self.client.batch_pairs(Check::of(""), pairs);
        let mut failed = Failed::default();
        while let Some(item) = outcomes.next().await {
            failed.look_at(&item.outcome);
            let places = (self.places.get(&item.from), self.places.get(&item.target));
            let (Some(relation), (Some(&from), Some(&to))) = (item.outcome.done(), places) else { continue };
            self.graph.follows.extend(match *relation {
                Relation::MUTUAL => Some(Follow { from, to, mutual: true }),
                Relation::FOLLOWING => Some(Follow { from, to, mutual: false }),
                Relation::FOLLOWER => Some(Follow { from: to, to: from, mutual: false }),
                _ => None,
            });
        }
        self.problems.extend(failed.tell("relations"));
    }
}

fn nick(item: &ListItem) -> &str {
    let profile = item.profile.as_deref().unwrap_or_default();
    let nick = profile.iter().find(|field| field.tag == ProfileTag::NICK).map(|field| &field.value);
    nick.and_then(Value::as_str).unwrap_or_default()
}

/// Whether an error is about one user, so that asking for the next one makes sense.
fn is_of_user(error: &tim_follow::Error) -> bool {
    use tim_follow::CodeClass::{BadRequest, NotFound};
    matches!(error.class(), Some(NotFound | BadRequest))
}

/// How many questions of a batch have no answer, and why the first of them has none.
#[derive(Default)]
struct Failed {
    count: usize,
    why: Option<String>,
}

impl Failed {
    fn look_at<T>(&mut self, outcome: &Outcome<T>) {
        if outcome.done().is_none() {
            self.count += 1;
            self.why.get_or_insert_with(|| outcome.to_string());
        }
    }

    fn tell(self, what: &str) -> Option<String> {
        let Self { count, why } = self;
        why.map(|why| format!("{count} {what} are not known; the first one: {why}"))
    }
}
