//! Responses of users to friend requests. The REST API has no command for them.

use rusqlite::{Connection, Result};
use serde::Deserialize;
use tim_types::UserId;
use tim_types::webhook::{Event, FriendAdd, NewPair};

use crate::world::friends::{self, FriendEntry};
use crate::world::requests::{self, FriendRequest};
use crate::world::{groups, seconds};

/// What a user does with a friend request; see
/// [`State::respond_to_friend_request`](crate::State::respond_to_friend_request).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FriendResponse {
    /// The two users become friends.
    Accept,
    /// The request is removed.
    Reject,
}

/// The result of a [`FriendResponse`].
#[derive(Debug, PartialEq)]
pub(crate) enum Responded {
    /// This user has not sent a request.
    NoRequest,
    Rejected,
    /// `None` if all entries of the friend lists existed before.
    Accepted(Option<Event>),
}

/// Removes the request of `from` to `to`. If it is accepted, adds the entries that the friend lists
/// lack.
pub(crate) fn respond(
    db: &Connection,
    from: &UserId,
    to: &UserId,
    response: FriendResponse,
    now: u64,
) -> Result<Responded> {
    let Some(request) = requests::get(db, from, to)? else { return Ok(Responded::NoRequest) };
    requests::remove(db, from, to)?;
    if response == FriendResponse::Reject {
        return Ok(Responded::Rejected);
    }
    requests::remove(db, to, from)?;
    let pairs = befriend(db, request, now)?;
    let event = FriendAdd { pairs, client_command: "friend_response".to_owned(), admin: String::new(), forced: false };
    Ok(Responded::Accepted(Some(event).filter(|event| !event.pairs.is_empty()).map(Event::FriendAdd)))
}

/// Adds the missing entries of the friend lists, like friend_add: only the entry of the user that
/// sent the request has the remark and the group. Returns the new entries.
fn befriend(db: &Connection, request: FriendRequest, now: u64) -> Result<Vec<NewPair>> {
    let FriendRequest { from, to, source, remark, wording, group, both_ways, .. } = request;
    let theirs = FriendEntry { source, wording, added_at: seconds(now), ..FriendEntry::default() };
    let groups: Vec<_> = Some(group).filter(|group| !group.is_empty()).into_iter().collect();
    let ours = FriendEntry { remark, groups, ..theirs.clone() };
    let mut pairs = Vec::new();
    if !friends::has(db, &from, &to)? {
        ours.groups.iter().try_for_each(|group| groups::add(db, &from, group).map(drop))?;
        friends::add(db, &from, &to, &ours)?;
        pairs.push(NewPair { from: from.clone(), to: to.clone(), initiator: from.clone() });
    }
    if both_ways && friends::add(db, &to, &from, &theirs)? {
        pairs.push(NewPair { from: to, to: from.clone(), initiator: from });
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    /// A world in which alice has sent bob a request.
    fn world(both_ways: bool) -> (Connection, UserId, UserId) {
        let db = World::open(None, &["alice".to_owned(), "bob".to_owned()]).unwrap().db;
        let (alice, bob): (UserId, UserId) = ("alice".into(), "bob".into());
        let request = FriendRequest {
            source: "AddSource_Type_Web".into(),
            remark: "B.".into(),
            wording: "hi".into(),
            group: "Work".into(),
            both_ways,
            ..FriendRequest::new(alice.clone(), bob.clone())
        };
        requests::put(&db, &request).unwrap();
        (db, alice, bob)
    }

    fn accepted(db: &Connection, from: &UserId, to: &UserId) -> Vec<NewPair> {
        match respond(db, from, to, FriendResponse::Accept, 7).unwrap() {
            Responded::Accepted(Some(Event::FriendAdd(event))) => {
                assert_eq!((event.client_command.as_str(), event.admin.as_str()), ("friend_response", ""));
                assert!(!event.forced);
                event.pairs
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_accepted_request_adds_both_entries() {
        let (db, alice, bob) = world(true);
        requests::put(&db, &FriendRequest::new(bob.clone(), alice.clone())).unwrap();
        let pair =
            |from: &UserId, to: &UserId| NewPair { from: from.clone(), to: to.clone(), initiator: alice.clone() };
        assert_eq!(accepted(&db, &alice, &bob), [pair(&alice, &bob), pair(&bob, &alice)]);
        let theirs =
            FriendEntry { source: "AddSource_Type_Web".into(), wording: "hi".into(), added_at: 7, ..<_>::default() };
        let ours = FriendEntry { remark: "B.".into(), groups: vec!["Work".into()], ..theirs.clone() };
        assert_eq!(friends::get(&db, &alice, &bob).unwrap(), Some(ours));
        assert_eq!(friends::get(&db, &bob, &alice).unwrap(), Some(theirs));
        assert_eq!(groups::list(&db, &alice).unwrap(), ["Work"]);
        assert_eq!(requests::count(&db, &bob).unwrap() + requests::count(&db, &alice).unwrap(), 0);
    }

    #[test]
    fn only_missing_entries_are_added() {
        let (db, alice, bob) = world(false);
        assert_eq!(accepted(&db, &alice, &bob).len(), 1);
        assert_eq!(friends::get(&db, &bob, &alice).unwrap(), None, "the request is one-way");
        requests::put(&db, &FriendRequest::new(alice.clone(), bob.clone())).unwrap();
        assert_eq!(accepted(&db, &alice, &bob)[0].from, bob);
        requests::put(&db, &FriendRequest::new(alice.clone(), bob.clone())).unwrap();
        assert_eq!(respond(&db, &alice, &bob, FriendResponse::Accept, 7).unwrap(), Responded::Accepted(None));
    }

    #[test]
    fn a_rejected_request_is_removed() {
        let (db, alice, bob) = world(true);
        let reject = || respond(&db, &alice, &bob, FriendResponse::Reject, 7).unwrap();
        assert_eq!((reject(), reject()), (Responded::Rejected, Responded::NoRequest));
        assert!(!friends::has(&db, &alice, &bob).unwrap());
    }
}
