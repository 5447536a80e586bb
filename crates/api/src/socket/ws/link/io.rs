//! Moving bytes between the stream and the link.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use mockly_realtime::Outbox;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;

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

/// Reads one helping.
pub(super) fn read<'a>(stream: &mut TcpStream, cx: &mut Context<'_>, scratch: &'a mut [u8]) -> Reading<'a> {
    let mut buffer = ReadBuf::new(scratch);
    let poll = Pin::new(stream).poll_read(cx, &mut buffer);
    let length = buffer.filled().len();
    match poll {
        Poll::Pending => Reading::Nothing,
        Poll::Ready(Ok(())) if length > 0 => Reading::Bytes(scratch.get(..length).unwrap_or_default()),
        Poll::Ready(_) => Reading::End,
    }
}

/// Closes the direction to the peer.
pub(super) fn shut(stream: &mut TcpStream, cx: &mut Context<'_>) -> io::Result<()> {
    match Pin::new(stream).poll_shutdown(cx) {
        Poll::Ready(result) => result,
        // A TCP stream shuts down at once.
        Poll::Pending => Ok(()),
    }
}

/// What is being written.
#[derive(Default)]
pub(super) struct Batch {
    chunks: Vec<Bytes>,
    /// Of the first chunk, so many bytes are written.
    written: usize,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    pub(super) fn push(&mut self, chunk: Bytes) {
        self.chunks.push(chunk);
    }

    /// Takes as much off the outbox as is handed to the kernel at once. Idle links keep no list.
    pub(super) fn fill(&mut self, outbox: &Outbox) {
        outbox.take(&mut self.chunks, CHUNKS_MAX, BATCH_BYTES);
        if self.chunks.is_empty() {
            self.chunks = Vec::new();
        }
    }

    /// Takes everything that is left in the outbox.
    pub(super) fn fill_with_all(&mut self, outbox: &Outbox) {
        outbox.take(&mut self.chunks, usize::MAX, usize::MAX);
    }

    /// Hands one helping to the kernel, and drops what it took; there is something to write.
    pub(super) fn write(&mut self, stream: &mut TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let taken = match self.poll_write(stream, cx) {
            Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Poll::Ready(Ok(bytes)) => bytes,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => return Poll::Pending,
        };
        self.advance(taken);
        Poll::Ready(Ok(()))
    }

    fn poll_write(&self, stream: &mut TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if let [chunk] = &self.chunks[..] {
            // The kernel takes a single piece more cheaply than a list of one.
            let rest = chunk.get(self.written..).unwrap_or_default();
            return Pin::new(stream).poll_write(cx, rest);
        }
        let mut slices = [IoSlice::new(&[]); CHUNKS_MAX];
        let mut skip = self.written;
        let mut count = 0;
        for (slice, chunk) in slices.iter_mut().zip(&self.chunks) {
            *slice = IoSlice::new(chunk.get(skip..).unwrap_or_default());
            skip = 0;
            count += 1;
        }
        Pin::new(stream).poll_write_vectored(cx, slices.get(..count).unwrap_or_default())
    }

    /// Drops what is written.
    fn advance(&mut self, bytes: usize) {
        let mut written = self.written.saturating_add(bytes);
        let mut whole = 0;
        while let Some(chunk) = self.chunks.get(whole)
            && written >= chunk.len()
        {
            written -= chunk.len();
            whole += 1;
        }
        self.chunks.drain(..whole);
        self.written = written;
    }
}

impl Extend<Bytes> for Batch {
    fn extend<I: IntoIterator<Item = Bytes>>(&mut self, chunks: I) {
        self.chunks.extend(chunks);
    }
}
