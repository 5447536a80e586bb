//! Who stands at which door.

use std::sync::Arc;

use mockly_domain::ConnectionId;
use mockly_domain::room::{Door, RoomKey};
use mockly_service::Principal;

use crate::socket::sockets::Sockets;

/// Who stands at which door.
pub(crate) struct Doorway {
    pub(crate) sockets: Arc<Sockets>,
    pub(crate) principal: Principal,
    pub(crate) key: RoomKey,
    pub(crate) door: Door,
    pub(crate) id: ConnectionId,
}

impl Drop for Doorway {
    fn drop(&mut self) {
        self.sockets.services.door_closed(self.id);
    }
}
