//! Any bytes are the page of a journal, or are rejected. A page survives a round trip.
//!
//! The first line is the name of the run, and the other lines are the page.

use tim_cli::core::{Checkpoint, Identity, Page, PageError};

use crate::first_line;

pub(crate) fn run(bytes: &[u8]) {
    let (command, page) = first_line(bytes);
    let run: Identity = vec![
        ("the command".to_owned(), String::from_utf8_lossy(command).into_owned()),
        ("the app".to_owned(), "1400000000".to_owned()),
    ];
    match Page::<Checkpoint>::decode(page, &run) {
        Ok(page) => {
            let text = page.encode().unwrap();
            let again = Page::<Checkpoint>::decode(&text, &run).expect("a page can be read again");
            assert_eq!(again, page);
            assert_eq!(again.encode().unwrap(), text);
            let other = vec![("the command".to_owned(), "another".to_owned())];
            assert!(matches!(Page::<Checkpoint>::decode(&text, &other), Err(PageError::OtherRun { .. })));
        }
        Err(PageError::OtherRun { was, is, .. }) => assert_ne!(was, is),
        Err(PageError::NotAJournal) => {}
    }
}
