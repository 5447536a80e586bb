//! One connected user's transport link, as the hub knows it.

use mockly_domain::UserId;

use crate::{Hub, Outbox};

/// The user has as many sockets open as one may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at most {max} connections per user; close one of them first")]
pub struct TooManySockets {
    /// How many there may be.
    pub max: usize,
}

/// One authenticated connection. While it lives it counts as one of its user's sockets.
///
/// Made by [`Hub::admit`], shared by the driver and the subscriptions, and gone when the last of them is dropped.
pub struct Connection {
    pub(crate) user_id: UserId,
    pub(crate) is_admin: bool,
    pub(crate) outbox: Outbox,
    pub(crate) hub: Hub,
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
        self.hub.forget(&self.user_id, &self.outbox);
    }
}
