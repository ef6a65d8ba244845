//! Finding the users of a picture and the follows among them.

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

pub(super) struct Bounds {
    pub(super) depth: u32,
    pub(super) direction: Direction,
    pub(super) max_users: u32,
}

/// What somebody who waits is shown.
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

/// A graph and what could not be asked.
pub(super) struct Collected {
    pub(super) graph: Graph,
    pub(super) problems: Vec<String>,
}

/// Finds users breadth-first along their lists. The follows are then asked for each pair, so that a list need not be read
/// to its end, and so that those between users at the border are known too.
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
        // Nobody farther away would have a place.
        if search.graph.cut {
            break;
        }
    }
    search.count().await;
    search.relate().await;
    search.graph.follows.sort_unstable();
    // Who cannot be asked for one list cannot be asked for the other.
    search.problems.dedup();
    Ok(Collected { graph: search.graph, problems: search.problems })
}

struct Search<'a> {
    client: &'a Client,
    watch: Watch,
    max_users: usize,
    graph: Graph,
    /// Where each user stands.
    places: HashMap<UserId, usize>,
    problems: Vec<String>,
}

impl<'a> Search<'a> {
    fn new(client: &'a Client, watch: Watch, max_users: usize) -> Self {
        Self { client, watch, max_users, graph: Graph::default(), places: HashMap::new(), problems: Vec::new() }
    }

    /// Adds a user where there is a place left.
    fn add(&mut self, user: UserId, nick: &str, depth: u32) {
        if let Some(place) = self.places.get(&user) {
            let known = &mut self.graph.users[*place];
            if known.nick.is_empty() {
                nick.clone_into(&mut known.nick);
            }
        } else if self.graph.users.len() == self.max_users {
            self.graph.cut = true;
        } else {
            let id = user.as_str().to_owned();
            self.places.insert(user, self.graph.users.len());
            self.graph.users.push(User { id, nick: nick.to_owned(), depth, counts: None });
        }
    }

    /// Reads the lists of all users at a depth. They bring users in turn, one each, so that a celebrity does not take all
    /// the places that are left.
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

    /// The users of a list with their nicknames, until there are as many new ones as have a place.
    async fn read(&mut self, list: List) -> Result<Vec<(UserId, String)>, Failure> {
        let mut places = self.max_users - self.graph.users.len();
        let mut users = Vec::new();
        let from = list.from.clone();
        let mut pages = self.client.pages(list.page_size(List::MAX_PAGE_SIZE));
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                // One user that cannot be asked does not spoil the picture, as when an account is gone.
                Err(PageError { error, .. }) if is_of_user(&error) => {
                    self.problems.push(format!("{from}: {error}"));
                    break;
                }
                Err(error) => return Err(error.error.into()),
            };
            self.problems.extend(page.unreadable.iter().map(|entry| format!("{from}: {entry}")));
            for item in page.items {
                if !self.places.contains_key(&item.user) {
                    if places == 0 {
                        self.graph.cut = true;
                        return Ok(users);
                    }
                    places -= 1;
                }
                let nick = nick(&item).to_owned();
                users.push((item.user, nick));
            }
        }
        Ok(users)
    }

    async fn count(&mut self) {
        let Some(asking) = self.graph.users.first().map(|user| user.id.clone()) else { return };
        let users: Vec<UserId> = self.graph.users.iter().map(|user| user.id.as_str().into()).collect();
        let mut outcomes = self.client.batch(Counts::template(asking), users);
        let mut failed = Failed::default();
        while let Some(item) = outcomes.next().await {
            if let (Some(counts), Some(place)) = (item.outcome.done(), self.places.get(&item.target)) {
                self.graph.users[*place].counts = Some(*counts);
            }
            failed.look_at(&item.outcome);
        }
        self.problems.extend(failed.tell("numbers of followers"));
    }

    async fn relate(&mut self) {
        let users: Arc<[UserId]> = self.graph.users.iter().map(|user| user.id.as_str().into()).collect();
        let progress = self.watch.progress(users.len() * users.len().saturating_sub(1) / 2, "pairs");
        let mut asked = 0;
        let pairs = (0..users.len()).flat_map(move |from| {
            let users = users.clone();
            (from + 1..users.len()).map(move |to| (users[from].clone(), users[to].clone()))
        });
        let mut outcomes = self.client.batch(Check::pairs(), pairs);
        let mut failed = Failed::default();
        while let Some(item) = outcomes.next().await {
            failed.look_at(&item.outcome);
            asked += 1;
            progress.show(asked, run::now());
            let places = (self.places.get(&item.from), self.places.get(&item.target));
            let (Some(relation), (Some(&from), Some(&to))) = (item.outcome.done(), places) else { continue };
            self.graph.follows.extend(match *relation {
                Relation::MUTUAL => Some(Follow { from, to, mutual: true }),
                Relation::FOLLOWING => Some(Follow { from, to, mutual: false }),
                Relation::FOLLOWER => Some(Follow { from: to, to: from, mutual: false }),
                _ => None,
            });
        }
        progress.clear();
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
