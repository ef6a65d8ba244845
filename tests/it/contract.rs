//! Compares what both clients send with literals. The emulator shares tim-types, so a test against
//! it would not notice a wrong fact there.

use tim_follow::{
    Client, Command, Config, Endpoint, Error, SdkAppId, SecretKey, account, block, blocking, follow, friend, profile,
    status,
};
use wiremock::matchers::{body_string, header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::documents::{document, request};
use crate::fixtures::fixture;

fn config(server: &MockServer) -> Config {
    Config::new(SdkAppId(1400000000), "administrator", SecretKey::new("the-secret-key")).base_url(server.uri())
}

/// Returns whether the query has exactly the five keys, each once.
fn has_the_five_keys(request: &Request) -> bool {
    let mut query: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
    query.sort();
    let [contenttype, identifier, random, sdkappid, usersig] = query.as_slice() else { return false };
    let fixed = |pair: &(String, String), key: &str, value: &str| pair.0 == key && pair.1 == value;
    fixed(contenttype, "contenttype", "json")
        && fixed(identifier, "identifier", "administrator")
        && fixed(sdkappid, "sdkappid", "1400000000")
        && (random.0 == "random" && random.1.parse::<u32>().is_ok())
        && (usersig.0 == "usersig" && usersig.1.starts_with("eJ"))
}

/// Sends the documented request with both clients to a server that accepts exactly this request and
/// returns the documented response.
async fn contract<C: Command>() {
    let (literal_path, literal_body) = (document::<C>("path.txt"), document::<C>("request.json"));
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(literal_path))
        .and(header("content-type", "application/json"))
        .and(header("user-agent", concat!("tim-follow/", env!("CARGO_PKG_VERSION"))))
        .and(has_the_five_keys)
        .and(body_string(literal_body))
        .respond_with(ResponseTemplate::new(200).set_body_string(document::<C>("response.json")))
        .expect(2)
        .mount(&server)
        .await;

    let response = Client::new(config(&server)).unwrap().send(request::<C>()).await;
    response.unwrap_or_else(|error| panic!("{}: {error}", C::COMMAND));
    let response = blocking_send(config(&server), request::<C>()).await;
    response.unwrap_or_else(|error| panic!("{}, blocking: {error}", C::COMMAND));
}

async fn blocking_send<E>(config: Config, request: E) -> Result<E::Response, Error>
where
    E: Endpoint + 'static,
    E::Response: 'static,
{
    let send = move || blocking::Client::new(config).unwrap().send(request);
    tokio::task::spawn_blocking(send).await.unwrap()
}

#[test]
fn every_command_sends_the_documented_request() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    macro_rules! all {
        ($($command:ty),* $(,)?) => { $(runtime.block_on(contract::<$command>());)* };
    }
    tim_types::for_each_command!(all);
}

/// A redirect would send the signature to another host.
#[tokio::test]
async fn no_redirect_is_followed() {
    let elsewhere = MockServer::start().await;
    Mock::given(path("/")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&elsewhere).await;
    for status in [301, 302, 307, 308] {
        let server = MockServer::start().await;
        let redirect = ResponseTemplate::new(status).insert_header("Location", format!("{}/", elsewhere.uri()));
        Mock::given(method("POST")).respond_with(redirect).expect(2).mount(&server).await;
        let request = follow::Add::new("alice", ["bob"]);
        let error = Client::new(config(&server)).unwrap().send(request.clone()).await.unwrap_err();
        assert!(error.to_string().contains(&format!("HTTP {status}")), "{error}");
        let error = blocking_send(config(&server), request).await.unwrap_err();
        assert!(error.to_string().contains(&format!("HTTP {status}")), "{error}");
    }
}

/// The official sample response has no `Content-Type`.
#[tokio::test]
async fn a_response_needs_no_content_type() {
    let server = MockServer::start().await;
    let bytes = fixture!("follow_check", "response").as_bytes();
    let bare = ResponseTemplate::new(200).set_body_bytes(bytes);
    Mock::given(method("POST")).respond_with(bare).expect(2).mount(&server).await;
    let request = follow::Check::new("UserID_001", ["UserID_002"]);
    Client::new(config(&server)).unwrap().send(request.clone()).await.unwrap();
    blocking_send(config(&server), request).await.unwrap();
}

#[test]
fn regions_have_the_documented_hosts() {
    use tim_types::Region;
    let hosts = Region::ALL.map(|region| (region.primary_host(), region.backup_host()));
    assert_eq!(
        hosts,
        [
            ("console.tim.qq.com", "adminapi.my-imcloud.com"),
            ("adminapisgp.im.qcloud.com", "adminapisgp.my-imcloud.com"),
            ("adminapikr.im.qcloud.com", "adminapikr.my-imcloud.com"),
            ("adminapijpn.im.qcloud.com", "adminapijpn.my-imcloud.com"),
            ("adminapiger.im.qcloud.com", "adminapiger.my-imcloud.com"),
            ("adminapiind.im.qcloud.com", "adminapiind.my-imcloud.com"),
            ("adminapiusa.im.qcloud.com", "adminapiusa.my-imcloud.com"),
            ("adminapiidn.im.qcloud.com", "adminapiidn.my-imcloud.com"),
        ]
    );
}

#[test]
fn commands_have_the_documented_limits() {
    use tim_follow::Batch;
    assert_eq!(follow::Add::MAX_TARGETS, 20);
    assert_eq!(follow::Delete::MAX_TARGETS, 20);
    assert_eq!(follow::Check::MAX_TARGETS, 100);
    assert_eq!(follow::Counts::MAX_TARGETS, 20);
    assert_eq!(friend::Add::MAX_TARGETS, 1000);
    assert_eq!(friend::Add::max_targets(&friend::AddMode::default()), 100);
    assert_eq!(friend::Import::MAX_TARGETS, 1000);
    assert_eq!(friend::Update::MAX_TARGETS, 1000);
    assert_eq!(friend::Update::max_targets(&()), 100);
    assert_eq!(friend::Delete::MAX_TARGETS, 1000);
    assert_eq!(friend::Check::MAX_TARGETS, 1000);
    assert_eq!(block::Add::MAX_TARGETS, 1000);
    assert_eq!(block::Delete::MAX_TARGETS, 1000);
    assert_eq!(block::Check::MAX_TARGETS, 1000);
    assert_eq!(block::List::MAX_PAGE_SIZE, 1000);
    assert_eq!(account::Check::MAX_TARGETS, 100);
    assert_eq!(account::ImportMany::MAX_TARGETS, 100);
    assert_eq!(account::Delete::MAX_TARGETS, 100);
    assert_eq!(profile::Get::MAX_TARGETS, 100);
    assert_eq!(status::Query::MAX_TARGETS, 500);
    assert_eq!(follow::List::MAX_PAGE_SIZE, 1000);
    assert_eq!(follow::Add::CALLS_PER_SECOND, 200);
    assert_eq!(account::Check::CALLS_PER_SECOND, 100);
    assert_eq!(account::Delete::CALLS_PER_SECOND, 100);
    assert_eq!(account::ImportMany::CALLS_PER_SECOND, 100);
    assert_eq!(account::Import::CALLS_PER_SECOND, 200);
    assert_eq!(account::Kick::CALLS_PER_SECOND, 200);
}
