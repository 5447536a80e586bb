//! The deadlines of a link, on real sockets and the runtime's paused clock.

use std::time::Duration;

use mockly_realtime::Disconnect;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::closing::CLOSE_TIMEOUT_MS;
use super::*;

/// A protocol that says nothing and never ends; it keeps what it is told.
struct Silent {
    messages: Vec<Vec<u8>>,
    /// Until when it takes no message, in milliseconds.
    busy_until: u64,
    epoch: Instant,
}

impl Protocol for Silent {
    fn wants_message(&self) -> bool {
        now(self.epoch) >= self.busy_until
    }

    fn message(&mut self, _now: u64, message: Message) -> Result<(), Ending> {
        self.messages.push(message.into_bytes());
        Ok(())
    }

    fn received(&mut self, _now: u64) {}

    fn sent(&mut self, _now: u64) {}

    fn poll(&mut self, _cx: &mut Context<'_>, _now: u64) -> Poll<Ending> {
        Poll::Pending
    }

    fn next_deadline(&self) -> Option<u64> {
        (!self.wants_message()).then_some(self.busy_until)
    }

    fn disconnect(&mut self, why: Disconnect) -> Ending {
        Ending { frames: Vec::new(), code: why.close_code(), reason: why.close_reason(), label: why.label() }
    }

    fn is_idle(&self) -> bool {
        true
    }
}

async fn connect(outbox_bytes_max: usize) -> (Link<Silent>, Outbox, TcpStream) {
    connect_busy(outbox_bytes_max, 0).await
}

async fn connect_busy(outbox_bytes_max: usize, busy_until: u64) -> (Link<Silent>, Outbox, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (peer, accepted) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
    let limits =
        LinkLimits { epoch: Instant::now(), message_bytes_max: 1024, write_timeout_ms: 30_000, ping_ms: 20_000 };
    let outbox = Outbox::new(outbox_bytes_max);
    let silent = Silent { messages: Vec::new(), busy_until, epoch: limits.epoch };
    let link = Link::new(accepted.unwrap().0, Vec::new(), outbox.clone(), silent, limits);
    (link, outbox, peer.unwrap())
}

fn elapsed(since: Instant) -> u64 {
    since.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_reads_is_cut_off_in_time() {
    let (link, outbox, peer) = connect(64 << 20).await;
    let begun = Instant::now();
    // More than two kernels' buffers take.
    for _ in 0..16 {
        outbox.push(frame::encode(Opcode::Binary, &vec![0; 1 << 20])).unwrap();
    }
    assert_eq!(link.await, "too_slow");
    assert!((30..=40).contains(&elapsed(begun)), "{:?}", begun.elapsed());
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_reads_is_cut_off_by_bytes() {
    let (link, outbox, peer) = connect(1 << 20).await;
    let begun = Instant::now();
    let flood = async {
        while outbox.push(frame::encode(Opcode::Binary, &vec![0; 100_000])).is_ok() {
            tokio::task::yield_now().await;
        }
    };
    let (label, ()) = tokio::join!(link, flood);
    assert_eq!((label, outbox.bytes()), ("too_slow", 0));
    assert!(elapsed(begun) <= 3, "its last words wait two seconds, not {:?}", begun.elapsed());
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_pinged_and_then_given_up() {
    let (link, _outbox, mut peer) = connect(1024).await;
    let begun = Instant::now();
    assert_eq!(link.await, TIMED_OUT);
    assert_eq!(elapsed(begun), 40);
    let mut heard = Vec::new();
    peer.read_to_end(&mut heard).await.unwrap();
    assert_eq!(heard, [0x89, 0], "one ping and no more");
}

/// The pongs of a peer stayed unread during a long replay, and it was given up in the middle of it.
#[tokio::test(start_paused = true)]
async fn a_peer_that_is_not_read_is_not_silent() {
    let (link, _outbox, peer) = connect_busy(1024, 100_000).await;
    let begun = Instant::now();
    assert_eq!(link.await, TIMED_OUT);
    assert_eq!(elapsed(begun), 120, "one more patience after it is read again");
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_pings_is_kept() {
    let (link, outbox, mut peer) = connect(1024).await;
    let begun = Instant::now();
    let answer = async {
        for _ in 0..5 {
            let mut ping = [0; 2];
            peer.read_exact(&mut ping).await.unwrap();
            assert_eq!(ping, [0x89, 0]);
            peer.write_all(&[0x8a, 0x80, 1, 2, 3, 4]).await.unwrap();
        }
        outbox.disconnect(Disconnect::GoingAway { retry_after_ms: 300 });
        let close = frame::encode_close(1001, "retry-after-ms=300");
        let mut last = vec![0; close.len()];
        peer.read_exact(&mut last).await.unwrap();
        assert_eq!(last, close);
        // The stream ends only after the peer's own goodbye: some take its end for a broken connection.
        peer.write_all(&[0x88, 0x80, 1, 2, 3, 4]).await.unwrap();
        assert_eq!(peer.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    };
    let (label, ()) = tokio::join!(link, answer);
    assert_eq!((label, elapsed(begun)), ("going_away", 100));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_answer_a_close_is_not_waited_for() {
    let (link, outbox, peer) = connect(1024).await;
    let begun = Instant::now();
    outbox.disconnect(Disconnect::TokenExpired);
    assert_eq!(link.await, "token_expired");
    assert_eq!(begun.elapsed(), Duration::from_millis(CLOSE_TIMEOUT_MS));
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_floods_after_a_refusal_is_not_drained_for_ever() {
    let (link, _outbox, mut peer) = connect(1024).await;
    let begun = Instant::now();
    let flood = async {
        peer.write_all(&[0x82, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 1, 2, 3, 4]).await.unwrap();
        let chunk = vec![0; 64 * 1024];
        while peer.write_all(&chunk).await.is_ok() {
            tokio::time::advance(Duration::from_millis(10)).await;
        }
    };
    let (label, ()) = tokio::join!(link, flood);
    assert_eq!(label, "protocol_error");
    assert!(elapsed(begun) <= 3, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_follows_at_once_goes_out_together_and_answers_do_not_wait() {
    let (link, outbox, mut peer) = connect(1 << 20).await;
    let read = async {
        let begun = Instant::now();
        let mut byte = [0; 1];
        outbox.push(Bytes::from_static(b"1")).unwrap();
        peer.read_exact(&mut byte).await.unwrap();
        assert_eq!((byte, begun.elapsed()), (*b"1", Duration::ZERO), "after a pause nothing waits");
        outbox.push(Bytes::from_static(b"2")).unwrap();
        peer.read_exact(&mut byte).await.unwrap();
        assert_eq!((byte, begun.elapsed()), (*b"2", Duration::from_millis(JOIN_MS)));
        peer.write_all(&[0x89, 0x80, 1, 2, 3, 4]).await.unwrap();
        let mut pong = [0; 2];
        peer.read_exact(&mut pong).await.unwrap();
        assert_eq!((pong, begun.elapsed()), ([0x8a, 0], Duration::from_millis(JOIN_MS)));
        outbox.push(Bytes::from(vec![3; 100_000])).unwrap();
        peer.read_exact(&mut byte).await.unwrap();
        assert_eq!((byte, begun.elapsed()), ([3], Duration::from_millis(JOIN_MS)), "much does not wait");
        drop(peer);
    };
    let (label, ()) = tokio::join!(link, read);
    assert_eq!(label, CONNECTION_LOST);
}
