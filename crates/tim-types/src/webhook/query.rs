//! The query string of the URL of a webhook.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::SdkAppId;

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

/// The error for a query string that is not from a webhook.
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
