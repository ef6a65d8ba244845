//! The calls that came in, for assertions and for whoever watches.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use tokio::sync::broadcast;

use crate::gateway::query;
use crate::lock::locked;
use crate::redact::redact;

/// A call that came in, refused ones included. It holds no UserSig, wherever the client put it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CallRecord {
    /// Counts up from 1, also over [`Emulator::clear_calls`](crate::Emulator::clear_calls).
    pub number: u64,
    /// When it came in, in unix milliseconds on the clock of the emulator.
    pub at_ms: u64,
    /// How long it took, with the waits that faults made.
    #[serde(rename = "duration_us", serialize_with = "as_micros")]
    pub duration: Duration,
    /// The HTTP method.
    pub method: String,
    /// The path of the URL.
    pub path: String,
    /// The query of the URL without the signature; of equal keys the first.
    pub query: BTreeMap<String, String>,
    /// Which command it was, unless the path names none.
    pub command: Option<&'static str>,
    /// The `From_Account` (or `UserID`) of a call that the gateway let through.
    pub user: Option<String>,
    /// The HTTP status of the response; `None` when the connection was closed instead.
    pub status: Option<u16>,
    /// The `ErrorCode` of the response, if it has one.
    pub code: Option<i64>,
    /// The faults that hit it.
    pub faults: Vec<u64>,
    #[serde(serialize_with = "as_json")]
    request: String,
    #[serde(serialize_with = "as_json")]
    response: String,
}

impl CallRecord {
    /// The body of the request: JSON, or a string when it is none, or null when it was empty.
    pub fn request(&self) -> Value {
        json(&self.request)
    }

    /// The body of the response: JSON, or a string when it is none, or null when there was no response.
    pub fn response(&self) -> Value {
        json(&self.response)
    }

    /// How much memory it takes, roughly.
    fn size(&self) -> usize {
        let query: usize = self.query.iter().map(|(key, value)| key.len() + value.len() + 64).sum();
        size_of::<Self>() + self.path.len() + query + self.request.len() + self.response.len()
    }
}

fn json(text: &str) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn as_json<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    json(text).serialize(serializer)
}

fn as_micros<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}

/// A call as it is handed in.
pub(crate) struct NewCall<'a> {
    pub(crate) at_ms: u64,
    pub(crate) duration: Duration,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) command: Option<&'static str>,
    pub(crate) user: Option<&'a str>,
    pub(crate) status: Option<u16>,
    pub(crate) faults: Vec<u64>,
    pub(crate) request: &'a [u8],
    pub(crate) response: &'a str,
}

impl NewCall<'_> {
    fn recorded(self, number: u64) -> CallRecord {
        #[derive(Deserialize)]
        struct Envelope {
            #[serde(rename = "ErrorCode")]
            code: i64,
        }
        CallRecord {
            number,
            at_ms: self.at_ms,
            duration: self.duration,
            method: self.method.to_owned(),
            path: redact(self.path).into_owned(),
            query: query::without_signature(self.query),
            command: self.command,
            user: self.user.map(|user| redact(user).into_owned()),
            status: self.status,
            code: serde_json::from_str(self.response).ok().map(|envelope: Envelope| envelope.code),
            faults: self.faults,
            request: redact(&String::from_utf8_lossy(self.request)).into_owned(),
            response: redact(self.response).into_owned(),
        }
    }
}

/// The last calls; older ones make room. Whoever watches gets each new one.
#[derive(Debug)]
pub(crate) struct CallLog {
    ring: Mutex<Ring>,
    watchers: broadcast::Sender<Option<Arc<CallRecord>>>,
}

/// What a watcher gets: each new call, and `None` when no more will come.
pub(crate) type Watch = broadcast::Receiver<Option<Arc<CallRecord>>>;

#[derive(Debug)]
struct Ring {
    max_calls: usize,
    calls: VecDeque<Arc<CallRecord>>,
    bytes: usize,
    last_number: u64,
}

impl CallLog {
    /// So many calls are kept, and fewer when they are large: their bodies take at most this much memory.
    const MAX_BYTES: usize = 16 * 1024 * 1024;
    /// A watcher that is so many calls behind loses the oldest of them.
    const MAX_BEHIND: usize = 64;

    pub(crate) fn new(max_calls: usize) -> Self {
        let ring = Ring { max_calls, calls: VecDeque::new(), bytes: 0, last_number: 0 };
        Self { ring: Mutex::new(ring), watchers: broadcast::Sender::new(Self::MAX_BEHIND) }
    }

    pub(crate) fn push(&self, entry: NewCall<'_>) {
        let mut ring = locked(&self.ring);
        ring.last_number += 1;
        let call = Arc::new(entry.recorded(ring.last_number));
        ring.bytes += call.size();
        ring.calls.push_back(Arc::clone(&call));
        while ring.calls.len() > ring.max_calls || ring.bytes > Self::MAX_BYTES {
            let Some(oldest) = ring.calls.pop_front() else { break };
            ring.bytes -= oldest.size();
        }
        // Sent under the lock, so that watchers get them in order. It fails when nobody watches.
        let _ = self.watchers.send(Some(call));
    }

    /// All that are kept, oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<CallRecord>> {
        locked(&self.ring).calls.iter().cloned().collect()
    }

    pub(crate) fn len(&self) -> usize {
        locked(&self.ring).calls.len()
    }

    pub(crate) fn clear(&self) {
        let mut ring = locked(&self.ring);
        ring.calls.clear();
        ring.bytes = 0;
    }

    /// Every call from now on.
    pub(crate) fn watch(&self) -> Watch {
        self.watchers.subscribe()
    }

    /// Tells whoever watches that this is the end.
    pub(crate) fn end(&self) {
        let _ = self.watchers.send(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(body: &str) -> NewCall<'_> {
        NewCall {
            at_ms: 1,
            duration: Duration::from_millis(2),
            method: "POST",
            path: "/v4/follow/follow_add",
            query: "sdkappid=1&usersig=secret&identifier=ad%20min",
            command: Some("follow_add"),
            user: Some("bob"),
            status: Some(200),
            faults: vec![],
            request: body.as_bytes(),
            response: r#"{"ErrorCode":30001}"#,
        }
    }

    #[test]
    fn a_call_is_kept_without_its_signature() {
        let record = CallLog::new(10);
        record.push(entry("{\"a\":1}"));
        let text = serde_json::to_string(record.all()[0].as_ref()).unwrap();
        assert_eq!(
            text,
            "{\"number\":1,\"at_ms\":1,\"duration_us\":2000,\"method\":\"POST\",\"path\":\"/v4/follow/follow_add\",\
             \"query\":{\"identifier\":\"ad min\",\"sdkappid\":\"1\"},\"command\":\"follow_add\",\"user\":\"bob\",\
             \"status\":200,\"code\":30001,\"faults\":[],\"request\":{\"a\":1},\"response\":{\"ErrorCode\":30001}}"
        );
    }

    #[test]
    fn bodies_that_are_no_json_are_strings() {
        let record = CallLog::new(10);
        record.push(NewCall { request: b"", response: "<html>", ..entry("") });
        record.push(NewCall { request: b"\xff{", response: "", ..entry("") });
        let calls = record.all();
        assert_eq!((calls[0].request(), calls[0].response(), calls[0].code), (Value::Null, "<html>".into(), None));
        assert_eq!((calls[1].request(), calls[1].response()), ("\u{fffd}{".into(), Value::Null));
    }

    #[test]
    fn only_the_last_calls_are_kept() {
        let record = CallLog::new(3);
        for _ in 0..5 {
            record.push(entry("{}"));
        }
        let numbers = || record.all().iter().map(|call| call.number).collect::<Vec<_>>();
        assert_eq!(numbers(), [3, 4, 5]);
        record.clear();
        record.push(entry("{}"));
        assert_eq!(numbers(), [6]);
        assert_eq!(CallLog::new(0).all().len(), 0);
    }

    #[test]
    fn large_calls_make_room_for_each_other() {
        let record = CallLog::new(1000);
        let body = " ".repeat(1024 * 1024);
        for _ in 0..40 {
            record.push(entry(&body));
        }
        let kept = record.all();
        assert_eq!((kept.len(), kept.last().map(|call| call.number)), (15, Some(40)));
        assert!(kept.iter().map(|call| call.size()).sum::<usize>() <= CallLog::MAX_BYTES);
    }

    #[test]
    fn a_watcher_that_falls_behind_loses_the_oldest() {
        let record = CallLog::new(10);
        let mut watcher = record.watch();
        for _ in 0..=CallLog::MAX_BEHIND {
            record.push(entry("{}"));
        }
        assert!(matches!(watcher.try_recv(), Err(broadcast::error::TryRecvError::Lagged(1))));
        assert_eq!(watcher.try_recv().unwrap().unwrap().number, 2);
    }
}
