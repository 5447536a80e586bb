//! How a link ends (RFC 6455, section 7).

use std::task::Context;

use crate::socket::protocol::{Ending, Protocol};
use crate::socket::ws::frame;
use crate::socket::ws::link::io::{self, Reading};
use crate::socket::ws::link::{Link, Phase, Turn, Writing};
use crate::socket::ws::reader::Event;

/// How long a closing link may take to write its last words and to hear the peer's.
pub(super) const CLOSE_TIMEOUT_MS: u64 = 2_000;
/// The label of a link whose peer closed it.
const CLIENT_CLOSED: &str = "client_closed";

impl<P: Protocol> Link<P> {
    /// Section 5.5.1: a close frame is answered by one, typically with the code received.
    pub(super) fn answer_close(&mut self, now: u64, code: Option<u16>) {
        self.begin_closing(now, true, CLIENT_CLOSED);
        self.batch.push(frame::encode_close(code.unwrap_or(1000), ""));
    }

    pub(super) fn close(&mut self, now: u64, ending: Ending) -> Turn {
        self.begin_closing(now, false, ending.label);
        self.batch.extend(ending.frames);
        self.batch.push(frame::encode_close(ending.code, &ending.reason));
        Turn::Again
    }

    /// Takes over what is queued, as far as it was not dropped, and lets nobody queue more.
    pub(super) fn begin_closing(&mut self, now: u64, peer_closed: bool, label: &'static str) {
        self.batch.fill_with_all(&self.outbox);
        self.outbox.close();
        let by = now.saturating_add(CLOSE_TIMEOUT_MS);
        self.phase = Phase::Closing { by, peer_closed, is_shut: false, label };
    }

    /// Section 7.1.1: writes what is left, hears the peer's close frame, and only then closes its own direction, because
    /// some peers take the end of the stream for a broken connection and forget the code. What still comes is read without
    /// a look at anything else, so that the kernel does not reset the connection and lose the last words.
    pub(super) fn turn_closing(&mut self, cx: &mut Context<'_>, now: u64) -> Turn {
        let Phase::Closing { by, peer_closed, is_shut, label } = self.phase else { return Turn::Again };
        if now >= by {
            return Turn::Done(label);
        }
        match self.write(cx, now) {
            Writing::Failed => return Turn::Done(label),
            Writing::Moved => return Turn::Again,
            Writing::Blocked => {}
            Writing::Idle if is_shut || !(peer_closed || self.read_closed) => {}
            Writing::Idle => {
                if io::shut(&mut self.stream, cx).is_err() {
                    return Turn::Done(label);
                }
                self.phase = Phase::Closing { by, peer_closed, is_shut: true, label };
                return Turn::Again;
            }
        }
        if is_shut && (peer_closed || self.read_closed) {
            return Turn::Done(label);
        }
        if self.read_closed {
            return Turn::Wait;
        }
        io::with_scratch(|scratch| match io::read(&mut self.stream, cx, scratch) {
            Reading::Nothing => Turn::Wait,
            Reading::End => {
                self.read_closed = true;
                Turn::Again
            }
            Reading::Bytes(mut bytes) => {
                while let Ok(Some(event)) = self.reader.read(&mut bytes) {
                    if matches!(event, Event::Close(_)) {
                        self.phase = Phase::Closing { by, peer_closed: true, is_shut, label };
                        break;
                    }
                }
                Turn::Again
            }
        })
    }
}
