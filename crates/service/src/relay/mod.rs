//! From the tables of what happened to this node's hub.
//!
//! A table is the only way anything reaches a subscriber, whoever stored it: this node, another one, or one that died
//! right after its commit. A commit on this node wakes the reader of its table at once, and so does word of another node's;
//! what nobody tells of is found by looking every half second. One reader in one order makes the promise simple: rows that
//! were stored under one lock reach the hub in the order of their positions, because a snapshot that has the later one has
//! the earlier one too.
//!
//! To add a table: a file here that implements [`Source`] for it, its lines in [`RelayStart`], [`Services::prepare_relay`]
//! and [`Services::run_relay`], and a [`Wakes`](crate::wakes::Wakes) that its writers set.

mod notifications;
mod passes;
mod reading;
mod room_events;
mod session_events;
mod source;

use std::time::Duration;

use mockly_data::{ByPosition as _, NewRows};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub(crate) use notifications::message_of as message_of_notification;
pub(crate) use passes::Passes;
pub(crate) use room_events::message_of as message_of_room;
pub(crate) use session_events::message_of as message_of_event;

use reading::{Reading, START_LOOKBACK};
use source::Source;

use crate::{ServiceError, Services};

/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// Rows in one look.
const BATCH: u64 = 500;
/// Rows published before the connections get a turn, so that a burst that they could take does not cut them off.
const PUBLISHED_AT_ONCE: usize = 32;

/// Where the relay begins in each table.
#[derive(Debug)]
pub struct RelayStart {
    session_events: Reading,
    notifications: Reading,
    room_events: Reading,
}

impl Services {
    /// Takes the place from which [`Services::run_relay`] publishes: at the newest row of each table. Must be awaited
    /// before anybody can subscribe: whoever does so later reads the table up to then and hears the hub from there on, so
    /// that nothing falls in between.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn prepare_relay(&self) -> Result<RelayStart, ServiceError> {
        Ok(RelayStart {
            session_events: self.start_reading(&session_events::SessionEvents).await?,
            notifications: self.start_reading(&notifications::Notifications).await?,
            room_events: self.start_reading(&room_events::RoomEvents).await?,
        })
    }

    /// Relays until it is told to stop, and then once more, so that what was committed before is told.
    pub async fn run_relay(self, start: RelayStart, stop: CancellationToken) {
        let RelayStart { session_events, notifications, room_events } = start;
        tokio::join!(
            self.relay(&session_events::SessionEvents, session_events, &stop),
            self.relay(&notifications::Notifications, notifications, &stop),
            self.relay(&room_events::RoomEvents, room_events, &stop),
        );
    }

    async fn relay<S: Source>(&self, source: &S, mut reading: Reading, stop: &CancellationToken) {
        loop {
            let stopping = stop.is_cancelled();
            let pass = source.begin_pass(self);
            let pause = match self.relay_new(source, &mut reading).await {
                Ok(()) => {
                    source.end_pass(self, pass);
                    self.inner.settings.look_every
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "{} cannot be read", S::NAME);
                    PAUSE
                }
            };
            if stopping {
                return;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = source.stored(self).notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn start_reading<S: Source>(&self, source: &S) -> Result<Reading, ServiceError> {
        let newest = source.table(self).newest_position().await?;
        let from = (newest - START_LOOKBACK).max(0);
        let there = source.table(self).positions_between(from + 1, newest).await?;
        let mut reading = Reading::from(from);
        reading.note(there.into_iter(), Instant::now());
        Ok(reading)
    }

    async fn relay_new<S: Source>(&self, source: &S, reading: &mut Reading) -> Result<(), ServiceError> {
        loop {
            let now = Instant::now();
            reading.forget_old_holes(now);
            let new = source.list_new(self, reading.newest(), &reading.holes(), BATCH).await?;
            let NewRows { rows, positions, unreadable } = new;
            if positions.is_empty() {
                return Ok(());
            }
            // One such row must not keep this node from all that come after it.
            for (position, error) in unreadable {
                let error = &error as &dyn std::error::Error;
                tracing::error!(position, error, "one of the {} is passed over: this version cannot read it", S::NAME);
            }
            for (count, row) in (1_usize..).zip(rows) {
                source.publish(self, row);
                if count % PUBLISHED_AT_ONCE == 0 {
                    tokio::task::yield_now().await;
                }
            }
            let full = positions.len() as u64 == BATCH;
            reading.note(positions.into_iter(), now);
            if !full {
                return Ok(());
            }
        }
    }
}
