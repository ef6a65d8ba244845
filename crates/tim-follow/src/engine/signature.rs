//! The signature of the admin: made once, kept, and made anew before its end.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tim_sig::{SignError, Signer, UserSig, is_fresh};
use tim_types::UserId;

#[derive(Debug)]
pub(crate) struct Signature {
    signer: Signer,
    admin: UserId,
    validity: Duration,
    kept: Mutex<Option<Signed>>,
}

/// A signature and when it was made, in unix seconds.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) usersig: UserSig,
    pub(crate) at: u64,
}

impl Signature {
    pub(crate) fn new(signer: Signer, admin: UserId, validity: Duration) -> Self {
        Self { signer, admin, validity, kept: Mutex::new(None) }
    }

    /// A signature that is valid at `now`, in unix seconds, and for a while after. However many calls ask at once, one of
    /// them makes it.
    pub(crate) fn at(&self, now: u64) -> Result<Signed, SignError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_ref().filter(|kept| is_fresh(kept.at, self.validity, now)) {
            return Ok(kept.clone());
        }
        let usersig = self.signer.sign(self.admin.as_str(), self.validity, now)?;
        Ok(kept.insert(Signed { usersig, at: now }).clone())
    }

    /// The service refused the signature that was made at this time; the next call makes another one, unless that has
    /// happened already.
    pub(crate) fn refused(&self, made_at: u64) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(|kept| kept.at == made_at) {
            *kept = None;
        }
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
        let made_at = |now| signature.at(now).unwrap().at;
        assert_eq!(made_at(NOW), NOW);
        assert_eq!(made_at(NOW + 899), NOW);
        assert_eq!(made_at(NOW + 900), NOW + 900);
        assert_eq!(made_at(NOW + 1799), NOW + 900);
    }

    #[test]
    fn the_margin_is_an_hour_at_most() {
        let signature = signature(86_400);
        let made_at = |now| signature.at(now).unwrap().at;
        assert_eq!((made_at(NOW), made_at(NOW + 82_799), made_at(NOW + 82_800)), (NOW, NOW, NOW + 82_800));
    }

    #[test]
    fn a_clock_that_is_set_back_gets_a_new_signature() {
        let signature = signature(1000);
        assert_eq!(signature.at(NOW).unwrap().at, NOW);
        assert_eq!(signature.at(NOW - 60).unwrap().at, NOW);
        assert_eq!(signature.at(NOW - 61).unwrap().at, NOW - 61);
    }

    #[test]
    fn a_refused_signature_is_replaced_once_for_all() {
        let signature = signature(1000);
        assert_eq!(signature.at(NOW).unwrap().at, NOW);
        signature.refused(NOW);
        assert_eq!(signature.at(NOW + 1).unwrap().at, NOW + 1);
        signature.refused(NOW);
        assert_eq!(signature.at(NOW + 2).unwrap().at, NOW + 1, "a late refusal of the old one changes nothing");
    }

    #[test]
    fn many_calls_at_once_get_one_signature() {
        let signature = &signature(1000);
        let made_at: Vec<u64> = std::thread::scope(|scope| {
            let calls = (0..16).map(|late| scope.spawn(move || signature.at(NOW + late).unwrap().at));
            calls.collect::<Vec<_>>().into_iter().map(|call| call.join().unwrap()).collect()
        });
        assert_eq!(made_at, [made_at[0]; 16]);
    }

    #[test]
    fn a_validity_of_a_second_signs_every_second() {
        let signature = signature(1);
        assert_eq!((signature.at(NOW).unwrap().at, signature.at(NOW + 1).unwrap().at), (NOW, NOW + 1));
    }
}
