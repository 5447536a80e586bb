//! How long a peer may hold up what is written to it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// What the peer must take, in bytes, for the time in which it held writes up to be forgotten.
const PROGRESS_BYTES: usize = 64 * 1024;

/// Gives a write up that the peer holds up for too long: whoever stops reading must not keep a connection, which are
/// counted, for as long as it likes. Only the time counts in which there was something to take, so that a stream may
/// pause; and a sip now and then does not start it anew.
pub(crate) struct WriteTimeout {
    /// How long the peer may hold writes up within [`PROGRESS_BYTES`] of them.
    timeout: Duration,
    /// Runs while the peer takes nothing, and since when.
    stalled: Option<(Pin<Box<Sleep>>, Instant)>,
    /// How long the peer held writes up before, and what it has taken meanwhile.
    held_up: Duration,
    taken: usize,
}

impl WriteTimeout {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { timeout, stalled: None, held_up: Duration::ZERO, taken: 0 }
    }

    /// The outcome of a write, or [`io::ErrorKind::TimedOut`] in its place.
    pub(crate) fn check(&mut self, cx: &mut Context<'_>, write: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = &write {
            if let Some((_, since)) = self.stalled.take() {
                self.held_up += since.elapsed();
            }
            self.taken += written.as_ref().map_or(0, |count| *count);
            if self.taken >= PROGRESS_BYTES {
                (self.held_up, self.taken) = (Duration::ZERO, 0);
            }
            return write;
        }
        let left = self.timeout.saturating_sub(self.held_up);
        let begin = || (Box::pin(tokio::time::sleep(left)), Instant::now());
        let (stalled, _) = self.stalled.get_or_insert_with(begin);
        stalled.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neither sips nor a pause of the server start the time anew.
    #[tokio::test(start_paused = true)]
    async fn a_peer_that_sips_is_given_up_as_well() {
        let mut timeout = WriteTimeout::new(Duration::from_secs(30));
        let mut sip = async |seconds| {
            std::future::poll_fn(|cx| Poll::Ready(timeout.check(cx, Poll::Pending).is_ready())).await;
            tokio::time::advance(Duration::from_secs(seconds)).await;
            std::future::poll_fn(|cx| {
                if timeout.check(cx, Poll::Pending).is_ready() {
                    return Poll::Ready(true);
                }
                Poll::Ready(timeout.check(cx, Poll::Ready(Ok(1_000))).is_pending())
            })
            .await
        };
        assert!(!sip(14).await);
        tokio::time::advance(Duration::from_hours(1)).await;
        assert!(!sip(14).await);
        assert!(sip(14).await);
    }
}
