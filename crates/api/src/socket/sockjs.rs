//! SockJS: one service behind many transports, which differ in their framing alone.
//!
//! A WebSocket is its own session. Over HTTP a session outlives the requests that carry it; these may reach any worker,
//! so what they share stands in a table of the node, while what is spoken lives in one task of the worker that opened it.

mod body;
mod driver;
mod serve;
mod session;
mod websocket;

pub use serve::SockJs;
pub(crate) use session::SessionTable;

use crate::socket::protocol::Ending;

/// The close frame of an ending. That of a normal one reads as clients expect it ("Handling close").
fn close_of(ending: &Ending) -> mockly_sockjs::Disconnect {
    if ending.code == 1000 {
        return mockly_sockjs::Disconnect::GO_AWAY;
    }
    mockly_sockjs::Disconnect::new(ending.code, ending.reason.clone())
}
