//! The events of a call.

use std::sync::{Arc, Mutex};

use tim_follow::follow;
use tim_follow::transport::{MockTransport, TransportErrorKind};

use crate::clients::{broken, code, config, ok, with_both};

#[test]
fn every_step_of_a_call_is_an_event() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let seen = lines.clone();
    let config = config().seed(1).observe(move |event| seen.lock().unwrap().push(event.to_string()));
    let script = || MockTransport::new([broken(TransportErrorKind::Connect), code(70001), code(60007), ok()]);
    with_both(&config, script, |client, _| {
        client.send(follow::Add::new("alice", ["bob"])).unwrap();
        let lines = std::mem::take(&mut *lines.lock().unwrap());
        let expected = [
            "follow_add: attempt 1 to https://adminapisgp.im.qcloud.com",
            "follow_add: attempt 1 got no response after 0.0ns",
            "follow_add: no connection to https://adminapisgp.im.qcloud.com; switching to https://adminapisgp.my-imcloud.com",
            "follow_add: retrying after an error: follow_add: no connection: scripted; check the network, the proxy and the certificates [https://adminapisgp.im.qcloud.com]",
            "follow_add: waiting ",
            "follow_add: attempt 2 to https://adminapisgp.my-imcloud.com",
            "follow_add: attempt 2 got code 70001 after 0.0ns",
            "follow_add: the signature expired; signing again",
            "follow_add: retrying after an error: follow_add: rejected with 70001",
            "follow_add: attempt 3 to https://adminapisgp.my-imcloud.com",
            "follow_add: attempt 3 got code 60007 after 0.0ns",
            "follow_add: retrying after an error: follow_add: rejected with 60007",
            "follow_add: waiting 1.",
            "follow_add: attempt 4 to https://adminapisgp.my-imcloud.com",
            "follow_add: attempt 4 got code 0 after 0.0ns",
        ];
        assert_eq!(lines.len(), expected.len(), "{lines:#?}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.starts_with(expected), "{line}\nis not\n{expected}");
        }
    });
}
