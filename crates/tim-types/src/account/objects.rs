//! Accounts that a request wraps in objects.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::UserId;
use crate::object::Object;

#[derive(Serialize)]
struct Account<'a> {
    #[serde(rename = "UserID")]
    user: &'a UserId,
}

#[derive(Deserialize)]
struct OwnedAccount {
    #[serde(rename = "UserID")]
    user: UserId,
}

pub(super) fn serialize<S: Serializer>(users: &[UserId], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(users.iter().map(|user| Account { user }))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<UserId>, D::Error> {
    let accounts = Vec::<Object<OwnedAccount>>::deserialize(deserializer)?;
    Ok(accounts.into_iter().map(|account| account.value.user).collect())
}
