//! The other nodes: telling them that something was stored, hearing it from them, and what a foreign back end emits.
//!
//! Redis carries only "look now" (ADR 0014). A wake that is lost costs the time until the next look, so nothing here is
//! waited for by a request, repeated or kept.

mod link;
mod packet;
mod redis;
mod wire;

pub(crate) use link::Peers;
pub use link::RedisReadiness;
pub use redis::RedisSettings;
