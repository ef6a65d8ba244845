//! A kick of the admin, whose signature a client has cached.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tim_emulator::{CallFilter, Emulator};
use tim_follow::account::{Check, Kick};
use tim_follow::transport::{
    ClockReading, Options, Request, ReqwestTransport, Response, TransportError, UreqTransport,
};
use tim_follow::{BlockingTransport, Client, Config, ErrorCode, ErrorKind, Transport, blocking};

use crate::either::Either;

/// A transport whose wall clock is this many seconds ahead.
#[derive(Debug)]
struct Ahead<T>(T, Arc<AtomicU64>);

impl<T> Ahead<T> {
    fn read(&self, now: ClockReading) -> ClockReading {
        ClockReading { unix: now.unix + self.1.load(Ordering::Relaxed), ..now }
    }
}

#[async_trait]
impl<T: Transport> Transport for Ahead<T> {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.0.send(request).await
    }

    async fn sleep(&self, time: Duration) {
        self.0.sleep(time).await;
    }

    fn now(&self) -> ClockReading {
        self.read(self.0.now())
    }
}

impl<T: BlockingTransport> BlockingTransport for Ahead<T> {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.0.send(request)
    }

    fn sleep(&self, time: Duration) {
        self.0.sleep(time);
    }

    fn now(&self) -> ClockReading {
        self.read(self.0.now())
    }
}

/// Runs a test with each client, each against a new emulator, with the seconds that its clock is
/// ahead.
fn with_both(test: impl Fn(&Emulator, &Either, &AtomicU64)) {
    for is_blocking in [false, true] {
        let (emulator, ahead) = (Emulator::builder().start_blocking().unwrap(), Arc::new(AtomicU64::new(0)));
        let config = Config::new(emulator.sdkappid(), emulator.admin(), emulator.secret_key().clone())
            .base_url(emulator.base_url());
        let clock = Arc::clone(&ahead);
        let client = if is_blocking {
            let transport = Ahead(UreqTransport::new(&Options::default()).unwrap(), clock);
            Either::Blocking(blocking::Client::with_transport(config, Arc::new(transport)).unwrap())
        } else {
            let transport = Ahead(ReqwestTransport::new(&Options::default()).unwrap(), clock);
            Either::Async(Client::with_transport(config, Arc::new(transport)).unwrap())
        };
        test(&emulator, &client, &ahead);
    }
}

fn codes(emulator: &Emulator) -> Vec<i64> {
    let calls = emulator.calls_matching(&CallFilter::new().command("account_check"));
    calls.iter().map(|call| call.code.unwrap()).collect()
}

#[test]
fn a_kicked_admin_signs_again() {
    with_both(|emulator, client, ahead| {
        client.send(Check::new(["a"])).unwrap();
        emulator.time().offset(100);
        client.send(Kick::new(emulator.admin())).unwrap();
        ahead.store(200, Ordering::Relaxed);
        client.send(Check::new(["a"])).unwrap();
        client.send(Check::new(["a"])).unwrap();
        assert_eq!(codes(emulator), [0, 70052, 0, 0]);
    });
}

#[test]
fn a_client_whose_clock_is_behind_the_kick_reports_its_clock() {
    with_both(|emulator, client, _| {
        emulator.time().offset(100);
        client.send(Kick::new(emulator.admin())).unwrap();
        let error = client.send(Check::new(["a"])).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::SIG_INVALIDATED));
        assert!(matches!(error.kind(), ErrorKind::Api { fresh_signature: Some(_), .. }), "{error:?}");
        assert_eq!(codes(emulator), [70052, 70052]);
    });
}

#[test]
fn a_kick_of_another_user_leaves_the_admin_signed_in() {
    with_both(|emulator, client, _| {
        client.send(tim_follow::account::Import::new("bob")).unwrap();
        emulator.time().offset(100);
        client.send(Kick::new("bob")).unwrap();
        client.send(Check::new(["a"])).unwrap();
        assert_eq!(codes(emulator), [0]);
    });
}
