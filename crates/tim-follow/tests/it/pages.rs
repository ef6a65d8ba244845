//! Walking through a list.

use tim_follow::transport::Script;
use tim_follow::{Cursor, ErrorCode, ErrorKind, follow};

use crate::clients::{config, with_both};

fn page(users: &[&str], next: &str) -> String {
    let items: Vec<_> = users.iter().map(|user| format!(r#"{{"To_Account":"{user}","FollowTime":1}}"#)).collect();
    format!(r#"{{"FollowItem":[{}],"NextCursor":"{next}","ActionStatus":"OK","ErrorCode":0}}"#, items.join(","))
}

fn body(script: &Script, at: usize) -> String {
    String::from_utf8(script.requests()[at].body().to_vec()).unwrap()
}

#[test]
fn an_empty_page_with_a_cursor_does_not_end_a_list() {
    let script = || Script::texts([page(&["a"], "1"), page(&[], "2"), page(&["b"], "")]);
    with_both(&config(), script, |client, script| {
        let pages = client.pages(follow::List::followers("alice").page_size(1));
        let users: Vec<_> = pages.into_iter().flat_map(|page| page.unwrap().items).map(|item| item.user).collect();
        assert_eq!(users, ["a", "b"]);
        assert_eq!(body(&script, 0), r#"{"From_Account":"alice","FollowType":1,"StartCursor":"","WantNum":1}"#);
        assert_eq!(body(&script, 2), r#"{"From_Account":"alice","FollowType":1,"StartCursor":"2","WantNum":1}"#);
    });
}

#[test]
fn an_empty_last_page_ends_a_list() {
    with_both(
        &config(),
        || Script::texts([page(&["a"], "1"), page(&[], "")]),
        |client, script| {
            assert_eq!(client.pages(follow::List::following("alice")).len(), 2);
            assert_eq!(script.requests().len(), 2);
        },
    );
}

#[test]
fn an_error_ends_a_list_and_says_where_to_go_on() {
    let refused = r#"{"ActionStatus":"FAIL","ErrorCode":30003}"#.to_owned();
    with_both(
        &config(),
        || Script::texts([page(&["a"], "1"), refused.clone()]),
        |client, script| {
            let pages = client.pages(follow::List::mutual("alice"));
            assert_eq!(pages.len(), 2);
            let broken = pages[1].as_ref().unwrap_err();
            assert_eq!((broken.cursor.as_str(), broken.error.code()), ("1", Some(ErrorCode(30003))));
            assert!(broken.to_string().ends_with(r#"the list goes on from the cursor "1""#), "{broken}");
            assert_eq!(script.requests().len(), 2);
        },
    );
}

#[test]
fn a_cursor_that_does_not_move_is_an_error_after_its_page() {
    with_both(
        &config(),
        || Script::texts([page(&["a"], "1"), page(&["b"], "1")]),
        |client, script| {
            let pages = client.pages(follow::List::followers("alice"));
            assert_eq!(pages.len(), 3);
            assert_eq!(pages[1].as_ref().unwrap().items[0].user, "b");
            assert!(matches!(pages[2].as_ref().unwrap_err().error.kind(), ErrorKind::CursorStuck));
            assert_eq!(script.requests().len(), 2);
        },
    );
}

#[test]
fn a_walk_starts_where_it_is_told() {
    with_both(
        &config(),
        || Script::texts([page(&["c"], "")]),
        |client, script| {
            client.pages(follow::List::followers("alice").start_at(Cursor::new("7")));
            assert!(body(&script, 0).contains(r#""StartCursor":"7""#));
        },
    );
}

#[test]
fn a_list_that_would_be_refused_is_not_sent() {
    with_both(
        &config(),
        || Script::texts([""]),
        |client, script| {
            let pages = client.pages(follow::List::followers("").page_size(1));
            assert_eq!(pages.len(), 1);
            assert!(matches!(pages[0].as_ref().unwrap_err().error.kind(), ErrorKind::Invalid(_)));
            assert_eq!(script.requests().len(), 0);
        },
    );
}
