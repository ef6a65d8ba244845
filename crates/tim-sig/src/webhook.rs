//! The sign with which webhooks come when a token is set in the console.
//! <https://www.tencentcloud.com/document/product/1047/34354>

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::SecretKey;

/// The token that was set in the console for webhooks.
///
/// A webhook then has `Sign` and `RequestTime` in its query: `Sign` is SHA-256 of the token followed by the time, in hex.
/// The body is not covered, so a sign shows no more than that the sender knows the token.
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

/// Why a webhook is not taken for one of the service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// The sign was made with another token or for another time.
    #[error("the sign of the webhook does not fit the token and its time")]
    BadSign,
    /// The sign fits, but was made too long ago, or in the future.
    #[error("the webhook was sent at {request_time} (unix seconds), too far from now; are the clocks right?")]
    NotFresh {
        /// When it says it was sent.
        request_time: u64,
    },
}

impl WebhookToken {
    /// The token with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretKey::new(text))
    }

    /// The sign of a webhook that is sent at this time, in unix seconds: 64 hex digits in lower case.
    pub fn sign(&self, request_time: u64) -> String {
        let digest = Sha256::new().chain_update(self.0.expose()).chain_update(request_time.to_string()).finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Verifies the sign of a webhook at `now`; times are in unix seconds. How old a webhook may be is not documented,
    /// so `tolerance` is yours: a few minutes, into the past and the future. Takes the same time whatever is wrong with
    /// the sign.
    ///
    /// # Errors
    /// The sign does not fit, or it fits and is not fresh.
    pub fn verify(&self, sign: &str, request_time: u64, now: u64, tolerance: Duration) -> Result<(), WebhookError> {
        // Two MACs under a key that the sender does not know are compared, and those in constant time.
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
    fn the_documented_sign_is_made_and_taken() {
        assert_eq!(WebhookToken::new("xxxxyyyy").sign(TIME), SIGN);
        assert_eq!(verify(SIGN, TIME, TIME), Ok(()));
    }

    #[test]
    fn any_other_sign_is_refused() {
        for sign in ["", "17", &SIGN.to_uppercase(), &SIGN.replace('1', "2"), &format!("{SIGN}0"), &SIGN[..63]] {
            assert_eq!(verify(sign, TIME, TIME), Err(WebhookError::BadSign), "{sign}");
        }
        assert_eq!(verify(SIGN, TIME + 1, TIME), Err(WebhookError::BadSign));
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
    fn debug_hides_the_token() {
        assert!(!format!("{:?}", WebhookToken::new("xxxxyyyy")).contains("xxxx"));
    }
}
