//! What the operations guide promises, shown by doing harm: the real binary, a real database, and one fault after the
//! other. Each test says what it takes for an answer, and prints what it measured.
//!
//! These tests take seconds each and want the machine for themselves: `make faults` runs them, one after the other.
//! Nothing here sleeps or tries twice, but for clients whose job it is to come back.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a fault here is the failure of a test")]

mod cluster;
mod database;
mod link;
mod nodes;
mod peers;
mod report;
mod resources;
mod restarts;
mod scene;
mod writers;
