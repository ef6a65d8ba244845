//! Lists with numbers as positions, and lists that report their version.

use serde_json::{Value, json};
use tim_follow::transport::MockTransport;
use tim_follow::{Error, ErrorKind, StartIndex};

use crate::clients::{config, with_both};
use crate::commands::Friends;

fn page(users: &[&str], sequence: u32, next: Value) -> String {
    let items: Vec<_> = users.iter().map(|user| json!({ "To_Account": user })).collect();
    json!({
        "UserDataItem": items, "StandardSequence": sequence, "CustomSequence": 0, "NextStartIndex": next, "ErrorCode": 0
    })
    .to_string()
}

/// Reads a list with both clients. Checks the users of all pages, the start indexes of the
/// requests, and the error at the end.
fn read(pages: &[String], check: impl Fn(Vec<String>, Vec<u64>, Option<(StartIndex, Error)>)) {
    with_both(
        &config(),
        || MockTransport::texts(pages.iter().cloned()),
        |client, script| {
            let (mut users, mut end) = (Vec::new(), None);
            for page in client.pages(Friends::of("alice")) {
                match page {
                    Ok(page) => users.extend(page.items.iter().map(|item| item.user.to_string())),
                    Err(error) => end = Some((error.position, error.error)),
                }
            }
            let start = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap()["StartIndex"].as_u64().unwrap();
            let starts = script.requests().iter().map(|request| start(request.body())).collect();
            check(users, starts, end);
        },
    );
}

#[test]
fn a_start_index_leads_to_the_next_page() {
    read(&[page(&["a", "b"], 7, json!(2)), page(&["c"], 7, json!(0))], |users, starts, end| {
        assert_eq!((users, starts), (vec!["a".into(), "b".into(), "c".into()], vec![0, 2]));
        assert!(end.is_none());
    });
}

#[test]
fn a_page_whose_body_cannot_be_read_is_an_error_at_its_position() {
    let damaged = page(&["c"], 7, json!(0)).replace(r#""CustomSequence":0"#, r#""CustomSequence":"x""#);
    read(&[page(&["a"], 7, json!(1)), damaged], |users, starts, end| {
        assert_eq!((users, starts), (vec!["a".into()], vec![0, 1]));
        let (position, error) = end.unwrap();
        assert!(matches!(error.kind(), ErrorKind::Decode { .. }), "{error:?}");
        assert_eq!(position, StartIndex(1));
    });
}

#[test]
fn a_list_that_changes_is_read_again_without_the_users_already_returned() {
    let pages = [
        page(&["a", "b"], 7, json!(2)),
        page(&["c"], 8, json!(0)),
        page(&["new", "a"], 8, json!(2)),
        page(&["b", "c"], 8, json!(0)),
    ];
    read(&pages, |users, starts, end| {
        assert_eq!(users, ["a", "b", "c", "new"]);
        assert_eq!(starts, [0, 2, 0, 2]);
        assert!(end.is_none());
    });
}

#[test]
fn a_list_that_changes_without_end_is_an_error() {
    let pages: Vec<_> = (0..100).map(|number| page(&["a"], number, json!((number + 1) % 2))).collect();
    read(&pages, |users, starts, end| {
        assert_eq!(users, ["a"]);
        assert_eq!(starts.len(), 22);
        let (position, error) = end.unwrap();
        assert!(matches!(error.kind(), ErrorKind::ListChanged), "{error}");
        assert_eq!(position, StartIndex(0));
    });
}

#[test]
fn an_error_names_the_position_and_converts_into_an_error() {
    let pages = [page(&["a"], 7, json!(1)), r#"{"ActionStatus":"FAIL","ErrorCode":30003}"#.to_owned()];
    with_both(
        &config(),
        || MockTransport::texts(pages.iter().cloned()),
        |client, _| {
            let error = client.pages(Friends::of("alice")).pop().unwrap().unwrap_err();
            assert!(error.to_string().ends_with("the list can be resumed at \"1\""), "{error}");
            assert_eq!(error.position.to_string().parse(), Ok(error.position));
            let into_error = || -> Result<(), Error> { Err(error)? };
            assert_eq!(into_error().unwrap_err().code().unwrap().0, 30003);
        },
    );
    let resumed = Friends::of("alice").start_at("1".parse().unwrap());
    assert_eq!(serde_json::to_string(&resumed).unwrap(), r#"{"From_Account":"alice","StartIndex":1}"#);
}

#[test]
fn unreadable_entries_and_positions_do_not_affect_each_other() {
    let bad_entry = r#"{"UserDataItem":[{"To_Account":"a"},{"To_Account":7}],"NextStartIndex":2,"ErrorCode":0}"#;
    let bad_position = r#"{"UserDataItem":[{"To_Account":"c"}],"NextStartIndex":"soon","ErrorCode":0}"#;
    read(&[bad_entry.to_owned(), bad_position.to_owned()], |users, starts, end| {
        assert_eq!((users, starts), (vec!["a".to_owned(), "c".to_owned()], vec![0, 2]));
        let (position, error) = end.unwrap();
        assert!(matches!(error.kind(), ErrorKind::IncompletePage(_)), "{error}");
        assert_eq!(position, StartIndex(2));
    });
}
