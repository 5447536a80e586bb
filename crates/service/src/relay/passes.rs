//! Rounds of the relay, for those who wait for one.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

/// Passes of the relay over the events of rooms, numbered by those who wait for one.
pub(crate) struct Passes {
    wanted: AtomicU64,
    done: watch::Sender<u64>,
}

impl Default for Passes {
    fn default() -> Self {
        Self { wanted: AtomicU64::new(0), done: watch::Sender::new(0) }
    }
}

impl Passes {
    /// Asks for a pass that begins after this call: its number, and where the number of the last one done is told.
    pub(super) fn want(&self) -> (u64, watch::Receiver<u64>) {
        let pass = self.wanted.fetch_add(1, Ordering::SeqCst) + 1;
        (pass, self.done.subscribe())
    }

    /// The newest pass that somebody waits for.
    pub(super) fn wanted(&self) -> u64 {
        self.wanted.load(Ordering::SeqCst)
    }

    pub(super) fn note_done(&self, pass: u64) {
        self.done.send_replace(pass);
    }
}
