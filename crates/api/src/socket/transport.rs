//! Taking a socket over from the HTTP server.
//!
//! A connection that was upgraded needs nothing of the HTTP/1 machinery, and that machinery is what costs: two buffers
//! of 8 KiB, a copy of every byte sent, and no way to end a connection whose peer does not read (ADR 0002). So the
//! server's I/O type is [`Upgradable`]: a handler that answers 101 [claims](UpgradeSlot::claim) the socket, and gets it
//! as soon as the answer is written, when the HTTP side lets go of it as if the peer had closed.

mod serve;
mod upgradable;
mod write_timeout;

pub use serve::serve;
pub(crate) use upgradable::{Upgradable, UpgradeSlot};
pub(crate) use write_timeout::WriteTimeout;
