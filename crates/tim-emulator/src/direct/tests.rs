use super::*;
use crate::rate_limit::Window;

const NOW: u64 = 1_700_000_000;

struct App {
    world: DirectWorld,
    query: String,
}

impl App {
    fn new() -> Self {
        let key = || SecretKey::new("key");
        let signature = Signer::new(7, key()).unwrap().sign("administrator", Duration::from_secs(3600), NOW).unwrap();
        let query = format!("sdkappid=7&identifier=administrator&usersig={}&contenttype=json", signature.expose());
        Self { world: DirectWorld::new(SdkAppId(7), key()).unwrap(), query }
    }

    fn reset(&mut self, calls_per_second: u32) {
        let rate_limit = RateLimit { calls_per_second, window: Window::Sliding };
        self.world.reset(AppSettings::default(), Some(rate_limit)).unwrap();
        self.world.add_accounts(["alice", "bob", "carol"]).unwrap();
    }

    fn follow(&self, second: u64, rejected: Option<&str>) -> DirectReply {
        let body = br#"{"From_Account":"alice","FollowItem":[{"To_Account":"bob"},{"To_Account":"carol"}]}"#;
        let (path, query, elapsed) = ("/v4/follow/follow_add", &*self.query, Duration::from_secs(second));
        let call = DirectCall { path, query, body, unix_ms: (NOW + second) * 1000, elapsed };
        let fault = |user: &str| (Some(user) == rejected).then(|| (ErrorCode(30006), "fault".to_owned()));
        self.world.call(call, &fault).unwrap()
    }
}

#[test]
fn a_call_passes_the_gateway_and_changes_the_tables() {
    let mut app = App::new();
    app.reset(2);
    assert_eq!(app.follow(0, Some("carol")).code, ErrorCode::OK);
    assert_eq!(app.world.all_follows().unwrap(), [("alice".to_owned(), "bob".to_owned())]);
    assert_eq!(app.follow(0, None).code, ErrorCode::OK);
    assert!(app.world.follows("alice", "carol").unwrap());
    assert_eq!(app.follow(0, None).code, ErrorCode::CALLS_TOO_FREQUENT);
    assert_eq!(app.follow(3601, None).code, ErrorCode::SIG_EXPIRED);
}

#[test]
fn a_reset_removes_all_state() {
    let mut app = App::new();
    app.reset(1);
    app.follow(0, None);
    app.reset(1);
    assert_eq!(app.world.all_follows().unwrap(), []);
    assert_eq!(app.follow(0, None).code, ErrorCode::OK, "the rate limit counts from 0");
    assert_eq!(app.world.all_follows().unwrap().len(), 2);
}

#[test]
fn a_rejected_call_changes_nothing() {
    let mut app = App::new();
    app.reset(1);
    app.world.settings.quirks.unknown_target_rejects_call = true;
    accounts::delete(&app.world.db, &"carol".into()).unwrap();
    assert_eq!(app.follow(0, None).code, ErrorCode::ACCOUNT_NOT_FOUND);
    assert_eq!(app.world.all_follows().unwrap(), []);
}
