//! The messages of a session that no receiver has fetched yet, bounded in bytes.

use std::collections::VecDeque;

use crate::frame::{self, EncodedMessage};

/// What one queued message takes beyond its text; it bounds the number of empty messages too.
const MESSAGE_OVERHEAD_BYTES: usize = size_of::<EncodedMessage>() * 2;
/// Slots that an emptied queue keeps, so that one burst does not hold memory for the session's whole life.
const IDLE_SLOTS: usize = 16;

#[derive(Debug)]
pub(crate) struct MessageQueue {
    messages: VecDeque<EncodedMessage>,
    bytes: usize,
    bytes_max: usize,
}

/// The message did not fit, and the queue is as it was.
#[derive(Debug)]
pub(crate) struct Overflow;

impl MessageQueue {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { messages: VecDeque::new(), bytes: 0, bytes_max }
    }

    pub(crate) fn push(&mut self, message: EncodedMessage) -> Result<(), Overflow> {
        let bytes = self.bytes.saturating_add(cost(&message));
        if bytes > self.bytes_max {
            return Err(Overflow);
        }
        self.bytes = bytes;
        self.messages.push_back(message);
        Ok(())
    }

    /// Takes the oldest messages as one array frame: as many as fit into `frame_bytes_max`, but at least one.
    pub(crate) fn take_frame(&mut self, frame_bytes_max: usize) -> Option<Vec<u8>> {
        let mut count = 0;
        let mut frame_bytes: usize = 2;
        for message in &self.messages {
            frame_bytes = frame_bytes.saturating_add(message.json().len()).saturating_add(1);
            if count > 0 && frame_bytes > frame_bytes_max {
                break;
            }
            count += 1;
        }
        if count == 0 {
            return None;
        }
        let taken: Vec<EncodedMessage> = self.messages.drain(..count).collect();
        self.bytes = self.bytes.saturating_sub(taken.iter().map(cost).sum());
        if self.messages.is_empty() {
            self.messages.shrink_to(IDLE_SLOTS);
        }
        Some(frame::join_messages(&taken))
    }

    pub(crate) fn clear(&mut self) {
        self.messages = VecDeque::new();
        self.bytes = 0;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

fn cost(message: &EncodedMessage) -> usize {
    message.frame().len().saturating_add(MESSAGE_OVERHEAD_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_hold_what_fits_and_at_least_one() {
        let mut queue = MessageQueue::new(10_000);
        for text in ["aa", "bb", "cc"] {
            queue.push(EncodedMessage::new(text)).unwrap();
        }
        assert_eq!(queue.take_frame(12).as_deref(), Some(&br#"a["aa","bb"]"#[..]));
        assert_eq!(queue.take_frame(0).as_deref(), Some(&br#"a["cc"]"#[..]));
        assert_eq!((queue.take_frame(100), queue.bytes()), (None, 0));
    }

    #[test]
    fn an_overflow_changes_nothing() {
        let mut queue = MessageQueue::new(cost(&EncodedMessage::new("aa")));
        queue.push(EncodedMessage::new("aa")).unwrap();
        assert!(queue.push(EncodedMessage::new("")).is_err());
        assert_eq!(queue.take_frame(100).as_deref(), Some(&br#"a["aa"]"#[..]));
    }
}
