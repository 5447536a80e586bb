//! SockJS over a WebSocket: the link is the session, and everything in it is framed.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use mockly_realtime::{Disconnect, Outbox};
use mockly_sockjs::{Limits, frame as sockjs, payload};

use crate::socket::protocol::{Ending, Message, Protocol};
use crate::socket::ws::frame::{self, Opcode};

/// The frames of SockJS around what `P` speaks, which frames its own messages by
/// [`Framing::SockJsWebSocket`](crate::socket::Framing::SockJsWebSocket).
pub(super) struct FramedSocket<P> {
    protocol: P,
    outbox: Outbox,
    limits: Limits,
    /// What came in one message of the WebSocket and is not taken yet.
    texts: VecDeque<String>,
    beat_at: u64,
}

impl<P: Protocol> FramedSocket<P> {
    /// Greets the client; `speak` starts what is spoken after that.
    pub(super) fn new(now: u64, limits: Limits, outbox: Outbox, speak: impl FnOnce(Outbox) -> P) -> Self {
        push(&outbox, sockjs::OPEN);
        let beat_at = now.saturating_add(limits.heartbeat_ms);
        Self { protocol: speak(outbox.clone()), outbox, limits, texts: VecDeque::new(), beat_at }
    }

    /// Hands over what waits, as far as it is wanted.
    fn hand_over(&mut self, now: u64) -> Result<(), Ending> {
        while self.protocol.wants_message()
            && let Some(text) = self.texts.pop_front()
        {
            if self.texts.is_empty() {
                // An idle connection keeps no queue.
                self.texts = VecDeque::new();
            }
            self.protocol.message(now, Message::Text(text))?;
        }
        Ok(())
    }
}

impl<P: Protocol> Protocol for FramedSocket<P> {
    fn wants_message(&self) -> bool {
        self.texts.is_empty() && self.protocol.wants_message()
    }

    fn message(&mut self, now: u64, message: Message) -> Result<(), Ending> {
        let message = message.into_bytes();
        let texts = str::from_utf8(&message)
            .map_err(|_not_utf8| mockly_sockjs::DecodeError::BrokenJson)
            .and_then(|text| payload::decode_websocket(text, &self.limits));
        match texts {
            Ok(texts) => self.texts = texts.into(),
            Err(error) => {
                let mockly_sockjs::Disconnect { code, reason } = error.disconnect();
                return Err(Ending { frames: Vec::new(), code, reason, label: "protocol_error" });
            }
        }
        self.hand_over(now).map_err(close)
    }

    fn received(&mut self, now: u64) {
        self.protocol.received(now);
    }

    fn sent(&mut self, now: u64) {
        self.protocol.sent(now);
    }

    fn poll(&mut self, cx: &mut Context<'_>, now: u64) -> Poll<Ending> {
        if self.beat_at <= now {
            self.beat_at = now.saturating_add(self.limits.heartbeat_ms);
            push(&self.outbox, sockjs::HEARTBEAT);
        }
        loop {
            if let Poll::Ready(ending) = self.protocol.poll(cx, now) {
                return Poll::Ready(close(ending));
            }
            if self.texts.is_empty() || !self.protocol.wants_message() {
                return Poll::Pending;
            }
            if let Err(ending) = self.hand_over(now) {
                return Poll::Ready(close(ending));
            }
        }
    }

    fn next_deadline(&self) -> Option<u64> {
        self.protocol.next_deadline().into_iter().chain(Some(self.beat_at)).min()
    }

    fn disconnect(&mut self, why: Disconnect) -> Ending {
        close(self.protocol.disconnect(why))
    }

    fn is_idle(&self) -> bool {
        self.texts.is_empty() && self.protocol.is_idle()
    }
}

/// A close frame of SockJS before that of the WebSocket.
fn close(mut ending: Ending) -> Ending {
    let frame = super::close_of(&ending).frame();
    ending.frames.push(frame::encode(Opcode::Text, &frame));
    ending
}

/// Queues a frame. What does not fit cuts the connection off, which the outbox remembers.
fn push(outbox: &Outbox, frame: &str) {
    let _cut_off = outbox.push(frame::encode(Opcode::Text, frame.as_bytes()));
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use bytes::Bytes;

    use super::*;

    /// Takes one message per turn and says nothing.
    struct Slow {
        taken: Vec<String>,
        is_busy: bool,
    }

    impl Protocol for Slow {
        fn wants_message(&self) -> bool {
            !self.is_busy
        }

        fn message(&mut self, _now: u64, message: Message) -> Result<(), Ending> {
            self.is_busy = true;
            self.taken.push(String::from_utf8(message.into_bytes()).unwrap());
            Ok(())
        }

        fn received(&mut self, _now: u64) {}

        fn sent(&mut self, _now: u64) {}

        fn poll(&mut self, _cx: &mut Context<'_>, _now: u64) -> Poll<Ending> {
            self.is_busy = false;
            Poll::Pending
        }

        fn next_deadline(&self) -> Option<u64> {
            None
        }

        fn disconnect(&mut self, why: Disconnect) -> Ending {
            Ending { frames: Vec::new(), code: why.close_code(), reason: why.close_reason(), label: why.label() }
        }

        fn is_idle(&self) -> bool {
            !self.is_busy
        }
    }

    fn open() -> (FramedSocket<Slow>, Outbox) {
        let outbox = Outbox::new(1000);
        let speak = |_| Slow { taken: Vec::new(), is_busy: false };
        (FramedSocket::new(0, Limits::default(), outbox.clone(), speak), outbox)
    }

    fn written(outbox: &Outbox) -> Vec<Bytes> {
        let mut written = Vec::new();
        outbox.take(&mut written, usize::MAX, usize::MAX);
        written
    }

    #[test]
    fn it_opens_beats_and_closes() {
        let (mut socket, outbox) = open();
        assert_eq!(written(&outbox), [&b"\x81\x01o"[..]]);
        assert_eq!(socket.next_deadline(), Some(25_000));
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(socket.poll(cx, 24_999).is_pending() && written(&outbox).is_empty());
        assert!(socket.poll(cx, 25_000).is_pending());
        assert_eq!(written(&outbox), [&b"\x81\x01h"[..]]);
        assert_eq!(socket.next_deadline(), Some(50_000));
        assert_eq!(socket.disconnect(Disconnect::TooSlow).frames, [&b"\x81\x12c[1013,\"too slow\"]"[..]]);
        assert_eq!(socket.disconnect(Disconnect::Left).frames, [&b"\x81\x12c[3000,\"Go away!\"]"[..]]);
    }

    #[test]
    fn what_came_together_is_taken_in_order_and_nothing_else_meanwhile() {
        let (mut socket, _) = open();
        for empty in ["", "[]"] {
            assert!(socket.message(0, Message::Text(empty.to_owned())).is_ok() && socket.wants_message());
        }
        socket.message(0, Message::Text(r#"["a","b","c"]"#.to_owned())).unwrap();
        assert_eq!(socket.protocol.taken, ["a"]);
        assert!(!socket.wants_message() && !socket.is_idle());
        assert!(socket.poll(&mut Context::from_waker(Waker::noop()), 0).is_pending());
        assert_eq!(socket.protocol.taken, ["a", "b", "c"]);
        assert!(socket.wants_message() && socket.is_idle());
    }

    #[test]
    fn broken_json_ends_it_without_a_word() {
        let (mut socket, _) = open();
        let ending = socket.message(0, Message::Text("[\"a".to_owned())).unwrap_err();
        assert_eq!((ending.code, ending.frames.len()), (1007, 0));
        assert_eq!(socket.message(0, Message::Binary(vec![0xff])).unwrap_err().code, 1007);
    }
}
