//! The whole system from outside: the real binary, real databases, a real LiveKit, and clients that people use as they
//! are. One binary for all of it, so that it is linked once; each test has its own server and database.
//!
//! Nothing here sleeps or tries twice: what is awaited has a deadline, and what nobody tells is asked for until then.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a fault here is the failure of a test")]

mod analyser;
mod artifacts;
mod bad_input;
mod buckets;
mod calendar;
mod clients;
mod creation_race;
mod doors;
mod frames;
mod interview;
mod media;
mod nodes;
mod notifications;
mod openapi;
mod recordings;
mod resume;
mod room_storm;
mod rooms;
mod seed;
mod shutdown;
mod strain;
mod webhooks;
