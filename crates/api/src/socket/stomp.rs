//! STOMP over any of the transports: who connects, what they listen to, and how it is written for them.

mod commands;
mod connection;
mod encoding;
pub(crate) mod refusal;
mod subscribe;

use std::sync::Arc;

use crate::socket::application::{Application, Opening};
use crate::socket::sockets::Sockets;
use connection::StompConnection;

/// The topics, for whoever speaks STOMP.
pub(crate) struct Topics(Arc<Sockets>);

impl Topics {
    pub(crate) fn new(sockets: &Arc<Sockets>) -> Self {
        Self(Arc::clone(sockets))
    }
}

impl Application for Topics {
    type Protocol = StompConnection;

    fn open(&self, opening: Opening) -> StompConnection {
        StompConnection::new(Arc::clone(&self.0), opening)
    }

    /// One of STOMP's; which version is spoken, CONNECT decides.
    fn subprotocol(&self, offered: &str) -> Option<&'static str> {
        mockly_stomp::select_subprotocol(offered).map(mockly_stomp::Version::subprotocol)
    }
}
