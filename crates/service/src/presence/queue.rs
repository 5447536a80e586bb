//! Who came to this node's topics and who went, until it is written down.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use mockly_domain::{SessionId, UserId};
use tokio::sync::Notify;

/// Who is subscribed to which session's topic on this node, and whose coming or going is not in the database yet.
///
/// Bounded by the number of subscriptions: a user of many tabs is one entry, and a change is noted once however often it
/// goes back and forth before it is written.
#[derive(Debug, Default)]
pub(crate) struct PresenceQueue {
    state: Mutex<PresenceState>,
    pub(super) changed: Notify,
}

#[derive(Debug, Default)]
struct PresenceState {
    subscriptions: HashMap<(SessionId, UserId), usize>,
    unwritten: HashMap<SessionId, HashSet<UserId>>,
}

impl PresenceQueue {
    /// There is something to follow.
    pub(crate) fn wake(&self) {
        self.changed.notify_one();
    }

    pub(super) fn change(&self, id: SessionId, user: &UserId, by: isize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (id, user.clone());
        let before = state.subscriptions.get(&key).copied().unwrap_or(0);
        let after = before.saturating_add_signed(by);
        if after == 0 {
            state.subscriptions.remove(&key);
        } else {
            state.subscriptions.insert(key, after);
        }
        if (before == 0) != (after == 0) {
            state.unwritten.entry(id).or_default().insert(user.clone());
            self.changed.notify_one();
        }
    }

    pub(super) fn is_there(&self, id: SessionId, user: &UserId) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.subscriptions.contains_key(&(id, user.clone()))
    }

    pub(super) fn take(&self) -> Option<(SessionId, HashSet<UserId>)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let id = state.unwritten.keys().next().copied()?;
        state.unwritten.remove_entry(&id)
    }

    pub(super) fn take_of(&self, id: SessionId) -> Option<HashSet<UserId>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.unwritten.remove(&id)
    }

    /// Whoever is subscribed is to be written down, whether they were before or not.
    pub(super) fn write_anew(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let PresenceState { subscriptions, unwritten } = &mut *state;
        for (id, user) in subscriptions.keys() {
            unwritten.entry(*id).or_default().insert(user.clone());
        }
    }

    pub(super) fn put_back(&self, id: SessionId, users: HashSet<UserId>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.unwritten.entry(id).or_default().extend(users);
    }
}
