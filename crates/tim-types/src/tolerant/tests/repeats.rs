//! Keys that occur twice, and the other keys of the envelope.

use super::*;

#[test]
fn every_text_of_the_envelope_is_read() {
    let text = r#"{"ActionStatus":"FAIL","ErrorCode":"7","ErrorInfo":"i","ErrorDisplay":"d","RequestId":"r"}"#;
    let expected = Envelope {
        status: Some("FAIL".to_owned()),
        code: ErrorCode(7),
        info: Some("i".to_owned()),
        display: Some("d".to_owned()),
        request_id: Some("r".to_owned()),
    };
    assert_eq!(read::<Empty>(text).envelope, expected);
}

#[test]
fn a_cursor_that_occurs_twice_with_the_same_value_is_used() {
    let decoded = read::<ListResponse>(r#"{"FollowItem":[],"NextCursor":"1","NextCursor":"1","ErrorCode":0}"#);
    assert_eq!((decoded.body.unwrap(), decoded.problem), (ListResponse::new(vec![], Cursor::new("1")), None));
}

#[test]
fn a_key_of_an_item_can_occur_twice_with_the_same_value() {
    let read = |keys: &str| {
        let text =
            format!(r#"{{"ResultItem":[{{{keys},"ResultCode":0,"ResultInfo":"","FollowType":3}}],"ErrorCode":0}}"#);
        read::<CheckResponse>(text).body.unwrap()
    };
    for keys in [r#""To_Account":"a","To_Account":"a""#, r#""To_Account":"a","FollowType":3"#] {
        let body = read(keys);
        assert_eq!((body.items.len(), body.unreadable.len()), (1, 0), "{keys}");
        assert_eq!(body.items[0].target, "a");
    }
    for (keys, reason) in [
        (r#""To_Account":"a","To_Account":"b""#, "`To_Account` occurs twice with different values"),
        (r#""To_Account":"a","FollowType":2"#, "a key occurs twice with different values"),
    ] {
        let body = read(keys);
        assert_eq!((body.items.len(), body.unreadable[0].reason.as_str()), (0, reason), "{keys}");
    }
}

#[test]
fn a_missing_code_does_not_contradict_another_one() {
    let text =
        r#"{"ResultItem":[{"To_Account":"a","ResultCode":30001,"ErrorCode":null,"FollowType":{}}],"ErrorCode":0}"#;
    let body = read::<CheckResponse>(text).body.unwrap();
    assert_eq!((body.items.len(), body.unreadable.len()), (1, 0));
    assert_eq!(body.items[0].code, ErrorCode(30001));
}
