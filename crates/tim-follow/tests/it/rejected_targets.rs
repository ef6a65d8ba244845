//! Rejected calls whose response has the results of the targets.

use serde::Serialize;
use serde_json::json;
use tim_follow::transport::{MockTransport, Response};
use tim_follow::{Batch, Endpoint, ErrorCode, InvalidRequest, Outcome, UserId};

use crate::clients::{Scripted, code, config, with_both};
use crate::commands::DeleteAccounts;

/// A rejection with 70107 that has an item for each of these targets.
fn rejected(items: &[(&str, i64)]) -> Scripted {
    rejected_with(70107, items)
}

fn rejected_with(code: i64, items: &[(&str, i64)]) -> Scripted {
    let items: Vec<_> = items.iter().map(|(user, code)| json!({ "UserID": user, "ResultCode": code })).collect();
    let body = json!({ "ActionStatus": "FAIL", "ErrorCode": code, "ErrorInfo": "Err", "ResultItem": items });
    Ok(Response::new(200, body.to_string()))
}

fn request(users: &[&str]) -> DeleteAccounts {
    DeleteAccounts::with_targets((), (), users.iter().map(|user| UserId::from(*user)).collect())
}

#[test]
fn the_response_of_a_rejected_call_has_the_code_of_each_target() {
    let transport = || MockTransport::new([rejected(&[("a", 70107), ("b", 70169)])]);
    with_both(&config(), transport, |client, _| {
        let response = client.send(request(&["a", "b"])).unwrap();
        let codes: Vec<_> = response.items.iter().map(|item| (item.user.as_str(), item.code.0)).collect();
        assert_eq!(codes, [("a", 70107), ("b", 70169)]);
    });
}

#[test]
fn a_transient_rejection_of_all_targets_is_retried() {
    for transient in [70169, 60007] {
        let accepted = Response::new(200, r#"{"ResultItem":[{"UserID":"a","ResultCode":0}],"ErrorCode":0}"#);
        let transport = || MockTransport::new([rejected_with(transient, &[("a", transient)]), Ok(accepted.clone())]);
        with_both(&config(), transport, |client, script| {
            let response = client.send(request(&["a"])).unwrap();
            assert_eq!((response.items[0].code, script.requests().len()), (ErrorCode::OK, 2));
        });
    }
}

/// account_delete as a command that must not be processed twice.
#[derive(Debug, Clone, Serialize)]
struct DeleteOnce(DeleteAccounts);

impl Endpoint for DeleteOnce {
    const SERVICE: &'static str = DeleteAccounts::SERVICE;
    const COMMAND: &'static str = "account_delete_once";
    const IDEMPOTENT: bool = false;
    type Response = <DeleteAccounts as Endpoint>::Response;

    fn validate(&self) -> Result<(), InvalidRequest> {
        self.0.validate()
    }
}

#[test]
fn a_transient_rejection_of_all_targets_has_their_codes_if_it_is_not_retried() {
    let transport = || MockTransport::new([rejected_with(70169, &[("a", 70169)])]);
    with_both(&config(), transport, |client, script| {
        let response = client.send(DeleteOnce(request(&["a"]))).unwrap();
        assert_eq!((response.items[0].code, script.requests().len()), (ErrorCode(70169), 1));
    });
}

#[test]
fn a_rejection_without_targets_is_an_error() {
    let transport = || MockTransport::new([code(70107), rejected(&[])]);
    with_both(&config(), transport, |client, _| {
        for _ in 0..2 {
            let error = client.send(request(&["a"])).unwrap_err();
            assert_eq!(error.code(), Some(ErrorCode::ACCOUNT_NOT_IMPORTED));
        }
    });
}

#[test]
fn a_batch_continues_after_a_call_whose_targets_were_all_rejected() {
    let transport =
        || MockTransport::new([rejected(&[("a", 70107), ("b", 70402)]), rejected(&[("c", 70107)]), code(70107)]);
    with_both(&config(), transport, |client, script| {
        let report = client.batch(DeleteAccounts::template(), ["a", "b", "c"], 1);
        let codes = report.items.iter().map(|item| match &item.outcome {
            Outcome::Rejected(rejection) => rejection.code.0,
            other => panic!("{other:?}"),
        });
        assert_eq!(codes.collect::<Vec<_>>(), [70107, 70402, 70107]);
        assert_eq!(script.requests().len(), 2);
    });
}
