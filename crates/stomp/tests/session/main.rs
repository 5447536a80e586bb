//! The session's state machine, under a driver played by the tests.

mod common;
mod errors;
mod heart_beats;
mod lifecycle;
