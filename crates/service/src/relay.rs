//! From the table of events to this node's hub.
//!
//! The table is the only way an event reaches a subscriber, whoever stored it: this node, another one, or one that died
//! right after its commit. A commit on this node wakes the relay at once; other nodes' commits are found by looking every
//! half second. One reader in one order makes the promise simple: per session, events reach the hub in the order of
//! `sequence` without a gap, because a session's events are stored under its lock, so a snapshot that has the later one
//! has the earlier one too.
//!
//! Positions can have holes: PostgreSQL hands a number out before its transaction commits, so 8 may show before 7. A hole
//! is looked at again until it is filled, or so old that its transaction must be over.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mockly_data::Store;
use mockly_domain::{SessionEvent, UserId};
use mockly_realtime::{Message, Topic};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{ServiceError, Services};

/// How often to look for other nodes' events.
const POLL: Duration = Duration::from_millis(500);
/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// Events in one look.
const BATCH: u64 = 500;
/// Events published before the connections get a turn, so that a burst that they could take does not cut them off.
const PUBLISHED_AT_ONCE: usize = 32;
/// How long a hole may be filled: well above any transaction's deadline.
const HOLE_AGE_MAX: Duration = Duration::from_mins(1);
/// Holes looked at again; the oldest are given up first.
const HOLES_MAX: usize = 1_000;
/// How many of the newest positions are checked for holes at start.
const START_LOOKBACK: i64 = 500;

/// What has been read of the table.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    newest: i64,
    /// Positions below `newest` that were empty, and since when.
    holes: BTreeMap<i64, Instant>,
}

impl Reading {
    /// Notes that these positions were read, in rising order.
    fn note(&mut self, positions: impl Iterator<Item = i64>, now: Instant) {
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

    fn forget_old_holes(&mut self, now: Instant) {
        self.holes.retain(|_, since| now.duration_since(*since) < HOLE_AGE_MAX);
    }
}

impl Services {
    /// Relays events until it is told to stop, and then once more, so that what was committed before is told.
    pub async fn run_relay(self, stop: CancellationToken) {
        let Some(mut reading) = self.start_reading(&stop).await else { return };
        loop {
            let stopping = stop.is_cancelled();
            let pause = match self.relay_new(&mut reading).await {
                Ok(()) => POLL,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "events cannot be read");
                    PAUSE
                }
            };
            if stopping {
                return;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.inner.events_stored.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Begins at the newest event: nobody is connected yet, and whoever comes back reads the table.
    async fn start_reading(&self, stop: &CancellationToken) -> Option<Reading> {
        loop {
            match self.try_start_reading().await {
                Ok(reading) => return Some(reading),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the relay cannot start");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return None,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    async fn try_start_reading(&self) -> Result<Reading, ServiceError> {
        let newest = self.db().events().newest_position().await?;
        let from = (newest - START_LOOKBACK).max(0);
        let there = self.db().events().positions_between(from + 1, newest).await?;
        let mut reading = Reading { newest: from, holes: BTreeMap::new() };
        reading.note(there.into_iter(), Instant::now());
        Ok(reading)
    }

    async fn relay_new(&self, reading: &mut Reading) -> Result<(), ServiceError> {
        loop {
            let now = Instant::now();
            reading.forget_old_holes(now);
            let holes: Vec<i64> = reading.holes.keys().copied().collect();
            let events = self.db().events().list_new(reading.newest, &holes, BATCH).await?;
            if events.is_empty() {
                return Ok(());
            }
            let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
            let mut recipients: HashMap<i64, Vec<UserId>> = HashMap::new();
            for (position, user) in self.db().events().recipients(&positions).await? {
                recipients.entry(position).or_default().push(user);
            }
            let full = events.len() as u64 == BATCH;
            for (count, event) in (1_usize..).zip(&events) {
                let users = recipients.remove(&event.position).unwrap_or_default();
                self.publish(event, users);
                if count % PUBLISHED_AT_ONCE == 0 {
                    tokio::task::yield_now().await;
                }
            }
            reading.note(positions.into_iter(), now);
            if !full {
                return Ok(());
            }
        }
    }

    fn publish(&self, event: &SessionEvent, users: Vec<UserId>) {
        let hub = &self.inner.hub;
        let message = Arc::new(message_of(event));
        let topic = Topic::Session(event.session_id);
        hub.publish(&topic, &message);
        for user in users {
            hub.publish(&Topic::UserSessions(user), &message);
        }
        for user in &event.revokes {
            hub.revoke(&topic, user);
        }
    }
}

pub(crate) fn message_of(event: &SessionEvent) -> Message {
    Message {
        event_id: event.event_id,
        session_id: event.session_id,
        sequence: event.sequence,
        position: event.position,
        body: Bytes::from(event.body()),
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
        assert_eq!(reading.newest, 5);
        assert_eq!(reading.holes.keys().copied().collect::<Vec<_>>(), [3, 4]);
        reading.note([3].into_iter(), start);
        assert_eq!(reading.holes.keys().copied().collect::<Vec<_>>(), [4]);
        reading.forget_old_holes(start + HOLE_AGE_MAX);
        assert!(reading.holes.is_empty());
    }

    #[test]
    fn a_great_leap_keeps_the_newest_holes_only() {
        let mut reading = Reading::default();
        reading.note([1_000_000].into_iter(), Instant::now());
        assert_eq!(reading.holes.len(), HOLES_MAX);
        assert!(reading.holes.contains_key(&999_999));
    }
}
