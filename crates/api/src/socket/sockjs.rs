//! SockJS over HTTP: sessions that outlive the requests that carry them.
//!
//! A session's requests may reach any worker, so what they share stands in a table of the node; the STOMP connection
//! itself lives in one task of the worker that opened it.

mod body;
mod driver;
mod session;

pub(crate) use body::{open_session, receive};
pub(crate) use session::SessionTable;
