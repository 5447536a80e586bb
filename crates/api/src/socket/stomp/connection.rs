//! One STOMP connection over any transport.
//!
//! Commands take effect in the order in which they came, at most one at a time, and no frame is decoded while one runs;
//! so a peer can run ahead of its commands by what one read takes and no more.

mod ending;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use mockly_domain::ErrorCode;
use mockly_realtime::{Disconnect, Outbox};
use mockly_stomp::{Accept, HeartBeat, Input, Limits, Output, Receipt, Refusal, Session};

use super::commands::{self, Done, Member, Running};
use super::refusal::Refused;
use crate::socket::application::Opening;
use crate::socket::bucket::Bucket;
use crate::socket::credential::Credential;
use crate::socket::framing::Framing;
use crate::socket::protocol::{Ending, Message, Protocol};
use crate::socket::sockets::{Sockets, millis};

/// What is decoded of a message at once, so that a message of any size fits the decoder.
const SLICE_BYTES: usize = 16 * 1024;
/// How CONNECTED names the server.
const SERVER: &str = concat!("mockly/", env!("CARGO_PKG_VERSION"));

/// One STOMP connection.
pub(crate) struct StompConnection {
    sockets: Arc<Sockets>,
    framing: Framing,
    outbox: Outbox,
    session: Session,
    /// The message that came and is not decoded yet, but for so many bytes of it.
    inbox: Vec<u8>,
    fed: usize,
    /// What the upgrade request authenticates with, until CONNECT says more or takes it.
    credential: Option<Box<Credential>>,
    member: Option<Box<Member>>,
    running: Option<Running>,
    /// The next command, decoded and waiting for the one that runs or for its turn by the rate.
    next: VecDeque<Output>,
    bucket: Bucket,
    /// Why the session was refused, once it was.
    refused: Option<ErrorCode>,
}

enum Step {
    Continue,
    Wait,
    End(Ending),
}

impl StompConnection {
    pub(super) fn new(sockets: Arc<Sockets>, opening: Opening) -> Self {
        let Opening { framing, outbox, now, credential } = opening;
        let settings = &sockets.settings;
        let beat_ms = clamp_u32(millis(settings.heart_beat));
        let limits = Limits {
            frame_bytes_max: settings.frame_bytes_max,
            buffered_bytes_max: settings.frame_bytes_max.saturating_add(2 * SLICE_BYTES),
            subscriptions_max: settings.subscriptions_max,
            connect_timeout_ms: clamp_u32(millis(settings.connect_timeout)),
            ..Limits::default()
        };
        Self {
            framing,
            session: Session::new(limits, HeartBeat { send_ms: beat_ms, receive_ms: beat_ms }, now),
            inbox: Vec::new(),
            fed: 0,
            credential: credential.map(Box::new),
            member: None,
            running: None,
            next: VecDeque::new(),
            bucket: Bucket::new(settings.commands),
            refused: None,
            outbox,
            sockets,
        }
    }

    /// Goes one step on: answers first, then the command that runs, then the next one, then the next bytes.
    fn step(&mut self, cx: &mut Context<'_>, now: u64) -> Step {
        if self.next.is_empty()
            && let Some(output) = self.session.poll_output()
        {
            return self.sort(output);
        }
        if let Some(running) = &mut self.running {
            let Poll::Ready(done) = running.as_mut().poll(cx) else { return Step::Wait };
            self.running = None;
            self.settle(now, done);
            return Step::Continue;
        }
        if !self.next.is_empty() {
            if !self.bucket.take(now) {
                return Step::Wait;
            }
            if let Some(command) = self.next.pop_front() {
                self.carry_out(command);
            }
            return Step::Continue;
        }
        if self.feed(now) { Step::Continue } else { Step::Wait }
    }

    /// Writes answers and keeps commands for their turn.
    fn sort(&mut self, output: Output) -> Step {
        match output {
            Output::Transmit(bytes) => self.push(self.framing.frame(&bytes)),
            Output::Close(reason) => return Step::End(self.ending_of(reason)),
            command => self.next.push_back(command),
        }
        Step::Continue
    }

    fn carry_out(&mut self, command: Output) {
        match command {
            Output::Connect(connect) => {
                let credential = Credential::of_connect(connect.credentials);
                let credential = credential.or(self.credential.take().map(|credential| *credential));
                self.running = Some(commands::connect(Arc::clone(&self.sockets), credential, self.outbox.clone()));
            }
            Output::Subscribe(frame) => {
                let (Some(member), Some(version)) = (&self.member, self.session.version()) else { return };
                match commands::subscribe(&self.sockets, member, self.framing, version, frame) {
                    Ok(running) => self.running = Some(running),
                    Err((refused, receipt)) => self.refuse(&refused, receipt.as_ref()),
                }
            }
            Output::Unsubscribe(frame) => {
                if let Some(member) = &mut self.member {
                    member.subscriptions.retain(|active| *active.id != *frame.id);
                }
                self.complete(frame.receipt);
            }
            Output::Send(frame) => {
                let detail = "Topics are written by the server alone; change things through the REST API instead.";
                self.refuse(&Refused::new(ErrorCode::SendNotAllowed, detail), frame.receipt.as_ref());
            }
            // Messages are kept for whoever resumes, acknowledged or not, so there is nothing to do but to confirm.
            Output::Ack(frame) | Output::Nack(frame) => self.complete(frame.receipt),
            // A transaction can hold acknowledgements only.
            Output::Begin(frame) | Output::Commit(frame) | Output::Abort(frame) => self.complete(frame.receipt),
            Output::Disconnect { receipt } => {
                if let Some(member) = &mut self.member {
                    member.subscriptions = Vec::new();
                }
                self.complete(receipt);
            }
            Output::Transmit(_) | Output::Close(_) => {}
        }
    }

    fn settle(&mut self, now: u64, done: Done) {
        match done {
            Done::Connected(Ok(member)) => {
                let id = self.sockets.ids.uuid().to_string();
                let user_name = Some(member.principal.user_id().as_str());
                self.session.accept(now, Accept { session: Some(&id), server: Some(SERVER), user_name });
                self.member = Some(Box::new(member));
            }
            Done::Connected(Err(refused)) => self.refuse(&refused, None),
            Done::Subscribed(Ok(active), receipt) => {
                if let Some(member) = &mut self.member
                    && !active.has_ended()
                {
                    member.subscriptions.push(active);
                }
                self.complete(receipt);
            }
            Done::Subscribed(Err(refused), receipt) => self.refuse(&refused, receipt.as_ref()),
        }
    }

    fn complete(&mut self, receipt: Option<Receipt>) {
        if let Some(receipt) = receipt {
            self.session.complete(receipt);
        }
    }

    fn refuse(&mut self, refused: &Refused, receipt: Option<&Receipt>) {
        self.refused = Some(refused.code);
        self.next.clear();
        self.session.refuse(Refusal { code: refused.code.as_str(), detail: &refused.detail, receipt });
    }

    /// Decodes the next slice of what came; `false` when there is none.
    fn feed(&mut self, now: u64) -> bool {
        if self.inbox.is_empty() {
            return false;
        }
        let end = self.inbox.len().min(self.fed.saturating_add(SLICE_BYTES));
        let slice = self.inbox.get(self.fed..end).unwrap_or_default();
        self.session.input(now, Input::Bytes(slice));
        self.fed = end;
        if end == self.inbox.len() {
            // An idle connection keeps no buffer.
            (self.inbox, self.fed) = (Vec::new(), 0);
        }
        true
    }

    /// Lets the deadlines that have come take effect.
    fn keep_time(&mut self, now: u64) -> Option<Ending> {
        if self.member.as_ref().is_some_and(|member| member.expires_at <= now) && self.refused.is_none() {
            let detail =
                "The token has expired. Connect again with a fresh one; `last-event-id` resumes where you were.";
            self.running = None;
            self.refuse(&Refused::new(ErrorCode::TokenExpired, detail), None);
        }
        if self.session.next_deadline().is_none_or(|deadline| now < deadline) {
            return None;
        }
        if !self.wants_message() {
            // While nothing is read, the peer's silence proves nothing.
            self.received(now);
        }
        self.session.input(now, Input::Timeout);
        if self.next.is_empty() {
            return None;
        }
        // With a command in waiting, `step` asks for no output; a due deadline has at least one, and a closed session a
        // second.
        for _ in 0..2 {
            match self.session.poll_output().map(|output| self.sort(output)) {
                Some(Step::End(ending)) => return Some(ending),
                Some(_) if self.session.is_closed() => {}
                _ => break,
            }
        }
        None
    }

    /// Queues bytes. What does not fit cuts the connection off, which the outbox remembers.
    fn push(&self, bytes: Bytes) {
        let _cut_off = self.outbox.push(bytes);
    }
}

impl Protocol for StompConnection {
    fn wants_message(&self) -> bool {
        self.inbox.is_empty() && self.running.is_none() && self.next.is_empty()
    }

    fn message(&mut self, _now: u64, message: Message) -> Result<(), Ending> {
        self.inbox = message.into_bytes();
        Ok(())
    }

    fn received(&mut self, now: u64) {
        self.session.input(now, Input::Bytes(&[]));
    }

    fn sent(&mut self, now: u64) {
        self.session.input(now, Input::Sent);
    }

    fn poll(&mut self, cx: &mut Context<'_>, now: u64) -> Poll<Ending> {
        if self.outbox.take_attention()
            && let Some(member) = &mut self.member
        {
            member.subscriptions.retain(|active| !active.has_ended());
        }
        if let Some(ending) = self.keep_time(now) {
            return Poll::Ready(ending);
        }
        loop {
            match self.step(cx, now) {
                Step::Continue => {}
                Step::Wait => return Poll::Pending,
                Step::End(ending) => return Poll::Ready(ending),
            }
        }
    }

    fn next_deadline(&self) -> Option<u64> {
        let turn = (self.running.is_none() && !self.next.is_empty()).then(|| self.bucket.ready_at());
        let expiry = self.member.as_ref().map(|member| member.expires_at);
        [self.session.next_deadline(), turn, expiry].into_iter().flatten().min()
    }

    fn disconnect(&mut self, why: Disconnect) -> Ending {
        self.farewell(why)
    }

    fn is_idle(&self) -> bool {
        self.wants_message()
    }
}

fn clamp_u32(millis: u64) -> u32 {
    u32::try_from(millis).unwrap_or(u32::MAX)
}
