//! Webhooks: the calls that the service makes to your backend after a follow or an unfollow.
//! <https://www.tencentcloud.com/document/product/1047/34354>
//!
//! A webhook can arrive twice or not at all, so treat it as a hint and read the state with
//! [`follow::Check`] if you need to be sure. Check [`Query::sdkappid`]. If a token is set in the
//! console, also check `Sign`, with `WebhookToken` of tim-sig.
//!
//! ```
//! use tim_types::webhook::{Event, Query};
//!
//! let query = Query::parse(
//!     "SdkAppid=1400000000&CallbackCommand=Follow.CallbackAfterFollowAdd&contenttype=json&ClientIP=127.0.0.1&OptPlatform=RESTAPI",
//! )?;
//! assert_eq!((query.sdkappid.0, query.platform.as_str(), query.sign), (1400000000, "RESTAPI", None));
//!
//! let body = r#"{"CallbackCommand":"Follow.CallbackAfterFollowAdd","From_Account":"alice",
//!     "FollowList":[{"To_Account":"bob"}],"EventTime":1702018343678}"#;
//! match serde_json::from_str(body)? {
//!     Event::FollowAdd(event) => assert_eq!((event.from.as_str(), event.to[0].as_str()), ("alice", "bob")),
//!     _ => {} // Another event: respond with OK and ignore it.
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::{SdkAppId, UserId, follow};

/// The response body for a webhook. Send it with HTTP status 200, within 2 seconds.
///
/// The service requires all three fields. It ignores the code for these events, because they are
/// sent after the action. Another status, or a body that is not JSON, counts as a failure.
pub const OK: &str = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;

/// The body of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "CallbackCommand")]
#[non_exhaustive]
pub enum Event {
    /// A user followed other users.
    #[serde(rename = "Follow.CallbackAfterFollowAdd")]
    FollowAdd(FollowAdd),
    /// A user unfollowed other users.
    #[serde(rename = "Follow.CallbackAfterFollowDelete")]
    FollowDelete(FollowDelete),
    /// An event that this version does not know. [`Query::command`] has its name.
    #[serde(other)]
    Other,
}

impl Event {
    /// Returns the name of the event; empty for an event that this version does not know.
    pub fn command(&self) -> &'static str {
        match self {
            Self::FollowAdd(_) => "Follow.CallbackAfterFollowAdd",
            Self::FollowDelete(_) => "Follow.CallbackAfterFollowDelete",
            Self::Other => "",
        }
    }

    /// Returns the user in `From_Account`; `None` for an event that this version does not know.
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Self::FollowAdd(event) => Some(&event.from),
            Self::FollowDelete(event) => Some(&event.from),
            Self::Other => None,
        }
    }
}

/// `from` followed `to`, in a client or through REST.
/// [Official page](https://trtc.io/document/70355)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowAdd {
    /// The user who follows.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users who are now followed: the targets of the call that succeeded.
    #[serde(rename = "FollowList", with = "follow::target_objects")]
    pub to: Vec<UserId>,
    /// The time of the event, in Unix **milliseconds**.
    #[serde(rename = "EventTime")]
    pub time_ms: u64,
}

/// `from` unfollowed `to`, in a client or through REST.
/// [Official page](https://trtc.io/document/70356)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowDelete {
    /// The user who unfollowed.
    #[serde(rename = "From_Account")]
    pub from: UserId,
    /// The users who are no longer followed: the targets of the call that succeeded.
    #[serde(rename = "To_Account")]
    pub to: Vec<UserId>,
    /// The time of the event, in Unix **milliseconds**.
    #[serde(rename = "EventTime")]
    pub time_ms: u64,
}

/// The query string of a webhook's URL. `Debug` hides the value of `Sign`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The id of the app. Check that it is yours.
    #[serde(rename = "SdkAppid")]
    pub sdkappid: SdkAppId,
    /// The name of the event, the same as in the body.
    #[serde(rename = "CallbackCommand")]
    pub command: String,
    /// The format of the body, always `json`.
    #[serde(rename = "contenttype", default)]
    pub content_type: String,
    /// The IP address from which the user acted.
    #[serde(rename = "ClientIP", default)]
    pub client_ip: String,
    /// The platform from which the user acted: `RESTAPI`, `Web`, `Android`, `iOS`, `Windows`,
    /// `macOS`, `iPad` or `Unknown`.
    #[serde(rename = "OptPlatform", default)]
    pub platform: String,
    /// SHA-256 of the token followed by `RequestTime`, in lower-case hex. Present if a token is set
    /// in the console.
    #[serde(rename = "Sign", default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<String>,
    /// The time at which the webhook was sent, in Unix seconds. Present if a token is set in the
    /// console.
    #[serde(rename = "RequestTime", default, skip_serializing_if = "Option::is_none")]
    pub request_time: Option<u64>,
}

/// The query string is not one of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is missing or invalid in the query string of the webhook")]
pub struct InvalidQuery(&'static str);

impl Query {
    /// Parses the part of the URL after `?`. Unknown keys are ignored; if a key occurs twice, the
    /// first value is used.
    ///
    /// # Errors
    /// `SdkAppid` or `CallbackCommand` is missing, or `SdkAppid` or `RequestTime` is not a number.
    pub fn parse(query: &str) -> Result<Self, InvalidQuery> {
        let find = |key: &str| {
            let value = query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))?;
            Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
        };
        let text = |key| find(key).unwrap_or_default();
        let request_time = find("RequestTime").map(|time| time.parse().map_err(|_| InvalidQuery("RequestTime")));
        let sdkappid = text("SdkAppid").parse().map(SdkAppId);
        Ok(Self {
            sdkappid: sdkappid.map_err(|_| InvalidQuery("SdkAppid"))?,
            command: find("CallbackCommand").ok_or(InvalidQuery("CallbackCommand"))?,
            content_type: text("contenttype"),
            client_ip: text("ClientIP"),
            platform: text("OptPlatform"),
            sign: find("Sign"),
            request_time: request_time.transpose()?,
        })
    }
}

/// Writes the query string with percent-encoding, as in a URL.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const RESERVED: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'&').add(b'=').add(b'+').add(b'#').add(b':');
        let encoded = |text| utf8_percent_encode(text, RESERVED);
        let Self { sdkappid, command, content_type, client_ip, platform, sign, request_time } = self;
        write!(f, "SdkAppid={sdkappid}&CallbackCommand={}&contenttype={}", encoded(command), encoded(content_type))?;
        write!(f, "&ClientIP={}&OptPlatform={}", encoded(client_ip), encoded(platform))?;
        if let Some(sign) = sign {
            write!(f, "&Sign={}", encoded(sign))?;
        }
        request_time.map_or(Ok(()), |time| write!(f, "&RequestTime={time}"))
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = Self { sign: self.sign.as_ref().map(|_| "[redacted]".to_owned()), ..self.clone() };
        write!(f, "Query({shown})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The samples of the official pages.
    const ADD: &str = r#"{"CallbackCommand":"Follow.CallbackAfterFollowAdd","From_Account":"UserID_001","FollowList":[{"To_Account":"UserID_002"},{"To_Account":"UserID_003"}],"EventTime":1702018343678}"#;
    const DELETE: &str = r#"{"CallbackCommand":"Follow.CallbackAfterFollowDelete","From_Account":"UserID_001","To_Account":["UserID_002","UserID_003"],"EventTime":1702018343678}"#;

    #[test]
    fn the_samples_survive_a_round_trip() {
        let (from, to, time_ms) = ("UserID_001".into(), vec!["UserID_002".into(), "UserID_003".into()], 1702018343678);
        let add = Event::FollowAdd(FollowAdd { from, to, time_ms });
        assert_eq!(serde_json::from_str::<Event>(ADD).unwrap(), add);
        assert_eq!(serde_json::to_string(&add).unwrap(), ADD);
        let delete = serde_json::from_str::<Event>(DELETE).unwrap();
        assert_eq!(serde_json::to_string(&delete).unwrap(), DELETE);
        for event in [add, delete] {
            assert!(serde_json::to_string(&event).unwrap().contains(event.command()));
        }
    }

    #[test]
    fn unknown_fields_and_events_are_accepted() {
        let new_field = ADD.replacen('{', r#"{"New":[{}],"#, 1);
        assert!(matches!(serde_json::from_str(&new_field).unwrap(), Event::FollowAdd(_)));
        let other = r#"{"CallbackCommand":"Sns.CallbackFriendAdd","PairList":[{"From_Account":"id"}]}"#;
        assert_eq!(serde_json::from_str::<Event>(other).unwrap(), Event::Other);
        assert!(serde_json::from_str::<Event>("{}").is_err());
    }

    fn query() -> Query {
        Query {
            sdkappid: SdkAppId(14),
            command: "Follow.CallbackAfterFollowAdd".to_owned(),
            content_type: "json".to_owned(),
            client_ip: "::1".to_owned(),
            platform: "RESTAPI".to_owned(),
            sign: Some("abc".to_owned()),
            request_time: Some(7),
        }
    }

    #[test]
    fn a_query_survives_a_round_trip() {
        let text = "SdkAppid=14&CallbackCommand=Follow.CallbackAfterFollowAdd&contenttype=json&ClientIP=%3A%3A1&\
                    OptPlatform=RESTAPI&Sign=abc&RequestTime=7";
        assert_eq!(query().to_string(), text);
        assert_eq!(Query::parse(text), Ok(query()));
        assert_eq!(Query::parse(&format!("New=1&{text}&SdkAppid=15")), Ok(query()), "the first counts");
        assert!(!format!("{:?}", query()).contains("abc"));
    }

    #[test]
    fn an_invalid_query_names_the_key() {
        for (text, missing) in [
            ("", "SdkAppid"),
            ("SdkAppid=x&CallbackCommand=y", "SdkAppid"),
            ("XSdkAppid=1&CallbackCommand=y", "SdkAppid"),
            ("SdkAppid=1", "CallbackCommand"),
            ("SdkAppid=1&CallbackCommand=y&RequestTime=now", "RequestTime"),
        ] {
            assert_eq!(Query::parse(text), Err(InvalidQuery(missing)), "{text}");
        }
        assert!(Query::parse("SdkAppid=1&CallbackCommand=y").is_ok());
    }
}
