//! Random users.

use proptest::collection::vec;
use proptest::prelude::*;

/// Mostly one of six users, rarely an empty name.
pub(super) fn user() -> impl Strategy<Value = String> {
    prop_oneof![60 => "[a-f]", 1 => Just(String::new())]
}

/// Mostly a few users, rarely none, or one more than the smallest limit.
pub(super) fn users() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![40 => vec(user(), 1..5), 1 => Just(Vec::new()), 1 => vec("[a-f]", 20..22)]
}
