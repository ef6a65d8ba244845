//! Lists: pages, entries, positions, and errors.

use std::sync::Arc;

use pollster::block_on;
use tim_follow::transport::MockTransport;
use tim_follow::{Client, Cursor, ErrorCode, ErrorKind, PageError, blocking, follow};

use crate::clients::{config, with_both};

fn page(users: &[&str], next: &str) -> String {
    let items: Vec<_> = users.iter().map(|user| format!(r#"{{"To_Account":"{user}","FollowTime":1}}"#)).collect();
    format!(r#"{{"FollowItem":[{}],"NextCursor":"{next}","ActionStatus":"OK","ErrorCode":0}}"#, items.join(","))
}

fn body(script: &MockTransport, at: usize) -> String {
    String::from_utf8(script.requests()[at].body().to_vec()).unwrap()
}

#[test]
fn an_empty_page_with_a_cursor_does_not_end_a_list() {
    let script = || MockTransport::texts([page(&["a"], "1"), page(&[], "2"), page(&["b"], "")]);
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
        || MockTransport::texts([page(&["a"], "1"), page(&[], "")]),
        |client, script| {
            assert_eq!(client.pages(follow::List::following("alice")).len(), 2);
            assert_eq!(script.requests().len(), 2);
        },
    );
}

#[test]
fn an_error_ends_a_list_and_has_the_position_to_resume_at() {
    let rejection = r#"{"ActionStatus":"FAIL","ErrorCode":30003}"#.to_owned();
    with_both(
        &config(),
        || MockTransport::texts([page(&["a"], "1"), rejection.clone()]),
        |client, script| {
            let pages = client.pages(follow::List::mutual("alice"));
            assert_eq!(pages.len(), 2);
            let broken = pages[1].as_ref().unwrap_err();
            assert_eq!((broken.position.as_str(), broken.error.code()), ("1", Some(ErrorCode(30003))));
            assert!(broken.to_string().ends_with(r#"the list can be resumed at "1""#), "{broken}");
            assert_eq!(script.requests().len(), 2);
        },
    );
}

#[test]
fn a_cursor_that_does_not_move_is_an_error_after_its_page() {
    with_both(
        &config(),
        || MockTransport::texts([page(&["a"], "1"), page(&["b"], "1")]),
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
fn a_cycle_of_cursors_is_an_error_however_long_it_is() {
    for (before, period) in [(0, 1), (0, 2), (1, 2), (3, 3), (0, 7), (5, 10), (100, 1), (40, 57)] {
        let cursor = |at: usize| if at < before { at } else { before + (at - before) % period };
        let script = || MockTransport::texts((1..2000).map(|at| page(&["a"], &format!("c{}", cursor(at)))));
        with_both(&config(), script, |client, script| {
            let pages = client.pages(follow::List::followers("alice"));
            let (last, good) = pages.split_last().unwrap();
            let error = last.as_ref().unwrap_err();
            assert!(good.iter().all(Result::is_ok), "{before} {period}");
            assert!(matches!(error.error.kind(), ErrorKind::CursorStuck));
            assert!(error.to_string().contains("the list does not end"), "{error}");
            assert_eq!(script.requests().len(), good.len());
            assert!(good.len() <= 3 * (before + period) + 2, "{before} {period}: {}", good.len());
        });
    }
}

#[test]
fn a_long_list_is_not_a_cycle() {
    let script = || MockTransport::texts((1..3000).map(|at| page(&[], &at.to_string())).chain([page(&["z"], "")]));
    with_both(&config().rate_limiter(Arc::new(tim_follow::Unlimited)), script, |client, _| {
        assert!(client.pages(follow::List::followers("alice")).iter().all(Result::is_ok));
    });
}

#[test]
fn a_list_starts_at_the_position_of_the_request() {
    with_both(
        &config(),
        || MockTransport::texts([page(&["c"], "")]),
        |client, script| {
            client.pages(follow::List::followers("alice").start_at(Cursor::new("7")));
            assert!(body(&script, 0).contains(r#""StartCursor":"7""#));
        },
    );
}

#[test]
fn an_invalid_request_for_a_list_is_not_sent() {
    with_both(
        &config(),
        || MockTransport::texts([""]),
        |client, script| {
            let pages = client.pages(follow::List::followers("").page_size(1));
            assert_eq!(pages.len(), 1);
            assert!(matches!(pages[0].as_ref().unwrap_err().error.kind(), ErrorKind::Invalid(_)));
            assert_eq!(script.requests().len(), 0);
        },
    );
}

#[test]
fn entries_come_one_by_one_and_an_error_after_them() {
    let rejection = r#"{"ActionStatus":"FAIL","ErrorCode":30003}"#.to_owned();
    let script =
        || MockTransport::texts([page(&["a", "b"], "1"), page(&[], "2"), page(&["c"], "3"), rejection.clone()]);
    let list = || follow::List::followers("alice");
    let names = |items: Vec<Result<follow::ListItem, PageError>>| {
        let name = |item: Result<follow::ListItem, PageError>| match item {
            Ok(item) => item.user.to_string(),
            Err(error) => format!("error at {}", error.position.as_str()),
        };
        items.into_iter().map(name).collect::<Vec<_>>()
    };
    let blocking = blocking::Client::with_transport(config(), Arc::new(script())).unwrap();
    assert_eq!(names(blocking.pages(list()).items().collect()), ["a", "b", "c", "error at 3"]);
    for prefetch in [false, true] {
        let client = Client::with_transport(config(), Arc::new(script())).unwrap();
        let pages = client.pages(list());
        let mut items = if prefetch { pages.prefetch() } else { pages }.items();
        let mut found = Vec::new();
        while let Some(item) = block_on(items.next()) {
            found.push(item);
        }
        assert_eq!(names(found), ["a", "b", "c", "error at 3"]);
    }
}

#[test]
fn an_entry_that_cannot_be_read_is_an_error_that_names_its_page() {
    let text = page(&["a", "b"], "").replace(r#""a""#, "[1]");
    let script = MockTransport::texts([page(&["first"], "1"), text]);
    let blocking = blocking::Client::with_transport(config(), Arc::new(script)).unwrap();
    let items: Vec<_> = blocking.pages(follow::List::followers("alice")).items().collect();
    let error = items[1..].iter().find_map(|item| item.as_ref().err()).unwrap();
    assert_eq!(items.len(), 3);
    assert!(error.to_string().ends_with(r#"; it is on the page that starts at "1""#), "{error}");
}

#[test]
fn prefetch_requests_the_next_page_before_the_current_one_is_returned() {
    for (prefetch, requests) in [(false, 1), (true, 2)] {
        let script = MockTransport::texts([page(&["a"], "1"), page(&["b"], "")]);
        let client = Client::with_transport(config(), Arc::new(script.clone())).unwrap();
        let pages = client.pages(follow::List::followers("alice"));
        let mut pages = if prefetch { pages.prefetch() } else { pages };
        assert_eq!(block_on(pages.next()).unwrap().unwrap().items[0].user, "a");
        assert_eq!(script.requests().len(), requests);
        assert_eq!(block_on(pages.next()).unwrap().unwrap().items[0].user, "b");
        assert!(block_on(pages.next()).is_none());
        assert_eq!(script.requests().len(), 2);
    }
}

#[test]
fn a_stored_position_resumes_after_the_pages_that_were_read() {
    let script = || MockTransport::texts([page(&["a", "b"], "1"), page(&["c", "d"], "")]);
    let client = Client::with_transport(config(), Arc::new(script())).unwrap();
    let mut pages = client.pages(follow::List::followers("alice"));
    assert_eq!(pages.position(), Some(Cursor::START));
    block_on(pages.next()).unwrap().unwrap();
    assert_eq!(pages.position(), Some(Cursor::new("1")));
    block_on(pages.next()).unwrap().unwrap();
    assert_eq!(pages.position(), None);

    let client = blocking::Client::with_transport(config(), Arc::new(script())).unwrap();
    let mut items = client.pages(follow::List::followers("alice")).items();
    let mut positions = Vec::new();
    while let Some(item) = items.next() {
        item.unwrap();
        positions.push(items.position().map(|position| position.to_string()));
    }
    // In the middle of a page it is this page, so that a list that resumes there lacks no entry.
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(positions, [text(""), text("1"), text("1"), None]);
}
