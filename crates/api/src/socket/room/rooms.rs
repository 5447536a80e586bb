//! Which rooms have somebody at their doors on this node.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use mockly_domain::RoomId;

/// Connections by room, for the metrics.
#[derive(Default)]
pub(crate) struct Rooms(Mutex<HashMap<RoomId, usize>>);

impl Rooms {
    pub(super) fn enter(&self, id: RoomId) {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *rooms.entry(id).or_default() += 1;
        show(rooms.len());
    }

    pub(super) fn leave(&self, id: RoomId) {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = rooms.get_mut(&id) {
            *count -= 1;
            if *count == 0 {
                rooms.remove(&id);
            }
        }
        show(rooms.len());
    }
}

fn show(rooms: usize) {
    metrics::gauge!("mockly_rooms").set(u32::try_from(rooms).unwrap_or(u32::MAX));
}
