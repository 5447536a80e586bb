//! How a message becomes bytes: the seam between the fan-out, which knows no protocol, and the edge, which knows all.

use bytes::Bytes;

use crate::{Message, Topic};

/// What the first message of a resumed subscription has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// Nothing: the subscription is new, or it continues where it was.
    Seamless,
    /// Messages may be missing: the last event the subscriber saw is unknown or too old.
    Lost,
}

/// How the messages of one kind of subscription are written.
///
/// Subscriptions of a topic whose encodings have equal keys share the bytes of one call of `encode`, so a key must
/// name everything that the bytes depend on (protocol, version, subscription id, ack mode).
pub trait Encoding: Send + Sync {
    /// Names everything that the bytes depend on, beside topic and message.
    fn key(&self) -> &str;

    /// The message as it goes onto the wire, framing included.
    fn encode(&self, topic: &Topic, message: &Message, resume: Resume) -> Bytes;
}
