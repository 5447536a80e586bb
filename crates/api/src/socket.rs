//! The live side of the edge: STOMP at `/ws` over WebSockets and SockJS, the doors of rooms, Socket.IO.
//!
//! ```text
//! sockjs::serve ── handshake ── transport (takes the TCP stream over from the HTTP server)
//!   │                               │
//!   │                            ws::link ──── Protocol ──── stomp::connection ── service
//!   └── sockjs::body ── sockjs::driver ──────────┘                  │
//!                                                      hub ── outbox of the connection
//! ```
//!
//! A link moves bytes and knows no STOMP; a connection speaks STOMP and knows no socket; the hub pushes encoded frames
//! into a connection's outbox and waits for nobody.
//!
//! It must never await a peer while it holds a lock, buffer what a peer declares before the peer has sent it, or keep
//! for an idle connection what can be made when it is needed.
//!
//! To add a protocol: implement [`Protocol`] in a folder of its own and an [`Application`] that makes it, and give it a
//! route in front of the catch-all in `routes`, or a prefix of its own by [`SockJs`].

mod application;
mod body;
mod bucket;
mod credential;
mod framing;
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod iframe;
mod protocol;
mod registry;
pub(crate) mod room;
mod routes;
mod settings;
mod socketio;
mod sockets;
mod sockjs;
pub(crate) mod stomp;
mod transport;
mod ws;

pub use application::{Application, Opening};
pub use framing::Framing;
pub use protocol::{Ending, Message, Protocol};
pub use routes::SocketRoutes;
pub(crate) use routes::configure;
pub use settings::SocketSettings;
pub use socketio::{Bridge, Engine, TakenStream};
pub use sockets::Sockets;
pub use sockjs::SockJs;
pub use transport::serve;
