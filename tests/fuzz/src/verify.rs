//! Any text is verified or rejected. A valid signature is rejected a second after its end.

use tim_sig::{SecretKey, Signer, VerifyError};

use crate::{KEY, SDKAPPID};

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let signer = Signer::new(SDKAPPID, SecretKey::new(KEY)).unwrap();
    if let Ok(claims) = signer.verify(text, None, 1_700_000_000) {
        let late = signer.verify(text, None, claims.valid_until + 1);
        assert_eq!(late, Err(VerifyError::Expired { valid_until: claims.valid_until }));
        assert!(signer.verify(text, Some(&claims.identifier), claims.valid_until).is_ok());
    }
}
