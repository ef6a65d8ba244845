//! Splits a line of CSV into fields.

/// Splits lines at a separator.
///
/// Each line is read on its own, so a quote that is not closed makes its own line bad and not the
/// rest of the file. That is why this uses the parser below the crate `csv` and not its reader.
#[derive(Debug)]
pub(super) struct Csv {
    reader: Box<csv_core::Reader>,
    separator: u8,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Csv {
    pub(super) fn new(separator: u8) -> Self {
        // A CR alone ends no line: what comes after it would be lost.
        let terminator = csv_core::Terminator::Any(b'\n');
        let reader = csv_core::ReaderBuilder::new().delimiter(separator).terminator(terminator).build();
        Self { reader: Box::new(reader), separator, text: Vec::new(), ends: Vec::new() }
    }

    /// The fields of a line, with the spaces around them.
    pub(super) fn fields(&mut self, line: &str) -> Result<Vec<String>, String> {
        match self.quotes(line.as_bytes(), false) {
            Quotes::Closed => {}
            Quotes::Open => return Err("a quote is not closed".to_owned()),
            Quotes::Invalid => return Err("text follows a closing quote; write a quote in a text twice".to_owned()),
        }
        self.text.resize(line.len(), 0);
        self.ends.resize(line.bytes().filter(|byte| *byte == self.separator).count() + 1, 0);
        self.reader.reset();
        let (_, _, text, ends) = self.reader.read_record(line.as_bytes(), &mut self.text, &mut self.ends);
        let (_, _, _, last) = self.reader.read_record(&[], &mut self.text[text..], &mut self.ends[ends..]);
        let mut start = 0;
        let field = |end: &usize| {
            let bytes = &self.text[std::mem::replace(&mut start, *end)..*end];
            String::from_utf8_lossy(bytes).into_owned()
        };
        Ok(self.ends[..ends + last].iter().map(field).collect())
    }

    /// How the quotes of a line end. The line starts within a quoted field if `starts_open`.
    ///
    /// A quote opens a field only at the start of the field. Elsewhere, for example in `5" screen`,
    /// it is a part of the text.
    pub(super) fn quotes(&self, line: &[u8], starts_open: bool) -> Quotes {
        let mut state = if starts_open { State::Quoted } else { State::Start };
        let start = line.iter().take_while(|byte| matches!(byte, b' ' | b'\r' | b'\n')).count();
        // The parser of lines ignores these bytes at the start too.
        for byte in line.iter().skip(if starts_open { 0 } else { start }) {
            state = match (state, *byte) {
                (State::Quoted, b'"') => State::Quote,
                (State::Start, b'"') | (State::Quote, b'"') | (State::Quoted, _) => State::Quoted,
                (State::Start | State::Text | State::Quote | State::Closed, byte) if byte == self.separator => {
                    State::Start
                }
                (State::Quote | State::Closed, byte) if byte.is_ascii_whitespace() => State::Closed,
                (State::Quote | State::Closed, _) => return Quotes::Invalid,
                (State::Start | State::Text, _) => State::Text,
            };
        }
        if matches!(state, State::Quoted) { Quotes::Open } else { Quotes::Closed }
    }
}

/// How the quotes of a line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Each quoted field is closed.
    Closed,
    /// The line ends within a quoted field.
    Open,
    /// There is text between a closing quote and the end of its field.
    Invalid,
}

/// Where a byte of a line is.
#[derive(Debug, Clone, Copy)]
enum State {
    /// At the start of a field.
    Start,
    /// In a field without quotes.
    Text,
    /// In a quoted field.
    Quoted,
    /// Behind a quote in a quoted field: it closes the field, or the next byte is a quote too.
    Quote,
    /// In the spaces behind a quoted field.
    Closed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_opens_a_field_only_at_its_start() {
        let quotes = |line: &str| Csv::new(b',').quotes(line.as_bytes(), false);
        for line in ["a,b", r#""a","b""#, r#"a,5" screen"#, r#"a,"5"" screen""#, r#""a" ,"b" "#, r#""a""""#, "\"\"\r\n"]
        {
            assert_eq!(quotes(line), Quotes::Closed, "{line}");
        }
        for line in [r#"a,"b"#, r#"a,"b"","#, " \"a\n"] {
            assert_eq!(quotes(line), Quotes::Open, "{line}");
        }
        for line in [r#""a"b,c"#, r#"a,"b" c"#] {
            assert_eq!(quotes(line), Quotes::Invalid, "{line}");
        }
        let continued = |line: &str| Csv::new(b',').quotes(line.as_bytes(), true);
        assert_eq!([continued("a,b"), continued("a\",\"b\"")], [Quotes::Open, Quotes::Closed]);
        assert_eq!(continued("a,\"b\""), Quotes::Invalid);
        let tabs = Csv::new(b'\t').quotes(b"\"a\"\t\"b", false);
        assert_eq!(tabs, Quotes::Open);
    }

    #[test]
    fn a_quote_within_a_field_is_text() {
        let fields = |line| Csv::new(b',').fields(line);
        assert_eq!(fields(r#"alice,5" screen"#), Ok(vec!["alice".to_owned(), "5\" screen".to_owned()]));
        assert!(fields(r#"dave,"D"#).unwrap_err().contains("not closed"));
        assert!(fields("bob,\"B\ncarol,\"C\"").unwrap_err().starts_with("text follows a closing quote"));
    }
}
