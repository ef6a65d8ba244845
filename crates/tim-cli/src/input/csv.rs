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

    /// The fields of a line, without spaces around them.
    pub(super) fn fields(&mut self, line: &str) -> Result<Vec<String>, String> {
        if line.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
            return Err("a quote is not closed".to_owned());
        }
        self.text.resize(line.len(), 0);
        self.ends.resize(line.bytes().filter(|byte| *byte == self.separator).count() + 1, 0);
        self.reader.reset();
        let (_, _, text, ends) = self.reader.read_record(line.as_bytes(), &mut self.text, &mut self.ends);
        let (_, _, _, last) = self.reader.read_record(&[], &mut self.text[text..], &mut self.ends[ends..]);
        let mut start = 0;
        let field = |end: &usize| {
            let bytes = &self.text[std::mem::replace(&mut start, *end)..*end];
            String::from_utf8_lossy(bytes).trim().to_owned()
        };
        Ok(self.ends[..ends + last].iter().map(field).collect())
    }
}
