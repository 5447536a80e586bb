//! What has been read of a table, and where it had holes.
//!
//! PostgreSQL hands a position out before its transaction commits, so 8 may show before 7. A hole is looked at again until
//! it is filled, or so old that its transaction must be over.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use tokio::time::Instant;

/// How long a hole may be filled: well above any transaction's deadline.
const HOLE_AGE_MAX: Duration = Duration::from_mins(1);
/// Runs of holes looked at again; the oldest are given up first. A run is as long as one transaction's rows are many.
const RUNS_MAX: usize = 1_000;
/// How many of the newest positions are checked for holes at start.
pub(super) const START_LOOKBACK: i64 = 500;

/// What has been read of a table.
#[derive(Debug, Default)]
pub(super) struct Reading {
    newest: i64,
    /// Runs of positions below `newest` that were empty: from the first to the last one, and since when.
    holes: BTreeMap<i64, (i64, Instant)>,
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
    pub(super) fn holes(&self) -> Vec<RangeInclusive<i64>> {
        self.holes.iter().map(|(first, (last, _))| *first..=*last).collect()
    }

    /// Notes that these positions were read, in rising order.
    pub(super) fn note(&mut self, positions: impl Iterator<Item = i64>, now: Instant) {
        for position in positions {
            if position > self.newest {
                if position > self.newest + 1 {
                    self.holes.insert(self.newest + 1, (position - 1, now));
                }
                self.newest = position;
            } else {
                self.fill(position);
            }
        }
        while self.holes.len() > RUNS_MAX {
            self.holes.pop_first();
        }
    }

    /// Takes a position out of its run.
    fn fill(&mut self, position: i64) {
        let Some((&first, &(last, since))) = self.holes.range(..=position).next_back() else { return };
        if position > last {
            return;
        }
        self.holes.remove(&first);
        if first < position {
            self.holes.insert(first, (position - 1, since));
        }
        if position < last {
            self.holes.insert(position + 1, (last, since));
        }
    }

    /// Gives up holes that nobody can fill any more.
    pub(super) fn forget_old_holes(&mut self, now: Instant) {
        self.holes.retain(|_, (_, since)| now.duration_since(*since) < HOLE_AGE_MAX);
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
        assert_eq!(reading.holes(), [3..=4]);
        reading.note([3].into_iter(), start);
        assert_eq!(reading.holes(), [4..=4]);
        reading.forget_old_holes(start + HOLE_AGE_MAX);
        assert!(reading.holes().is_empty());
    }

    #[test]
    fn all_rows_of_a_great_transaction_are_awaited() {
        let mut reading = Reading::default();
        let now = Instant::now();
        reading.note([10_001].into_iter(), now);
        assert_eq!(reading.holes(), [1..=10_000]);
        reading.note([500, 501, 9_000, 10_000, 1].into_iter(), now);
        assert_eq!(reading.holes(), [2..=499, 502..=8_999, 9_001..=9_999]);
        reading.note([1, 500, 10_001].into_iter(), now);
        assert_eq!(reading.holes(), [2..=499, 502..=8_999, 9_001..=9_999]);
    }

    #[test]
    fn of_too_many_runs_the_newest_are_kept() {
        let mut reading = Reading::default();
        reading.note((1..=3_000).map(|number| number * 2), Instant::now());
        let holes = reading.holes();
        assert_eq!((holes.len(), holes.last()), (RUNS_MAX, Some(&(5_999..=5_999))));
    }
}
