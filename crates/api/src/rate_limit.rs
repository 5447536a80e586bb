//! Rate limits by GCRA. They hold per node: what several nodes allow adds up.
//!
//! A limit keeps one small state per key and forgets those that are back at rest. Its size is bounded: once it knows
//! [`KEYS_MAX`] keys, further ones share [`SHARED_KEYS`] states, so that a flood of made-up keys makes strangers wait
//! rather than the server grow.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::settings::{Rate, Rates};

/// Keys that a limit tells apart.
const KEYS_MAX: usize = 100_000;
/// States that the keys beyond share.
const SHARED_KEYS: u64 = 1_024;
/// Checks between two sweeps of the states at rest.
const CHECKS_PER_SWEEP: u32 = 8_192;

/// Where a caller stands after a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Requests that may come at once.
    pub(crate) limit: u32,
    /// How many of them are left.
    pub(crate) remaining: u32,
    /// Until all of them are there again, or, where none is left, until there is one.
    pub(crate) reset: Duration,
}

/// The caller must wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exceeded {
    /// Where the caller stands.
    pub(crate) standing: Standing,
    /// How long to wait.
    pub(crate) retry_after: Duration,
}

type Keyed = RateLimiter<u64, DashMapStateStore<u64>, DefaultClock, StateInformationMiddleware>;

/// One limit, off where its rate is 0.
pub(crate) struct Limit {
    keyed: Option<Keyed>,
    clock: DefaultClock,
    // Keys are hashes: user ids and addresses are up to 512 bytes, and a collision only means that two share a state.
    hasher: RandomState,
    checks: AtomicU32,
    keys_max: usize,
}

impl Limit {
    pub(crate) fn new(rate: Rate) -> Self {
        Self::bounded(rate, KEYS_MAX)
    }

    fn bounded(rate: Rate, keys_max: usize) -> Self {
        let keyed = quota(rate).map(|quota| Keyed::new(quota, DashMapStateStore::default(), DefaultClock::default()));
        Self { keyed, clock: DefaultClock::default(), hasher: RandomState::new(), checks: AtomicU32::new(0), keys_max }
    }

    /// Counts one request of the key; `None` where the limit is off.
    pub(crate) fn check(&self, key: impl Hash) -> Result<Option<Standing>, Exceeded> {
        let Some(keyed) = &self.keyed else { return Ok(None) };
        if self.checks.fetch_add(1, Ordering::Relaxed) % CHECKS_PER_SWEEP == CHECKS_PER_SWEEP - 1 {
            keyed.retain_recent();
            keyed.shrink_to_fit();
        }
        let mut key = self.hasher.hash_one(key);
        if keyed.len() >= self.keys_max {
            key %= SHARED_KEYS;
        }
        match keyed.check_key(&key) {
            Ok(state) => {
                let (limit, remaining) = (state.quota().burst_size().get(), state.remaining_burst_capacity());
                let reset = state.quota().replenish_interval() * limit.saturating_sub(remaining);
                Ok(Some(Standing { limit, remaining, reset }))
            }
            Err(not_until) => {
                let retry_after = not_until.wait_time_from(self.clock.now());
                let standing =
                    Standing { limit: not_until.quota().burst_size().get(), remaining: 0, reset: retry_after };
                Err(Exceeded { standing, retry_after })
            }
        }
    }
}

/// `None` where the rate is off.
fn quota(rate: Rate) -> Option<Quota> {
    let interval = rate.per.checked_div(rate.count)?;
    let burst = NonZeroU32::new(rate.burst).unwrap_or(NonZeroU32::MIN);
    Some(Quota::with_period(interval)?.allow_burst(burst))
}

/// The limits of the REST edge.
pub(crate) struct Limits {
    pub(crate) session_creation: Limit,
    pub(crate) sign_in_per_account: Limit,
    pub(crate) sign_in_per_address: Limit,
    pub(crate) api_per_user: Limit,
    pub(crate) api_per_address: Limit,
    pub(crate) doors_per_user: Limit,
}

impl Limits {
    pub(crate) fn new(rates: &Rates) -> Self {
        Self {
            session_creation: Limit::new(rates.session_creation),
            sign_in_per_account: Limit::new(rates.sign_in_per_account),
            sign_in_per_address: Limit::new(rates.sign_in_per_address),
            api_per_user: Limit::new(rates.api_per_user),
            api_per_address: Limit::new(rates.api_per_address),
            doors_per_user: Limit::new(rates.doors_per_user),
        }
    }
}

/// Whole seconds, rounded up: to wait that long is always enough.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_burst() {
        let limit = Limit::new(Rate { count: 1, per: Duration::from_hours(1), burst: 2 });
        let first = limit.check("a").unwrap().unwrap();
        assert_eq!((first.limit, first.remaining), (2, 1));
        assert_eq!(limit.check("a").unwrap().unwrap().remaining, 0);
        let exceeded = limit.check("a").unwrap_err();
        assert!(exceeded.retry_after > Duration::from_mins(59) && exceeded.retry_after <= Duration::from_hours(1));
        assert!(limit.check("b").is_ok());
    }

    #[test]
    fn zero_switches_a_limit_off() {
        let limit = Limit::new(Rate::per_minute(0));
        assert!((0..1_000).all(|_| limit.check("a") == Ok(None)));
    }

    #[test]
    fn a_flood_of_keys_does_not_grow_the_map_without_bound() {
        let limit = Limit::bounded(Rate { count: 1, per: Duration::from_hours(1), burst: 1 }, 100);
        for key in 0..20_000_u32 {
            let _ = limit.check(key);
        }
        let known = limit.keyed.as_ref().map(RateLimiter::len).unwrap();
        assert!(known <= 100 + usize::try_from(SHARED_KEYS).unwrap(), "{known}");
    }
}
