//! The signature of the admin: made once, kept, and made anew before its end.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tim_sig::{SignError, Signer, UserSig};
use tim_types::UserId;

#[derive(Debug)]
pub(crate) struct Signature {
    signer: Signer,
    admin: UserId,
    validity: Duration,
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    usersig: UserSig,
    made_at: u64,
}

impl Signature {
    pub(crate) fn new(signer: Signer, admin: UserId, validity: Duration) -> Self {
        Self { signer, admin, validity, kept: Mutex::new(None) }
    }

    /// A signature that is valid at `now`, in unix seconds, and for a while after.
    pub(crate) fn at(&self, now: u64) -> Result<UserSig, SignError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_ref().filter(|kept| self.fresh(kept, now)) {
            return Ok(kept.usersig.clone());
        }
        let usersig = self.signer.sign(self.admin.as_str(), self.validity, now)?;
        *kept = Some(Kept { usersig: usersig.clone(), made_at: now });
        Ok(usersig)
    }

    /// Not in the last tenth of its life, at most an hour; nor made in what the clock now calls the future.
    fn fresh(&self, kept: &Kept, now: u64) -> bool {
        let validity = self.validity.as_secs();
        let margin = (validity / 10).min(3600);
        now.checked_sub(kept.made_at).is_some_and(|age| age < validity - margin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tim_sig::SecretKey;

    const NOW: u64 = 1_700_000_000;

    fn signature(validity: u64) -> Signature {
        let signer = Signer::new(1, SecretKey::new("key")).unwrap();
        Signature::new(signer, "administrator".into(), Duration::from_secs(validity))
    }

    #[test]
    fn one_signature_serves_until_near_its_end() {
        let signature = signature(1000);
        let first = signature.at(NOW).unwrap();
        assert_eq!(signature.at(NOW + 899).unwrap(), first);
        let second = signature.at(NOW + 900).unwrap();
        assert_ne!(second, first);
        assert_eq!(signature.at(NOW + 1799).unwrap(), second);
    }

    #[test]
    fn a_clock_that_is_set_back_gets_a_new_signature() {
        let signature = signature(1000);
        let first = signature.at(NOW).unwrap();
        assert_ne!(signature.at(NOW - 1).unwrap(), first);
    }

    #[test]
    fn a_validity_of_a_second_signs_every_second() {
        let signature = signature(1);
        let first = signature.at(NOW).unwrap();
        assert_eq!(signature.at(NOW).unwrap(), first);
        assert_ne!(signature.at(NOW + 1).unwrap(), first);
    }
}
