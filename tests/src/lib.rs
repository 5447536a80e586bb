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
mod redis;
mod school;
mod script;
mod stomp;
mod token;
mod uploads;
mod webhook;
mod websocket;

pub use database::{Backend, TestDatabase, run};
pub use deadline::{PATIENCE, now_ms, until, until_within, within};
pub use door::{Door, Heard};
pub use environment::{
    actions_wanted, connections_wanted, faketime_library, mockly_binary, node_folder, seed, upload_mib,
};
pub use http::{Answer, Http, HttpConnection, Request};
pub use livekit::{LiveKit, free_port};
pub use mockly::{API_KEY, API_SECRET, Mockly, TOKEN_SECRET};
pub use open_files::raise_open_files;
pub use people::{Person, cancel_session, create_interview, end_session, events_of, status_of};
pub use process::Process;
pub use redis::Redis;
pub use school::School;
pub use script::{Script, python_command};
pub use stomp::{StompClient, StompFrame};
pub use token::{now_s, sha256_base64, sign, unsigned, user_token};
pub use uploads::{upload, wav};
pub use webhook::{WEBHOOK_TURN_PASSWORD, participant_joined, webhook, webhook_claims};
pub use websocket::{Message, Opcode, WebSocket};
