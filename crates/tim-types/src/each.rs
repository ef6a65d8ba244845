//! Batches of commands that take one user per call.

use std::fmt::Debug;

use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Batch, Command, Effect, Endpoint, InvalidRequest, Shape, Target, TargetOutcome, Template};

/// The name of the list of requests in an error.
const FIELD: &str = "requests";

/// A batch of a command that takes one user per call. Each target is a whole request of the command
/// `C`, and is sent in a call of its own. The outcome is the response.
///
/// Use it for [`profile::Set`](crate::profile::Set), [`account::Import`](crate::account::Import),
/// [`account::Kick`](crate::account::Kick), [`friend::DeleteAll`](crate::friend::DeleteAll),
/// [`friend_group::Add`](crate::friend_group::Add),
/// [`friend_group::Delete`](crate::friend_group::Delete) and
/// [`friend_group::List`](crate::friend_group::List). For a command of your own, implement
/// [`Target`] for its request.
///
/// Requests of the same user are sent one after the other, in the order of the input, and the next
/// one is sent after the earlier one has its outcome. Equal requests near each other are sent once.
///
/// A call that succeeded is done, also if its response has items that failed: check them as after a
/// single call. For example, [`friend_group::AddResponse`](crate::friend_group::AddResponse) has a
/// code for each friend.
///
/// ```
/// use tim_types::{Batch as _, Each, Endpoint as _, account::Kick};
///
/// let template = Each::<Kick>::template(); // for `batch` of a client
/// let call = Each::with_targets((), (), vec![Kick::new("bob")]);
/// assert_eq!(call.validate(), Ok(()));
/// assert_eq!(serde_json::to_string(&call)?, r#"{"UserID":"bob"}"#);
/// # let _: tim_types::Template<Each<Kick>> = template;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Each<C> {
    /// One request. A call with another number of requests is invalid.
    requests: Vec<C>,
}

impl<C> Each<C>
where
    Self: Batch<From = (), Shared = ()>,
{
    /// Returns a template for batches that send each target in a call of its own.
    pub fn template() -> Template<Self> {
        Template::new((), ())
    }
}

/// Serializes as the request.
impl<C: Serialize> Serialize for Each<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.requests.as_slice() {
            [request] => request.serialize(serializer),
            requests => Err(S::Error::custom(format!("a call takes 1 request, not {}", requests.len()))),
        }
    }
}

impl<'de, C: Deserialize<'de>> Deserialize<'de> for Each<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        C::deserialize(deserializer).map(|request| Self { requests: vec![request] })
    }
}

impl<C: Endpoint + Target> Endpoint for Each<C> {
    const SERVICE: &'static str = C::SERVICE;
    const COMMAND: &'static str = C::COMMAND;
    const CALLS_PER_SECOND: u32 = C::CALLS_PER_SECOND;
    const IDEMPOTENT: bool = C::IDEMPOTENT;
    type Response = C::Response;

    fn validate(&self) -> Result<(), InvalidRequest> {
        let field = || FIELD.to_owned();
        match self.requests.as_slice() {
            [request] => request.validate(),
            [] => Err(InvalidRequest::EmptyList { field: field() }),
            more => Err(InvalidRequest::TooManyTargets { field: field(), given: more.len(), max: 1 }),
        }
    }
}

impl<C> Batch for Each<C>
where
    C: Endpoint<Response: Clone + Debug + PartialEq + Sync + Serialize + Unpin + 'static> + Target,
{
    type From = ();
    type Target = C;
    type Shared = ();
    type Outcome = C::Response;

    const MAX_TARGETS: usize = 1;
    const TARGET_FIELD: &'static str = FIELD;
    const ITEMS_NAME_TARGETS: bool = false;

    fn with_targets((): (), (): (), requests: Vec<C>) -> Self {
        Self { requests }
    }

    fn validate_target(request: &C) -> Result<(), InvalidRequest> {
        request.validate()
    }

    fn omitted(response: &C::Response) -> Option<C::Response> {
        Some(response.clone())
    }

    fn outcomes(_: C::Response) -> Vec<TargetOutcome<C::Response>> {
        Vec::new()
    }
}

/// The facts about `C`.
impl<C: Command + Target> Command for Each<C> {
    const EFFECT: Effect = C::EFFECT;
    const SHAPE: Shape = C::SHAPE;
    const OFFICIAL_PAGE: &'static str = C::OFFICIAL_PAGE;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::friend_group::{self, Group};
    use crate::{CommandInfo, Empty, ProfileItem, account, for_each_command, friend, profile};

    fn each<C: Endpoint + Target>(requests: Vec<C>) -> Each<C>
    where
        Each<C>: Batch<From = (), Shared = (), Target = C>,
    {
        Each::with_targets((), (), requests)
    }

    #[test]
    fn a_call_is_the_request() {
        let request = profile::Set::new("bob", [ProfileItem::nick("Bobby")]);
        let call = each(vec![request.clone()]);
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::to_string(&call).unwrap(), text);
        assert_eq!(serde_json::from_str::<Each<profile::Set>>(&text).unwrap(), call);
        assert_eq!(call.validate(), Ok(()));
    }

    #[test]
    fn the_facts_are_those_of_the_command() {
        fn assert_same<C: Command + Target>()
        where
            Each<C>: Batch<Target = C, Outcome = C::Response> + Command,
        {
            assert_eq!(CommandInfo::of::<Each<C>>(), CommandInfo::of::<C>());
            assert_eq!(Each::<C>::SHAPE, Shape::Single);
        }
        assert_same::<profile::Set>();
        assert_same::<account::Kick>();
        assert_same::<account::Import>();
        assert_same::<friend::DeleteAll>();
        assert_same::<friend_group::Add>();
        assert_same::<friend_group::Delete>();
        assert_same::<friend_group::List>();
        macro_rules! shapes {
            ($($command:ty),* $(,)?) => { [$(<$command as Command>::SHAPE),*] };
        }
        let singles = for_each_command!(shapes).into_iter().filter(|shape| *shape == Shape::Single).count();
        assert_eq!(singles, 7, "a new command with one user per call needs `impl Target` and a line above");
    }

    #[test]
    fn a_call_has_exactly_one_request() {
        let none = each(Vec::<account::Kick>::new());
        assert_eq!(none.validate().unwrap_err().to_string(), "requests is empty: it needs at least one element");
        assert!(serde_json::to_string(&none).is_err());
        let two = each(vec![account::Kick::new("a"), account::Kick::new("b")]);
        let error = InvalidRequest::TooManyTargets { field: "requests".to_owned(), given: 2, max: 1 };
        assert_eq!(two.validate(), Err(error));
        assert!(serde_json::to_string(&two).is_err());
    }

    #[test]
    fn a_target_is_checked_like_a_request() {
        let request = profile::Set::new("bob", [ProfileItem::location("x".repeat(17))]);
        let error = Each::validate_target(&request).unwrap_err();
        assert_eq!(error.to_string(), "ProfileItem[0].Value has 17 bytes: it may have at most 16");
        assert_eq!(each(vec![request.clone()]).validate(), request.validate());
    }

    #[test]
    fn a_request_names_its_owner() {
        assert_eq!(profile::Set::new("bob", []).user(), "bob");
        assert_eq!(account::Kick::new("bob").user(), "bob");
        assert_eq!(friend::DeleteAll::both("bob").user(), "bob");
        assert_eq!(friend_group::Add::new("bob", ["Work"]).friends(["carol"]).user(), "bob");
        assert_eq!(friend_group::Delete::new("bob", ["Work"]).user(), "bob");
        assert_eq!(friend_group::List::new("bob").user(), "bob");
    }

    #[test]
    fn the_outcome_is_the_response() {
        let response = friend_group::ListResponse::new(vec![Group::new("Work", 2)], 7);
        assert_eq!(Each::<friend_group::List>::omitted(&response), Some(response.clone()));
        assert_eq!(Each::<friend_group::List>::outcomes(response), []);
        assert_eq!(Each::<account::Kick>::omitted(&Empty {}), Some(Empty {}));
    }
}
