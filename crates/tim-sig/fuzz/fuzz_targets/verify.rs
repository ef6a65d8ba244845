//! Any text is verified or rejected. A valid signature is rejected a second after its end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tim_sig::{SecretKey, Signer, VerifyError};

/// The key of the seeds.
const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";

fuzz_target!(|text: &str| {
    let signer = Signer::new(1400000000, SecretKey::new(KEY)).unwrap();
    if let Ok(claims) = signer.verify(text, None, 1_700_000_000) {
        let late = signer.verify(text, None, claims.valid_until + 1);
        assert_eq!(late, Err(VerifyError::Expired { valid_until: claims.valid_until }));
        assert!(signer.verify(text, Some(&claims.identifier), claims.valid_until).is_ok());
    }
});
