//! The query of the URL: the app, the admin and the signature.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use tim_types::{Envelope, ErrorCode};

use crate::command_error::gateway_error;
use crate::redact::is_usersig;

/// The parameters of a call. `random` is only validated, and only if a quirk requires it.
#[derive(Debug, PartialEq)]
pub(crate) struct Query {
    pub(crate) sdkappid: u32,
    pub(crate) identifier: String,
    pub(crate) usersig: String,
}

impl Query {
    /// Parses a query. The keys can be in any order. The first of repeated keys counts; unknown
    /// keys are ignored.
    pub(crate) fn parse(text: &str, random_required: bool) -> Result<Self, Envelope> {
        let pairs = text.split('&').map(pair).collect::<Result<Vec<_>, _>>()?;
        let find = |key: &str| pairs.iter().find(|(found, _)| found == key).map(|(_, value)| value.as_str());

        let Some(sdkappid) = find("sdkappid").filter(|value| !value.is_empty()) else {
            return Err(gateway_error(ErrorCode::APP_ID_MISSING, "sdkappid is missing in the URL: add sdkappid=..."));
        };
        let sdkappid = match sdkappid.parse() {
            Ok(number) if sdkappid.bytes().all(|digit| digit.is_ascii_digit()) => number,
            _ => return Err(invalid("sdkappid in the URL is invalid: send an integer from 0 to 4294967295")),
        };
        let Some(identifier) = find("identifier").filter(|value| !value.is_empty()) else {
            return Err(invalid("identifier is missing in the URL: send the user id of an admin of the app"));
        };
        let Some(usersig) = find("usersig") else {
            return Err(invalid("usersig is missing in the URL: send a UserSig of the identifier"));
        };
        if find("contenttype") != Some("json") {
            return Err(invalid(
                "contenttype in the URL is missing or is not json: send contenttype=json, in lower case",
            ));
        }
        if random_required {
            check_random(&pairs)?;
        }
        Ok(Self { sdkappid, identifier: identifier.to_owned(), usersig: usersig.to_owned() })
    }
}

/// Returns all decoded keys and values in order. Bytes that are not UTF-8 are replaced.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = text.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.filter(|(key, _)| !key.is_empty()).map(move |(key, value)| (decode(key), decode(value)))
}

/// Returns all keys and values except the signature. If a key is repeated, the first value is kept.
pub(crate) fn without_signature(text: &str) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    for (key, value) in pairs(text).filter(|(key, _)| !is_usersig(key)) {
        kept.entry(key).or_insert(value);
    }
    kept
}

/// Checks that `random` is present once and is an unsigned 32-bit integer.
fn check_random(pairs: &[(String, String)]) -> Result<(), Envelope> {
    let mut values = pairs.iter().filter(|(key, _)| key == "random").map(|(_, value)| value);
    match (values.next(), values.next()) {
        (None, _) => Err(invalid("random is missing in the URL: send an integer from 0 to 4294967295")),
        (Some(_), Some(_)) => Err(invalid("random is repeated in the URL: send it once")),
        (Some(value), None) if value.bytes().all(|byte| byte.is_ascii_digit()) && value.parse::<u32>().is_ok() => {
            Ok(())
        }
        (Some(_), None) => Err(invalid("random in the URL is invalid: send an integer from 0 to 4294967295")),
    }
}

fn invalid(info: &str) -> Envelope {
    gateway_error(ErrorCode::URL_PARAMETERS, info)
}

fn pair(text: &str) -> Result<(String, String), Envelope> {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    Ok((decode(key)?, decode(value)?))
}

/// Decodes a key or a value. A `+` is a space, as in forms; no UserSig and no number contains one.
fn decode(text: &str) -> Result<String, Envelope> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().map(Cow::into_owned).map_err(|_| {
        gateway_error(
            ErrorCode::HTTP_PARSE,
            "the query of the URL is not UTF-8 after decoding: send percent-encoded UTF-8",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(query: &str) -> ErrorCode {
        Query::parse(query, false).unwrap_err().code
    }

    fn expected() -> Query {
        Query { sdkappid: 14, identifier: "ad min".into(), usersig: "a*b-c_".into() }
    }

    #[test]
    fn order_and_encoding_are_free() {
        for query in [
            "sdkappid=14&identifier=ad%20min&usersig=a*b-c_&random=1&contenttype=json",
            "contenttype=json&usersig=a%2Ab-c_&random=x&random=y&sdkappid=14&identifier=ad+min",
            "usersig=a%2ab%2dc%5F&identifier=%61d+min&&new=1&flag&%73dkappid=14&contenttype=js%6Fn&sdkappid=15",
        ] {
            assert_eq!(Query::parse(query, false).unwrap(), expected(), "{query}");
        }
    }

    #[test]
    fn each_missing_or_wrong_key_is_named() {
        assert_eq!(code(""), ErrorCode::APP_ID_MISSING);
        assert_eq!(code("SdkAppId=14"), ErrorCode::APP_ID_MISSING);
        assert_eq!(code("sdkappid=&identifier=a"), ErrorCode::APP_ID_MISSING);
        for query in [
            "sdkappid=x&identifier=a&usersig=b&contenttype=json",
            "sdkappid=-1&identifier=a&usersig=b&contenttype=json",
            "sdkappid=%2B1&identifier=a&usersig=b&contenttype=json",
            "sdkappid=4294967296&identifier=a&usersig=b&contenttype=json",
            "sdkappid=1&usersig=b&contenttype=json",
            "sdkappid=1&identifier=&usersig=b&contenttype=json",
            "sdkappid=1&identifier=a&contenttype=json",
            "sdkappid=1&identifier=a&usersig=b",
            "sdkappid=1&identifier=a&usersig=b&contenttype=JSON",
        ] {
            assert_eq!(code(query), ErrorCode::URL_PARAMETERS, "{query}");
        }
    }

    #[test]
    fn bytes_that_are_not_text_are_rejected() {
        assert_eq!(code("sdkappid=1&identifier=%ff"), ErrorCode::HTTP_PARSE);
        assert!(Query::parse("sdkappid=1&identifier=%zz&usersig=%&contenttype=json", false).is_ok());
    }

    #[test]
    fn a_required_random_is_one_32_bit_integer() {
        let code = |random: &str| {
            let query = format!("sdkappid=1&identifier=a&usersig=b&contenttype=json&{random}");
            assert!(Query::parse(&query, false).is_ok(), "{query}");
            Query::parse(&query, true).map_or_else(|error| error.code, |_| ErrorCode::OK)
        };
        for random in ["random=0", "random=4294967295", "%72andom=%31"] {
            assert_eq!(code(random), ErrorCode::OK, "{random}");
        }
        for random in
            ["", "random", "random=", "Random=1", "random=1&random=1", "random=4294967296", "random=-1", "random=%2B1"]
        {
            assert_eq!(code(random), ErrorCode::URL_PARAMETERS, "{random}");
        }
    }

    #[test]
    fn the_record_has_all_but_the_signature() {
        let query = "sdkappid=14&identifier=ad+min&usersig=s&UserSig=s&u%73ersig=s&sdkappid=15&%ff&=x";
        let expected = [("identifier", "ad min"), ("sdkappid", "14"), ("\u{fffd}", "")];
        assert_eq!(without_signature(query), expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
        assert_eq!(pairs(query).count(), 7);
    }
}
