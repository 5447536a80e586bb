//! The conformance server: the sockets' own transport code with the handlers that public protocol suites expect. It is
//! for tests alone and part of no release.
//!
//! ```text
//! cargo run -p mockly-api --example conformance [ADDRESS] [WORKERS]
//! ```
//!
//! | path | what speaks there |
//! |---|---|
//! | `/echo` | SockJS: every message comes back; `/echo/websocket` is a plain WebSocket, with text and binary messages |
//! | `/disabled_websocket_echo` | the same, whose info says that it has no WebSocket |
//! | `/cookie_needed_echo` | the same, with the cookie of load balancers |
//! | `/close` | SockJS: every session is closed at once |
//! | `/amplify` | SockJS: a number `n` of 1 to 18 is answered by 2ⁿ letters |
//! | `/stomp` | STOMP 1.0 to 1.2, on SockJS or plainly at `/stomp/websocket`: destinations that begin with `/topic/conf` are relayed by the hub, with acknowledgements and transactions; the heart-beat is 1 s |
//! | `/engine.io/` | Engine.IO 4: every message comes back |
//! | `/socket.io/` | Socket.IO 5 (protocol): `auth` on connecting at `/` and `/custom`; `message` is answered by `message-back`, `message-with-ack` by its acknowledgement |
//!
//! Responses of SockJS end after 4096 bytes. STOMP takes anybody who sends no passcode or `guest`.
//! Engine.IO and Socket.IO ask every 300 ms whether the client is there and give it 200 ms; a client has 1 s to connect.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "it is run by whoever tests"
)]
#![allow(dead_code, reason = "it needs a part of what supports the tests")]
#![allow(clippy::allow_attributes, reason = "shared code decides what is fulfilled")]

mod echo;
mod relay;
mod socketio;
#[path = "../../tests/suite/support/mod.rs"]
mod support;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::App;
use mockly_api::socket::{Bridge, SockJs, SocketSettings, Sockets};
use mockly_api::{AllowedOrigins, HttpSettings};
use mockly_service::{SystemClock, SystemIds};
use mockly_sockjs::Limits;
use tokio_util::task::TaskTracker;

use crate::echo::Service;
use crate::relay::Relay;
use crate::support::TestApp;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Where it listens unless told otherwise; what the suites of Socket.IO ask by default.
const ADDRESS: &str = "127.0.0.1:3000";
/// Largest message of a WebSocket: Autobahn sends 16 MiB.
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes that may wait for a client: some of the largest messages.
const OUTBOX_BYTES_MAX: usize = 4 * MESSAGE_BYTES_MAX;
/// What sockjs-protocol wants responses to end after, in bytes.
const RESPONSE_BYTES_MAX: usize = 4096;
const HEART_BEAT: Duration = Duration::from_secs(1);

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let address = args.next().unwrap_or_else(|| ADDRESS.to_owned());
    let workers = args.next().map_or(1, |workers| workers.parse().expect("the number of workers"));
    let http = HttpSettings { workers: Some(workers), allowed_origins: AllowedOrigins::Any, ..HttpSettings::default() };
    let app = TestApp::with(http).await;
    let http = app.state.settings.clone();
    let tasks = TaskTracker::new();
    // Each service has sockets of its own, so that their sessions do not meet.
    let sockets = |settings: SocketSettings| {
        let (services, clock, ids) = (app.state.services.clone(), Arc::new(SystemClock), Arc::new(SystemIds));
        Sockets::new(services, clock, ids, settings, http.clone(), tasks.clone())
    };
    let echo = SockJs::new("/echo", sockets(settings()), Service::Echo);
    let disabled = SocketSettings { sockjs_websocket: false, ..settings() };
    let disabled = SockJs::new("/disabled_websocket_echo", sockets(disabled), Service::Echo);
    let cookie = SocketSettings { sockjs_cookie: true, ..settings() };
    let cookie = SockJs::new("/cookie_needed_echo", sockets(cookie), Service::Echo);
    let close = SockJs::new("/close", sockets(settings()), Service::Close);
    let amplify = SockJs::new("/amplify", sockets(settings()), Service::Amplify);
    let stomp = SockJs::new("/stomp", sockets(settings()), Relay::new(HEART_BEAT, MESSAGE_BYTES_MAX));
    let socketio_settings = || SocketSettings { frame_bytes_max: socketio::BYTES_MAX, ..SocketSettings::default() };
    let engine_io = Bridge::new(socketio::engine_io(), sockets(socketio_settings()), "/engine.io");
    let socket_io = Bridge::new(socketio::socket_io(), sockets(socketio_settings()), "/socket.io");
    let listener = TcpListener::bind(&address)?;
    println!("listening on http://{}", listener.local_addr()?);
    mockly_api::socket::serve(listener, &http, Duration::from_secs(30), move || {
        App::new()
            .configure(|config| {
                for service in [&echo, &disabled, &cookie, &close, &amplify] {
                    service.clone().configure(config);
                }
                stomp.clone().configure(config);
            })
            .service(socketio::resource(&engine_io))
            .service(socketio::resource(&socket_io))
    })?
    .await
}

fn settings() -> SocketSettings {
    SocketSettings {
        outbox_bytes_max: OUTBOX_BYTES_MAX,
        frame_bytes_max: MESSAGE_BYTES_MAX,
        sockjs: Limits { response_bytes_max: RESPONSE_BYTES_MAX, ..Limits::default() },
        sockjs_script_url: Some("/sockjs.min.js".to_owned()),
        ..SocketSettings::default()
    }
}
