//! A file of recorded events: one JSON object per line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::exit::Failure;
use crate::output::escape;
use crate::output::file::{Existing, FileError, OutputFile};

/// A recorded event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Recorded {
    /// When it was received, in Unix seconds.
    pub(super) at: u64,
    /// The query of the request, without `Sign` and `RequestTime`.
    pub(super) query: String,
    /// The body of the request, as it came.
    pub(super) body: String,
}

impl Recorded {
    /// The event, as on the wire.
    pub(super) fn command(&self) -> &str {
        value(&self.query, "CallbackCommand").unwrap_or_default()
    }
}

/// The query without the signature.
pub(super) fn unsigned(query: &str) -> String {
    without(query, &["Sign", "RequestTime"])
}

/// The query for another app.
pub(super) fn for_app(query: &str, sdkappid: u32) -> String {
    format!("SdkAppid={sdkappid}&{}", without(query, &["SdkAppid"]))
}

fn without(query: &str, keys: &[&str]) -> String {
    let name = |pair: &&str| pair.split('=').next().unwrap_or_default().to_owned();
    let kept: Vec<&str> = query.split('&').filter(|pair| !keys.contains(&name(pair).as_str())).collect();
    kept.join("&")
}

fn value<'a>(query: &'a str, key: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

/// Adds events to the end of a file, which other processes cannot write at the same time.
#[derive(Debug)]
pub(super) struct Recorder(OutputFile);

impl Recorder {
    /// Opens a file and goes to its end. What a crash left of an unfinished line is removed.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let mut file = OutputFile::open(path, false, Existing::Resume).map_err(Failure::usage)?;
        if file.is_regular() {
            let unreadable = |error: io::Error| Failure::unreadable(&path.display().to_string(), &error);
            let mut existing = File::open(path).map_err(unreadable)?;
            let length = complete_length(&mut existing).map_err(unreadable)?;
            existing.rewind().map_err(unreadable)?;
            let mut first = String::new();
            // Another file was named by mistake, so not even its last line is touched.
            let is_text = BufReader::new(existing).take(length).read_line(&mut first).is_ok();
            let is_empty = file.length().map_err(Failure::usage)? == 0;
            if !is_empty && (!is_text || serde_json::from_str::<Recorded>(&first).is_err()) {
                return Err(Failure::usage(format!(
                    "cannot add events to {}: it has other content; name another file with --record",
                    path.display()
                )));
            }
            file.cut(length).map_err(Failure::usage)?;
        }
        Ok(Self(file))
    }

    /// Adds an event. It is in the file afterwards, also if this process crashes.
    pub(super) fn add(&mut self, event: &Recorded) -> Result<(), Failure> {
        let path = self.0.path().to_owned();
        let line = serde_json::to_string(event).map_err(Failure::usage)?;
        let mut writer = self.0.writer();
        let written = writer.write_all(format!("{}\n", escape::json(&line)).as_bytes()).and_then(|()| writer.flush());
        written.map_err(|error| Failure::file(&path, &error))?;
        self.0.verify().map(drop).map_err(|error: FileError| Failure::usage(error))
    }
}

/// The length of the lines that are complete.
fn complete_length(file: &mut File) -> io::Result<u64> {
    const CHUNK: u64 = 64 * 1024;
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut bytes = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(CHUNK);
        file.seek(SeekFrom::Start(start))?;
        bytes.clear();
        (&*file).take(end.saturating_sub(start)).read_to_end(&mut bytes)?;
        if let Some(at) = bytes.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start.saturating_add(at as u64).saturating_add(1));
        }
        end = start;
    }
    Ok(0)
}

/// The events of a file with their line numbers, which start at 1.
pub(super) fn read(path: &Path) -> Result<impl Iterator<Item = Result<(u64, Recorded), Failure>>, Failure> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| Failure::unreadable(&name, &error))?;
    let parse = move |(number, line): (u64, io::Result<String>)| {
        let line = line.map_err(|error| Failure::unreadable(&format!("{name}, line {number}"), &error))?;
        let event = serde_json::from_str(&line).map_err(|error| {
            Failure::usage(format!(
                "{name}, line {number} is not a recorded event: {error}; `tim webhook listen --record` writes them"
            ))
        })?;
        Ok((number, event))
    };
    Ok((1..).zip(BufReader::new(file).lines()).map(parse))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    fn event(at: u64) -> Recorded {
        let query = "SdkAppid=14&CallbackCommand=State.StateChange&contenttype=json".to_owned();
        Recorded { at, query, body: "{\"a\":\"\u{9b}\",\n \"b\": 1.50}".to_owned() }
    }

    fn scratch() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        (folder, path)
    }

    #[test]
    fn the_signature_is_removed_and_the_rest_stays_as_it_is() {
        let query = "New=a%2Fb&SdkAppid=14&Sign=abc&CallbackCommand=State.StateChange&RequestTime=7&Signs=1";
        assert_eq!(unsigned(query), "New=a%2Fb&SdkAppid=14&CallbackCommand=State.StateChange&Signs=1");
        assert_eq!(for_app("SdkAppid=14&x=1", 15), "SdkAppid=15&x=1");
        assert_eq!(event(1).command(), "State.StateChange");
    }

    #[test]
    fn events_are_read_as_they_were_added_also_by_several_runs() {
        let (_folder, path) = scratch();
        for at in 1..=2 {
            Recorder::open(&path).unwrap().add(&event(at)).unwrap();
        }
        let events: Vec<_> = read(&path).unwrap().map(Result::unwrap).collect();
        assert_eq!(events, [(1, event(1)), (2, event(2))]);
        assert!(!fs::read_to_string(&path).unwrap().contains('\u{9b}'), "it can be printed");
    }

    #[test]
    fn an_unfinished_line_is_removed() {
        let (_folder, path) = scratch();
        Recorder::open(&path).unwrap().add(&event(1)).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{whole}{}", "x".repeat(200_000))).unwrap();
        drop(Recorder::open(&path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), whole);
    }

    #[test]
    fn a_file_with_other_content_is_not_changed() {
        let (_folder, path) = scratch();
        for content in ["from,to\nalice,bob\n", "no line end", "{}\n"] {
            fs::write(&path, content).unwrap();
            let message = Recorder::open(&path).unwrap_err().message();
            assert!(message.contains("other content"), "{message}");
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
    }

    #[test]
    fn two_processes_cannot_record_into_one_file() {
        let (_folder, path) = scratch();
        let _first = Recorder::open(&path).unwrap();
        assert!(Recorder::open(&path).unwrap_err().message().contains("another process"));
    }
}
