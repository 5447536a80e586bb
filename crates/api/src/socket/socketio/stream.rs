//! A taken-over TCP stream that can be ended from outside, and that answers the library's first question itself.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The packet `2` in a frame as the library writes it (RFC 6455, 5.2): one text, not masked.
const PING: [u8; 3] = [0x81, 0x01, b'2'];
/// The packet `3` in a frame as a client writes it: one text, with a mask of zeros.
const PONG: [u8; 7] = [0x81, 0x81, 0, 0, 0, 0, b'3'];

/// Reads as closed by the peer once it is hung up, which ends whatever is spoken on it without a word.
///
/// The library asks whether the client is there as soon as a session is open, where the protocol has the first question
/// come after `pingInterval`: that one is answered here, before anything of the client is read, and the client does not
/// hear it.
pub struct TakenStream {
    io: TcpStream,
    hung_up: Pin<Box<WaitForCancellationFutureOwned>>,
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
    pub(super) fn new(io: TcpStream, early: Vec<u8>, hang_up: CancellationToken, opens: bool) -> Self {
        let opening = if opens { Opening::Unsaid } else { Opening::Done };
        Self { io, hung_up: Box::pin(hang_up.cancelled_owned()), early, opening, reader: None }
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
        if self.hung_up.as_mut().poll(cx).is_ready() {
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
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for TakenStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let passing = self.passing(buf);
        if passing == 0 && !buf.is_empty() {
            self.answer();
            return Poll::Ready(Ok(PING.len()));
        }
        let poll = Pin::new(&mut self.io).poll_write(cx, &buf[..passing]);
        if let (Poll::Ready(Ok(written)), Opening::Opens(left)) = (&poll, self.opening) {
            let left = left.saturating_sub(*written);
            self.opening = if left == 0 { Opening::Asks } else { Opening::Opens(left) };
        }
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
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

    use super::*;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (peer, accepted) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        (peer.unwrap(), accepted.unwrap().0)
    }

    #[tokio::test]
    async fn the_first_question_is_answered_and_not_heard() {
        let (mut peer, io) = pair().await;
        let mut stream = TakenStream::new(io, Vec::new(), CancellationToken::new(), true);
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
        let mut stream = TakenStream::new(io, b"early ".to_vec(), CancellationToken::new(), true);
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
        let mut stream = TakenStream::new(io, Vec::new(), CancellationToken::new(), true);
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
}
