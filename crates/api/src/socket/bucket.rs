//! How fast one connection's commands are taken.

use crate::settings::Rate;

/// A token bucket in thousandths of a command, on the sockets' clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    /// Milliseconds that one command costs; 0 without a limit.
    cost_ms: u64,
    /// Milliseconds that can be saved up.
    depth_ms: u64,
    /// When the bucket will be full again.
    full_at: u64,
}

impl Bucket {
    pub(crate) fn new(rate: Rate) -> Self {
        let per_ms = u64::try_from(rate.per.as_millis()).unwrap_or(u64::MAX);
        let cost_ms = per_ms.checked_div(u64::from(rate.count)).unwrap_or(0);
        Self { cost_ms, depth_ms: cost_ms.saturating_mul(u64::from(rate.burst.max(1))), full_at: 0 }
    }

    /// Takes one command, if one may be taken now.
    pub(crate) fn take(&mut self, now: u64) -> bool {
        if now < self.ready_at() {
            return false;
        }
        self.full_at = self.full_at.max(now).saturating_add(self.cost_ms);
        true
    }

    /// When the next command may be taken.
    pub(crate) fn ready_at(&self) -> u64 {
        self.full_at.saturating_add(self.cost_ms).saturating_sub(self.depth_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let mut bucket = Bucket::new(Rate::per_second(20, 40));
        let taken = |bucket: &mut Bucket, now| (0..100).filter(|_| bucket.take(now)).count();
        assert_eq!(taken(&mut bucket, 1_000), 40);
        assert_eq!(bucket.ready_at(), 1_050);
        assert_eq!(taken(&mut bucket, 1_049), 0);
        assert_eq!(taken(&mut bucket, 1_050), 1);
        assert_eq!(taken(&mut bucket, 2_050), 20);
        assert_eq!(taken(&mut bucket, 60_000), 40);
    }

    #[test]
    fn zero_is_no_limit() {
        let mut bucket = Bucket::new(Rate::per_second(0, 1));
        assert!((0..10_000).all(|_| bucket.take(5)));
    }
}
