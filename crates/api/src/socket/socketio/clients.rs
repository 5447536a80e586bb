//! How many clients there are.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many clients are connected to this node.
#[derive(Debug, Default)]
pub(crate) struct Clients(AtomicUsize);

impl Clients {
    pub(super) fn enter(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn leave(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}
