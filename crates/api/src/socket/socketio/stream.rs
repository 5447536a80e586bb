//! A taken-over TCP stream that can be ended from outside.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Reads as closed by the peer once it is hung up, which ends whatever is spoken on it without a word.
pub struct TakenStream {
    io: TcpStream,
    hung_up: Pin<Box<WaitForCancellationFutureOwned>>,
    /// What the HTTP server had read beyond the request, from the first byte that is not taken yet.
    early: Vec<u8>,
}

impl TakenStream {
    pub(super) fn new(io: TcpStream, early: Vec<u8>, hang_up: CancellationToken) -> Self {
        Self { io, hung_up: Box::pin(hang_up.cancelled_owned()), early }
    }
}

impl AsyncRead for TakenStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.hung_up.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        if !self.early.is_empty() {
            let length = self.early.len().min(buf.remaining());
            buf.put_slice(&self.early.drain(..length).collect::<Vec<u8>>());
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for TakenStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
