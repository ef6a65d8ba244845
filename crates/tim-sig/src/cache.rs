//! A cache of signatures.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{SignError, Signer, UserSig};

/// How many seconds `now` may be before the time of signing. Threads can read slightly different
/// times; a larger difference means that the clock was set back, so the cache signs again.
const MAX_CLOCK_REGRESSION: u64 = 60;

/// Caches the signatures of many users.
///
/// A signature is made at the first request for its user, and again when it nears its end: in the
/// last tenth of its validity or the last hour, whichever is shorter. The cache keeps at least the
/// half of its capacity that was used last. All methods take `&self`, so threads can share a cache.
///
/// ```
/// use std::time::Duration;
/// use tim_sig::{SecretKey, SignatureCache, Signer};
///
/// let signer = Signer::new(1400000000, SecretKey::new("key"))?;
/// let cache = SignatureCache::new(signer, Duration::from_secs(86_400), 10_000);
/// let now = 1_700_000_000; // unix seconds
/// let first = cache.get("alice", now)?;
/// assert_eq!(cache.get("alice", now + 3600)?.issued_at, now);
/// assert_eq!(cache.get("alice", now + 86_399)?.issued_at, now + 86_399);
/// # Ok::<(), tim_sig::SignError>(())
/// ```
pub struct SignatureCache {
    signer: Signer,
    validity: Duration,
    /// The capacity of one generation.
    half: usize,
    generations: Mutex<Generations>,
}

/// When `young` is full, it replaces `old`, whose signatures are dropped.
#[derive(Default)]
struct Generations {
    young: HashMap<String, CachedSignature>,
    old: HashMap<String, CachedSignature>,
}

/// A signature from a [`SignatureCache`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CachedSignature {
    /// The signature.
    pub usersig: UserSig,
    /// When it was made, in unix seconds.
    pub issued_at: u64,
}

impl SignatureCache {
    /// A cache of at most `capacity` signatures (at least 2), each valid for `validity`.
    pub fn new(signer: Signer, validity: Duration, capacity: usize) -> Self {
        Self { signer, validity, half: (capacity / 2).max(1), generations: Mutex::default() }
    }

    /// Returns a signature of `user` that is valid at `now`, in unix seconds, and for some time
    /// after. If several threads ask for the same user at once, one of them signs.
    ///
    /// # Errors
    /// As [`Signer::sign`].
    pub fn get(&self, user: &str, now: u64) -> Result<CachedSignature, SignError> {
        let mut generations = self.lock();
        if let Some(cached) = generations.young.get(user).filter(|cached| self.is_fresh(cached, now)) {
            return Ok(cached.clone());
        }
        let cached = match generations.old.remove(user).filter(|cached| self.is_fresh(cached, now)) {
            Some(cached) => cached,
            None => CachedSignature { usersig: self.signer.sign(user, self.validity, now)?, issued_at: now },
        };
        if generations.young.len() >= self.half && !generations.young.contains_key(user) {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(user.to_owned(), cached.clone());
        Ok(cached)
    }

    /// Drops the signature of `user` that was made at `issued_at`, for example because the service
    /// rejected it. If a newer signature has already replaced it, this does nothing.
    pub fn forget(&self, user: &str, issued_at: u64) {
        let Generations { young, old } = &mut *self.lock();
        for generation in [young, old] {
            if generation.get(user).is_some_and(|cached| cached.issued_at == issued_at) {
                generation.remove(user);
            }
        }
    }

    fn is_fresh(&self, cached: &CachedSignature, now: u64) -> bool {
        let validity = self.validity.as_secs();
        let margin = (validity / 10).min(3600);
        cached.issued_at <= now.saturating_add(MAX_CLOCK_REGRESSION)
            && now.saturating_sub(cached.issued_at) < validity - margin
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Omits the signatures.
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

    fn cache(validity: u64, capacity: usize) -> SignatureCache {
        let signer = Signer::new(1, SecretKey::new("key")).unwrap();
        SignatureCache::new(signer, Duration::from_secs(validity), capacity)
    }

    fn len(cache: &SignatureCache) -> usize {
        let generations = cache.lock();
        generations.young.len() + generations.old.len()
    }

    fn issued_at(cache: &SignatureCache, user: &str, now: u64) -> u64 {
        let cached = cache.get(user, now).unwrap();
        let claims = cache.signer.verify(cached.usersig.expose(), Some(user), now).unwrap();
        assert_eq!(cached.issued_at, claims.issued_at);
        claims.issued_at
    }

    #[test]
    fn a_signature_is_renewed_before_its_end() {
        let minutes = cache(1000, 10);
        let times = [0, 899, 900, 1799, 1800].map(|late| issued_at(&minutes, "a", NOW + late) - NOW);
        assert_eq!(times, [0, 0, 900, 900, 1800]);
        let day = cache(86_400, 10);
        let times = [0, 82_799, 82_800].map(|late| issued_at(&day, "a", NOW + late) - NOW);
        assert_eq!(times, [0, 0, 82_800], "the margin is an hour at most");
        let second = cache(1, 10);
        assert_eq!([NOW, NOW + 1].map(|now| issued_at(&second, "a", now)), [NOW, NOW + 1]);
    }

    #[test]
    fn a_clock_that_is_set_back_gets_a_new_signature() {
        let cache = cache(1000, 10);
        assert_eq!([NOW, NOW - 60, NOW - 61].map(|now| issued_at(&cache, "a", now)), [NOW, NOW, NOW - 61]);
    }

    #[test]
    fn a_rejected_signature_is_replaced_once() {
        let cache = cache(1000, 10);
        assert_eq!(issued_at(&cache, "a", NOW), NOW);
        cache.forget("a", NOW);
        assert_eq!(issued_at(&cache, "a", NOW + 1), NOW + 1);
        cache.forget("a", NOW);
        assert_eq!(issued_at(&cache, "a", NOW + 2), NOW + 1, "a late rejection of the old one changes nothing");
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_recently_used_signatures() {
        let cache = cache(1000, 10);
        for user in 0..1000 {
            issued_at(&cache, &user.to_string(), NOW + 1);
            assert_eq!(issued_at(&cache, "often", NOW + user % 2), NOW);
            assert!(len(&cache) <= 10);
        }
        cache.forget("often", NOW);
        assert_eq!(issued_at(&cache, "often", NOW + 1), NOW + 1);
    }

    #[test]
    fn the_half_that_was_used_last_is_kept() {
        let cache = cache(1000, 10);
        let users = ["a", "b", "c", "d", "e"];
        for now in [NOW, NOW + 1, NOW + 2] {
            assert_eq!(users.map(|user| issued_at(&cache, user, now)), [NOW; 5]);
        }
        // They are full now. The new signature of one of them takes no further room.
        cache.forget("a", NOW);
        assert_eq!(users.map(|user| issued_at(&cache, user, NOW + 3)), [NOW + 3, NOW, NOW, NOW, NOW]);
        let generations = cache.lock();
        assert_eq!((generations.young.len(), generations.old.len()), (5, 0));
    }

    #[test]
    fn debug_shows_the_settings_and_no_signature() {
        let cache = cache(1000, 10);
        issued_at(&cache, "alice", NOW);
        let shown = format!("{cache:?}");
        assert!(shown.contains("sdkappid: 1") && shown.contains("validity: 1000s"), "{shown}");
        assert!(!shown.contains("eJ") && !shown.contains("alice"), "{shown}");
    }

    #[test]
    fn concurrent_requests_get_one_signature() {
        let cache = &cache(1000, 10);
        let all: Vec<UserSig> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..16).map(|late| scope.spawn(move || cache.get("a", NOW + late).unwrap().usersig)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(all.iter().all(|sig| *sig == all[0]));
    }

    #[test]
    fn an_invalid_user_is_not_cached() {
        let cache = cache(1000, 10);
        assert!(cache.get("", NOW).is_err());
        assert_eq!(len(&cache), 0);
    }
}
