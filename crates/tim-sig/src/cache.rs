//! Signatures that are kept until near their end.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{SignError, Signer, UserSig};

/// How many seconds a signature may be younger than the clock before the clock counts as set back.
const SET_BACK: u64 = 60;

/// Whether a signature that was made at `made_at` for `validity` can be used at `now`, both in unix seconds, or should be
/// made anew: it is in the last tenth of its life or its last hour, whichever is shorter, or the clock was set back since.
///
/// A call that read the clock a moment before another one signed is no sign of that.
pub fn is_fresh(made_at: u64, validity: Duration, now: u64) -> bool {
    let validity = validity.as_secs();
    let margin = (validity / 10).min(3600);
    made_at <= now.saturating_add(SET_BACK) && now.saturating_sub(made_at) < validity - margin
}

/// Keeps the signatures of many users: each is made when first asked for and made anew ahead of its end, when it is not
/// [fresh](is_fresh) any more.
///
/// It keeps at most as many as its capacity, those that were asked for last. All methods take `&self`; threads share it.
///
/// ```
/// use std::time::Duration;
/// use tim_sig::{SecretKey, SignatureCache, Signer};
///
/// let signer = Signer::new(1400000000, SecretKey::new("key"))?;
/// let cache = SignatureCache::new(signer, Duration::from_secs(86_400), 10_000);
/// let now = 1_700_000_000; // unix seconds
/// let first = cache.get("alice", now)?;
/// assert!(cache.get("alice", now + 3600)? == first);
/// assert!(cache.get("alice", now + 86_399)? != first);
/// # Ok::<(), tim_sig::SignError>(())
/// ```
pub struct SignatureCache {
    signer: Signer,
    validity: Duration,
    /// How many a generation holds.
    half: usize,
    kept: Mutex<Generations>,
}

/// When the young ones are as many as they may be, they become the old ones, and the old ones go.
#[derive(Default)]
struct Generations {
    young: HashMap<String, Signed>,
    old: HashMap<String, Signed>,
}

#[derive(Clone)]
struct Signed {
    usersig: UserSig,
    at: u64,
}

impl SignatureCache {
    /// Keeps at most `capacity` signatures, at least 2, each valid for `validity`.
    pub fn new(signer: Signer, validity: Duration, capacity: usize) -> Self {
        Self { signer, validity, half: (capacity / 2).max(1), kept: Mutex::default() }
    }

    /// A signature for `user` that is valid at `now`, in unix seconds, and for a while after. However many ask at once, one
    /// of them makes it.
    ///
    /// # Errors
    /// As [`Signer::sign`].
    pub fn get(&self, user: &str, now: u64) -> Result<UserSig, SignError> {
        let mut kept = self.lock();
        if let Some(signed) = kept.young.get(user).filter(|signed| self.fresh(signed, now)) {
            return Ok(signed.usersig.clone());
        }
        let old = kept.old.remove(user).filter(|signed| self.fresh(signed, now));
        let signed = match old {
            Some(signed) => signed,
            None => Signed { usersig: self.signer.sign(user, self.validity, now)?, at: now },
        };
        let usersig = signed.usersig.clone();
        if kept.young.len() >= self.half && !kept.young.contains_key(user) {
            kept.old = std::mem::take(&mut kept.young);
        }
        kept.young.insert(user.to_owned(), signed);
        Ok(usersig)
    }

    /// Forgets the signature of `user`, such as after the service refused it; the next one is made anew.
    pub fn forget(&self, user: &str) {
        let mut kept = self.lock();
        kept.young.remove(user);
        kept.old.remove(user);
    }

    /// How many signatures are kept now, those past their end included.
    pub fn len(&self) -> usize {
        let kept = self.lock();
        kept.young.len() + kept.old.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn fresh(&self, signed: &Signed, now: u64) -> bool {
        is_fresh(signed.at, self.validity, now)
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hides the signatures.
impl fmt::Debug for SignatureCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { signer, validity, .. } = self;
        f.debug_struct("SignatureCache").field("signer", signer).field("validity", validity).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecretKey;

    const NOW: u64 = 1_700_000_000;

    fn cache(capacity: usize) -> SignatureCache {
        SignatureCache::new(Signer::new(1, SecretKey::new("key")).unwrap(), Duration::from_secs(1000), capacity)
    }

    fn made_at(cache: &SignatureCache, user: &str, now: u64) -> u64 {
        let sig = cache.get(user, now).unwrap();
        cache.signer.verify(sig.expose(), Some(user), now).unwrap().issued_at
    }

    #[test]
    fn a_signature_is_renewed_ahead_of_its_end() {
        let cache = cache(10);
        let times = [0, 899, 900, 1799, 1800].map(|late| made_at(&cache, "a", NOW + late) - NOW);
        assert_eq!(times, [0, 0, 900, 900, 1800]);
        assert_eq!(made_at(&cache, "a", NOW + 1740), NOW + 1800);
        assert_eq!(made_at(&cache, "a", NOW), NOW, "the clock was set back");
    }

    #[test]
    fn it_is_bounded_and_keeps_who_is_asked_for() {
        let cache = cache(10);
        for user in 0..1000 {
            made_at(&cache, &user.to_string(), NOW + 1);
            assert_eq!(made_at(&cache, "often", NOW + user % 2), NOW + 1 - u64::from(user == 0));
            assert!(cache.len() <= 10);
            if user == 0 {
                cache.forget("often");
                made_at(&cache, "often", NOW + 1);
            }
        }
    }

    #[test]
    fn threads_that_ask_at_once_get_one_signature() {
        let cache = &cache(10);
        let all: Vec<UserSig> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..16).map(|late| scope.spawn(move || cache.get("a", NOW + late).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(all.iter().all(|sig| *sig == all[0]));
    }

    #[test]
    fn a_user_who_cannot_sign_is_not_kept() {
        let cache = cache(10);
        assert!(cache.get("", NOW).is_err());
        assert!(cache.is_empty());
    }
}
