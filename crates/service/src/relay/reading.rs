//! What has been read of a table, and where it had holes.
//!
//! PostgreSQL hands a position out before its transaction commits, so 8 may show before 7. A hole is looked at again until
//! it is filled, or so old that its transaction must be over.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// How long a hole may be filled: well above any transaction's deadline.
const HOLE_AGE_MAX: Duration = Duration::from_mins(1);
/// Holes looked at again; the oldest are given up first.
const HOLES_MAX: usize = 1_000;
/// How many of the newest positions are checked for holes at start.
pub(super) const START_LOOKBACK: i64 = 500;

/// What has been read of a table.
#[derive(Debug, Default)]
pub(super) struct Reading {
    newest: i64,
    /// Positions below `newest` that were empty, and since when.
    holes: BTreeMap<i64, Instant>,
}

impl Reading {
    /// Takes everything up to a position as read.
    pub(super) fn from(newest: i64) -> Self {
        Self { newest, holes: BTreeMap::new() }
    }

    /// The highest position that was read.
    pub(super) fn newest(&self) -> i64 {
        self.newest
    }

    /// The positions to look at again.
    pub(super) fn holes(&self) -> Vec<i64> {
        self.holes.keys().copied().collect()
    }

    /// Notes that these positions were read, in rising order.
    pub(super) fn note(&mut self, positions: impl Iterator<Item = i64>, now: Instant) {
        for position in positions {
            if position > self.newest {
                for hole in (self.newest + 1..position).rev().take(HOLES_MAX) {
                    self.holes.insert(hole, now);
                }
                self.newest = position;
            } else {
                self.holes.remove(&position);
            }
        }
        while self.holes.len() > HOLES_MAX {
            self.holes.pop_first();
        }
    }

    /// Gives up holes that nobody can fill any more.
    pub(super) fn forget_old_holes(&mut self, now: Instant) {
        self.holes.retain(|_, since| now.duration_since(*since) < HOLE_AGE_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_remembered_filled_and_given_up() {
        let mut reading = Reading::default();
        let start = Instant::now();
        reading.note([1, 2, 5].into_iter(), start);
        assert_eq!(reading.newest(), 5);
        assert_eq!(reading.holes(), [3, 4]);
        reading.note([3].into_iter(), start);
        assert_eq!(reading.holes(), [4]);
        reading.forget_old_holes(start + HOLE_AGE_MAX);
        assert!(reading.holes().is_empty());
    }

    #[test]
    fn a_great_leap_keeps_the_newest_holes_only() {
        let mut reading = Reading::default();
        reading.note([1_000_000].into_iter(), Instant::now());
        assert_eq!(reading.holes().len(), HOLES_MAX);
        assert!(reading.holes().contains(&999_999));
    }
}
