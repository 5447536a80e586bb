//! The task that runs one SockJS session: what is spoken in it, its deadlines, its end.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use mockly_realtime::Outbox;
use mockly_sockjs::{CloseCause, Input};
use tokio::time::Sleep;

use super::session::HttpSession;
use crate::socket::protocol::{Ending, Message, Protocol};
use crate::socket::registry::Seat;
use crate::socket::sockets::Sockets;

/// Frames moved from the outbox to the session at once.
const CHUNKS_MAX: usize = 64;
const CHUNK_BYTES_MAX: usize = 64 * 1024;

/// Runs until the session is forgotten, or, while the node shuts down, only until it is closed: what is left then is to
/// hand the close frame to whoever still asks, which takes nobody to run it and must not hold the shutdown up.
pub(super) struct Driver<P> {
    sockets: Arc<Sockets>,
    sid: Box<str>,
    session: Arc<HttpSession>,
    outbox: Outbox,
    /// There while the session is open.
    live: Option<(P, Seat)>,
    timer: Pin<Box<Sleep>>,
}

impl<P: Protocol> Driver<P> {
    pub(super) fn new(
        sockets: Arc<Sockets>,
        sid: &str,
        session: Arc<HttpSession>,
        outbox: Outbox,
        connection: P,
        seat: Seat,
    ) -> Self {
        let timer = Box::pin(tokio::time::sleep_until(sockets.instant(sockets.now())));
        Self { sockets, sid: sid.into(), session, outbox, live: Some((connection, seat)), timer }
    }

    /// Goes on with the connection; `true` when something moved.
    fn turn(&mut self, cx: &mut Context<'_>, now: u64) -> bool {
        let Some((connection, _)) = &mut self.live else { return false };
        if let Some(cause) = self.session.closed() {
            self.leave(match cause {
                CloseCause::Interrupted => "connection_lost",
                CloseCause::Overflow => "too_slow",
                CloseCause::TimedOut => "client_closed",
            });
            return true;
        }
        if let Some(why) = self.outbox.disconnect_reason() {
            let ending = connection.disconnect(why);
            self.end(now, ending);
            return true;
        }
        let mut moved = false;
        while connection.wants_message()
            && let Some(message) = self.session.take_inbound()
        {
            connection.received(now);
            if let Err(ending) = connection.message(now, Message::Text(message)) {
                self.end(now, ending);
                return true;
            }
            moved = true;
        }
        if let Poll::Ready(ending) = connection.poll(cx, now) {
            self.end(now, ending);
            return true;
        }
        if self.session.wants_more() {
            let mut batch = Vec::new();
            self.outbox.take(&mut batch, CHUNKS_MAX, CHUNK_BYTES_MAX);
            if !batch.is_empty() {
                self.session.deliver(now, &batch);
                connection.sent(now);
                moved = true;
            }
        }
        // A command that has just ended without an answer makes room for the next, which nobody else would wake us for.
        moved || (connection.wants_message() && self.session.has_inbound())
    }

    /// Hands over what is left to say, then the close frame.
    fn end(&mut self, now: u64, ending: Ending) {
        let mut rest = Vec::new();
        self.outbox.take(&mut rest, usize::MAX, usize::MAX);
        let close = super::close_of(&ending);
        rest.extend(ending.frames);
        self.session.deliver(now, &rest);
        self.session.input(now, Input::Close(close));
        self.leave(ending.label);
    }

    fn leave(&mut self, label: &'static str) {
        self.outbox.close();
        if let Some((_, seat)) = self.live.take() {
            seat.leave(label);
        }
    }

    /// Sees to it that the task is woken in time; `true` when the time has come already.
    fn wait(&mut self, cx: &mut Context<'_>, now: u64) -> bool {
        let own = self.live.as_ref().and_then(|(connection, _)| connection.next_deadline());
        let Some(deadline) = own.into_iter().chain(self.session.next_deadline()).min() else { return false };
        if deadline <= now {
            return true;
        }
        self.timer.as_mut().reset(self.sockets.instant(deadline));
        self.timer.as_mut().poll(cx).is_ready()
    }
}

impl<P: Protocol + Unpin> Future for Driver<P> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let driver = self.get_mut();
        driver.outbox.register(cx);
        driver.session.register(cx);
        loop {
            let now = driver.sockets.now();
            if driver.session.next_deadline().is_some_and(|deadline| deadline <= now) {
                driver.session.input(now, Input::Timeout);
            }
            let moved = driver.turn(cx, now);
            if driver.session.is_forgotten() {
                driver.leave("client_closed");
                return Poll::Ready(());
            }
            if driver.is_left_to_its_receivers() {
                return Poll::Ready(());
            }
            if !moved && !driver.wait(cx, now) {
                return Poll::Pending;
            }
        }
    }
}

impl<P> Driver<P> {
    fn is_left_to_its_receivers(&self) -> bool {
        self.live.is_none() && self.sockets.registry.is_closed() && !self.session.is_forgotten()
    }
}

impl<P> Drop for Driver<P> {
    /// Also when the worker stops, so that no request finds a session that nobody runs.
    fn drop(&mut self) {
        if !self.is_left_to_its_receivers() {
            self.sockets.sockjs.remove(&self.sid);
        }
    }
}
