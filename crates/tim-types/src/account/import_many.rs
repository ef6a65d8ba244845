//! POST v4/im_open_login_svc/multiaccount_import
//! <https://www.tencentcloud.com/document/product/1047/34954>

use serde::{Deserialize, Serialize};

use super::Import;
use crate::object::Object;
use crate::{
    Batch, Command, Effect, Endpoint, InvalidRequest, ResponseBody, Shape, TargetOutcome, Template, UnreadableItem,
    UserId, batch,
};

/// Creates the accounts of up to 100 users, with optional nicknames and profile pictures.
/// [Official page](https://www.tencentcloud.com/document/product/1047/34954)
///
/// The service allows 100 calls per second. The response lists only the users that could not be
/// imported, without a reason; [`Import`] of such a user returns a code. The limits on accounts are
/// those of [`Import`].
///
/// # Retries
/// Importing an account again succeeds, and sets its nickname and picture again. So a retry can
/// undo a change that the user made in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BothForms")]
#[non_exhaustive]
pub struct ImportMany {
    /// The accounts, 1 to 100. The older key `Accounts`, a list of user ids, is decoded too.
    #[serde(rename = "AccountList")]
    pub accounts: Vec<Import>,
}

/// The newer form of a request, and the older one. The newer one takes precedence.
#[derive(Deserialize)]
struct BothForms {
    #[serde(rename = "AccountList", default)]
    accounts: Option<Vec<Object<Import>>>,
    #[serde(rename = "Accounts", default)]
    users: Vec<UserId>,
}

impl From<BothForms> for ImportMany {
    fn from(BothForms { accounts, users }: BothForms) -> Self {
        match accounts {
            Some(accounts) => Self::new(accounts.into_iter().map(|account| account.value)),
            None => Self::new(users),
        }
    }
}

impl ImportMany {
    /// Creates these accounts: user ids, or values of [`Import`].
    pub fn new<T: Into<Import>>(accounts: impl IntoIterator<Item = T>) -> Self {
        Self { accounts: accounts.into_iter().map(Into::into).collect() }
    }

    /// Returns a template for batches that create the account of each target.
    pub fn template() -> Template<Self> {
        Template::new((), ())
    }
}

/// The response of multiaccount_import: the users that could not be imported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ImportManyResponse {
    /// The users that could not be imported. All other users of the request were imported, unless
    /// `unreadable` has an entry.
    #[serde(rename = "FailAccounts", default)]
    pub failed: Vec<UserId>,
    /// The entries that are not user ids; the others are in `failed`.
    #[serde(skip)]
    pub unreadable: Vec<UnreadableItem>,
}

impl ImportManyResponse {
    /// Creates a response with these users.
    pub fn new(failed: Vec<UserId>) -> Self {
        Self { failed, unreadable: Vec::new() }
    }
}

impl ResponseBody for ImportManyResponse {
    const FAILED: Option<&'static str> = Some("FailAccounts");

    fn unreadable_mut(&mut self) -> Option<&mut Vec<UnreadableItem>> {
        Some(&mut self.unreadable)
    }

    fn failed(&self) -> &[UserId] {
        &self.failed
    }
}

impl Endpoint for ImportMany {
    const SERVICE: &'static str = "im_open_login_svc";
    const COMMAND: &'static str = "multiaccount_import";
    const CALLS_PER_SECOND: u32 = 100;
    const IDEMPOTENT: bool = true;
    type Response = ImportManyResponse;

    fn validate(&self) -> Result<(), InvalidRequest> {
        batch::validate::<Self>(&(), &self.accounts)
    }
}

impl Command for ImportMany {
    const EFFECT: Effect = Effect::Write;
    const SHAPE: Shape = Shape::Batch { max_targets: Self::MAX_TARGETS };
    const OFFICIAL_PAGE: &'static str = "https://www.tencentcloud.com/document/product/1047/34954";
}

impl Batch for ImportMany {
    type From = ();
    type Target = Import;
    type Shared = ();
    type Outcome = ();

    const MAX_TARGETS: usize = 100;
    const TARGET_FIELD: &'static str = "AccountList[].UserID";

    fn with_targets((): (), (): (), accounts: Vec<Import>) -> Self {
        Self { accounts }
    }

    fn validate_target(target: &Import) -> Result<(), InvalidRequest> {
        target.validate_in("AccountList[].")
    }

    fn omitted(_: &ImportManyResponse) -> Option<()> {
        Some(())
    }

    fn outcomes(_: ImportManyResponse) -> Vec<TargetOutcome<()>> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Decoded;

    #[test]
    fn both_forms_are_decoded_and_the_newer_one_is_sent() {
        let text = r#"{"AccountList":[{"UserID":"bob","Nick":"Bobby"},{"UserID":"carl"}]}"#;
        let request = ImportMany::new([Import::new("bob").with_nick("Bobby"), "carl".into()]);
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        assert_eq!(serde_json::from_str::<ImportMany>(text).unwrap(), request);
        let decode = |text| serde_json::from_str::<ImportMany>(text).unwrap();
        assert_eq!(decode(r#"{"Accounts":["bob","carl"]}"#), ImportMany::new(["bob", "carl"]));
        let both = r#"{"Accounts":["bob"],"AccountList":[{"Identifier":"carl"}]}"#;
        assert_eq!(decode(both), ImportMany::new(["carl"]));
        assert!(serde_json::from_str::<ImportMany>(r#"{"AccountList":[["bob"]]}"#).is_err());
    }

    #[test]
    fn an_error_names_the_field_of_the_account() {
        let error = ImportMany::new(["bob", ""]).validate().unwrap_err();
        assert_eq!(error.to_string(), "AccountList[1].UserID is empty: a user id has 1 to 32 bytes");
        let error = ImportMany::new([Import::new("bob").with_nick("x".repeat(501))]).validate().unwrap_err();
        assert_eq!(error.to_string(), "AccountList[0].Nick has 501 bytes: it may have at most 500");
        assert_eq!(ImportMany::new(vec!["bob"; 100]).validate(), Ok(()));
        let error = ImportMany::new(vec!["bob"; 101]).validate().unwrap_err();
        assert_eq!(error, InvalidRequest::TooManyTargets { field: "AccountList".to_owned(), given: 101, max: 100 });
    }

    /// A user that is not in the list counts as imported, so no entry may be lost.
    #[test]
    fn an_entry_that_is_not_a_user_id_is_reported() {
        let read = |text: &str| Decoded::<ImportManyResponse>::decode(text.as_bytes()).unwrap();
        let body = read(r#"{"FailAccounts":["zed",7,"\ud800",{}],"ErrorCode":0}"#).into_result().unwrap();
        assert_eq!(body.failed, ["zed"]);
        let found: Vec<_> = body.unreadable.iter().map(|item| (item.field, item.index, item.target.clone())).collect();
        let field = "FailAccounts";
        assert_eq!(found, [(field, 1, Some("7".into())), (field, 2, None), (field, 3, None)]);
        assert_eq!(body.unreadable[2].reason, "it is an object, not a user id");
        let decoded = read(r#"{"FailAccounts":{"zed":1},"ErrorCode":0}"#);
        assert_eq!(decoded.into_result().unwrap_err().to_string(), "`FailAccounts` is not a list");
    }
}
