//! One connected user's transport link, as the hub knows it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use mockly_domain::UserId;
use tokio::sync::Notify;

use crate::Outbox;

/// The user has as many sockets open as one may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at most {max} connections per user; close one of them first")]
pub struct TooManySockets {
    /// How many there may be.
    pub max: usize,
}

/// One authenticated connection. While it lives it counts as one of its user's sockets.
///
/// Made by [`Hub::admit`](crate::Hub::admit), shared by the driver and the subscriptions, and gone when the last of them is dropped.
pub struct Connection {
    pub(crate) user_id: UserId,
    pub(crate) is_admin: bool,
    pub(crate) outbox: Outbox,
    users: Arc<Users>,
}

impl Connection {
    /// Who is connected.
    pub fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// Where everything to this connection goes.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.users.forget(&self.user_id, &self.outbox);
    }
}

/// Whose sockets are open on this node.
#[derive(Default)]
pub(crate) struct Users {
    sockets: Mutex<HashMap<UserId, Vec<Outbox>>>,
    /// Set by whoever follows the users from then on.
    changed: OnceLock<Changed>,
}

/// Of whom something has changed since it was last asked for.
#[derive(Default)]
struct Changed {
    users: Mutex<HashSet<UserId>>,
    any: Notify,
}

impl Users {
    /// Counts a connection in, unless the user has `sockets_max` already.
    pub(crate) fn admit(
        users: &Arc<Self>,
        user_id: UserId,
        is_admin: bool,
        outbox: Outbox,
        sockets_max: usize,
    ) -> Result<Connection, TooManySockets> {
        let mut sockets_of = users.lock();
        let sockets = sockets_of.entry(user_id.clone()).or_default();
        if sockets.len() >= sockets_max {
            return Err(TooManySockets { max: sockets_max });
        }
        sockets.push(outbox.clone());
        drop(sockets_of);
        users.note_change(&user_id);
        Ok(Connection { user_id, is_admin, outbox, users: Arc::clone(users) })
    }

    /// Users and their connections.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let sockets_of = self.lock();
        (sockets_of.len(), sockets_of.values().map(Vec::len).sum())
    }

    fn forget(&self, user_id: &UserId, outbox: &Outbox) {
        let mut sockets_of = self.lock();
        if let Some(sockets) = sockets_of.get_mut(user_id) {
            sockets.retain(|socket| !socket.is(outbox));
            if sockets.is_empty() {
                sockets_of.remove(user_id);
            }
        }
        drop(sockets_of);
        self.note_change(user_id);
    }

    /// Notes that a user came, went, or began or ceased to listen.
    pub(crate) fn note_change(&self, user_id: &UserId) {
        let Some(changed) = self.changed.get() else { return };
        changed.users.lock().unwrap_or_else(PoisonError::into_inner).insert(user_id.clone());
        changed.any.notify_one();
    }

    /// From now on changes are noted; those who are there count as changed.
    pub(crate) fn follow(&self) {
        self.changed.get_or_init(Changed::default);
        let there: Vec<UserId> = self.lock().keys().cloned().collect();
        for user in &there {
            self.note_change(user);
        }
    }

    /// Waits for a change since the last call of this.
    pub(crate) async fn wait_for_change(&self) {
        match self.changed.get() {
            Some(changed) => changed.any.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Of whom something has changed, once, and whether they are there.
    pub(crate) fn take_changed(&self) -> Vec<(UserId, bool)> {
        let Some(changed) = self.changed.get() else { return Vec::new() };
        let users = std::mem::take(&mut *changed.users.lock().unwrap_or_else(PoisonError::into_inner));
        let sockets_of = self.lock();
        users
            .into_iter()
            .map(|user| {
                let is_there = sockets_of.contains_key(&user);
                (user, is_there)
            })
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Vec<Outbox>>> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
