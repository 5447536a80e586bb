//! One connection's interest in one topic, from being held during its replay to its end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::{Connection, Encoding, Heard, Hearing, Listener, Message, Overload, Resume, Topic};

/// What a held subscription keeps of the messages that come during its replay, in bytes of message.
const HELD_BYTES_MAX: usize = 512 * 1024;

/// What came of [`Subscription::release`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    /// It is live.
    Live,
    /// More came than a held subscription keeps. It is held still, empty again: replay on from the last message sent.
    Missed,
    /// It was revoked, or its connection is cut off; nothing more comes.
    Ended,
}

/// One subscription of one connection. It ends when [`Hub::detach`](crate::Hub::detach) is called, when its right is
/// revoked or when its connection is cut off.
///
/// It starts *held*: live messages are kept aside while the caller checks the right and replays what was missed, so that
/// between the last replayed and the first live message there is neither a gap nor a change of order.
pub struct Subscription {
    connection: Arc<Connection>,
    topic: Arc<Topic>,
    encoding: Arc<dyn Encoding>,
    listener: Option<Arc<dyn Listener>>,
    phase: Mutex<Phase>,
}

enum Phase {
    Held(Box<Held>),
    Live {
        /// The last `sequence` sent.
        sent: i64,
        resume: Resume,
    },
    Ended,
}

#[derive(Default)]
struct Held {
    messages: Vec<Arc<Message>>,
    bytes: usize,
    overflowed: bool,
    /// The right ended after the last message kept here.
    revoked: bool,
    sent: i64,
}

impl Subscription {
    pub(crate) fn new(
        connection: Arc<Connection>,
        topic: Arc<Topic>,
        encoding: Arc<dyn Encoding>,
        listener: Option<Arc<dyn Listener>>,
    ) -> Self {
        Self { connection, topic, encoding, listener, phase: Mutex::new(Phase::Held(Box::default())) }
    }

    /// What it listens to.
    pub fn topic(&self) -> &Topic {
        &self.topic
    }

    /// Whether nothing more comes.
    pub fn has_ended(&self) -> bool {
        matches!(*self.phase(), Phase::Ended)
    }

    /// Sends one message of the replay. Call it in the order of replay, only while the subscription is held, and wait
    /// for [`Outbox::has_room`](crate::Outbox::has_room) in between.
    ///
    /// # Errors
    /// [`Overload`] when the connection is cut off.
    pub fn replay(&self, message: &Message, resume: Resume) -> Result<(), Overload> {
        if let Phase::Held(held) = &mut *self.phase() {
            held.sent = held.sent.max(message.sequence);
        }
        self.tell(message, || self.encoding.encode(self.topic(), message, resume)).map(drop)
    }

    /// Leaves out what is not beyond a sequence, because the subscriber knows it already. Only while it is held.
    pub fn skip_to(&self, sequence: i64) {
        if let Phase::Held(held) = &mut *self.phase() {
            held.sent = held.sent.max(sequence);
        }
    }

    /// Sends what was kept aside and goes live. With [`Resume::Lost`] the first message from here on says so, and what
    /// did not fit while it was held counts as lost, too.
    pub fn release(&self, resume: Resume) -> Released {
        let mut phase = self.phase();
        let Phase::Held(held) = &mut *phase else {
            return if matches!(*phase, Phase::Live { .. }) { Released::Live } else { Released::Ended };
        };
        if held.overflowed && resume == Resume::Seamless {
            (held.messages, held.bytes, held.overflowed) = (Vec::new(), 0, false);
            return Released::Missed;
        }
        let Held { messages, revoked, sent, .. } = std::mem::take(&mut **held);
        *phase = Phase::Live { sent, resume };
        for message in messages {
            if self.send(&mut phase, &message, &mut None) == Delivery::Ended {
                return Released::Ended;
            }
        }
        if revoked {
            *phase = Phase::Ended;
            return Released::Ended;
        }
        Released::Live
    }

    /// Takes a published message; `shared` is its encoding for all of the same key, made by the first who needs it.
    pub(crate) fn deliver(&self, message: &Arc<Message>, shared: &mut Option<Bytes>) -> Delivery {
        let mut phase = self.phase();
        if let Phase::Held(held) = &mut *phase {
            held.keep(message);
            return Delivery::Skipped;
        }
        self.send(&mut phase, message, shared)
    }

    fn send(&self, phase: &mut Phase, message: &Message, shared: &mut Option<Bytes>) -> Delivery {
        let Phase::Live { sent, resume } = phase else {
            return Delivery::Ended;
        };
        if matches!(self.topic(), Topic::Session(_) | Topic::Room(_)) {
            // The topic of a session or room is in the order of `sequence`, so what is not beyond the last one sent is a repeat: of
            // the replay, or of a relay that started again.
            if message.sequence <= *sent {
                return Delivery::Skipped;
            }
            *sent = message.sequence;
        }
        let encode = |resume| self.encoding.encode(self.topic(), message, resume);
        let outcome = self.tell(message, || match std::mem::replace(resume, Resume::Seamless) {
            Resume::Seamless => shared.get_or_insert_with(|| encode(Resume::Seamless)).clone(),
            Resume::Lost => encode(Resume::Lost),
        });
        match outcome {
            Ok(true) => Delivery::Sent,
            Ok(false) => Delivery::Skipped,
            Err(Overload) => {
                *phase = Phase::Ended;
                Delivery::Ended
            }
        }
    }

    /// Sends what is heard of a message, if anything is; `shared` is what everybody gets.
    fn tell(&self, message: &Message, shared: impl FnOnce() -> Bytes) -> Result<bool, Overload> {
        let Hearing { heard, then } = self.listener.as_ref().map_or(Hearing::SHARED, |listener| listener.hear(message));
        let sent = match heard {
            Heard::Nothing => Ok(false),
            Heard::Shared => self.push(shared()).map(|()| true),
            Heard::Own(bytes) => self.push(bytes).map(|()| true),
        };
        if let Some(why) = then {
            self.connection.outbox.disconnect(why);
        }
        sent
    }

    /// Ends it after what was published before; `true` when it is to leave the hub now.
    pub(crate) fn revoke(&self) -> bool {
        let mut phase = self.phase();
        if let Phase::Held(held) = &mut *phase {
            held.revoked = true;
            return false;
        }
        *phase = Phase::Ended;
        drop(phase);
        self.connection.outbox.call_attention();
        true
    }

    pub(crate) fn end(&self) {
        *self.phase() = Phase::Ended;
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn encoding(&self) -> &dyn Encoding {
        &*self.encoding
    }

    pub(crate) fn shared_encoding(&self) -> Arc<dyn Encoding> {
        Arc::clone(&self.encoding)
    }

    fn push(&self, bytes: Bytes) -> Result<(), Overload> {
        self.connection.outbox.push(bytes)
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What became of a published message at one subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Sent,
    /// Kept aside, or a repeat.
    Skipped,
    /// The subscription is over.
    Ended,
}

impl Held {
    fn keep(&mut self, message: &Arc<Message>) {
        if self.revoked || self.overflowed {
            return;
        }
        self.bytes = self.bytes.saturating_add(message.cost_bytes());
        if self.bytes > HELD_BYTES_MAX {
            self.overflowed = true;
            self.messages = Vec::new();
        } else {
            self.messages.push(Arc::clone(message));
        }
    }
}
