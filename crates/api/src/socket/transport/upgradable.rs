//! The I/O type of the server: a TCP stream that can be taken away from it.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::write_timeout::WriteTimeout;

/// A TCP stream as the HTTP server sees it.
///
/// Once claimed it reads as closed by the peer. The server then writes what it still has (the 101), shuts down (which
/// has no effect) and drops this, and the drop hands the open socket to the claimant.
pub(crate) struct Upgradable {
    /// There until the drop.
    io: Option<TcpStream>,
    slot: UpgradeSlot,
    write_timeout: WriteTimeout,
}

/// Where a request's handler claims the socket that the request came by.
#[derive(Clone)]
pub(crate) struct UpgradeSlot(Rc<RefCell<Slot>>);

enum Slot {
    /// The HTTP server has it; its task is woken when that changes.
    Http(Option<Waker>),
    /// Goes to whoever holds the other end.
    Claimed(oneshot::Sender<TcpStream>),
    /// Claimed and handed over.
    Gone,
}

impl Upgradable {
    pub(crate) fn new(io: TcpStream, write_timeout: Duration) -> Self {
        let slot = UpgradeSlot(Rc::new(RefCell::new(Slot::Http(None))));
        Self { io: Some(io), slot, write_timeout: WriteTimeout::new(write_timeout) }
    }

    pub(crate) fn slot(&self) -> UpgradeSlot {
        self.slot.clone()
    }

    fn io(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.io.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl UpgradeSlot {
    /// Claims the socket, to be had once the answer to the present request is written. `None` when it is claimed
    /// already.
    pub(crate) fn claim(&self) -> Option<oneshot::Receiver<TcpStream>> {
        let mut slot = self.0.borrow_mut();
        let Slot::Http(waker) = &mut *slot else { return None };
        let waker = waker.take();
        let (sender, receiver) = oneshot::channel();
        *slot = Slot::Claimed(sender);
        drop(slot);
        if let Some(waker) = waker {
            waker.wake();
        }
        Some(receiver)
    }

    fn is_claimed(&self) -> bool {
        matches!(*self.0.borrow(), Slot::Claimed(_))
    }

    /// Remembers whom to wake when the socket is claimed while nothing comes from the peer.
    fn remember(&self, cx: &Context<'_>) {
        if let Slot::Http(waker) = &mut *self.0.borrow_mut()
            && !waker.as_ref().is_some_and(|known| known.will_wake(cx.waker()))
        {
            *waker = Some(cx.waker().clone());
        }
    }
}

impl AsyncRead for Upgradable {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.slot.is_claimed() {
            return Poll::Ready(Ok(()));
        }
        let poll = self.io()?.poll_read(cx, buf);
        if poll.is_pending() {
            self.slot.remember(cx);
        }
        poll
    }
}

impl AsyncWrite for Upgradable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let write = self.io()?.poll_write(cx, buf);
        self.write_timeout.check(cx, write)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = self.io()?.poll_write_vectored(cx, bufs);
        self.write_timeout.check(cx, write)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.slot.is_claimed() {
            return Poll::Ready(Ok(()));
        }
        self.io()?.poll_shutdown(cx)
    }
}

impl Drop for Upgradable {
    fn drop(&mut self) {
        let slot = std::mem::replace(&mut *self.slot.0.borrow_mut(), Slot::Gone);
        if let (Slot::Claimed(claimant), Some(io)) = (slot, self.io.take()) {
            // A claimant that is gone has closed the connection by that.
            drop(claimant.send(io));
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_stops_reading_loses_its_connection_in_time() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (peer, accepted) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let mut io = Upgradable::new(accepted.unwrap().0, Duration::from_secs(30));
        let begun = Instant::now();
        // More than two kernels' buffers take.
        let error = io.write_all(&vec![0; 64 << 20]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!((30..=40).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
        drop(peer);
    }
}
