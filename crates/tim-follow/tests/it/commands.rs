//! Commands that are not built in, with each kind of target and position.

use serde::{Deserialize, Serialize};
use tim_follow::{
    Batch, Endpoint, ErrorCode, InvalidRequest, Paged, PairTemplate, ResponseBody, Sequence, StartIndex, Target,
    TargetOutcome, TargetResult, TargetResults, Template, UnreadableItem, UserId,
};

/// Like friend_add: a target has fields, and calls of one user must not overlap.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AddFriends {
    #[serde(rename = "From_Account")]
    from: UserId,
    #[serde(rename = "AddFriendItem")]
    friends: Vec<NewFriend>,
    #[serde(rename = "ForceAddFlags")]
    force: u8,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct NewFriend {
    #[serde(rename = "To_Account")]
    pub(crate) user: UserId,
    #[serde(rename = "Remark")]
    pub(crate) remark: String,
}

impl From<(&str, &str)> for NewFriend {
    fn from((user, remark): (&str, &str)) -> Self {
        Self { user: user.into(), remark: remark.to_owned() }
    }
}

impl Target for NewFriend {
    fn user(&self) -> &UserId {
        &self.user
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Force(pub(crate) bool);

impl AddFriends {
    pub(crate) fn template(from: &str, force: Force) -> Template<Self> {
        Template::new(from.into(), force)
    }

    pub(crate) fn pairs(force: Force) -> PairTemplate<Self> {
        PairTemplate::new(force)
    }
}

impl Endpoint for AddFriends {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "friend_add";
    const IDEMPOTENT: bool = true;
    type Response = TargetResults;

    fn validate(&self) -> Result<(), InvalidRequest> {
        self.from.validate("From_Account")
    }
}

impl Batch for AddFriends {
    type From = UserId;
    type Target = NewFriend;
    type Shared = Force;
    type Outcome = ();

    const MAX_TARGETS: usize = 4;
    const TARGET_FIELD: &'static str = "AddFriendItem[].To_Account";
    const EXCLUSIVE: bool = true;

    fn max_targets(force: &Force) -> usize {
        if force.0 { Self::MAX_TARGETS } else { 2 }
    }

    fn validate_target(friend: &NewFriend) -> Result<(), InvalidRequest> {
        let field = || "AddFriendItem[].Remark".to_owned();
        match friend.remark.as_str() {
            "invalid" => Err(InvalidRequest::EmptyList { field: field() }),
            _ => friend.user.validate(Self::TARGET_FIELD),
        }
    }

    fn with_targets(from: UserId, force: Force, friends: Vec<NewFriend>) -> Self {
        Self { from, friends, force: force.0.into() }
    }

    fn outcomes(response: TargetResults) -> Vec<TargetOutcome<()>> {
        response.items.into_iter().map(outcome).collect()
    }
}

fn outcome(item: TargetResult) -> TargetOutcome<()> {
    TargetOutcome { result: item.result(), target: item.target }
}

/// Like account_delete: a request without `From_Account`, whose items name their user differently.
/// A rejected call can have items too, as in query_online_status.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct DeleteAccounts {
    #[serde(rename = "DeleteItem")]
    accounts: Vec<Account>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Account {
    #[serde(rename = "UserID")]
    user: UserId,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DeleteResponse {
    #[serde(rename = "ResultItem", default)]
    pub(crate) items: Vec<DeleteItem>,
}

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct DeleteItem {
    #[serde(rename = "UserID")]
    pub(crate) user: UserId,
    #[serde(rename = "ResultCode")]
    pub(crate) code: ErrorCode,
}

impl ResponseBody for DeleteResponse {
    const ITEMS: &'static [&'static str] = &["ResultItem"];
    const ITEM_USER: &'static str = "UserID";

    fn reports_rejected_targets(&self) -> bool {
        !self.items.is_empty()
    }
}

impl DeleteAccounts {
    pub(crate) fn template() -> Template<Self> {
        Template::new((), ())
    }
}

impl Endpoint for DeleteAccounts {
    const SERVICE: &'static str = "im_open_login_svc";
    const COMMAND: &'static str = "account_delete";
    const IDEMPOTENT: bool = true;
    type Response = DeleteResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        Ok(())
    }
}

impl Batch for DeleteAccounts {
    type From = ();
    type Target = UserId;
    type Shared = ();
    type Outcome = ();

    const MAX_TARGETS: usize = 2;
    const TARGET_FIELD: &'static str = "DeleteItem[].UserID";

    fn with_targets((): (), (): (), users: Vec<UserId>) -> Self {
        Self { accounts: users.into_iter().map(|user| Account { user }).collect() }
    }

    fn outcomes(response: DeleteResponse) -> Vec<TargetOutcome<()>> {
        let outcome = |DeleteItem { user, code }| {
            let item = TargetResult::new(user, code, "");
            TargetOutcome { result: item.result(), target: item.target }
        };
        response.items.into_iter().map(outcome).collect()
    }
}

/// Like friend_get: positions are numbers, and the list reports its version.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Friends {
    #[serde(rename = "From_Account")]
    from: UserId,
    #[serde(rename = "StartIndex")]
    start: StartIndex,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FriendsResponse {
    #[serde(rename = "UserDataItem", default)]
    items: Vec<Friend>,
    #[serde(skip)]
    unreadable: Vec<UnreadableItem>,
    #[serde(rename = "StandardSequence", default)]
    standard: i64,
    #[serde(rename = "CustomSequence", default)]
    custom: i64,
    #[serde(rename = "NextStartIndex", default)]
    next: StartIndex,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Friend {
    #[serde(rename = "To_Account")]
    pub(crate) user: UserId,
}

impl ResponseBody for FriendsResponse {
    const ITEMS: &'static [&'static str] = &["UserDataItem"];
    const CURSOR: Option<&'static str> = Some("NextStartIndex");

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }
}

impl Friends {
    pub(crate) fn of(from: &str) -> Self {
        Self { from: from.into(), start: StartIndex::default() }
    }

    pub(crate) fn start_at(self, start: StartIndex) -> Self {
        Self { start, ..self }
    }
}

impl Endpoint for Friends {
    const SERVICE: &'static str = "sns";
    const COMMAND: &'static str = "friend_get";
    const IDEMPOTENT: bool = true;
    type Response = FriendsResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        self.from.validate("From_Account")
    }
}

impl Paged for Friends {
    type Position = StartIndex;
    type Item = Friend;

    fn split(response: FriendsResponse) -> (Vec<Friend>, Option<StartIndex>) {
        (response.items, response.next.into_next())
    }

    fn user(item: &Friend) -> &UserId {
        &item.user
    }

    fn position(&self) -> StartIndex {
        self.start
    }

    fn seek(&mut self, position: StartIndex) {
        self.start = position;
    }

    fn sequence(response: &FriendsResponse) -> Option<Sequence> {
        Some(Sequence([response.standard, response.custom]))
    }
}

/// Ends the sessions of a user. Sent twice, it would also end a session that started in between.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Kick {
    #[serde(rename = "UserID")]
    user: UserId,
}

#[derive(Debug, Deserialize)]
pub(crate) struct KickResponse {}

impl ResponseBody for KickResponse {}

impl Kick {
    pub(crate) fn new(user: &str) -> Self {
        Self { user: user.into() }
    }
}

impl Endpoint for Kick {
    const SERVICE: &'static str = "im_open_login_svc";
    const COMMAND: &'static str = "kick";
    const IDEMPOTENT: bool = false;
    type Response = KickResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        self.user.validate("UserID")
    }
}

/// A batch command that must not be processed twice.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct KickAll {
    #[serde(rename = "To_Account")]
    users: Vec<UserId>,
}

impl KickAll {
    pub(crate) fn template() -> Template<Self> {
        Template::new((), ())
    }
}

impl Endpoint for KickAll {
    const SERVICE: &'static str = "follow";
    const COMMAND: &'static str = "kick_all";
    const IDEMPOTENT: bool = false;
    type Response = TargetResults;

    fn validate(&self) -> Result<(), InvalidRequest> {
        Ok(())
    }
}

impl Batch for KickAll {
    type From = ();
    type Target = UserId;
    type Shared = ();
    type Outcome = ();

    const MAX_TARGETS: usize = usize::MAX;

    fn with_targets((): (), (): (), users: Vec<UserId>) -> Self {
        Self { users }
    }

    fn outcomes(response: TargetResults) -> Vec<TargetOutcome<()>> {
        response.items.into_iter().map(outcome).collect()
    }
}
