use super::*;
use crate::follow::{CheckItem, CheckResponse, CountsResponse, ListItem, ListResponse, Relation};
use crate::{Cursor, Empty, TargetResults, UserId, friend};

mod limits;
mod relations;
mod repeats;

fn read<R: ResponseBody>(bytes: impl AsRef<[u8]>) -> Decoded<R> {
    let bytes = bytes.as_ref();
    Decoded::decode(bytes).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

fn unreadable(items: &[UnreadableItem]) -> Vec<(usize, Option<&str>, &str)> {
    items.iter().map(|item| (item.index, item.target.as_ref().map(UserId::as_str), item.reason.as_str())).collect()
}

#[test]
fn the_envelope_survives_any_body() {
    for body in ["null", "7", "\"x\"", "[null]", "[[]]", "{}", "[{\"To_Account\":{}}]", "[1e999]", "\"\\ud800\""] {
        let text = format!(r#"{{"ResultItem":{body},"ActionStatus":"FAIL","ErrorCode":30005,"ErrorInfo":"off"}}"#);
        let decoded = read::<CheckResponse>(&text);
        assert_eq!(decoded.envelope.code, ErrorCode(30005), "{text}");
        assert_eq!(decoded.envelope.info.as_deref(), Some("off"));
        assert!(!decoded.envelope.is_ok());
    }
    let deep = format!(r#"{{"ResultItem":[{}{}],"ErrorCode":60007}}"#, "[".repeat(5000), "]".repeat(5000));
    assert_eq!(read::<CheckResponse>(deep).envelope.code, ErrorCode(60007));
}

#[test]
fn a_wrong_type_in_the_envelope_is_left_out_except_for_the_code() {
    let decoded =
        read::<Empty>(r#"{"ErrorCode":7,"ErrorInfo":5,"ErrorDisplay":[],"RequestId":{},"ActionStatus":false}"#);
    assert_eq!(decoded.envelope, Envelope { code: ErrorCode(7), ..Envelope::default() });
    for text in [
        r#"{"ErrorCode":null}"#,
        r#"{"ErrorCode":"x"}"#,
        r#"{"ErrorCode":0.5}"#,
        r#"{"ErrorCode":1e300}"#,
        "[]",
        "null",
        "{",
        "",
    ] {
        assert!(Decoded::<Empty>::decode(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn the_code_of_a_call_is_not_lost() {
    for (text, code) in [
        (r#"{"ErrorCode":30005,"ErrorCode":0}"#, 30005),
        (r#"{"ErrorCode":0,"ErrorCode":30005}"#, 30005),
        (r#"{"ErrorCode":"60007"}"#, 60007),
        (r#"{"ErrorCode":" 60007 "}"#, 60007),
        (r#"{"ErrorCode":30005.0}"#, 30005),
        (r#"{"ErrorCode":3.0005e4}"#, 30005),
        ("\u{feff}{\"ErrorCode\":60007}", 60007),
        ("{\"ErrorCode\":60007}\0\0 trailing <bytes>", 60007),
        (r#"{"ErrorCode":"0"}"#, 0),
    ] {
        assert_eq!(read::<CheckResponse>(text).envelope.code, ErrorCode(code), "{text}");
    }
    for status in [r#""ActionStatus":"FAIL","ActionStatus":"OK""#, r#""ActionStatus":"OK","ActionStatus":"FAIL""#] {
        assert!(!read::<Empty>(format!(r#"{{{status},"ErrorCode":0}}"#)).envelope.is_ok(), "{status}");
    }
    // Two responses in one.
    assert!(Decoded::<Empty>::decode(br#"{"ErrorCode":0}{"ErrorCode":30005}"#).is_err());
}

#[test]
fn null_is_missing() {
    let decoded = read::<ListResponse>(r#"{"FollowItem":null,"NextCursor":null,"ErrorCode":0,"ErrorInfo":null}"#);
    assert_eq!((decoded.body, decoded.problem), (Some(ListResponse::default()), None));
    let decoded = read::<friend::CheckResponse>(
        r#"{"InfoItem":[{"To_Account":"bob","ResultCode":0,"ResultInfo":null,"Relation":"CheckResult_Type_BothWay"}],
            "Fail_Account":[null,"x",7],"ErrorCode":0}"#,
    );
    let body = decoded.body.unwrap();
    assert_eq!(body.items[0].result(), Ok(friend::Relation::BOTH_WAY));
    assert_eq!((body.failed(), body.unreadable.len()), (&[UserId::from("x")][..], 0));
    let decoded = read::<ListResponse>(
        r#"{"FollowItem":[{"To_Account":"bob","FollowTime":null,"ProfileItem":[null,{"Tag":"t","Value":null}]}],"ErrorCode":0}"#,
    );
    let item = &decoded.body.unwrap().items[0];
    assert_eq!((item.followed_at, item.profile.as_ref().unwrap().len()), (0, 1));
}

#[test]
fn an_unreadable_item_does_not_affect_the_others() {
    let good = r#"{"To_Account":"bob","ResultCode":0,"ResultInfo":"","FollowType":3}"#;
    let text = format!(
        r#"{{"ResultItem":[{{"To_Account":"a","ResultCode":0,"FollowType":"3"}},{good},null,
            {{"To_Account":"c","FollowType":3}},{{"To_Account":7,"ResultCode":0}},
            {{"To_Account":"e","ResultCode":0,"ResultCode":30003}}],"ErrorCode":0}}"#
    );
    let body = read::<CheckResponse>(&text).body.unwrap();
    assert_eq!(body.items, [CheckItem::found("bob", Relation::MUTUAL)]);
    assert_eq!(
        unreadable(&body.unreadable),
        [
            (0, Some("a"), "`FollowType` is a string, expected i64"),
            (2, None, "it is null, not an object"),
            (3, Some("c"), "`ResultCode` is missing"),
            (4, Some("7"), "`To_Account` is 7, expected a string"),
            (5, Some("e"), "a key occurs twice with different values"),
        ]
    );
    assert_eq!(
        body.unreadable[0].to_string(),
        "ResultItem[0] of the response cannot be read: `FollowType` is a string, expected i64"
    );
}

#[test]
fn reasons_name_the_key_and_quote_no_text() {
    let reason = |item: &str| {
        let text = format!(r#"{{"FollowInfo":[{item}],"FollowItem":[{item}],"ErrorCode":0}}"#);
        let counts = read::<CountsResponse>(&text).body.unwrap().unreadable;
        let list = read::<ListResponse>(&text).body.unwrap().unreadable;
        counts.into_iter().chain(list).next().unwrap().reason
    };
    let item = |rest: &str| reason(&format!(r#"{{"To_Account":"a","ResultCode":0,{rest}}}"#));
    assert_eq!(item(r#""FollowerCount":-1"#), "`FollowerCount` is -1, expected u64");
    assert_eq!(item(r#""FollowTime":"1702262118""#), "`FollowTime` is a string, expected u64");
    assert_eq!(item(r#""ProfileItem":[{"Tag":true}]"#), "in `ProfileItem`: expected a string");
    assert_eq!(item(r#""FollowTime":"secret, expected secret""#), "`FollowTime` is a string, expected u64");
    assert_eq!(item(r#""FollowerCount":1e999"#), "a number is too large, or a value nests too deep");
}

#[test]
fn a_rejected_target_keeps_its_code_beside_a_value_of_another_type() {
    let text = r#"{"ResultItem":[{"To_Account":"a","ResultCode":30003,"ResultInfo":"x","FollowType":"3"},
        {"To_Account":"b","ResultCode":30006,"ResultInfo":["x"]}],"ErrorCode":0}"#;
    let body = read::<CheckResponse>(text).body.unwrap();
    let codes: Vec<_> = body.items.iter().map(|item| item.result().unwrap_err().code.0).collect();
    assert_eq!((codes, body.unreadable.len()), (vec![30003, 30006], 0));
}

#[test]
fn a_rejected_target_keeps_its_code_beside_a_value_that_cannot_be_parsed() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for unreadable in [
        r#""FollowType":1e999"#,
        &format!(r#""FollowType":{deep}"#),
        r#""ResultInfo":"y""#,
        r#""FollowType":1,"FollowType":2"#,
        r#""ResultCode":30006"#,
        r#""X":1e999,"X":7,"ResultInfo":null"#,
        r#""ResultInfo":"\ud800","FollowType":"""#,
    ] {
        let text = format!(
            r#"{{"ResultItem":[{{"ResultInfo":"x","To_Account":"a","ResultCode":30006,{unreadable}}}],"ErrorCode":0}}"#
        );
        let body = read::<CheckResponse>(&text).body.unwrap();
        assert_eq!(body.items, [CheckItem::rejected("a", ErrorCode(30006), "x")], "{unreadable} {:?}", body.unreadable);
    }
    let text = r#"{"ResultItem":[{"To_Account":"a","ResultCode":30006,"ResultCode":30003}],"ErrorCode":0}"#;
    assert_eq!(read::<CheckResponse>(text).body.unwrap().unreadable.len(), 1);
    // An entry of a list has no code, so it is not rejected.
    let text = r#"{"FollowItem":[{"To_Account":"a","ResultCode":30006,"FollowTime":"1"}],"ErrorCode":0}"#;
    assert_eq!(read::<ListResponse>(text).body.unwrap().unreadable.len(), 1);
}

#[test]
fn an_item_with_an_unknown_key_that_cannot_be_parsed_is_read() {
    let text = r#"{"ResultItem":[{"To_Account":"a","ResultCode":0,"ResultInfo":null,"FollowType":3,"X":1e999,
        "Y":1,"Y":2}],"ErrorCode":0}"#;
    assert_eq!(read::<CheckResponse>(text).body.unwrap().items, [CheckItem::found("a", Relation::MUTUAL)]);
}

#[test]
fn a_broken_user_id_is_never_used_even_beside_another_one() {
    for ids in [
        r#""To_Account":"b\ud800","To_Account":null"#,
        r#""To_Account":"b\ud800","To_Account":"c""#,
        r#""To_Account":"c","To_Account":"b\udc00""#,
        r#""To_Account":"c","To_Account":"d""#,
    ] {
        let text = format!(r#"{{"FollowItem":[{{{ids}}}],"ErrorCode":0}}"#);
        let body = read::<ListResponse>(&text).body.unwrap();
        assert_eq!((body.items, body.unreadable[0].target.as_ref()), (Vec::new(), None), "{ids}");
    }
}

#[test]
fn an_id_and_a_cursor_with_a_replacement_character_are_used_beside_broken_text() {
    let text = r#"{"FollowItem":[{"To_Account":"b\ufffd"},{"To_Account":"\ud800"},{"To_Account":"c�"}],"NextCursor":"n�",
        "ErrorCode":0,"ErrorInfo":"x\ud800"}"#;
    let decoded = read::<ListResponse>(text);
    let body = decoded.body.unwrap();
    let users: Vec<_> = body.items.iter().map(|item| item.user.as_str()).collect();
    assert_eq!((users, body.unreadable[0].index, body.next), (vec!["b�", "c�"], 1, Cursor::new("n�")));
    assert_eq!((decoded.problem, decoded.envelope.info.as_deref()), (None, Some("x�")));
}

#[test]
fn broken_text_is_replaced_but_not_in_an_id() {
    let item = |user: &str, nick: &str| {
        format!(r#"{{"To_Account":"{user}","ProfileItem":[{{"Tag":"Tag_Profile_IM_Nick","Value":"{nick}"}}]}}"#)
    };
    let text = format!(
        r#"{{"FollowItem":[{},{},{}],"NextCursor":"next","ErrorCode":0}}"#,
        item("a", r"x\ud800y"),
        item(r"b\udc00", "x"),
        item("c", "@")
    );
    for (at, broken) in [b"\xff".as_slice(), b"\xed\xa0\x80", b"\xf0\x9f"].into_iter().enumerate() {
        let at_sign = text.find('@').unwrap();
        let bytes = [&text.as_bytes()[..at_sign], broken, &text.as_bytes()[at_sign + 1..]].concat();
        let decoded = read::<ListResponse>(bytes);
        assert_eq!(decoded.problem, None, "{at}");
        let body = decoded.body.unwrap();
        let nick = |item: &ListItem| item.profile.as_ref().unwrap()[0].value.as_str().unwrap().to_owned();
        assert_eq!(body.items.iter().map(|item| item.user.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(nick(&body.items[0]), "x\u{fffd}y");
        assert!(nick(&body.items[1]).starts_with('\u{fffd}'));
        assert_eq!(unreadable(&body.unreadable), [(1, None, "`To_Account` contains broken text")]);
        assert_eq!(body.next, Cursor::new("next"));
    }
}

#[test]
fn a_cursor_that_cannot_be_read_is_a_problem_and_the_items_are_kept() {
    for (next, problem) in [
        (r#""NextCursor":"\ud800""#, "`NextCursor` contains broken text"),
        (r#""NextCursor":7"#, "`NextCursor` is not a position"),
        (r#""NextCursor":"1","NextCursor":"2""#, "`NextCursor` occurs twice with different values"),
    ] {
        let text = format!(r#"{{"FollowItem":[{{"To_Account":"bob"}}],{next},"ErrorCode":0}}"#);
        let decoded = read::<ListResponse>(&text);
        assert_eq!(decoded.body.unwrap(), ListResponse::new(vec![ListItem::new("bob", 0)], Cursor::START));
        assert_eq!(decoded.problem.unwrap().to_string(), problem);
    }
}

#[test]
fn a_list_that_is_not_a_list_is_a_problem_and_one_that_occurs_twice_is_one_list() {
    let decoded = read::<TargetResults>(r#"{"ResultItem":{},"ErrorCode":0}"#);
    assert_eq!(decoded.problem.unwrap().to_string(), "`ResultItem` is not a list");
    let decoded = read::<ListResponse>(
        r#"{"FollowItem":[{"To_Account":"a"}],"FollowItem":[7,{"To_Account":"b"}],"ErrorCode":0}"#,
    );
    let body = decoded.body.unwrap();
    assert_eq!((body.items.len(), body.unreadable[0].index), (2, 1));
}

#[test]
fn a_key_and_its_alternative_can_both_be_present() {
    for keys in [r#""profile_sequence":7,"ProfileSequence":8"#, r#""ProfileSequence":8,"profile_sequence":7"#] {
        let text = format!(r#"{{"FollowItem":[{{"To_Account":"bob",{keys}}}],"ErrorCode":0}}"#);
        assert_eq!(read::<ListResponse>(&text).body.unwrap().items[0].profile_sequence, Some(7));
    }
    let text = r#"{"FollowItem":[{"To_Account":"bob","ProfileSequence":8,"profile_sequence":null}],"ErrorCode":0}"#;
    assert_eq!(read::<ListResponse>(text).body.unwrap().items[0].profile_sequence, Some(8));
}

#[test]
fn a_flood_of_unreadable_items_is_bounded() {
    let text = format!(r#"{{"FollowItem":[{}7],"ErrorCode":0}}"#, "7,".repeat(100_000));
    let decoded = read::<ListResponse>(&text);
    assert_eq!(decoded.body.unwrap().unreadable.len(), 1000);
    assert_eq!(decoded.problem.unwrap().to_string(), "more than 1000 items of `FollowItem` cannot be read");
}

#[test]
fn strict_and_tolerant_decoding_agree_on_a_documented_response() {
    let text = r#"{"FollowItem":[{"To_Account":"UserID_002","FollowTime":1702262118,"ProfileItem":[{"Tag":
        "Tag_Profile_IM_Nick","Value":"N"},{"Tag":"x","Value":18446744073709551615}],"profile_sequence":123}],
        "NextCursor":"n","New":{"a":[null]},"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ErrorDisplay":""}"#;
    let strict = read::<ListResponse>(text);
    assert_eq!(decode_tolerantly::<ListResponse>(text.as_bytes()), Some(strict));
}

/// After a change of any byte, decoding does not panic, and each item is still present, readable or
/// unreadable.
#[test]
fn a_changed_byte_loses_no_other_item() {
    let text = r#"{"FollowItem":[{"To_Account":"a","FollowTime":1,"ProfileItem":[{"Tag":"t","Value":"\ud83d\ude00"}],
        "profile_sequence":1},{"To_Account":"b"}],"NextCursor":"n","ErrorCode":0}"#
        .as_bytes();
    let (start, end) = (text.iter().position(|c| *c == b'[').unwrap(), text.len() - 35);
    let mut read = 0;
    for at in 0..text.len() {
        for byte in [0, b' ', b'"', b'\\', b'{', b']', b',', b'x', b'u', b'-', b'9', 0x80, 0xc3, 0xff] {
            let mut changed = text.to_vec();
            changed[at] = byte;
            let Ok(Decoded { body: Some(ListResponse { items, unreadable, .. }), .. }) = Decoded::decode(&changed)
            else {
                continue;
            };
            // Brackets, commas and quotes decide which items there are.
            let inside = (start + 1..end).contains(&at) && !b"[]{},\"".contains(&text[at]);
            if inside && !b"\"{],".contains(&byte) {
                assert_eq!(items.len() + unreadable.len(), 2, "{}", String::from_utf8_lossy(&changed));
                read += 1;
            }
        }
    }
    assert!(read > 500, "{read}");
}

/// The body of a command that is not built in, with the defaults of `ResponseBody`.
#[derive(Debug, serde::Deserialize)]
struct Own {
    #[serde(rename = "Name", default)]
    name: String,
    #[serde(rename = "Numbers", default)]
    numbers: Vec<u8>,
}

impl ResponseBody for Own {}

#[test]
fn a_body_with_the_defaults_is_decoded_completely_or_not_at_all() {
    let body = read::<Own>(r#"{"Name":"a\ud800","Numbers":null,"ErrorCode":0}"#).body.unwrap();
    assert_eq!((body.name.as_str(), body.numbers.len()), ("a\u{fffd}", 0));
    let decoded = read::<Own>(r#"{"Name":"a","Numbers":["1"],"ErrorCode":60007}"#);
    assert!(decoded.body.is_none() && decoded.problem.is_some());
    assert_eq!(decoded.envelope.code, ErrorCode(60007));
}

#[derive(Debug, serde::Deserialize)]
struct Counted {
    #[serde(rename = "Count")]
    _count: u32,
    #[serde(rename = "Name")]
    _name: String,
}

impl ResponseBody for Counted {}

#[test]
fn a_body_that_does_not_fit_names_the_key() {
    for (body, reason) in [
        (r#""Count":"secret","Name":"x""#, "`Count` is a string, expected u32"),
        (r#""Count":1"#, "`Name` is missing"),
        (r#""Name":"secret","Count":-1"#, "`Count` is -1, expected u32"),
    ] {
        let text = format!(r#"{{{body},"ActionStatus":"OK","ErrorCode":0}}"#);
        let error = Decoded::<Counted>::decode(text.as_bytes()).unwrap().into_result().unwrap_err();
        assert_eq!(error.to_string(), format!("the body does not fit the response type: {reason}"));
        assert!(error.is_about_body());
    }
    let error = Decoded::<Counted>::decode(b"<html>").unwrap_err();
    assert!(!error.is_about_body());
}
