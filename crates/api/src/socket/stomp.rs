//! STOMP over any of the transports: who connects, what they listen to, and how it is written for them.

mod commands;
mod connection;
mod encoding;
pub(crate) mod refusal;
mod subscribe;

pub(crate) use connection::StompConnection;
