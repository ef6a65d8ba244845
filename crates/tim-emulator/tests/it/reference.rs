//! What the admin API explains: quirks and error codes.

use serde_json::json;
use tim_emulator::Quirks;

use crate::client::{self, admin, admin_ok};

#[tokio::test]
async fn each_quirk_has_a_description_and_its_state() {
    let emulator = client::start().await;
    emulator.settings().set_quirks(Quirks { want_num_clamped: true, ..Quirks::default() });
    let list = admin_ok(&emulator, "GET", "quirks", "");
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), Quirks::names().len());
    let quirk = list.iter().find(|quirk| quirk["name"] == "want_num_clamped").unwrap();
    assert_eq!(quirk["on"], true);
    let about = quirk["about"].as_str().unwrap();
    assert!(about.starts_with("A `WantNum` over 1000 counts as 1000, and") && about.ends_with("30001."), "{about}");
}

#[tokio::test]
async fn an_error_code_is_explained_for_its_service() {
    let emulator = client::start().await;
    let explain = |path: &str| admin(&emulator, "GET", path, "");
    let of_follow = explain("error-codes/30005?service=follow").body;
    let of_sns = explain("error-codes/30005?service=sns").body;
    assert_eq!((&of_follow["code"], &of_follow["retryable"]), (&json!(30005), &json!(false)));
    assert_ne!(of_follow["meaning"], of_sns["meaning"]);
    assert!(of_follow["advice"].is_string());
    let unknown = explain("error-codes/12345");
    assert_eq!((unknown.status, unknown.body), (404, json!({ "error": "the code 12345 is not documented" })));
    assert_eq!(explain("error-codes/x").status, 400);
}
