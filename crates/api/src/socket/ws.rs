//! WebSocket connections (RFC 6455): frames, the handshake, and the link that drives one socket.

pub(crate) mod frame;
pub(crate) mod handshake;
pub(crate) mod link;
pub(crate) mod reader;
