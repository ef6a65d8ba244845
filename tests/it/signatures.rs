//! UserSigs of Tencent's own libraries are accepted, and ours by the rules of theirs.

use serde::Deserialize;
use tim_sig::{SecretKey, Signer, VerifyError};

#[derive(Deserialize)]
struct Official {
    key: String,
    sdkappid: u32,
    identifier: String,
    time: u64,
    expire: u64,
    producer: String,
    usersig: String,
}

fn official() -> Vec<Official> {
    serde_json::from_str(include_str!("../fixtures/usersig-official.json")).unwrap()
}

#[test]
fn official_signatures_are_valid_until_their_last_second() {
    let all = official();
    assert!(all.len() > 50);
    for Official { key, sdkappid, identifier, time, expire, producer, usersig } in all {
        let signer = Signer::new(sdkappid, SecretKey::new(key)).unwrap();
        let until = time + expire;
        for now in [time, until] {
            let claims = signer.verify(&usersig, Some(&identifier), now);
            let claims = claims.unwrap_or_else(|error| panic!("{producer} {identifier:?}: {error}"));
            assert_eq!((claims.issued_at, claims.valid_until), (time, until));
        }
        let late = signer.verify(&usersig, Some(&identifier), until + 1);
        assert_eq!(late, Err(VerifyError::Expired { since: until }), "{producer} {identifier:?}");
    }
}

#[test]
fn official_signatures_are_refused_for_another_key_app_or_user() {
    for Official { key, sdkappid, identifier, time, producer, usersig, .. } in official() {
        let verify = |sdkappid, key: &str, user| {
            Signer::new(sdkappid, SecretKey::new(key)).unwrap().verify(&usersig, Some(user), time).unwrap_err()
        };
        let told = format!("{producer} {identifier:?}");
        assert_eq!(verify(sdkappid, "another", &identifier), VerifyError::BadSignature, "{told}");
        assert!(matches!(verify(sdkappid ^ 1, &key, &identifier), VerifyError::WrongApp { .. }), "{told}");
        assert!(matches!(verify(sdkappid, &key, "somebody"), VerifyError::WrongUser { .. }), "{told}");
    }
}

#[test]
fn what_we_sign_holds_the_same_fields_as_the_official_one() {
    for Official { key, sdkappid, identifier, time, expire, .. } in official() {
        let signer = Signer::new(sdkappid, SecretKey::new(key)).unwrap();
        let ours = signer.sign(&identifier, std::time::Duration::from_secs(expire), time).unwrap();
        let claims = signer.verify(ours.expose(), Some(&identifier), time).unwrap();
        assert_eq!((claims.issued_at, claims.valid_until), (time, time + expire));
    }
}
