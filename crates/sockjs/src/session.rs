//! The session of the HTTP transports: it lives longer than the requests that carry it ("Protocol and framing",
//! "Handling close").
//!
//! # How to drive it
//!
//! A receiving request for an unknown session id makes the session ([`ProtocolSession::open`]); one for a known id is
//! [attached](ProtocolSession::attach).
//! Either gives a [`Receiver`] that lives in the response body.
//!
//! * When the transport can take more of the body: [`ProtocolSession::poll_receiver`].
//! * When the body is dropped: [`ProtocolSession::detach`].
//! * Everything else, the passing of [`ProtocolSession::next_deadline`] included: [`ProtocolSession::input`].
//!
//! After each of these calls drain [`ProtocolSession::poll_output`], then ask for the next deadline: one mutation,
//! then the drain.
//!
//! Response bytes are pulled by the transport and not pushed at it, so that what a slow client has not fetched stays
//! here, in the one queue that is bounded, and is joined into few frames when it does fetch.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::error::Disconnect;
use crate::frame;
use crate::limits::Limits;
use crate::queue::MessageQueue;
use crate::receiver::{Delivery, Receiver, ReceiverKind, Stage};

mod exchange;

pub use exchange::{CloseCause, Input, Output};

/// A SockJS session over HTTP transports.
///
/// Messages of the application are delivered in order and at most once; those of a lost response are gone, and the
/// session with them.
/// Times are milliseconds of any monotonic clock, the same one in all calls.
#[derive(Debug)]
pub struct ProtocolSession {
    limits: Limits,
    state: State,
    queue: MessageQueue,
    /// Whether the first frame is still owed; it comes before all others, a close frame included.
    open_owed: bool,
    attached: Option<Attached>,
    next_receiver_id: u64,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
enum State {
    /// Without a receiver it times out at `expires_at`.
    Open { expires_at: u64 },
    /// Every receiver gets the close frame, until the session is forgotten at `forget_at`.
    Closed { frame: Bytes, forget_at: u64 },
    /// Whoever still asks is told to go away.
    Forgotten,
}

/// The one receiver that waits on the session.
#[derive(Debug)]
struct Attached {
    id: u64,
    /// Whether its last chunk is handed out: the next receiver may take its place.
    is_full: bool,
    /// Whether it was told that there is nothing yet.
    is_waiting: bool,
    heartbeat_at: u64,
    /// Set when a heartbeat is due, cleared by the next chunk of any kind.
    heartbeat_owed: bool,
}

impl ProtocolSession {
    /// Makes the session with its first receiver, whose first frame will be `o`.
    pub fn open(now: u64, kind: ReceiverKind, limits: Limits) -> (Self, Receiver) {
        let mut session = Self {
            limits,
            state: State::Open { expires_at: now.saturating_add(limits.disconnect_delay_ms) },
            queue: MessageQueue::new(limits.queue_bytes_max),
            open_owed: true,
            attached: None,
            next_receiver_id: 0,
            outputs: VecDeque::new(),
        };
        let receiver = session.attach(now, kind);
        (session, receiver)
    }

    /// Takes in another receiving request.
    ///
    /// It always gets a receiver to be served like any other: if the session has one already or is closed, that
    /// serves the close frame which says so.
    pub fn attach(&mut self, now: u64, kind: ReceiverKind) -> Receiver {
        let id = self.next_receiver_id;
        self.next_receiver_id = id.wrapping_add(1);
        let refusal = self.refusal();
        if refusal.is_none() {
            self.attached = Some(Attached {
                id,
                is_full: false,
                is_waiting: false,
                heartbeat_at: now.saturating_add(self.limits.heartbeat_ms),
                heartbeat_owed: false,
            });
        }
        Receiver::new(id, kind, refusal)
    }

    /// Hands out what the receiver's response carries next; to be called when the transport can take it.
    pub fn poll_receiver(&mut self, now: u64, receiver: &mut Receiver) -> Delivery {
        match std::mem::replace(&mut receiver.stage, Stage::Ended) {
            Stage::Prelude(refusal) => {
                receiver.stage = refusal.map_or(Stage::Live, Stage::Refused);
                match receiver.kind.prelude() {
                    Some(prelude) => Delivery::Chunk(prelude),
                    None => self.poll_receiver(now, receiver),
                }
            }
            Stage::Refused(frame) => {
                receiver.stage = Stage::Full;
                Delivery::Chunk(receiver.kind.wrap(frame))
            }
            Stage::Live => self.poll_live(now, receiver),
            Stage::Full => {
                self.release(now, receiver.id);
                Delivery::End
            }
            Stage::Ended => Delivery::End,
        }
    }

    /// Takes the receiver off; to be called when its response body is dropped, finished or not.
    ///
    /// A response that had not come to its [`Delivery::End`] broke off, and closes the session: some of its frames may
    /// be lost, and the protocol has no way to find out ("Handling close", `test_abort_xhr_streaming`).
    pub fn detach(&mut self, now: u64, receiver: &mut Receiver) {
        receiver.stage = Stage::Ended;
        if self.release(now, receiver.id) && matches!(self.state, State::Open { .. }) {
            self.fail(now, CloseCause::Interrupted);
        }
    }

    /// Takes in what happened at `now`.
    pub fn input(&mut self, now: u64, input: Input) {
        match input {
            Input::Received(messages) => {
                if self.is_open() {
                    self.outputs.extend(messages.into_iter().map(Output::Message));
                }
            }
            Input::Send(message) => {
                if !self.is_open() {
                    return;
                }
                match self.queue.push(message) {
                    Ok(()) => self.wake(),
                    Err(_) => self.fail(now, CloseCause::Overflow),
                }
            }
            Input::Close(disconnect) => {
                if self.is_open() {
                    self.close(now, &disconnect);
                }
            }
            Input::Timeout => {
                if self.next_deadline().is_some_and(|deadline| deadline <= now) {
                    self.expire(now);
                }
            }
        }
    }

    /// The next thing that the session wants done; `None` when there is nothing more until the next call.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Timeout`] is due; `None` once the session is forgotten.
    pub fn next_deadline(&self) -> Option<u64> {
        match (&self.state, &self.attached) {
            (State::Open { .. }, Some(attached)) => Some(attached.heartbeat_at),
            (State::Open { expires_at }, None) => Some(*expires_at),
            (State::Closed { forget_at, .. }, _) => Some(*forget_at),
            (State::Forgotten, _) => None,
        }
    }

    /// Whether messages still go both ways.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// The bytes that wait for a receiver, never more than [`Limits::queue_bytes_max`].
    pub fn queued_bytes(&self) -> usize {
        self.queue.bytes()
    }

    /// The close frame for a receiver that cannot be served, if so.
    ///
    /// On a closed session that is the reason for the close even while the last receiver has not taken it yet
    /// (`test_close_frame`), except that what is still owed or queued is delivered first.
    fn refusal(&self) -> Option<Bytes> {
        let is_free = self.attached.as_ref().is_none_or(|attached| attached.is_full);
        match &self.state {
            State::Open { .. } => (!is_free).then(|| Disconnect::STILL_OPEN.frame()),
            State::Closed { frame, .. } => {
                let is_drained = !self.open_owed && self.queue.is_empty();
                (!is_free || is_drained).then(|| frame.clone())
            }
            State::Forgotten => Some(Disconnect::GO_AWAY.frame()),
        }
    }

    fn poll_live(&mut self, now: u64, receiver: &mut Receiver) -> Delivery {
        let Some(attached) = self.attached.as_mut().filter(|attached| attached.id == receiver.id) else {
            return Delivery::End;
        };
        let budget = self.limits.response_bytes_max.saturating_sub(receiver.response_bytes);
        let mut is_close = false;
        let frame = if self.open_owed {
            self.open_owed = false;
            frame::OPEN.into()
        } else if let Some(array) = self.queue.take_frame(budget) {
            array
        } else if let State::Closed { frame, .. } = &self.state {
            is_close = true;
            frame.to_vec()
        } else if attached.heartbeat_owed {
            frame::HEARTBEAT.into()
        } else {
            attached.is_waiting = true;
            receiver.stage = Stage::Live;
            return Delivery::Pending;
        };
        let chunk = receiver.kind.wrap(frame);
        receiver.response_bytes = receiver.response_bytes.saturating_add(chunk.len());
        let is_last = is_close || receiver.kind.is_full(receiver.response_bytes, self.limits.response_bytes_max);
        receiver.stage = if is_last { Stage::Full } else { Stage::Live };
        attached.is_full = is_last;
        attached.heartbeat_owed = false;
        // What was queued before the close may take long to fetch; each part of it earns another delay.
        // The close frame does not, so a client cannot keep a closed session by asking for it.
        if let State::Closed { forget_at, .. } = &mut self.state
            && !is_close
        {
            *forget_at = now.saturating_add(self.limits.disconnect_delay_ms);
        }
        Delivery::Chunk(chunk)
    }

    /// Ends the attachment of that receiver, from which the disconnect delay runs, and tells whether it was attached.
    fn release(&mut self, now: u64, receiver_id: u64) -> bool {
        let was_attached = self.attached.take_if(|attached| attached.id == receiver_id).is_some();
        if let State::Open { expires_at } = &mut self.state
            && was_attached
        {
            *expires_at = now.saturating_add(self.limits.disconnect_delay_ms);
        }
        was_attached
    }

    fn expire(&mut self, now: u64) {
        match (&self.state, &mut self.attached) {
            (State::Open { .. }, Some(attached)) => {
                if attached.heartbeat_owed {
                    // It has taken nothing since the last heartbeat was due.
                    self.attached = None;
                    self.fail(now, CloseCause::Interrupted);
                } else {
                    attached.heartbeat_owed = true;
                    attached.heartbeat_at = now.saturating_add(self.limits.heartbeat_ms);
                    self.wake();
                }
            }
            (State::Open { .. }, None) => {
                self.outputs.push_back(Output::Closed(CloseCause::TimedOut));
                self.forget();
            }
            (State::Closed { .. }, _) => self.forget(),
            (State::Forgotten, _) => {}
        }
    }

    /// Closes for a reason of the session's own, after which nothing that was queued is worth delivering.
    fn fail(&mut self, now: u64, cause: CloseCause) {
        self.queue.clear();
        self.outputs.push_back(Output::Closed(cause));
        match cause {
            CloseCause::Overflow => self.close(now, &Disconnect::TOO_SLOW),
            CloseCause::Interrupted | CloseCause::TimedOut => self.close(now, &Disconnect::INTERRUPTED),
        }
    }

    fn close(&mut self, now: u64, disconnect: &Disconnect) {
        let forget_at = now.saturating_add(self.limits.disconnect_delay_ms);
        self.state = State::Closed { frame: disconnect.frame(), forget_at };
        self.wake();
    }

    fn forget(&mut self) {
        self.wake();
        self.queue.clear();
        self.attached = None;
        self.state = State::Forgotten;
        self.outputs.push_back(Output::Forget);
    }

    fn wake(&mut self) {
        if let Some(attached) = self.attached.as_mut().filter(|attached| attached.is_waiting) {
            attached.is_waiting = false;
            self.outputs.push_back(Output::Wake);
        }
    }
}

#[cfg(test)]
mod tests;
