//! What is spoken behind the transports of one prefix: the seam between carrying messages and giving them a meaning.

use mockly_realtime::Outbox;

use crate::socket::credential::Credential;
use crate::socket::framing::Framing;
use crate::socket::protocol::Protocol;

/// Makes the protocol of every connection, whichever transport it comes by.
pub trait Application: Send + Sync + 'static {
    /// What speaks on one connection.
    type Protocol: Protocol + Unpin + 'static;

    /// Starts to speak on a connection that was just opened.
    fn open(&self, opening: Opening) -> Self::Protocol;

    /// The subprotocol that a plain WebSocket is told, of those that its client offers (RFC 6455, section 11.3.4).
    fn subprotocol(&self, _offered: &str) -> Option<&'static str> {
        None
    }
}

/// A connection that was just opened.
pub struct Opening {
    /// How its messages are wrapped.
    pub framing: Framing,
    /// Where everything to it goes, framed.
    pub outbox: Outbox,
    /// The moment, in milliseconds of the sockets' clock.
    pub now: u64,
    /// What the request that opened it authenticates with.
    pub(crate) credential: Option<Credential>,
}
