//! Calls for tests of the log.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use hyper::{HeaderMap, Version};

use super::{NewCall, Request, Response};

/// A follow_add of bob for alice, unless it is changed.
pub(super) struct TestCall {
    user: &'static str,
    code: i64,
    item_codes: Vec<i64>,
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) request: Vec<u8>,
    pub(super) response: Vec<u8>,
    response_headers: HeaderMap,
    pub(super) is_closed: bool,
}

pub(super) fn call() -> TestCall {
    let mut headers = HeaderMap::new();
    headers.insert("host", "127.0.0.1:1".parse().unwrap());
    headers.insert("content-type", "application/json".parse().unwrap());
    let mut response_headers = HeaderMap::new();
    response_headers.insert("content-type", "application/json".parse().unwrap());
    TestCall {
        user: "bob",
        code: 30001,
        item_codes: Vec::new(),
        target: "/v4/follow/follow_add?sdkappid=1&usersig=secret&identifier=ad%20min".to_owned(),
        headers,
        request: b"{}".to_vec(),
        response: br#"{"ErrorCode":30001}"#.to_vec(),
        response_headers,
        is_closed: false,
    }
}

impl TestCall {
    pub(super) fn user(self, user: &'static str) -> Self {
        Self { user, ..self }
    }

    pub(super) fn code(self, code: i64) -> Self {
        Self { code, ..self }
    }

    pub(super) fn item_codes(self, codes: &[i64]) -> Self {
        Self { item_codes: codes.to_vec(), ..self }
    }

    pub(super) fn request(self, body: impl Into<Vec<u8>>) -> Self {
        Self { request: body.into(), ..self }
    }

    pub(super) fn response(self, body: impl Into<Vec<u8>>) -> Self {
        Self { response: body.into(), ..self }
    }

    pub(super) fn new_call(&self) -> NewCall<'_> {
        let response = Response { status: 200, headers: &self.response_headers, body: &self.response };
        NewCall {
            at_ms: 1_702_262_118_007,
            duration: Duration::from_millis(2),
            command: Some("follow_add"),
            user: Some(self.user),
            targets: vec!["carol".to_owned()],
            code: Some(self.code),
            item_codes: self.item_codes.clone(),
            faults: vec![],
            replay_of: None,
            from: IpAddr::V4(Ipv4Addr::LOCALHOST),
            request: Request {
                method: "POST",
                target: &self.target,
                version: Version::HTTP_11,
                headers: &self.headers,
                body: Some(&self.request),
            },
            response: (!self.is_closed).then_some(response),
        }
    }
}
