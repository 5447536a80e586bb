//! Moving bytes between the stream and the link.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};

use crate::socket::protocol::Protocol;
use crate::socket::ws::link::Link;

/// What one read takes at most; it is also how far a peer can run ahead of its commands.
const READ_BYTES: usize = 16 * 1024;
/// Frames handed to the kernel at once; the kernel itself takes up to 1024.
const CHUNKS_MAX: usize = 64;
/// Bytes taken off the outbox at once. What is taken no longer counts there, so this adds to its bound.
const BATCH_BYTES: usize = 128 * 1024;

thread_local! {
    /// The read buffer of all links of a worker: none of them keeps it from one poll to the next.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// Lends the worker's read buffer.
pub(super) fn with_scratch<T>(read: impl FnOnce(&mut [u8]) -> T) -> T {
    SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
        Ok(mut scratch) => read(&mut scratch),
        // A link inside a link's read: there is none, and if there were, a buffer of its own would serve it.
        Err(_) => read(&mut vec![0; READ_BYTES]),
    })
}

pub(super) enum Reading<'a> {
    Bytes(&'a [u8]),
    /// The peer sends no more, or the stream broke.
    End,
    Nothing,
}

#[derive(Clone, Copy)]
pub(super) enum Writing {
    /// There is nothing to write.
    Idle,
    /// Something was written.
    Moved,
    /// The kernel takes no more for now.
    Blocked,
    /// The stream broke.
    Failed,
}

impl<P: Protocol> Link<P> {
    pub(super) fn read<'a>(&mut self, cx: &mut Context<'_>, scratch: &'a mut [u8]) -> Reading<'a> {
        let mut buffer = ReadBuf::new(scratch);
        let poll = Pin::new(&mut self.io).poll_read(cx, &mut buffer);
        let length = buffer.filled().len();
        match poll {
            Poll::Pending => Reading::Nothing,
            Poll::Ready(Ok(())) if length > 0 => Reading::Bytes(scratch.get(..length).unwrap_or_default()),
            Poll::Ready(_) => Reading::End,
        }
    }

    /// Writes until nothing is left or the kernel takes no more.
    pub(super) fn write(&mut self, cx: &mut Context<'_>, now: u64) -> Writing {
        let mut moved = false;
        loop {
            if self.batch.is_empty() {
                self.outbox.take(&mut self.batch, CHUNKS_MAX, BATCH_BYTES);
            }
            if self.batch.is_empty() {
                // Idle links keep no list.
                self.batch = Vec::new();
                self.is_urgent = false;
                return if moved { Writing::Moved } else { Writing::Idle };
            }
            match self.write_batch(cx) {
                Poll::Ready(Ok(0) | Err(_)) => return Writing::Failed,
                Poll::Ready(Ok(bytes)) => {
                    moved = true;
                    self.blocked_at = None;
                    self.wrote_at = Some(now);
                    self.advance(bytes);
                    self.protocol.sent(now);
                }
                Poll::Pending => {
                    self.blocked_at.get_or_insert(now);
                    return if moved { Writing::Moved } else { Writing::Blocked };
                }
            }
        }
    }

    fn write_batch(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if let [chunk] = &self.batch[..] {
            // The kernel takes a single piece more cheaply than a list of one.
            let rest = chunk.get(self.written..).unwrap_or_default();
            return Pin::new(&mut self.io).poll_write(cx, rest);
        }
        let mut slices = [IoSlice::new(&[]); CHUNKS_MAX];
        let mut skip = self.written;
        let mut count = 0;
        for (slice, chunk) in slices.iter_mut().zip(&self.batch) {
            *slice = IoSlice::new(chunk.get(skip..).unwrap_or_default());
            skip = 0;
            count += 1;
        }
        Pin::new(&mut self.io).poll_write_vectored(cx, slices.get(..count).unwrap_or_default())
    }

    /// Drops what is written.
    fn advance(&mut self, bytes: usize) {
        let mut written = self.written.saturating_add(bytes);
        let mut whole = 0;
        while let Some(chunk) = self.batch.get(whole)
            && written >= chunk.len()
        {
            written -= chunk.len();
            whole += 1;
        }
        self.batch.drain(..whole);
        self.written = written;
    }

    /// Closes the direction to the peer.
    pub(super) fn shut(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match Pin::new(&mut self.io).poll_shutdown(cx) {
            Poll::Ready(result) => result,
            // A TCP stream shuts down at once.
            Poll::Pending => Ok(()),
        }
    }
}
