//! What this server knows of an Engine.IO session beside the library.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use mockly_realtime::{Disconnect, Outbox};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::settings::Rate;
use crate::socket::bucket::Bucket;
use crate::socket::registry::Seat;
use crate::socket::sockets::millis;

/// The sessions of this node by their ids.
#[derive(Clone, Default)]
pub(crate) struct Links(Arc<Mutex<HashMap<String, Weak<Link>>>>);

/// One session: its place among the sockets, and the way to end it.
///
/// It lives in the request that opened the session, which the library keeps for as long as the session lives, and in the
/// stream that the session goes by.
pub(crate) struct Link {
    /// Told when the session is to end. Nothing is queued here.
    pub(super) outbox: Outbox,
    /// Ends the WebSocket, if there is one.
    pub(super) hang_up: CancellationToken,
    /// The session is over.
    pub(super) gone: CancellationToken,
    pub(super) id: Arc<OnceLock<String>>,
    seat: Mutex<Option<Seat>>,
    why: OnceLock<&'static str>,
    /// What the client may send, and since when its time counts.
    bucket: Mutex<Bucket>,
    since: Instant,
    links: Links,
}

impl Links {
    pub(super) fn find(&self, id: &str) -> Option<Arc<Link>> {
        self.lock().get(id)?.upgrade()
    }

    /// Makes a session known by the id that the library gave it.
    pub(super) fn name(&self, link: &Arc<Link>, id: String) {
        self.lock().insert(id.clone(), Arc::downgrade(link));
        // A session is named once, by the answer that opens it.
        let _named_before = link.id.set(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Weak<Link>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Link {
    /// `rate` bounds the frames and packets of the client.
    pub(super) fn new(links: &Links, seat: Seat, outbox: Outbox, rate: Rate) -> Arc<Self> {
        Arc::new(Self {
            outbox,
            hang_up: CancellationToken::new(),
            gone: CancellationToken::new(),
            id: Arc::default(),
            seat: Mutex::new(Some(seat)),
            why: OnceLock::new(),
            bucket: Mutex::new(Bucket::new(rate)),
            since: Instant::now(),
            links: links.clone(),
        })
    }

    /// Counts what the client sent, be it for the session, a namespace or nothing at all; `false` where that is too much
    /// at once, which ends the session.
    pub(super) fn take(&self, count: usize) -> bool {
        let now = millis(self.since.elapsed());
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = (0..count).all(|_| bucket.take(now));
        drop(bucket);
        if !taken {
            self.end_for(Disconnect::TooSlow, "flooding");
        }
        taken
    }

    /// Has the session end without a word, so that its client comes back by itself.
    pub(super) fn end(&self, why: Disconnect) {
        self.end_for(why, why.label());
    }

    /// As [`Link::end`], for a reason of the metrics' own.
    pub(super) fn end_for(&self, why: Disconnect, label: &'static str) {
        // The first reason counts.
        let _ended_before = self.why.set(label);
        self.outbox.disconnect(why);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.gone.cancel();
        if let Some(id) = self.id.get() {
            self.links.lock().remove(id);
        }
        let why = self.why.get().copied();
        let drained = self.outbox.disconnect_reason().map(Disconnect::label);
        if let Some(seat) = self.seat.lock().unwrap_or_else(PoisonError::into_inner).take() {
            seat.leave(why.or(drained).unwrap_or("client_closed"));
        }
    }
}
