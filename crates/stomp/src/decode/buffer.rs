//! Bytes that came and are not yet taken.

use crate::DecodeError;

/// A queue of bytes with a bound. It owns no heap while it is empty.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// Bytes that came; those before `start` are taken.
    bytes: Vec<u8>,
    start: usize,
    /// How many bytes from `start` are known to hold no end of a line or body, so that slow senders cost linear time.
    scanned: usize,
}

impl Buffer {
    pub(super) const fn new() -> Self {
        Self { bytes: Vec::new(), start: 0, scanned: 0 }
    }

    pub(super) const fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    pub(super) fn push(&mut self, bytes: &[u8], max: usize) -> Result<(), DecodeError> {
        self.drop_taken();
        let needed = self.bytes.len().saturating_add(bytes.len());
        if needed > max {
            return Err(DecodeError::InputOverflow { max });
        }
        if needed > self.bytes.capacity() {
            // Doubling as `Vec` does by itself could reserve up to twice the limit.
            let capacity = needed.max(self.bytes.capacity().saturating_mul(2)).min(max);
            self.bytes.reserve_exact(capacity.saturating_sub(self.bytes.len()));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    pub(super) fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    pub(super) const fn take(&mut self, count: usize) {
        self.start = self.start.saturating_add(count);
        self.scanned = 0;
    }

    /// The place of the first unread byte that is an end, looking at each byte once.
    pub(super) fn find(&mut self, is_end: impl Fn(u8) -> bool) -> Option<usize> {
        let fresh = self.unread().get(self.scanned..).unwrap_or_default();
        let place = fresh.iter().position(|byte| is_end(*byte));
        self.scanned = self.scanned.saturating_add(place.unwrap_or(fresh.len()));
        place.map(|_| self.scanned)
    }

    /// Gives back the memory of an empty queue.
    pub(super) fn shrink(&mut self) {
        if self.start == self.bytes.len() {
            self.drop_taken();
        }
    }

    fn drop_taken(&mut self) {
        if self.start >= self.bytes.len() {
            self.bytes = Vec::new();
        } else {
            self.bytes.drain(..self.start);
        }
        self.start = 0;
    }
}
