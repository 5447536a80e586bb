//! What the whole-system tests and the benchmark stand on: the real binary as a process of its own, real databases, a
//! real LiveKit, and clients that are written from the specifications rather than with the server's own crates.
//!
//! It knows nothing of the server but its command line, its environment and its wire. Whatever goes wrong here is the
//! failure of the test that runs, so everything panics, with the logs of all that took part; and whatever was started is
//! gone when its owner is, however the test ended.
//!
//! To add a foreign client: a script in `tests/clients/` that says what happens to it in JSON lines, started through
//! [`Script`].

#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a fault here is the failure of a test")]

mod database;
mod deadline;
mod door;
mod environment;
mod http;
mod livekit;
mod mockly;
mod open_files;
mod people;
mod process;
mod school;
mod script;
mod stomp;
mod token;
mod websocket;

pub use database::{Backend, TestDatabase, run};
pub use deadline::{PATIENCE, now_ms, until, until_within, within};
