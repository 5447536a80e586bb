//! The promises of the repositories. One binary for all of them, so that it is linked once; each test has a database of
//! its own and runs on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

mod artifacts;
mod connections;
mod events;
mod idempotency;
mod identity;
mod jobs;
mod livekit;
mod notifications;
mod participants;
mod presence;
mod roll;
mod schema;
mod service_keys;
mod sessions;
mod unit_of_work;
mod upgrade;
mod users;
