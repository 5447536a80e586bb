//! One WebSocket on its TCP stream: a single task that reads, writes, keeps the deadlines and closes.
//!
//! Idle, it holds the stream, one timer and a few numbers. Reading goes through a buffer that all links of a worker
//! share; what was read and cannot be taken yet is kept, and then nothing more is read. Writing hands the queued frames
//! to the kernel as they are, many at once, without copying them.

mod closing;
mod io;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use mockly_realtime::Outbox;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use crate::socket::protocol::{Ending, Message, Protocol};
use crate::socket::ws::frame::{self, Opcode};
use crate::socket::ws::reader::{Event, FrameReader, Violation};

use io::{Batch, Reading};

/// How long what the hub sends waits for more of it when the link has written just before.
///
/// A write costs the kernel some 5 µs whatever its size, so a busy topic is limited by writes, not by bytes: at 150
/// messages a second for each of 1,000 links one core is full. What comes after a pause is written at once; of a stream
/// of messages those of 10 ms go out together. Answers to the peer's own frames never wait.
const JOIN_MS: u64 = 10;
/// Turns before other tasks of the worker get theirs.
const TURNS_MAX: usize = 16;
/// The label of a link whose stream broke.
const CONNECTION_LOST: &str = "connection_lost";
/// The label of a link whose peer did not read or answer in time.
const TIMED_OUT: &str = "timed_out";

/// The bounds of a link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LinkLimits {
    /// Where the milliseconds of the sockets' clock begin.
    pub(crate) epoch: Instant,
    /// Most bytes of one message.
    pub(crate) message_bytes_max: usize,
    /// How long a peer may leave the kernel's buffer full.
    pub(crate) write_timeout_ms: u64,
    /// How long a peer may be silent before it is pinged; as long again, and it is given up.
    pub(crate) ping_ms: u64,
}

/// The link, as the future of its life. It ends with why it ended, as a label for the metrics.
pub(crate) struct Link<P> {
    stream: TcpStream,
    protocol: P,
    outbox: Outbox,
    reader: FrameReader,
    limits: LinkLimits,
    /// What was read and not taken yet.
    unread: Vec<u8>,
    /// What is being written.
    batch: Batch,
    /// Since when the peer leaves the kernel's buffer full.
    blocked_at: Option<u64>,
    wrote_at: Option<u64>,
    /// The peer waits for what is queued.
    is_urgent: bool,
    heard_at: u64,
    pinged: bool,
    /// The peer sends no more.
    read_closed: bool,
    phase: Phase,
    timer: Pin<Box<Sleep>>,
    timer_at: u64,
}

#[derive(Clone, Copy)]
enum Phase {
    Open,
    /// The last words are queued.
    Closing {
        by: u64,
        peer_closed: bool,
        is_shut: bool,
        label: &'static str,
    },
}

/// What writing came to.
#[derive(Clone, Copy)]
enum Writing {
    /// There is nothing to write.
    Idle,
    /// Something was written.
    Moved,
    /// The kernel takes no more for now.
    Blocked,
    /// The stream broke.
    Failed,
}

/// What a turn came to.
enum Turn {
    /// Something moved, so more may be possible.
    Again,
    /// Nothing can be done until something wakes the task.
    Wait,
    /// The link is over.
    Done(&'static str),
}

impl<P: Protocol> Link<P> {
    /// A link on an open stream; `early` is what the peer sent before it was answered.
    pub(crate) fn new(stream: TcpStream, early: Vec<u8>, outbox: Outbox, protocol: P, limits: LinkLimits) -> Self {
        let now = now(limits.epoch);
        let timer_at = now.saturating_add(limits.ping_ms);
        Self {
            stream,
            protocol,
            outbox,
            reader: FrameReader::new(limits.message_bytes_max),
            limits,
            unread: early,
            batch: Batch::default(),
            blocked_at: None,
            wrote_at: None,
            is_urgent: false,
            heard_at: now,
            pinged: false,
            read_closed: false,
            phase: Phase::Open,
            timer: Box::pin(tokio::time::sleep_until(instant(limits.epoch, timer_at))),
            timer_at,
        }
    }

    fn turn(&mut self, cx: &mut Context<'_>, now: u64) -> Turn {
        if self.blocked_at.is_some_and(|since| since.saturating_add(self.limits.write_timeout_ms) <= now) {
            return Turn::Done("too_slow");
        }
        match self.phase {
            Phase::Open => self.turn_open(cx, now),
            Phase::Closing { .. } => self.turn_closing(cx, now),
        }
    }

    fn turn_open(&mut self, cx: &mut Context<'_>, now: u64) -> Turn {
        if let Some(why) = self.outbox.disconnect_reason() {
            let ending = self.protocol.disconnect(why);
            return self.close(now, ending);
        }
        self.is_urgent |= !self.protocol.is_idle();
        if let Poll::Ready(ending) = self.protocol.poll(cx, now) {
            return self.close(now, ending);
        }
        if !self.protocol.wants_message() {
            // While nothing is read, the peer's silence proves nothing; one that takes nothing is seen by the writing.
            self.heard_at = now;
            self.pinged = false;
        }
        if now >= self.silence_deadline() {
            if self.pinged {
                return Turn::Done(TIMED_OUT);
            }
            self.pinged = true;
            self.push(frame::encode(Opcode::Ping, b""));
        }
        // Whoever waits for room in the outbox can go on after a write.
        let mut moved = false;
        if self.may_write(now) {
            match self.write(cx, now) {
                Writing::Failed => return Turn::Done(CONNECTION_LOST),
                Writing::Moved => moved = !self.protocol.is_idle(),
                Writing::Idle | Writing::Blocked => {}
            }
        }
        if self.read_closed && self.unread.is_empty() && self.protocol.is_idle() {
            // What it sent before it went has taken effect, and it may still want the answers.
            self.begin_closing(now, true, CONNECTION_LOST);
            return Turn::Again;
        }
        let read = self.protocol.wants_message() && self.take_input(cx, now);
        if moved || read { Turn::Again } else { Turn::Wait }
    }

    /// Writes until nothing is left or the kernel takes no more.
    fn write(&mut self, cx: &mut Context<'_>, now: u64) -> Writing {
        let mut moved = false;
        loop {
            if self.batch.is_empty() {
                self.batch.fill(&self.outbox);
            }
            if self.batch.is_empty() {
                self.is_urgent = false;
                return if moved { Writing::Moved } else { Writing::Idle };
            }
            match self.batch.write(&mut self.stream, cx) {
                Poll::Ready(Ok(())) => {
                    moved = true;
                    self.blocked_at = None;
                    self.wrote_at = Some(now);
                    self.protocol.sent(now);
                }
                Poll::Ready(Err(_)) => return Writing::Failed,
                Poll::Pending => {
                    self.blocked_at.get_or_insert(now);
                    return if moved { Writing::Moved } else { Writing::Blocked };
                }
            }
        }
    }

    /// Whether what is queued goes out now, or waits for more that can go with it.
    fn may_write(&self, now: u64) -> bool {
        self.is_urgent || !self.batch.is_empty() || now >= self.join_deadline() || self.outbox.is_filling()
    }

    /// When the frames that wait for more of them go out at the latest.
    fn join_deadline(&self) -> u64 {
        self.wrote_at.map_or(0, |at| at.saturating_add(JOIN_MS))
    }

    /// Takes one helping of input; `true` when there was some.
    fn take_input(&mut self, cx: &mut Context<'_>, now: u64) -> bool {
        if !self.unread.is_empty() {
            let unread = std::mem::take(&mut self.unread);
            self.take_bytes(now, &unread);
            return true;
        }
        if self.read_closed {
            return false;
        }
        io::with_scratch(|scratch| match io::read(&mut self.stream, cx, scratch) {
            Reading::Bytes(bytes) => {
                self.heard_at = now;
                self.pinged = false;
                self.protocol.received(now);
                self.take_bytes(now, bytes);
                true
            }
            Reading::End => {
                self.read_closed = true;
                true
            }
            Reading::Nothing => false,
        })
    }

    /// Reads events off the bytes until they are used up or the protocol wants no more for now.
    fn take_bytes(&mut self, now: u64, mut bytes: &[u8]) {
        while matches!(self.phase, Phase::Open) {
            if !self.protocol.wants_message() {
                self.unread = bytes.to_vec();
                return;
            }
            let message = match self.reader.read(&mut bytes) {
                Ok(None) => return,
                Ok(Some(Event::Text(text))) => Message::Text(text),
                Ok(Some(Event::Binary(message))) => Message::Binary(message),
                Ok(Some(Event::Ping(payload))) => {
                    self.push(frame::encode(Opcode::Pong, &payload));
                    continue;
                }
                Ok(Some(Event::Pong)) => continue,
                Ok(Some(Event::Close(code))) => return self.answer_close(now, code),
                Err(Violation { code, reason }) => {
                    let ending = Ending { frames: Vec::new(), code, reason: reason.into(), label: "protocol_error" };
                    self.close(now, ending);
                    return;
                }
            };
            if let Err(ending) = self.protocol.message(now, message) {
                self.close(now, ending);
            }
        }
    }

    /// Queues a frame of the link's own. One that does not fit cuts the connection off as any other does.
    fn push(&mut self, frame: Bytes) {
        self.is_urgent = true;
        // The outbox itself remembers the overload.
        let _cut_off = self.outbox.push(frame);
    }

    /// When a silent peer is pinged, or given up.
    fn silence_deadline(&self) -> u64 {
        let patience = self.limits.ping_ms.saturating_mul(if self.pinged { 2 } else { 1 });
        self.heard_at.saturating_add(patience)
    }

    fn next_deadline(&self) -> u64 {
        let write = self.blocked_at.map(|since| since.saturating_add(self.limits.write_timeout_ms));
        let rest = match self.phase {
            Phase::Open => {
                let join = (self.batch.is_empty() && self.outbox.bytes() > 0).then(|| self.join_deadline());
                let deadlines = [self.protocol.next_deadline(), Some(self.silence_deadline()), join];
                deadlines.into_iter().flatten().min()
            }
            Phase::Closing { by, .. } => Some(by),
        };
        write.into_iter().chain(rest).min().unwrap_or(u64::MAX)
    }

    /// Sees to it that the task is woken in time; `true` when the time has come already.
    ///
    /// Deadlines mostly move away while messages come and go. The timer is only ever set to an earlier time; when it
    /// fires and the deadline has moved, it is set anew.
    fn wait(&mut self, cx: &mut Context<'_>, now: u64) -> bool {
        let deadline = self.next_deadline();
        if deadline <= now {
            return true;
        }
        if deadline < self.timer_at || self.timer_at <= now {
            self.timer_at = deadline;
            self.timer.as_mut().reset(instant(self.limits.epoch, deadline));
        }
        self.timer.as_mut().poll(cx).is_ready()
    }
}

impl<P: Protocol + Unpin> Future for Link<P> {
    type Output = &'static str;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<&'static str> {
        let link = self.get_mut();
        link.outbox.register(cx);
        let mut now = self::now(link.limits.epoch);
        for _ in 0..TURNS_MAX {
            match link.turn(cx, now) {
                Turn::Again => {}
                Turn::Done(label) => {
                    link.outbox.close();
                    return Poll::Ready(label);
                }
                Turn::Wait if link.wait(cx, now) => now = self::now(link.limits.epoch),
                Turn::Wait => return Poll::Pending,
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// The milliseconds of the sockets' clock.
pub(crate) fn now(epoch: Instant) -> u64 {
    u64::try_from(epoch.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The instant of a time of the sockets' clock; one too far away becomes one a year from now.
pub(crate) fn instant(epoch: Instant, at: u64) -> Instant {
    const FAR: Duration = Duration::from_hours(365 * 24);
    epoch.checked_add(Duration::from_millis(at)).unwrap_or_else(|| Instant::now() + FAR)
}

#[cfg(test)]
mod tests;
