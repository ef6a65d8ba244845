//! The memory that a response that is not as documented takes. This is a test program of its own
//! because the counter of allocations is global.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use tim_types::{Decoded, Empty, ResponseBody, follow, friend};

/// The length of each body.
const BODY: usize = 256 << 10;

/// Repeats `part` up to the length of a body. `#` in it is replaced by a number.
fn fill(part: &str) -> String {
    let mut text = String::with_capacity(BODY + part.len() + 10);
    for number in 0.. {
        if text.len() >= BODY {
            break;
        }
        match part.split_once('#') {
            Some((before, after)) => write!(text, "{before}{number}{after}").unwrap(),
            None => text.push_str(part),
        }
    }
    text.trim_end_matches(',').to_owned()
}

/// Decodes the body and checks the peak of the memory and the sum of all allocations, each as a
/// multiple of the length of the body. The sum includes copies, so it also bounds the work.
fn costs<R: ResponseBody>(text: &str) {
    let measured = allocation_counter::measure(|| drop(Decoded::<R>::decode(text.as_bytes())));
    let per_byte = |bytes: u64| bytes / text.len() as u64;
    let (peak, sum) = (per_byte(measured.bytes_max), per_byte(measured.bytes_total));
    let start = &text[..text.len().min(60)];
    assert!(peak <= 12 && sum <= 100, "peak {peak}, sum {sum}: {start}");
}

#[test]
fn decoding_an_undocumented_response_takes_a_bounded_multiple_of_its_length() {
    let objects = fill("{\"a\":0},");
    costs::<Empty>(&format!(r#"{{"X":[{objects}],"ErrorInfo":5,"ErrorCode":0}}"#));
    costs::<Empty>(&format!(r#"{{{},"ErrorInfo":5,"ErrorCode":0}}"#, fill("\"#\":0,")));
    costs::<Empty>(&format!(r#"{{{},"ErrorInfo":5,"ErrorCode":0}}"#, fill("\"\":0,")));

    let check = |item: &str| costs::<follow::CheckResponse>(&format!(r#"{{"ResultItem":[{item}],"ErrorCode":0}}"#));
    let of = |rest: &str| format!(r#"{{"To_Account":"a","ResultCode":0,"FollowType":"3",{rest}}}"#);
    let list = fill("{\"a\":0},");
    let keys: Vec<_> = (0..28).map(|key| format!("\"{key}\":[{}]", &list[..list.len() / 28 / 8 * 8 - 1])).collect();
    check(&of(&keys.join(",")));
    check(&of(&fill("\"#\":0,")));
    check(&of(&fill("\"\":null,")));
    check(&of(&fill("\"FollowType\":\"3\",")));
    check(&fill("{},"));
    check(&fill("[],"));
    check(&fill("{\"To_Account\":\"\",\"ResultCode\":7,\"FollowType\":\"3\"},"));
    check(&fill("{\"To_Account\":\"\\ud800\"},"));

    let failed = fill("null,\"\",");
    costs::<friend::CheckResponse>(&format!(r#"{{"Fail_Account":[{failed}],"ErrorCode":0}}"#));
    costs::<follow::ListResponse>(&format!(r#"{{{},"ErrorCode":0}}"#, fill("\"NextCursor\":\"#\",")));
    costs::<follow::ListResponse>(&format!(r#"{{{},"ErrorCode":0}}"#, fill("\"FollowItem\":[null],")));
}
