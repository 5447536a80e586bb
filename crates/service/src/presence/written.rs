//! Numbers of sockets, and what of this node's is in the database.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use mockly_domain::UserId;
use serde::{Deserialize, Serialize};

/// Sockets that are open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSockets {
    /// All of them.
    pub total: usize,
    /// Socket.IO clients, on whichever transport.
    pub socketio: usize,
    /// All of them by transport.
    pub by_transport: BTreeMap<String, usize>,
}

impl OpenSockets {
    pub(super) fn add(&mut self, other: Self) {
        self.total += other.total;
        self.socketio += other.socketio;
        for (transport, count) in other.by_transport {
            *self.by_transport.entry(transport).or_default() += count;
        }
    }
}

/// What of this node's sockets is in the database.
#[derive(Debug, Default)]
pub(crate) struct WrittenSockets(Mutex<Written>);

#[derive(Debug, Default)]
pub(super) struct Written {
    /// Whether each of them listens to the own notifications.
    pub(super) users: HashMap<UserId, bool>,
    pub(super) sockets: Option<OpenSockets>,
}

impl WrittenSockets {
    /// The database has forgotten this node.
    pub(super) fn forget(&self) -> Vec<UserId> {
        std::mem::take(&mut *self.lock()).users.into_keys().collect()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
