//! A clock that stands still until it is moved.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use mockly_domain::Timestamp;
use mockly_service::Clock;

/// The time, as the test says.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    /// Moves the time on.
    pub(crate) fn advance(&self, by: Duration) {
        self.0.store(self.now().plus(by).as_micros(), Ordering::SeqCst);
    }
}

impl Default for TestClock {
    /// 2026-01-15T10:00:00Z.
    fn default() -> Self {
        Self(AtomicI64::new(Timestamp::from_secs(1_768_471_200).as_micros()))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}
