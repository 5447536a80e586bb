//! Connections to doors on this node.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use mockly_domain::ConnectionId;
use mockly_realtime::{Disconnect, Outbox};

/// How long those may wait before coming back whose node was taken for dead, in milliseconds.
const COME_BACK_MS: u32 = 1_000;

/// Connections to doors on this node, and those that are over and not in the database yet.
#[derive(Default)]
pub(crate) struct Departures {
    state: Mutex<State>,
    /// Whether this node gave a sign of life before.
    alive: AtomicBool,
}

#[derive(Default)]
struct State {
    open: HashMap<ConnectionId, Outbox>,
    gone: HashSet<ConnectionId>,
}

impl Departures {
    pub(super) fn open(&self, id: ConnectionId, outbox: Outbox) {
        self.state().open.insert(id, outbox);
    }

    pub(super) fn close(&self, id: ConnectionId) {
        let mut state = self.state();
        if state.open.remove(&id).is_some() {
            state.gone.insert(id);
        }
    }

    pub(super) fn take(&self) -> Option<ConnectionId> {
        let mut state = self.state();
        let id = state.gone.iter().next().copied()?;
        state.gone.remove(&id);
        Some(id)
    }

    pub(super) fn put_back(&self, id: ConnectionId) {
        self.state().gone.insert(id);
    }

    /// Has everybody come in anew: the database has forgotten them.
    pub(crate) fn send_back(&self) {
        for outbox in self.state().open.values() {
            outbox.disconnect(Disconnect::GoingAway { retry_after_ms: COME_BACK_MS });
        }
    }

    /// Connections to doors.
    pub(crate) fn open_count(&self) -> usize {
        self.state().open.len()
    }

    /// Notes a sign of life of this node; whether it is not the first.
    pub(crate) fn note_alive(&self) -> bool {
        self.alive.swap(true, Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
