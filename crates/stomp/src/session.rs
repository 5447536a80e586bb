//! The state machine of one connection.

mod command;
mod connect;

use std::collections::VecDeque;

use bytes::Bytes;

use crate::heart_beat::Pulse;
use crate::output::{CloseReason, Output, Receipt};
use crate::{Decoder, ErrorFrame, HeartBeat, Limits, ProtocolError, Version, encode_connected, encode_receipt};

/// What happened to the connection.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Bytes came. A WebSocket message, text or binary, may hold part of a frame or several frames.
    Bytes(&'a [u8]),
    /// The deadline that [`Session::next_deadline`] named is over. An early one has no effect.
    Timeout,
    /// The driver wrote something to the connection, so no heart-beat is needed for a while.
    Sent,
}

/// What the server tells a client that it accepts. None of it is required.
#[derive(Clone, Copy, Debug, Default)]
pub struct Accept<'a> {
    /// A unique id of the connection, for the `session` header; 1.0 clients expect one.
    pub session: Option<&'a str>,
    /// Name and version of the server, such as `mockly/0.1.0`, for the `server` header.
    pub server: Option<&'a str>,
    /// Who connected, for the `user-name` header.
    pub user_name: Option<&'a str>,
}

/// Why the driver ends a session.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// A stable code, for the `message` header of the ERROR frame.
    pub code: &'a str,
    /// A sentence that says what to do, for its body. It must hold no secret.
    pub detail: &'a str,
    /// The receipt that the refused frame asked for.
    pub receipt: Option<&'a Receipt>,
}

/// One connection as the server sees it.
///
/// Each call of [`input`](Self::input), [`accept`](Self::accept), [`refuse`](Self::refuse) or
/// [`complete`](Self::complete) is followed by calls of [`poll_output`](Self::poll_output) until it gives `None`, and
/// then by a look at [`next_deadline`](Self::next_deadline). Frames are read one by one as outputs are polled, so a
/// driver that waits for the effect of a command before it polls on processes them in order, and what the client sends
/// meanwhile is bounded by [`Limits::buffered_bytes_max`].
///
/// Times are milliseconds of any clock that does not go back.
///
/// An idle session owns no heap but the ids of its subscriptions and transactions.
#[derive(Debug)]
pub struct Session {
    decoder: Decoder,
    offer: HeartBeat,
    state: State,
    subscriptions: Vec<Box<str>>,
    transactions: Vec<Box<str>>,
    outbox: VecDeque<Output>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// No CONNECT came yet.
    New { connect_by: u64 },
    /// The driver checks who connects.
    Connecting { version: Version, agreed: HeartBeat },
    /// Frames are exchanged.
    Open { version: Version, pulse: Pulse },
    /// DISCONNECT came, its receipt is due. Clients send no frame after it, so none is read.
    Disconnecting { version: Version },
    /// Nothing is read or said any more.
    Closed,
}

impl Session {
    /// A session for a connection that was opened at `now`.
    ///
    /// `offer` is what the server can send and wants to get; the standard one is 10 s in both directions.
    pub fn new(limits: Limits, offer: HeartBeat, now: u64) -> Self {
        Self {
            decoder: Decoder::new(limits),
            offer,
            state: State::New { connect_by: now.saturating_add(u64::from(limits.connect_timeout_ms)) },
            subscriptions: Vec::new(),
            transactions: Vec::new(),
            outbox: VecDeque::new(),
        }
    }

    /// The version that the open session speaks; messages to the client are encoded for it.
    pub const fn version(&self) -> Option<Version> {
        match self.state {
            State::Open { version, .. } | State::Disconnecting { version } => Some(version),
            State::New { .. } | State::Connecting { .. } | State::Closed => None,
        }
    }

    /// Whether [`Output::Close`] was given or is about to be; nothing has an effect then.
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Takes note of something that happened.
    pub fn input(&mut self, now: u64, input: Input<'_>) {
        match input {
            Input::Bytes(bytes) => self.receive(now, bytes),
            Input::Timeout => self.time_out(now),
            Input::Sent => {
                if let State::Open { pulse, .. } = &mut self.state {
                    pulse.sent(now);
                }
            }
        }
    }

    /// The next thing to do, or `None` until there is more input or an answer of the driver.
    pub fn poll_output(&mut self) -> Option<Output> {
        loop {
            if let Some(output) = self.outbox.pop_front() {
                if self.outbox.is_empty() {
                    // An idle session keeps no queue.
                    self.outbox = VecDeque::new();
                }
                return Some(output);
            }
            if !matches!(self.state, State::New { .. } | State::Open { .. }) {
                return None;
            }
            match self.decoder.next_frame() {
                Ok(None) => return None,
                Ok(Some(frame)) => {
                    let receipt_id = frame.headers.find("receipt").map(str::to_owned);
                    match self.handle(frame) {
                        Ok(output) => return Some(output),
                        Err(error) => self.fail(&error, receipt_id.as_deref()),
                    }
                }
                Err(error) => self.fail_decoding(&error.into()),
            }
        }
    }

    /// When [`Input::Timeout`] is due; `None` while no time matters.
    pub fn next_deadline(&self) -> Option<u64> {
        match self.state {
            State::New { connect_by } => Some(connect_by),
            State::Open { pulse, .. } => [pulse.death_at(), pulse.beat_at()].into_iter().flatten().min(),
            State::Connecting { .. } | State::Disconnecting { .. } | State::Closed => None,
        }
    }

    /// Answers [`Output::Connect`]: the session is open. Without effect when the session does not wait for it.
    pub fn accept(&mut self, now: u64, accept: Accept<'_>) {
        let State::Connecting { version, agreed } = self.state else {
            return;
        };
        let pairs = [("session", accept.session), ("server", accept.server), ("user-name", accept.user_name)];
        let headers: Vec<_> = pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        self.transmit(encode_connected(version, self.offer, &headers));
        let grace_ms = self.decoder.limits().heart_beat_grace_ms;
        self.state = State::Open { version, pulse: Pulse::new(agreed, grace_ms, now) };
    }

    /// Confirms that the frame with this receipt has taken effect. Without effect after an ERROR frame.
    pub fn complete(&mut self, receipt: Receipt) {
        let Some(version) = self.version() else {
            return;
        };
        let Receipt { id, is_last } = receipt;
        self.transmit(encode_receipt(version, &id));
        if is_last {
            self.close(CloseReason::Disconnected);
        }
    }

    /// Answers any command with ERROR, or ends the session for a reason of the driver's own, and closes it.
    ///
    /// Section "ERROR": the connection must be closed just after the frame. Without effect on a closed session.
    pub fn refuse(&mut self, refusal: Refusal<'_>) {
        let receipt_id = refusal.receipt.map(Receipt::as_str);
        let frame = ErrorFrame { code: refusal.code, detail: refusal.detail, receipt_id, lists_versions: false };
        self.end(&frame, CloseReason::Refused);
    }

    fn receive(&mut self, now: u64, bytes: &[u8]) {
        if let State::Open { pulse, .. } = &mut self.state {
            pulse.received(now);
        }
        if matches!(self.state, State::Disconnecting { .. } | State::Closed) {
            return;
        }
        if let Err(error) = self.decoder.push(bytes) {
            self.fail_decoding(&error.into());
        }
    }

    fn time_out(&mut self, now: u64) {
        match &mut self.state {
            State::New { connect_by } if now >= *connect_by => {
                let timeout_ms = self.decoder.limits().connect_timeout_ms;
                self.fail(&ProtocolError::ConnectTimeout { timeout_ms }, None);
            }
            State::Open { pulse, .. } if pulse.death_at().is_some_and(|death_at| now >= death_at) => {
                let interval_ms = pulse.agreed.receive_ms;
                self.fail(&ProtocolError::HeartBeatTimeout { interval_ms }, None);
            }
            State::Open { pulse, .. } if pulse.beat_at().is_some_and(|beat_at| now >= beat_at) => {
                // The driver reports the write too; counting it here keeps a slow writer from beating twice.
                pulse.sent(now);
                self.transmit(Bytes::from_static(b"\n"));
            }
            _ => {}
        }
    }

    fn fail_decoding(&mut self, error: &ProtocolError) {
        let receipt_id = self.decoder.partial_receipt().map(str::to_owned);
        self.fail(error, receipt_id.as_deref());
    }

    fn fail(&mut self, error: &ProtocolError, receipt_id: Option<&str>) {
        let reason = match error {
            ProtocolError::ConnectTimeout { .. } => CloseReason::ConnectTimeout,
            ProtocolError::HeartBeatTimeout { .. } => CloseReason::HeartBeatTimeout,
            _ => CloseReason::Protocol(error.code()),
        };
        let lists_versions = matches!(error, ProtocolError::UnsupportedVersion);
        let detail = error.to_string();
        self.end(&ErrorFrame { code: error.code(), detail: &detail, receipt_id, lists_versions }, reason);
    }

    fn end(&mut self, error: &ErrorFrame<'_>, reason: CloseReason) {
        if self.is_closed() {
            return;
        }
        let frame = error.encode(self.version().unwrap_or(Version::V1_0));
        self.transmit(frame);
        self.close(reason);
    }

    fn transmit(&mut self, bytes: Bytes) {
        self.outbox.push_back(Output::Transmit(bytes));
    }

    fn close(&mut self, reason: CloseReason) {
        self.state = State::Closed;
        self.decoder = Decoder::new(*self.decoder.limits());
        self.subscriptions = Vec::new();
        self.transactions = Vec::new();
        self.outbox.push_back(Output::Close(reason));
    }
}
