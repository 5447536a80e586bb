//! What is to be told to the other nodes, and whether that can be done.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::wakes::Wakes;

/// Whether nodes tell each other at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedisReadiness {
    /// They do.
    Up,
    /// Redis does not answer; they find each other's changes by looking.
    Degraded,
    /// The server has none.
    NotConfigured,
}

const DEGRADED: u8 = 1;
const UP: u8 = 2;

/// This node's end of the link to the others.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    /// What was stored since it was last told.
    untold: Mutex<Wakes>,
    stored: Notify,
    state: AtomicU8,
}

impl Peers {
    /// Has the other nodes told what was stored here. Never waits; where nobody tells them it is forgotten.
    pub(crate) fn tell(&self, wakes: Wakes) {
        if wakes == Wakes::default() || self.readiness() == RedisReadiness::NotConfigured {
            return;
        }
        let mut untold = self.untold();
        *untold = untold.and(wakes);
        drop(untold);
        self.stored.notify_one();
    }

    /// Waits for something to tell, and takes all of it.
    pub(super) async fn next_untold(&self) -> Wakes {
        loop {
            let untold = std::mem::take(&mut *self.untold());
            if untold != Wakes::default() {
                return untold;
            }
            self.stored.notified().await;
        }
    }

    pub(super) fn set_up(&self, is_up: bool) {
        self.state.store(if is_up { UP } else { DEGRADED }, Ordering::Relaxed);
        metrics::gauge!("mockly_redis_up").set(if is_up { 1.0 } else { 0.0 });
    }

    pub(crate) fn readiness(&self) -> RedisReadiness {
        match self.state.load(Ordering::Relaxed) {
            UP => RedisReadiness::Up,
            DEGRADED => RedisReadiness::Degraded,
            _ => RedisReadiness::NotConfigured,
        }
    }

    fn untold(&self) -> MutexGuard<'_, Wakes> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
