//! The signature of webhooks.
//! <https://www.tencentcloud.com/document/product/1047/34354>

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::SecretKey;

/// The webhook token that is set in the console.
///
/// With a token, each webhook has `Sign` and `RequestTime` in its query. `Sign` is the SHA-256 of
/// the token followed by the time, in hex. It does not cover the body, so it only proves that the
/// sender knows the token.
///
/// ```
/// use std::time::Duration;
/// use tim_sig::{WebhookError, WebhookToken};
///
/// let token = WebhookToken::new("xxxxyyyy");
/// // From the query of the webhook.
/// let (sign, request_time) = ("17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061", 1669872112);
///
/// let tolerance = Duration::from_secs(300);
/// let now = 1669872115; // unix seconds
/// assert_eq!(token.verify(sign, request_time, now, tolerance), Ok(()));
/// assert_eq!(token.verify(sign, request_time, now + 600, tolerance), Err(WebhookError::NotFresh { request_time }));
/// ```
#[derive(Debug, Clone)]
pub struct WebhookToken(SecretKey);

/// Why a webhook is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// `Sign` was made with another token or for another time.
    #[error("invalid Sign: it does not match the token and RequestTime; check the token in the console")]
    BadSign,
    /// `Sign` is valid, but `RequestTime` is too far from now.
    #[error(
        "RequestTime {request_time} (unix seconds) is too far from now: check the clock of this machine; if it is right, the webhook is a replay"
    )]
    NotFresh {
        /// `RequestTime`, in unix seconds.
        request_time: u64,
    },
}

impl WebhookToken {
    /// Wraps the text of a token.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretKey::new(text))
    }

    /// The `Sign` for a `RequestTime` in unix seconds: 64 lower-case hex digits.
    pub fn sign(&self, request_time: u64) -> String {
        let digest = Sha256::new().chain_update(self.0.expose()).chain_update(request_time.to_string()).finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Verifies a webhook at `now`. Times are in unix seconds. The service does not document how
    /// old a webhook may be; a `tolerance` of a few minutes, which applies to the past and the
    /// future, is a sensible choice. `sign` is compared in constant time.
    ///
    /// # Errors
    /// [`WebhookError::BadSign`], or [`WebhookError::NotFresh`] if only the time is wrong. An empty
    /// token accepts no `Sign`, because anyone could make it.
    pub fn verify(&self, sign: &str, request_time: u64, now: u64, tolerance: Duration) -> Result<(), WebhookError> {
        if self.0.expose().is_empty() {
            return Err(WebhookError::BadSign);
        }
        // The comparison of two MACs under a key that the sender does not know takes constant time.
        let keyed = Hmac::<Sha256>::new_from_slice(self.0.expose().as_bytes()).map_err(|_| WebhookError::BadSign)?;
        let expected = keyed.clone().chain_update(self.sign(request_time)).finalize();
        keyed.chain_update(sign).verify(&expected.into_bytes()).map_err(|_| WebhookError::BadSign)?;
        if now.abs_diff(request_time) > tolerance.as_secs() {
            return Err(WebhookError::NotFresh { request_time });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGN: &str = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061";
    const TIME: u64 = 1_669_872_112;

    fn verify(sign: &str, request_time: u64, now: u64) -> Result<(), WebhookError> {
        WebhookToken::new("xxxxyyyy").verify(sign, request_time, now, Duration::from_secs(60))
    }

    /// The example of the official page.
    #[test]
    fn the_documented_sign_is_accepted() {
        assert_eq!(WebhookToken::new("xxxxyyyy").sign(TIME), SIGN);
        assert_eq!(verify(SIGN, TIME, TIME), Ok(()));
    }

    #[test]
    fn any_other_sign_is_rejected() {
        for sign in ["", "17", &SIGN.to_uppercase(), &SIGN.replace('1', "2"), &format!("{SIGN}0"), &SIGN[..63]] {
            assert_eq!(verify(sign, TIME, TIME), Err(WebhookError::BadSign), "{sign}");
        }
        assert_eq!(verify(SIGN, TIME + 1, TIME), Err(WebhookError::BadSign));
        let empty = WebhookToken::new("");
        assert_eq!(empty.verify(&empty.sign(TIME), TIME, TIME, Duration::MAX), Err(WebhookError::BadSign));
        let other = WebhookToken::new("xxxxyyyz").verify(SIGN, TIME, TIME, Duration::MAX);
        assert_eq!(other, Err(WebhookError::BadSign));
    }

    #[test]
    fn a_webhook_is_fresh_on_both_sides_of_now() {
        for (now, fresh) in [(TIME - 61, false), (TIME - 60, true), (TIME + 60, true), (TIME + 61, false), (0, false)] {
            assert_eq!(verify(SIGN, TIME, now).is_ok(), fresh, "{now}");
        }
        let stale = WebhookError::NotFresh { request_time: TIME };
        assert_eq!(verify(SIGN, TIME, TIME + 61), Err(stale));
    }

    #[test]
    fn debug_does_not_show_the_token() {
        assert!(!format!("{:?}", WebhookToken::new("xxxxyyyy")).contains("xxxx"));
    }
}
