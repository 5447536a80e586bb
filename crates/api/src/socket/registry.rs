//! Every open socket of a node, so that they can be counted and closed.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mockly_realtime::Outbox;
use tokio::sync::Notify;

/// The open sockets, authenticated or not.
pub(crate) struct Registry {
    sockets_max: usize,
    state: Mutex<State>,
    emptied: Notify,
}

#[derive(Default)]
struct State {
    sockets: HashMap<u64, (Outbox, &'static str)>,
    next_id: u64,
    is_closed: bool,
}

/// One socket's place among the open ones; given back when it is dropped.
pub(crate) struct Seat {
    registry: Arc<Registry>,
    id: u64,
    transport: &'static str,
}

impl Registry {
    pub(crate) fn new(sockets_max: usize) -> Self {
        Self { sockets_max, state: Mutex::default(), emptied: Notify::new() }
    }

    /// Takes a socket in; `None` when the node is full or shuts down.
    pub(crate) fn enter(self: &Arc<Self>, outbox: &Outbox, transport: &'static str) -> Option<Seat> {
        let mut state = self.state();
        if state.is_closed || state.sockets.len() >= self.sockets_max {
            return None;
        }
        let id = state.next_id;
        state.next_id = id.wrapping_add(1);
        state.sockets.insert(id, (outbox.clone(), transport));
        drop(state);
        metrics::counter!("mockly_connections_total", "transport" => transport).increment(1);
        metrics::gauge!("mockly_open_connections", "transport" => transport).increment(1);
        Some(Seat { registry: Arc::clone(self), id, transport })
    }

    /// Takes no more sockets in, and tells which are open.
    pub(crate) fn close(&self) -> Vec<Outbox> {
        let mut state = self.state();
        state.is_closed = true;
        state.sockets.values().map(|(outbox, _)| outbox.clone()).collect()
    }

    /// Whether no more sockets are taken in.
    pub(crate) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    pub(crate) async fn wait_until_empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.len() == 0 {
                return;
            }
            emptied.await;
        }
    }

    /// How many sockets of each transport are open.
    pub(crate) fn by_transport(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (_, transport) in self.state().sockets.values() {
            *counts.entry((*transport).to_owned()).or_default() += 1;
        }
        counts
    }

    pub(crate) fn len(&self) -> usize {
        self.state().sockets.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Gives the place back and says why the socket ended.
    pub(crate) fn leave(self, reason: &'static str) {
        metrics::counter!("mockly_disconnects_total", "transport" => self.transport, "reason" => reason).increment(1);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.registry.state();
        state.sockets.remove(&self.id);
        let is_empty = state.sockets.is_empty();
        drop(state);
        metrics::gauge!("mockly_open_connections", "transport" => self.transport).decrement(1);
        if is_empty {
            // `notify_waiters` would miss one that has looked and not yet waits; this leaves it a permit.
            self.registry.emptied.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_bounded_and_given_back() {
        let registry = Arc::new(Registry::new(1));
        let outbox = Outbox::new(100);
        let seat = registry.enter(&outbox, "websocket").unwrap();
        assert!(registry.enter(&outbox, "websocket").is_none());
        seat.leave("client_closed");
        assert_eq!(registry.len(), 0);
        assert!(registry.enter(&outbox, "websocket").is_some());
    }

    #[test]
    fn a_closed_registry_takes_nobody_in() {
        let registry = Arc::new(Registry::new(10));
        let outbox = Outbox::new(100);
        let _seat = registry.enter(&outbox, "websocket").unwrap();
        assert_eq!(registry.by_transport(), BTreeMap::from([("websocket".to_owned(), 1)]));
        assert_eq!(registry.close().len(), 1);
        assert!(registry.enter(&outbox, "websocket").is_none());
    }

    #[tokio::test]
    async fn waiting_ends_with_the_last_seat() {
        let registry = Arc::new(Registry::new(10));
        let seat = registry.enter(&Outbox::new(100), "websocket").unwrap();
        let mut waiting = Box::pin(registry.wait_until_empty());
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        drop(seat);
        waiting.await;
    }
}
