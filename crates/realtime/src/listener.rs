//! What one subscriber hears of a topic whose messages are not for everybody.

use bytes::Bytes;

use crate::{Disconnect, Message};

/// Decides for one subscription what of a topic it hears.
///
/// Called under the topic's lock, once for every message in the order of the topic; it must not wait and may keep state
/// that messages change, such as the subscriber's role.
pub trait Listener: Send + Sync {
    /// What of this message the subscriber hears.
    fn hear(&self, message: &Message) -> Hearing;
}

/// What a subscriber hears of a message, and whether it is the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hearing {
    /// What is sent.
    pub heard: Heard,
    /// Why the connection ends after it, where it does.
    pub then: Option<Disconnect>,
}

/// What is sent of a message to one subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Nothing.
    Nothing,
    /// What everybody of the same encoding gets.
    Shared,
    /// Bytes of its own.
    Own(Bytes),
}

impl Hearing {
    /// The message as everybody gets it.
    pub const SHARED: Self = Self { heard: Heard::Shared, then: None };
}
