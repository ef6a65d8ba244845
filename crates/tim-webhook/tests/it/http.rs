use http::Request;
use tim_webhook::{Response, respond};

use super::{FOLLOW, NOW, OK, follow, receiver};

#[test]
fn a_request_becomes_a_response() {
    let receiver = receiver();
    let send = |method: &str, respond_with: Response| {
        let request = Request::builder().method(method).uri(format!("/im?{}", follow(NOW))).body(FOLLOW).unwrap();
        let mut duplicate = None;
        let response = respond(&receiver, &request, NOW, |webhook| {
            duplicate = Some(webhook.is_duplicate);
            if respond_with.is_ok() { webhook.ok() } else { respond_with.clone() }
        });
        let allow = response.headers().get("allow").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(response.headers()["content-type"], "application/json");
        (response.status().as_u16(), duplicate, allow, response.into_body())
    };
    let ok = receiver
        .receive(
            "POST",
            &follow(NOW),
            r#"{"CallbackCommand":"Follow.CallbackAfterFollowAdd","From_Account":"a","FollowList":[],"EventTime":1}"#,
            NOW,
        )
        .unwrap()
        .ok();
    let (status, duplicate, allow, _) = send("GET", ok.clone());
    assert_eq!((status, duplicate, allow.as_deref()), (405, None, Some("POST")));
    let (status, duplicate, _, body) = send("POST", Response::failed("the database is away"));
    assert_eq!((status, duplicate), (500, Some(false)));
    assert!(body.contains("the database is away"), "{body}");
    assert_eq!(send("POST", ok.clone()), (200, Some(false), None, OK.to_owned()), "the failed one was forgotten");
    assert_eq!(send("POST", ok), (200, Some(true), None, OK.to_owned()));
}
