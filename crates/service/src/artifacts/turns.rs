//! How many uploads each user has under way on this node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use mockly_domain::UserId;

/// Counts uploads; clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct UploadTurns(Arc<Mutex<HashMap<UserId, u32>>>);

/// One upload under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct UploadTurn {
    turns: UploadTurns,
    user: UserId,
}

impl UploadTurns {
    /// A further upload of a user; `None` where there are `max` already.
    pub(super) fn take(&self, user: &UserId, max: u32) -> Option<UploadTurn> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(user.clone()).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(UploadTurn { turns: self.clone(), user: user.clone() })
    }
}

impl Drop for UploadTurn {
    fn drop(&mut self) {
        let mut counts = self.turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.user);
            }
        }
    }
}
