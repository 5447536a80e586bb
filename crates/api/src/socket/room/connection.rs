//! One connection at a door.
//!
//! Commands take effect in the order in which they came, one at a time, and nothing is read while one runs.

use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use mockly_domain::ErrorCode;
use mockly_domain::room::RoomEvent;
use mockly_realtime::{Disconnect, Outbox};
use mockly_service::ServiceError;

use super::dialect::Dialect;
use super::doorway::Doorway;
use super::entry::{self, Visitor};
use super::inbound::Fault;
use super::refusal;
use crate::socket::bucket::Bucket;
use crate::socket::protocol::{Ending, Message, Protocol};

/// How long after the warning a flood ends the connection, in milliseconds; later, there is another warning first.
const WARNED_FOR_MS: u64 = 10_000;

type Running = LocalBoxFuture<'static, Done>;

enum Done {
    Entered(Result<Visitor, ServiceError>),
    /// A command, by its event's name.
    Answered(&'static str, Result<Vec<RoomEvent>, ServiceError>),
}

/// One connection at a door.
pub(crate) struct RoomConnection {
    doorway: Rc<Doorway>,
    dialect: Dialect,
    outbox: Outbox,
    visitor: Option<Visitor>,
    running: Option<Running>,
    bucket: Bucket,
    warned_at: Option<u64>,
    expires_at: u64,
}

impl RoomConnection {
    pub(crate) fn new(doorway: Doorway, outbox: Outbox) -> Self {
        let doorway = Rc::new(doorway);
        doorway.sockets.services.door_opened(doorway.id, outbox.clone());
        let entering = entry::enter(Rc::clone(&doorway), outbox.clone()).map(Done::Entered).boxed_local();
        Self {
            dialect: Dialect::of(doorway.door),
            bucket: Bucket::new(doorway.sockets.settings.commands),
            expires_at: doorway.sockets.expires_at(&doorway.principal),
            doorway,
            outbox,
            visitor: None,
            running: Some(entering),
            warned_at: None,
        }
    }

    fn settle(&mut self, done: Done) -> Option<Ending> {
        match done {
            Done::Entered(Ok(visitor)) => self.visitor = Some(visitor),
            Done::Entered(Err(error)) => {
                let (code, message) = refusal::explain(error);
                tracing::info!(
                    room.key = %self.doorway.key,
                    connection.id = %self.doorway.id,
                    user.id = %self.doorway.principal.user_id(),
                    error.code = %code,
                    "was not let in"
                );
                let told = RoomEvent::Error { code, message, event: None };
                return Some(Ending {
                    frames: vec![self.dialect.frame(&told)],
                    code: refusal::close_code(code),
                    reason: code.as_str().into(),
                    label: "refused",
                });
            }
            Done::Answered(_, Ok(answers)) => answers.iter().for_each(|event| self.push(event)),
            Done::Answered(event, Err(error)) => {
                let (code, message) = refusal::explain(error);
                self.push(&RoomEvent::Error { code, message, event: Some(event.to_owned()) });
            }
        }
        None
    }

    /// Queues a frame. What does not fit cuts the connection off, which the outbox remembers.
    fn push(&self, event: &RoomEvent) {
        let _cut_off = self.outbox.push(self.dialect.frame(event));
    }

    /// One warning, and then the end.
    fn refuse_flood(&mut self, now: u64) -> Result<(), Ending> {
        if self.warned_at.is_some_and(|at| now < at.saturating_add(WARNED_FOR_MS)) {
            let code = refusal::close_code(ErrorCode::RateLimited);
            return Err(Ending { frames: Vec::new(), code, reason: "rate-limited".into(), label: "flooding" });
        }
        self.warned_at = Some(now);
        count_refusal(ErrorCode::RateLimited);
        let message = "Too many frames; this one had no effect. Send fewer, or the connection is closed.".to_owned();
        self.push(&RoomEvent::Error { code: ErrorCode::RateLimited, message, event: None });
        Ok(())
    }
}

/// A frame that did not become a command.
fn count_refusal(code: ErrorCode) {
    metrics::counter!("mockly_room_commands_total", "command" => "unread", "outcome" => code.as_str()).increment(1);
}

impl Protocol for RoomConnection {
    fn wants_message(&self) -> bool {
        self.running.is_none()
    }

    fn message(&mut self, now: u64, message: Message) -> Result<(), Ending> {
        if !self.bucket.take(now) {
            return self.refuse_flood(now);
        }
        let doorway = Rc::clone(&self.doorway);
        let room = doorway.key.to_string();
        match self.dialect.read(&message.into_bytes(), doorway.principal.user_id(), &room) {
            Ok(command) => {
                self.running = Some(
                    async move {
                        let name = command.name();
                        let services = &doorway.sockets.services;
                        let done = services.room_command(&doorway.principal, &doorway.key, doorway.door, command).await;
                        Done::Answered(name, done)
                    }
                    .boxed_local(),
                );
            }
            Err(Fault { code, message, event }) => {
                count_refusal(code);
                self.push(&RoomEvent::Error { code, message, event });
            }
        }
        Ok(())
    }

    fn received(&mut self, _now: u64) {}

    fn sent(&mut self, _now: u64) {}

    fn poll(&mut self, cx: &mut Context<'_>, now: u64) -> Poll<Ending> {
        if self.expires_at <= now {
            return Poll::Ready(self.disconnect(Disconnect::TokenExpired));
        }
        while let Some(running) = &mut self.running {
            let Poll::Ready(done) = running.as_mut().poll(cx) else { return Poll::Pending };
            self.running = None;
            if let Some(ending) = self.settle(done) {
                return Poll::Ready(ending);
            }
        }
        Poll::Pending
    }

    fn next_deadline(&self) -> Option<u64> {
        Some(self.expires_at)
    }

    fn disconnect(&mut self, why: Disconnect) -> Ending {
        self.running = None;
        Ending { frames: Vec::new(), code: why.close_code(), reason: why.close_reason(), label: why.label() }
    }

    fn is_idle(&self) -> bool {
        self.running.is_none()
    }
}
