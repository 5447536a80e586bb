//! What a link asks of the protocol that is spoken over it: the seam between moving bytes and understanding them.

use std::borrow::Cow;
use std::task::{Context, Poll};

use bytes::Bytes;
use mockly_realtime::Disconnect;

/// One connection's protocol, driven by whoever owns its transport. Everything it has to say it pushes, framed for the
/// transport, into the connection's outbox; times are milliseconds of the sockets' clock.
pub trait Protocol {
    /// Whether another message can be taken now. While this is `false` nothing is read from the peer, which is what
    /// bounds how far it can run ahead of the commands it sent.
    fn wants_message(&self) -> bool;

    /// Takes one message of the peer. Only called while [`wants_message`](Self::wants_message).
    ///
    /// # Errors
    /// The way the connection ends, when the message makes it end.
    fn message(&mut self, now: u64, message: Message) -> Result<(), Ending>;

    /// Bytes came from the peer, of whatever kind.
    fn received(&mut self, now: u64);

    /// Bytes went to the peer.
    fn sent(&mut self, now: u64);

    /// Goes on with everything that can go on at `now`, deadlines among it. Ready when the connection has to end.
    fn poll(&mut self, cx: &mut Context<'_>, now: u64) -> Poll<Ending>;

    /// When to poll again although nothing happened.
    fn next_deadline(&self) -> Option<u64>;

    /// What to say when the connection is ended from outside.
    fn disconnect(&mut self, why: Disconnect) -> Ending;

    /// Whether everything that the peer sent has taken effect.
    fn is_idle(&self) -> bool;
}

/// One message of a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Anything.
    Binary(Vec<u8>),
}

impl Message {
    /// Its bytes, for those to whom the kind makes no difference.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

/// How a connection ends.
#[derive(Debug)]
pub struct Ending {
    /// The last words, framed for the transport; they go out even where the outbox is cut off.
    pub frames: Vec<Bytes>,
    /// Close code (RFC 6455, section 7.4).
    pub code: u16,
    /// Close reason; at most 123 bytes are sent.
    pub reason: Cow<'static, str>,
    /// The value of the metrics' label `reason`.
    pub label: &'static str,
}
