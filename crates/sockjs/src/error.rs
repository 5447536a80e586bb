//! Why a payload was refused, and why a session was closed.

use std::borrow::Cow;

use bytes::Bytes;

use crate::frame;

/// Why a payload of the client was refused.
///
/// The texts of the first three begin as the spec fixes them (`XhrPolling`, `test_invalid_json`); what follows says
/// what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The body is empty, or it is JSON but no array.
    #[error("Payload expected. Send a JSON array of strings.")]
    PayloadExpected,
    /// The payload is no JSON, or it holds text that is no Unicode.
    #[error("Broken JSON encoding. Send a JSON array of strings in UTF-8, without lone surrogates.")]
    BrokenJson,
    /// A message is something else than a string.
    #[error("Broken JSON encoding. Every message must be a JSON string.")]
    NotText,
    /// The payload exceeds [`Limits::payload_bytes_max`](crate::Limits::payload_bytes_max).
    #[error("Payload too large. Send at most {bytes_max} bytes at once.")]
    TooLarge {
        /// The limit in bytes.
        bytes_max: usize,
    },
    /// The payload exceeds [`Limits::payload_messages_max`](crate::Limits::payload_messages_max).
    #[error("Too many messages. Send at most {messages_max} at once.")]
    TooManyMessages {
        /// The limit as a count of messages.
        messages_max: usize,
    },
}

impl DecodeError {
    /// The status of the answer to an `xhr_send`; its body is the error's text as `text/plain`.
    ///
    /// The spec wants 500 for what a client got wrong (`XhrPolling`), and clients look for it; for the limits, which
    /// the spec does not know, 413 says what happened.
    pub fn http_status(&self) -> u16 {
        match self {
            Self::PayloadExpected | Self::BrokenJson | Self::NotText => 500,
            Self::TooLarge { .. } | Self::TooManyMessages { .. } => 413,
        }
    }

    /// How the WebSocket transport closes after this error, which the spec leaves no way to survive ("Websocket",
    /// `test_broken_json`): with RFC 6455's 1007 (invalid data) or 1009 (too big).
    pub fn disconnect(&self) -> Disconnect {
        match self {
            Self::PayloadExpected | Self::BrokenJson | Self::NotText => Disconnect::new(1007, "Broken JSON encoding."),
            Self::TooLarge { .. } | Self::TooManyMessages { .. } => Disconnect::new(1009, "Payload too large."),
        }
    }
}

/// Why a session is closed, as the client learns it: a code of RFC 6455 section 7.4 or of the application, and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disconnect {
    /// The close code, on the WebSocket transport also that of the closing handshake.
    pub code: u16,
    /// The text; at most 123 bytes where it also goes into a WebSocket's closing handshake.
    pub reason: Cow<'static, str>,
}

impl Disconnect {
    /// The normal end ("Handling close").
    pub const GO_AWAY: Self = Self::fixed(3000, "Go away!");
    /// Another receiver already waits on the session ("Protocol and framing").
    pub const STILL_OPEN: Self = Self::fixed(2010, "Another connection still open");
    /// The receiver was lost, and messages perhaps with it ("Handling close", `test_abort_xhr_streaming`).
    pub const INTERRUPTED: Self = Self::fixed(1002, "Connection interrupted");
    /// The client did not fetch its messages in time and the queue is full.
    pub const TOO_SLOW: Self = Self::fixed(1013, "Too slow");

    /// A disconnect with the given code and text.
    pub fn new(code: u16, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { code, reason: reason.into() }
    }

    /// The close frame, for example `c[3000,"Go away!"]`, without any transport's framing.
    pub fn frame(&self) -> Bytes {
        frame::encode_close(self)
    }

    const fn fixed(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }
}
