//! The use cases on real databases. One binary for all of them, so that it is linked once; each test has a database of
//! its own and runs on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

mod identity;
mod rooms;
mod sessions;
