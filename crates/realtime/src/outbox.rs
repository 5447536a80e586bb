//! The queue of one connection, between everyone who writes to it and the one who puts it onto the wire.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::task::AtomicWaker;

use crate::Disconnect;

/// What one queued chunk takes beyond its bytes; it bounds the number of tiny chunks too.
const CHUNK_OVERHEAD_BYTES: usize = 64;
/// Slots that an emptied queue keeps, so that one burst does not hold memory for the connection's whole life.
const IDLE_SLOTS: usize = 8;

/// Nothing more can be written: the queue was full and is now cut off, or the connection has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection takes no more messages")]
pub struct Overload;

/// The queue of one connection, bounded in bytes. Clones are the same queue.
///
/// Writers never wait: [`push`](Self::push) fails when the bound is passed, and then this connection, and no other, is
/// told to end with [`Disconnect::TooSlow`]. Chunks come out whole and in the order of pushing, so a writer that pushes
/// whole frames can never have one torn by what others push or by the queue being dropped.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    /// Whoever puts the chunks onto the wire.
    writer: AtomicWaker,
    /// Whoever runs the connection.
    driver: AtomicWaker,
}

struct State {
    chunks: VecDeque<Bytes>,
    bytes: usize,
    bytes_max: usize,
    /// Chunks taken so far; stands still when the peer does not read.
    taken: u64,
    disconnect: Option<Disconnect>,
    /// Something about the subscriptions changed that the driver should look at.
    attention: bool,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Takes chunks.
    Open,
    /// Full; only the last words of the driver go in.
    CutOff,
    /// Takes no more; what is queued still goes out.
    Finished,
    /// The writer is gone.
    Gone,
}

impl Outbox {
    /// An empty queue for at most `bytes_max` bytes, each chunk counted with a small overhead.
    pub fn new(bytes_max: usize) -> Self {
        let state = State {
            chunks: VecDeque::new(),
            bytes: 0,
            bytes_max,
            taken: 0,
            disconnect: None,
            attention: false,
            phase: Phase::Open,
        };
        Self(Arc::new(Inner { state: Mutex::new(state), writer: AtomicWaker::new(), driver: AtomicWaker::new() }))
    }

    /// Appends a chunk.
    ///
    /// # Errors
    /// [`Overload`] when it does not fit; then everything queued is dropped and the driver is told to end the
    /// connection. Also when the connection has ended already.
    pub fn push(&self, chunk: Bytes) -> Result<(), Overload> {
        let mut state = self.state();
        if state.phase != Phase::Open {
            return Err(Overload);
        }
        let bytes = state.bytes.saturating_add(cost(&chunk));
        if bytes > state.bytes_max {
            let dropped = state.bytes;
            state.cut_off();
            drop(state);
            metrics::counter!("mockly_outbox_dropped_bytes_total")
                .increment(u64::try_from(dropped).unwrap_or(u64::MAX));
            self.0.driver.wake();
            return Err(Overload);
        }
        let was_empty = state.chunks.is_empty();
        state.bytes = bytes;
        state.chunks.push_back(chunk);
        drop(state);
        if was_empty {
            self.0.writer.wake();
        }
        Ok(())
    }

    /// Appends the driver's last words (an ERROR, a close frame) whatever the bound says, then takes nothing more.
    /// What is queued still goes out; [`poll_chunk`](Self::poll_chunk) then reports the end.
    pub fn finish(&self, last: impl IntoIterator<Item = Bytes>) {
        let mut state = self.state();
        if matches!(state.phase, Phase::Open | Phase::CutOff) {
            for chunk in last {
                state.bytes = state.bytes.saturating_add(cost(&chunk));
                state.chunks.push_back(chunk);
            }
            state.phase = Phase::Finished;
        }
        drop(state);
        self.0.writer.wake();
    }

    /// Tells the driver to end the connection. The first reason stays.
    pub fn disconnect(&self, why: Disconnect) {
        let mut state = self.state();
        state.disconnect.get_or_insert(why);
        drop(state);
        self.0.driver.wake();
    }

    /// Tells the driver that one of its subscriptions ended.
    pub(crate) fn call_attention(&self) {
        self.state().attention = true;
        self.0.driver.wake();
    }

    /// Whether a subscription ended since the last call.
    pub fn take_attention(&self) -> bool {
        std::mem::take(&mut self.state().attention)
    }

    /// Why the connection has to end, for the driver; wakes it when that is decided, when a subscription ended, when a
    /// chunk was taken and when the writer is gone.
    pub fn poll_driver(&self, cx: &Context<'_>) -> Option<Disconnect> {
        self.0.driver.register(cx.waker());
        self.state().disconnect
    }

    /// The next chunk, for the writer; `None` when the queue is finished and empty.
    pub fn poll_chunk(&self, cx: &Context<'_>) -> Poll<Option<Bytes>> {
        if let Poll::Ready(chunk) = self.take_chunk() {
            return Poll::Ready(chunk);
        }
        self.0.writer.register(cx.waker());
        self.take_chunk()
    }

    fn take_chunk(&self) -> Poll<Option<Bytes>> {
        let mut state = self.state();
        let Some(chunk) = state.chunks.pop_front() else {
            let ended = matches!(state.phase, Phase::Finished | Phase::Gone);
            return if ended { Poll::Ready(None) } else { Poll::Pending };
        };
        state.bytes = state.bytes.saturating_sub(cost(&chunk));
        state.taken = state.taken.wrapping_add(1);
        let emptied = state.chunks.is_empty();
        if emptied {
            state.chunks.shrink_to(IDLE_SLOTS);
        }
        let has_room = state.has_room();
        drop(state);
        if emptied || has_room {
            self.0.driver.wake();
        }
        Poll::Ready(Some(chunk))
    }

    /// Says that the writer is gone: drops everything, takes nothing more and wakes the driver.
    pub fn abandon(&self) {
        let mut state = self.state();
        state.phase = Phase::Gone;
        state.chunks = VecDeque::new();
        state.bytes = 0;
        drop(state);
        self.0.driver.wake();
    }

    /// Whether the writer is gone.
    pub fn is_abandoned(&self) -> bool {
        self.state().phase == Phase::Gone
    }

    /// Whether there is room for a bulk writer, a replay for instance, to go on: less than a quarter is used.
    pub fn has_room(&self) -> bool {
        self.state().has_room()
    }

    /// Bytes that wait, each chunk counted with its overhead.
    pub fn bytes(&self) -> usize {
        self.state().bytes
    }

    /// Counts the chunks taken so far; as long as [`bytes`](Self::bytes) is not 0 and this stands still, the peer does
    /// not read.
    pub fn progress(&self) -> u64 {
        self.state().taken
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
    fn cut_off(&mut self) {
        self.phase = Phase::CutOff;
        self.chunks = VecDeque::new();
        self.bytes = 0;
        self.disconnect.get_or_insert(Disconnect::TooSlow);
    }

    fn has_room(&self) -> bool {
        self.bytes <= self.bytes_max / 4
    }
}

fn cost(chunk: &Bytes) -> usize {
    chunk.len().saturating_add(CHUNK_OVERHEAD_BYTES)
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn take(outbox: &Outbox) -> Poll<Option<Bytes>> {
        outbox.poll_chunk(&Context::from_waker(Waker::noop()))
    }

    fn why(outbox: &Outbox) -> Option<Disconnect> {
        outbox.poll_driver(&Context::from_waker(Waker::noop()))
    }

    #[test]
    fn chunks_come_out_in_order_and_then_the_end() {
        let outbox = Outbox::new(1024);
        outbox.push(Bytes::from_static(b"a")).unwrap();
        outbox.push(Bytes::from_static(b"b")).unwrap();
        outbox.finish([Bytes::from_static(b"bye")]);
        assert_eq!(outbox.push(Bytes::from_static(b"late")), Err(Overload));
        for chunk in [&b"a"[..], b"b", b"bye"] {
            assert_eq!(take(&outbox), Poll::Ready(Some(Bytes::copy_from_slice(chunk))));
        }
        assert_eq!((take(&outbox), outbox.bytes()), (Poll::Ready(None), 0));
    }

    #[test]
    fn what_does_not_fit_cuts_the_connection_off_and_leaves_room_for_the_last_words() {
        let outbox = Outbox::new(200);
        outbox.push(Bytes::from(vec![0; 100])).unwrap();
        assert_eq!(outbox.push(Bytes::from(vec![0; 100])), Err(Overload));
        assert_eq!((why(&outbox), outbox.bytes()), (Some(Disconnect::TooSlow), 0));
        assert_eq!(outbox.push(Bytes::new()), Err(Overload));
        outbox.finish([Bytes::from_static(b"1013")]);
        assert_eq!(take(&outbox), Poll::Ready(Some(Bytes::from_static(b"1013"))));
        assert_eq!(take(&outbox), Poll::Ready(None));
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
        assert_eq!(why(&outbox), Some(Disconnect::TokenExpired));
    }

    #[test]
    fn an_abandoned_outbox_holds_nothing() {
        let outbox = Outbox::new(1000);
        outbox.push(Bytes::from_static(b"a")).unwrap();
        outbox.abandon();
        assert!(outbox.is_abandoned() && outbox.bytes() == 0);
        assert_eq!(outbox.push(Bytes::new()), Err(Overload));
        assert_eq!(take(&outbox), Poll::Ready(None));
    }
}
