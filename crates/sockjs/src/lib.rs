//! SockJS for servers, sans-IO: framing, URL rules, response headers and the session of the HTTP transports.
//!
//! The spec is the commented test suite [sockjs-protocol](https://github.com/sockjs/sockjs-protocol), version 0.3.3
//! and later.
//! Comments cite its sections by their titles, for example "Protocol and framing" or "Handling close".
//! Where the text is silent, the behaviour of the reference server sockjs-node decides, and the comment says so.
//!
//! # How the parts fit
//!
//! 1. [`path::parse`] turns the path below the prefix into an [`Endpoint`]; [`headers`] says how to answer it.
//! 2. A payload of the client goes through [`payload::decode_body`] or [`payload::decode_websocket`].
//! 3. An outgoing text becomes an [`EncodedMessage`] once, however many connections receive it.
//! 4. On the WebSocket transport the link is the session: the driver sends [`frame::OPEN`], then
//!    [`EncodedMessage::frame`] per message, [`frame::HEARTBEAT`] every [`Limits::heartbeat_ms`], and
//!    [`Disconnect::frame`] before it closes.
//! 5. On the HTTP transports a [`ProtocolSession`] outlives the requests that carry it.
//!
//! SockJS delimits payloads by HTTP bodies and WebSocket messages, never inside a byte stream, so there is no
//! incremental decoder here and no split of the stream to be invariant under.
//!
//! # What this crate must never do
//!
//! It has no clock (times are milliseconds handed in), no randomness (entropy is handed in), no I/O, no `async`, no
//! logging and no panic.
//! Everything that can grow is bounded by the [`Limits`] that every entry point takes.
//!
//! # Where a transport is
//!
//! [`Transport`] names all of them, with their methods and content types. One that receives is a [`ReceiverKind`], which
//! is its prelude, its framing and when its response is full; nothing in the session knows of it.

#![warn(clippy::indexing_slicing, clippy::string_slice)]

pub mod error;
pub mod frame;
pub mod headers;
pub mod info;
pub mod limits;
pub mod path;
pub mod payload;
pub mod receiver;
pub mod session;

mod queue;

pub use error::{DecodeError, Disconnect};
pub use frame::EncodedMessage;
pub use info::Info;
pub use limits::Limits;
pub use path::{Endpoint, Transport};
pub use receiver::{Callback, CallbackError, Delivery, Receiver, ReceiverKind};
pub use session::{CloseCause, Input, Output, ProtocolSession};
