//! The URL of a call.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tim_sig::UserSig;
use tim_types::{SdkAppId, UserId};

/// The characters that are percent-encoded in a query value: all except the unreserved ones of RFC
/// 3986. A blank becomes `%20`; `form_urlencoded` would write `+`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The part of the query that is the same in all calls of a client: `sdkappid` and `identifier`.
#[derive(Debug)]
pub(super) struct Identity(String);

impl Identity {
    pub(super) fn new(sdkappid: SdkAppId, admin: &UserId) -> Self {
        let admin = utf8_percent_encode(admin.as_str(), ENCODED);
        Self(format!("sdkappid={sdkappid}&identifier={admin}"))
    }
}

/// The complete URL of a call. `base` does not end with a slash, and `service` and `command`
/// contain only letters, digits and `_`. The URL contains the UserSig: keep it out of logs and
/// errors.
pub(super) fn call_url(
    base: &str,
    service: &str,
    command: &str,
    identity: &Identity,
    usersig: &UserSig,
    random: u32,
) -> String {
    // The characters of a UserSig need no encoding.
    let (identity, usersig) = (&identity.0, usersig.expose());
    format!("{base}/v4/{service}/{command}?{identity}&usersig={usersig}&random={random}&contenttype=json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(admin: &str) -> String {
        let identity = Identity::new(SdkAppId(1400000000), &UserId::from(admin));
        call_url("https://host/base", "follow", "follow_add", &identity, &UserSig::new("eJy*-_"), 7)
    }

    #[test]
    fn a_url_has_all_parts_in_a_fixed_order() {
        assert_eq!(
            url("administrator"),
            "https://host/base/v4/follow/follow_add?sdkappid=1400000000&identifier=administrator&usersig=eJy*-_&random=7\
             &contenttype=json"
        );
    }

    #[test]
    fn an_identifier_is_percent_encoded_with_20_for_a_blank() {
        for (admin, encoded) in [
            ("a b", "a%20b"),
            ("a+b", "a%2Bb"),
            ("a&b=c?d#e/f%g", "a%26b%3Dc%3Fd%23e%2Ff%25g"),
            ("关注", "%E5%85%B3%E6%B3%A8"),
            ("A-z_0.9~", "A-z_0.9~"),
        ] {
            assert!(url(admin).contains(&format!("&identifier={encoded}&")), "{admin}: {}", url(admin));
        }
    }
}
