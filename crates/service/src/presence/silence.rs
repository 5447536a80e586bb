//! Which nodes have given no sign of life while this one was looking.

use std::collections::HashMap;
use std::time::Duration;

use mockly_data::NodeRow;
use mockly_domain::{NodeId, Timestamp};

/// After how long without a sign of life a node counts as gone.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(5);
/// What one look may add to that: where this node could not look, the others may have been as little able to tell.
const LOOK_MAX: Duration = Duration::from_secs(2);

/// What this node has seen of the others.
///
/// Only whether a row has moved counts, and this node's own time between its looks, so that neither clocks that disagree
/// nor a database that was away for everybody make anybody gone.
#[derive(Debug, Default)]
pub(crate) struct Silence {
    looked_at: Option<Timestamp>,
    nodes: HashMap<NodeId, Silent>,
}

#[derive(Debug, Clone, Copy)]
struct Silent {
    seen_at: Timestamp,
    silent_for: Duration,
}

impl Silence {
    /// Looks at the rows of all others; which of them are gone.
    pub(super) fn look(&mut self, rows: Vec<NodeRow>, now: Timestamp) -> Vec<NodeRow> {
        let passed = self.looked_at.replace(now).map_or(Duration::ZERO, |before| now.since(before)).min(LOOK_MAX);
        let before = std::mem::take(&mut self.nodes);
        let mut gone = Vec::new();
        for row in rows {
            let silent_for = match before.get(&row.id) {
                Some(silent) if silent.seen_at == row.seen_at => silent.silent_for + passed,
                _ => Duration::ZERO,
            };
            self.nodes.insert(row.id, Silent { seen_at: row.seen_at, silent_for });
            if silent_for >= SILENCE_MAX {
                gone.push(row);
            }
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_micros(secs * 1_000_000)
    }

    fn row(number: u128, seen: i64) -> NodeRow {
        NodeRow { id: NodeId(uuid::Uuid::from_u128(number)), started_at: at(0), seen_at: at(seen) }
    }

    /// Which numbers are gone.
    fn look(silence: &mut Silence, rows: &[(u128, i64)], now: i64) -> Vec<u128> {
        let rows = rows.iter().map(|(number, seen)| row(*number, *seen)).collect();
        silence.look(rows, at(now)).iter().map(|gone| gone.id.0.as_u128()).collect()
    }

    #[test]
    fn whoever_does_not_move_for_a_while_is_gone_whatever_their_clock_says() {
        let mut silence = Silence::default();
        for second in 0..5 {
            // One an hour behind and alive, one that has stopped.
            assert!(look(&mut silence, &[(1, second - 3_600), (2, 900)], 1_000 + second).is_empty());
        }
        assert_eq!(look(&mut silence, &[(1, 5 - 3_600), (2, 900)], 1_005), [2]);
        assert!(look(&mut silence, &[(1, 6 - 3_600), (2, 901)], 1_006).is_empty(), "it came back");
    }

    #[test]
    fn time_in_which_nobody_could_look_counts_little() {
        let mut silence = Silence::default();
        assert!(look(&mut silence, &[(1, 0)], 0).is_empty());
        assert!(look(&mut silence, &[(1, 0)], 3_600).is_empty());
        assert!(look(&mut silence, &[(1, 0)], 7_200).is_empty());
        // The clock was set back.
        assert!(look(&mut silence, &[(1, 0)], 100).is_empty());
        assert_eq!(look(&mut silence, &[(1, 0)], 101), [1]);
    }
}
