//! Reports bad lines: the first ones with the reason, the others as a number.

use crate::text::counted;

/// The number of bad lines that are reported one by one.
const SHOWN: u64 = 10;

/// Reports bad lines of an input through a function that prints a message.
pub(crate) struct BadLines<'a> {
    name: String,
    /// The number of lines before this report.
    before: u64,
    count: u64,
    print: Box<dyn Fn(&str) + 'a>,
}

impl<'a> BadLines<'a> {
    /// `name` is the input. `before` bad lines were found, and reported, by an earlier run.
    pub(crate) fn new(name: String, before: u64, print: impl Fn(&str) + 'a) -> Self {
        Self { name, before, count: 0, print: Box::new(print) }
    }

    /// Counts a bad line, and reports it if it is one of the first.
    pub(crate) fn add(&mut self, why: &str) {
        self.count += 1;
        if self.count <= SHOWN {
            (self.print)(&format!("tim: {}, {why}", self.name));
        }
    }

    /// The number of bad lines, with those of earlier runs.
    pub(crate) fn total(&self) -> u64 {
        self.before + self.count
    }

    /// Reports the number of lines that were not reported one by one.
    pub(crate) fn finish(&self) {
        if let Some(more) = self.count.checked_sub(SHOWN).filter(|more| *more > 0) {
            (self.print)(&format!("tim: {}, ... and {}", self.name, counted(more, "more bad line")));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn the_first_ten_are_shown_and_the_others_counted() {
        let messages = RefCell::new(Vec::new());
        let mut bad = BadLines::new("x.csv".to_owned(), 3, |text| messages.borrow_mut().push(text.to_owned()));
        (1..=10).for_each(|line| bad.add(&format!("line {line}: it is not UTF-8")));
        bad.finish();
        assert_eq!((messages.borrow().len(), bad.total()), (10, 13));
        assert_eq!(messages.borrow()[0], "tim: x.csv, line 1: it is not UTF-8");
        bad.add("line 11: it is not UTF-8");
        bad.finish();
        assert_eq!(messages.borrow().len(), 11);
        assert_eq!(messages.borrow()[10], "tim: x.csv, ... and 1 more bad line");
    }
}
