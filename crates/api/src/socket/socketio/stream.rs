//! A taken-over TCP stream that can be ended from outside, that bounds what its peer sends and how long it may not read,
//! and that answers the library's first question itself.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mockly_realtime::Disconnect;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::frames::FrameCounter;
use super::link::Link;
use crate::socket::transport::WriteTimeout;

/// The packet `2` in a frame as the library writes it (RFC 6455, 5.2): one text, not masked.
const PING: [u8; 3] = [0x81, 0x01, b'2'];
/// The packet `3` in a frame as a client writes it: one text, with a mask of zeros.
const PONG: [u8; 7] = [0x81, 0x81, 0, 0, 0, 0, b'3'];

/// Reads and writes as closed by the peer once it is hung up, which ends whatever is spoken on it without a word. It hangs
/// up by itself on a peer that sends too much, or that does not take what is written to it.
///
/// The library asks whether the client is there as soon as a session is open, where the protocol has the first question
/// come after `pingInterval`: that one is answered here, before anything of the client is read, and the client does not
/// hear it.
pub struct TakenStream {
    io: TcpStream,
    link: Arc<Link>,
    /// One for each direction: they are polled by tasks of their own, and each wakes the last that polled it.
    hung_up_reading: Pin<Box<WaitForCancellationFutureOwned>>,
    hung_up_writing: Pin<Box<WaitForCancellationFutureOwned>>,
    write_timeout: WriteTimeout,
    frames: FrameCounter,
    /// What the HTTP server had read beyond the request, from the first byte that is not taken yet; and what is answered
    /// here.
    early: Vec<u8>,
    opening: Opening,
    /// Woken when the session is open and reading may begin.
    reader: Option<Waker>,
}

/// How far the beginning of a session has been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    /// Nothing yet.
    Unsaid,
    /// So many bytes of the frame that opens the session are to be written.
    Opens(usize),
    /// The next frame is the first question.
    Asks,
    /// Everything goes through as it is.
    Done,
}

impl TakenStream {
    /// `opens` says that a session begins on this stream.
    pub(super) fn new(io: TcpStream, early: Vec<u8>, link: Arc<Link>, write_timeout: Duration, opens: bool) -> Self {
        let mut frames = FrameCounter::default();
        if !link.take(frames.count(&early)) {
            link.hang_up.cancel();
        }
        let hung_up = || Box::pin(link.hang_up.clone().cancelled_owned());
        Self {
            io,
            hung_up_reading: hung_up(),
            hung_up_writing: hung_up(),
            write_timeout: WriteTimeout::new(write_timeout),
            frames,
            early,
            opening: if opens { Opening::Unsaid } else { Opening::Done },
            reader: None,
            link,
        }
    }

    /// How many bytes may be written now, and go to the client.
    fn passing(&mut self, buf: &[u8]) -> usize {
        if self.opening == Opening::Unsaid {
            self.opening = frame_bytes(buf).map_or(Opening::Done, Opening::Opens);
        }
        match self.opening {
            Opening::Opens(left) => left.min(buf.len()),
            Opening::Asks if buf.starts_with(&PING) => 0,
            Opening::Unsaid | Opening::Asks | Opening::Done => {
                self.begin_reading();
                buf.len()
            }
        }
    }

    /// Answers in the client's place.
    fn answer(&mut self) {
        self.early.splice(0..0, PONG);
        self.begin_reading();
    }

    fn begin_reading(&mut self) {
        self.opening = Opening::Done;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// The length of the frame that begins here, where that can be told and it is not masked.
fn frame_bytes(buf: &[u8]) -> Option<usize> {
    match (buf.get(1)?, buf.get(2..4)) {
        (length @ 0..=125, _) => Some(2 + usize::from(*length)),
        (126, Some(&[high, low])) => Some(4 + usize::from(u16::from_be_bytes([high, low]))),
        _ => None,
    }
}

impl AsyncRead for TakenStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.hung_up_reading.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        if self.opening != Opening::Done {
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        if !self.early.is_empty() {
            let length = self.early.len().min(buf.remaining());
            buf.put_slice(&self.early.drain(..length).collect::<Vec<u8>>());
            return Poll::Ready(Ok(()));
        }
        let known = buf.filled().len();
        let poll = Pin::new(&mut self.io).poll_read(cx, buf);
        let count = self.frames.count(&buf.filled()[known..]);
        if !self.link.take(count) {
            buf.set_filled(known);
            self.link.hang_up.cancel();
        }
        poll
    }
}

impl AsyncWrite for TakenStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.hung_up_writing.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let passing = self.passing(buf);
        if passing == 0 && !buf.is_empty() {
            self.answer();
            return Poll::Ready(Ok(PING.len()));
        }
        let write = Pin::new(&mut self.io).poll_write(cx, &buf[..passing]);
        let poll = self.write_timeout.check(cx, write);
        if matches!(&poll, Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::TimedOut) {
            self.link.end(Disconnect::TooSlow);
            self.link.hang_up.cancel();
        }
        if let (Poll::Ready(Ok(written)), Opening::Opens(left)) = (&poll, self.opening) {
            let left = left.saturating_sub(*written);
            self.opening = if left == 0 { Opening::Asks } else { Opening::Opens(left) };
        }
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.hung_up_writing.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use mockly_realtime::Outbox;

    use super::*;
    use crate::settings::Rate;
    use crate::socket::registry::Registry;
    use crate::socket::socketio::link::Links;

    fn link(rate: Rate) -> Arc<Link> {
        let outbox = Outbox::new(100);
        let seat = Arc::new(Registry::new(1)).enter(&outbox, "socketio").unwrap();
        Link::new(&Links::default(), seat, outbox, rate)
    }

    fn opening(io: TcpStream, early: &[u8]) -> TakenStream {
        TakenStream::new(io, early.to_vec(), link(Rate::per_second(0, 1)), Duration::from_secs(30), true)
    }

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (peer, accepted) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        (peer.unwrap(), accepted.unwrap().0)
    }

    #[tokio::test]
    async fn the_first_question_is_answered_and_not_heard() {
        let (mut peer, io) = pair().await;
        let mut stream = opening(io, b"");
        let open = [b"\x81\x7e\x00\x80".as_slice(), &[b'x'; 128]].concat();
        for bytes in [&open[..50], &open[50..], &PING, &PING] {
            stream.write_all(bytes).await.unwrap();
        }
        let mut answer = [0; 7];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, PONG);
        drop(stream);
        let mut heard = Vec::new();
        peer.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, [open.as_slice(), &PING].concat());
    }

    #[tokio::test]
    async fn what_a_client_says_first_is_read_behind_the_answer() {
        let (mut peer, io) = pair().await;
        let mut stream = opening(io, b"early ");
        peer.write_all(b"hello").await.unwrap();
        let mut said = [0; PONG.len() + 11];
        let (mut reading, mut writing) = tokio::io::split(&mut stream);
        let (read, written) = tokio::join!(reading.read_exact(&mut said), async {
            writing.write_all(b"\x81\x01x").await?;
            writing.write_all(&PING).await
        });
        read.unwrap();
        written.unwrap();
        assert_eq!(said, *[PONG.as_slice(), b"early hello"].concat());
    }

    #[tokio::test]
    async fn without_a_question_everything_passes() {
        let (mut peer, io) = pair().await;
        let mut stream = opening(io, b"");
        peer.write_all(b"hello").await.unwrap();
        stream.write_all(b"\x81\x01x").await.unwrap();
        stream.write_all(b"\x81\x01y").await.unwrap();
        let mut said = [0; 5];
        stream.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, b"hello");
        stream.write_all(&PING).await.unwrap();
        drop(stream);
        let mut heard = Vec::new();
        peer.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, [b"\x81\x01x\x81\x01y".as_slice(), &PING].concat());
    }

    /// The library goes on writing to whoever it does not know to be gone.
    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_nothing_is_hung_up_on_in_both_directions() {
        let (_peer, io) = pair().await;
        let link = link(Rate::per_second(0, 1));
        let mut stream = TakenStream::new(io, Vec::new(), Arc::clone(&link), Duration::from_secs(30), false);
        // More than two kernels' buffers take.
        let error = stream.write_all(&vec![0; 64 << 20]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(stream.write(b"more").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(stream.flush().await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
        assert_eq!(link.outbox.disconnect_reason(), Some(Disconnect::TooSlow));
    }

    /// A write that waits for its peer must hear that the session is over.
    #[tokio::test]
    async fn hanging_up_ends_a_write_that_waits() {
        let (_peer, io) = pair().await;
        let link = link(Rate::per_second(0, 1));
        let mut stream = TakenStream::new(io, Vec::new(), Arc::clone(&link), Duration::from_hours(1), false);
        let (mut reading, mut writing) = tokio::io::split(&mut stream);
        let mut buffer = [0; 8];
        let hang_up = async {
            tokio::task::yield_now().await;
            link.hang_up.cancel();
        };
        let bytes = vec![0; 64 << 20];
        let (read, written, ()) = tokio::join!(reading.read(&mut buffer), writing.write_all(&bytes), hang_up);
        assert_eq!(read.unwrap(), 0);
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test]
    async fn who_sends_more_frames_than_they_may_is_hung_up_on() {
        for early in [0, 10] {
            let (mut peer, io) = pair().await;
            let link = link(Rate::per_second(20, 40));
            let early = [0x81, 0x00].repeat(early);
            let mut stream = TakenStream::new(io, early, Arc::clone(&link), Duration::from_secs(30), false);
            peer.write_all(&[0x81, 0x00].repeat(100)).await.unwrap();
            let mut heard = Vec::new();
            stream.read_to_end(&mut heard).await.unwrap();
            assert!(heard.len() <= 2 * 40, "{} bytes", heard.len());
            assert!(link.hang_up.is_cancelled());
        }
    }
}
