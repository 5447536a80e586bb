//! What came of a session, in numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;
use crate::room::{MessageType, PollView};

/// What came of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AnalyticsResponse)]
pub struct Analytics {
    /// Seconds from its start to its end, or to now; 0 where it never started.
    pub duration_sec: u64,
    /// Distinct users who were there.
    pub unique_participants: u32,
    /// Most distinct users who were there at once.
    pub peak_participants: u32,
    /// Messages by type, those taken back apart.
    pub messages: BTreeMap<MessageType, u64>,
    /// Hands.
    pub hands: HandAnalytics,
    /// Polls with their votes.
    pub polls: Vec<PollView>,
}

/// What came of raised hands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HandAnalytics {
    /// How often a hand went up.
    pub raised: u32,
    /// Seconds until it went down, on average over those that did; 0 where none did.
    pub average_wait_sec: f64,
}

/// How many users were there at once at most, by everybody's merged intervals. Who comes at the instant at which
/// somebody goes does not meet them.
pub fn peak<'a>(intervals: impl IntoIterator<Item = &'a (Timestamp, Timestamp)>) -> u32 {
    let mut steps: Vec<(Timestamp, i64)> =
        intervals.into_iter().flat_map(|(from, until)| [(*from, 1), (*until, -1)]).collect();
    steps.sort_unstable();
    let (mut now, mut most) = (0_i64, 0_i64);
    for (_, step) in steps {
        now += step;
        most = most.max(now);
    }
    u32::try_from(most).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_what_overlaps() {
        let at = |from, until| (Timestamp::from_secs(from), Timestamp::from_secs(until));
        assert_eq!(peak(&[]), 0);
        assert_eq!(peak(&[at(0, 10), at(5, 15), at(9, 20), at(10, 30)]), 3);
        assert_eq!(peak(&[at(0, 10), at(10, 20)]), 1);
    }
}
