//! Attendance (R12): one row a user, from the intervals in which the user was connected.

use crate::Timestamp;

/// A stretch of time; open where it still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// First instant.
    pub from: Timestamp,
    /// Last instant; `None` while it runs.
    pub until: Option<Timestamp>,
}

/// Joins overlapping and touching intervals (tabs, reconnects), oldest first; open ones are cut at `now`.
pub fn merge(mut intervals: Vec<Interval>, now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    intervals.sort_by_key(|interval| interval.from);
    let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
    for interval in intervals {
        let until = interval.until.unwrap_or(now).max(interval.from);
        match merged.last_mut() {
            Some(last) if interval.from <= last.1 => last.1 = last.1.max(until),
            _ => merged.push((interval.from, until)),
        }
    }
    merged
}

/// Whole seconds covered by merged intervals.
pub fn total_sec(merged: &[(Timestamp, Timestamp)]) -> u64 {
    merged.iter().map(|(from, until)| until.since(*from)).sum::<std::time::Duration>().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    #[test]
    fn tabs_and_reconnects_count_once() {
        let intervals = vec![
            Interval { from: at(50), until: Some(at(60)) },
            Interval { from: at(0), until: Some(at(20)) },
            Interval { from: at(10), until: Some(at(30)) },
            Interval { from: at(30), until: Some(at(40)) },
            Interval { from: at(90), until: None },
        ];
        let merged = merge(intervals, at(100));
        assert_eq!(merged, [(at(0), at(40)), (at(50), at(60)), (at(90), at(100))]);
        assert_eq!(total_sec(&merged), 60);
    }

    #[test]
    fn an_interval_never_runs_backwards() {
        assert_eq!(total_sec(&merge(vec![Interval { from: at(10), until: Some(at(5)) }], at(100))), 0);
    }
}
