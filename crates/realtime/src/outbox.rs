//! The queue of one connection, between everyone who writes to it and the one who puts it onto the wire.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;

use bytes::Bytes;
use futures_util::task::AtomicWaker;

use crate::Disconnect;

/// What one queued chunk takes beyond its bytes; it bounds the number of tiny chunks too.
const CHUNK_OVERHEAD_BYTES: usize = 64;
/// Above this, a driver that lets chunks gather is woken to write them.
const FILLING_BYTES: usize = 64 * 1024;
/// Slots that an emptied queue keeps, so that one burst does not hold memory for the connection's whole life.
const IDLE_SLOTS: usize = 8;

/// Nothing more can be written: the queue was full and is now cut off, or the connection has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection takes no more messages")]
pub struct Overload;

/// The queue of one connection, bounded in bytes. Clones are the same queue.
///
/// Writers never wait: [`push`](Self::push) fails when the bound is passed, and then this connection, and no other, is
/// told to end with [`Disconnect::TooSlow`]. The one task that takes from it, the connection's driver, is woken by what
/// it waits for: something to write, a reason to end, the end of a subscription. Chunks come out whole and in the order
/// of pushing, so a writer that pushes whole frames can never have one torn.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    driver: AtomicWaker,
}

struct State {
    chunks: VecDeque<Bytes>,
    bytes: usize,
    bytes_max: usize,
    disconnect: Option<Disconnect>,
    /// Something about the subscriptions changed that the driver should look at.
    attention: bool,
    is_open: bool,
}

impl Outbox {
    /// An empty queue for at most `bytes_max` bytes, each chunk counted with a small overhead.
    pub fn new(bytes_max: usize) -> Self {
        let chunks = VecDeque::new();
        let state = State { chunks, bytes: 0, bytes_max, disconnect: None, attention: false, is_open: true };
        Self(Arc::new(Inner { state: Mutex::new(state), driver: AtomicWaker::new() }))
    }

    /// Appends a chunk.
    ///
    /// # Errors
    /// [`Overload`] when it does not fit; then everything queued is dropped and the driver is told to end the
    /// connection. Also when the outbox is closed.
    pub fn push(&self, chunk: Bytes) -> Result<(), Overload> {
        let mut state = self.state();
        if !state.is_open {
            return Err(Overload);
        }
        let before = (state.chunks.is_empty(), state.is_filling());
        state.bytes = state.bytes.saturating_add(cost(&chunk));
        state.chunks.push_back(chunk);
        if state.bytes <= state.bytes_max {
            let wakes = before != (false, state.is_filling());
            drop(state);
            if wakes {
                self.0.driver.wake();
            }
            return Ok(());
        }
        let dropped = std::mem::take(&mut state.bytes);
        let chunks = std::mem::take(&mut state.chunks);
        state.is_open = false;
        state.disconnect.get_or_insert(Disconnect::TooSlow);
        drop(state);
        drop(chunks);
        metrics::counter!("mockly_outbox_dropped_bytes_total").increment(u64::try_from(dropped).unwrap_or(u64::MAX));
        self.0.driver.wake();
        Err(Overload)
    }

    /// Tells the driver to end the connection. The first reason stays.
    pub fn disconnect(&self, why: Disconnect) {
        self.state().disconnect.get_or_insert(why);
        self.0.driver.wake();
    }

    /// Tells the driver that one of its subscriptions ended.
    pub(crate) fn call_attention(&self) {
        self.state().attention = true;
        self.0.driver.wake();
    }

    /// Registers the driver's task to be woken. Do so before looking, or a change in between goes unnoticed.
    pub fn register(&self, cx: &Context<'_>) {
        self.0.driver.register(cx.waker());
    }

    /// Why the connection has to end, if it has to.
    pub fn disconnect_reason(&self) -> Option<Disconnect> {
        self.state().disconnect
    }

    /// Whether a subscription ended since the last call.
    pub fn take_attention(&self) -> bool {
        std::mem::take(&mut self.state().attention)
    }

    /// Moves the oldest chunks to the end of `batch`, until it holds `chunks_max` chunks or gained `bytes_max` bytes;
    /// the last chunk may go beyond that.
    pub fn take(&self, batch: &mut Vec<Bytes>, chunks_max: usize, bytes_max: usize) {
        let mut state = self.state();
        let mut bytes: usize = 0;
        while batch.len() < chunks_max
            && bytes < bytes_max
            && let Some(chunk) = state.chunks.pop_front()
        {
            state.bytes = state.bytes.saturating_sub(cost(&chunk));
            bytes = bytes.saturating_add(chunk.len());
            batch.push(chunk);
        }
        if state.chunks.is_empty() && state.chunks.capacity() > IDLE_SLOTS {
            state.chunks = VecDeque::new();
        }
    }

    /// Drops what is queued and takes nothing more; for the driver, when it is done.
    pub fn close(&self) {
        let mut state = self.state();
        state.is_open = false;
        state.bytes = 0;
        let chunks = std::mem::take(&mut state.chunks);
        drop(state);
        drop(chunks);
    }

    /// Whether there is room for a bulk writer, a replay for instance, to go on: less than a quarter is used.
    /// Also when the outbox is closed, so that nobody waits for room in vain.
    pub fn has_room(&self) -> bool {
        let state = self.state();
        state.bytes <= state.bytes_max / 4
    }

    /// Whether so much waits that it should be written without waiting for more.
    pub fn is_filling(&self) -> bool {
        self.state().is_filling()
    }

    /// Bytes that wait, each chunk counted with its overhead.
    pub fn bytes(&self) -> usize {
        self.state().bytes
    }

    /// Whether both are the same queue.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// A poisoned lock is taken as it is: every change of the state is complete before anything can panic.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_filling(&self) -> bool {
        self.bytes > FILLING_BYTES
    }
}

fn cost(chunk: &Bytes) -> usize {
    chunk.len().saturating_add(CHUNK_OVERHEAD_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(outbox: &Outbox, chunks_max: usize, bytes_max: usize) -> Vec<Bytes> {
        let mut batch = Vec::new();
        outbox.take(&mut batch, chunks_max, bytes_max);
        batch
    }

    #[test]
    fn chunks_come_out_in_order_and_as_many_as_asked_for() {
        let outbox = Outbox::new(1024);
        for chunk in ["a", "bb", "c", "d"] {
            outbox.push(Bytes::from_static(chunk.as_bytes())).unwrap();
        }
        assert_eq!(take(&outbox, 8, 2), ["a", "bb"]);
        assert_eq!(take(&outbox, 1, 100), ["c"]);
        assert_eq!(take(&outbox, 8, 100), ["d"]);
        assert_eq!((take(&outbox, 8, 100).len(), outbox.bytes()), (0, 0));
    }

    #[test]
    fn what_does_not_fit_cuts_the_connection_off() {
        let outbox = Outbox::new(200);
        outbox.push(Bytes::from(vec![0; 100])).unwrap();
        assert_eq!(outbox.push(Bytes::from(vec![0; 100])), Err(Overload));
        assert_eq!((outbox.disconnect_reason(), outbox.bytes()), (Some(Disconnect::TooSlow), 0));
        assert_eq!(outbox.push(Bytes::new()), Err(Overload));
        assert!(take(&outbox, 8, 100).is_empty() && outbox.has_room());
    }

    #[test]
    fn empty_chunks_are_bounded_too() {
        let outbox = Outbox::new(CHUNK_OVERHEAD_BYTES * 3);
        for _ in 0..3 {
            outbox.push(Bytes::new()).unwrap();
        }
        assert_eq!(outbox.push(Bytes::new()), Err(Overload));
    }

    #[test]
    fn the_first_reason_to_disconnect_stays() {
        let outbox = Outbox::new(100);
        outbox.disconnect(Disconnect::TokenExpired);
        outbox.disconnect(Disconnect::TooSlow);
        assert_eq!(outbox.disconnect_reason(), Some(Disconnect::TokenExpired));
    }

    #[test]
    fn a_closed_outbox_holds_nothing() {
        let outbox = Outbox::new(1000);
        outbox.push(Bytes::from_static(b"a")).unwrap();
        outbox.close();
        assert_eq!((outbox.push(Bytes::new()), outbox.bytes()), (Err(Overload), 0));
        assert_eq!(outbox.disconnect_reason(), None);
    }
}
