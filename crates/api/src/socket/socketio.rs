//! Socket.IO v4 at `/socket.io`: what is told to single users, for clients that speak it.
//!
//! ```text
//! actix request ── bridge ── library (Engine.IO and Socket.IO) ── connect ── hub: the user's notifications
//!                    │                                               │
//!                  link: place among the sockets, hanging up ────────┘
//! ```
//!
//! The library speaks the protocols; the bridge gives it what it needs from actix-web and the taken-over TCP stream, and
//! keeps each session within the limits that hold for all sockets.

mod bridge;
mod clients;
mod connect;
mod frames;
mod link;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use socketioxide::{ParserConfig, SocketIo};

use crate::socket::sockets::Sockets;

pub use bridge::{Bridge, Engine};
pub(crate) use clients::Clients;
pub use stream::TakenStream;

/// Where it is.
const PATH: &str = "/socket.io";
/// How often the server asks whether the client is there.
const PING_INTERVAL: Duration = Duration::from_secs(25);
/// How long the client may take to answer that.
const PING_TIMEOUT: Duration = Duration::from_mins(1);
/// Packets that wait for one client: with the one that a poll may have left behind at most 16 are in one answer, more
/// of which `python-engineio` drops.
const PACKETS_MAX: usize = 15;
/// Binary attachments of one event; there is nothing here that takes any.
const ATTACHMENTS_MAX: usize = 4;

/// Sets it up for one node; every worker shares it.
pub(crate) fn serve_notifications(sockets: &Arc<Sockets>) -> Bridge {
    let bytes_max = sockets.settings.frame_bytes_max;
    let (service, io) = SocketIo::builder()
        .req_path(PATH)
        .ping_interval(PING_INTERVAL)
        .ping_timeout(PING_TIMEOUT)
        .connect_timeout(sockets.settings.connect_timeout)
        .max_buffer_size(PACKETS_MAX)
        .max_payload(bytes_max as u64)
        .ws_max_message_size(bytes_max)
        .ws_max_frame_size(bytes_max)
        .with_parser(
            ParserConfig::common().max_incoming_binaries(ATTACHMENTS_MAX).max_incoming_binary_buf_size(bytes_max),
        )
        .build_svc();
    connect::take_clients(&io, sockets);
    Bridge::new(service, Arc::clone(sockets), PATH)
}

/// Adds the route.
pub(crate) fn configure(config: &mut web::ServiceConfig, notifications: Bridge) {
    let serve = web::to(move |request, payload| {
        let notifications = notifications.clone();
        async move { notifications.serve(request, payload).await }
    });
    config.service(web::resource([PATH, "/socket.io/"]).route(serve));
}
