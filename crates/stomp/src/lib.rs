//! STOMP 1.0, 1.1 and 1.2 as a server speaks it, without input or output.
//!
//! The crate has two layers that can be used apart:
//!
//! * the codec: [`Decoder`] turns any split of a byte stream into [`Frame`]s; [`SharedMessage`], [`encode_receipt`] and
//!   [`ErrorFrame`] turn answers into bytes;
//! * the state machine: [`Session`] takes [`Input`] (bytes that came, time that passed, the driver's answers) and is
//!   drained through [`Session::poll_output`] until it has nothing more to say; then [`Session::next_deadline`] tells
//!   when it wants to be woken.
//!
//! It follows the texts at <https://stomp.github.io>: `stomp-specification-1.2.html` (all sections),
//! `stomp-specification-1.1.html` ("Value Encoding", "ACK", "NACK") and `stomp-specification-1.0.html`.
//! Comments name the section; where no version is named, the section is of 1.2.
//!
//! # What it must never do
//!
//! * Read a clock, draw a random number, do input or output, log, spawn, or wait: time comes in as milliseconds of any
//!   monotonic clock, and everything that leaves is an [`Output`].
//! * Panic, whatever the peer sends.
//! * Hold more than [`Limits`] allows: every buffer, list and line has a bound there.
//! * Decide policy: who may connect, subscribe or send is the driver's answer, and so is what a transaction holds.
//! * Echo a secret: error texts name headers and line numbers, never the values of a client's frame, and `Debug` hides
//!   credentials.
//!
//! # How to add a command
//!
//! Name it in [`Command`], say there whether it may have a body, give it an [`Output`] variant, and translate one into
//! the other in `session/command.rs`; its required headers and errors get a row in `tests/session/errors.rs`.

#![warn(clippy::indexing_slicing, clippy::string_slice)]

mod decode;
mod encode;
mod error;
mod escape;
mod frame;
mod headers;
mod heart_beat;
mod limits;
mod output;
mod session;
mod version;

pub use decode::Decoder;
pub use encode::{ErrorFrame, MessageHead, SharedMessage, encode_connected, encode_frame, encode_receipt};
pub use error::{CODES, DecodeError, ProtocolError};
pub use frame::{Command, Frame};
pub use headers::Headers;
pub use heart_beat::HeartBeat;
pub use limits::Limits;
pub use output::{
    AckMode, AckTarget, Acknowledge, CloseReason, Connect, Credentials, Output, Receipt, Send, Subscribe, Transaction,
    Unsubscribe,
};
pub use session::{Accept, Input, Refusal, Session};
pub use version::{Version, select_subprotocol};
