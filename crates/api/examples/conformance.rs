//! The conformance server: the sockets' own transport code with the handlers that public protocol suites expect. It is
//! for tests alone and part of no release.
//!
//! ```text
//! cargo run -p mockly-api --example conformance [ADDRESS]
//! ```
//!
//! | path | what speaks there |
//! |---|---|
//! | `/engine.io/` | Engine.IO 4: every message comes back |
//! | `/socket.io/` | Socket.IO 5 (protocol): `auth` on connecting at `/` and `/custom`; `message` is answered by `message-back`, `message-with-ack` by its acknowledgement |
//!
//! Both ask every 300 ms whether the client is there and give it 200 ms; a client has 1 s to connect.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "it is run by whoever tests"
)]
#![allow(dead_code, reason = "it needs a part of what supports the tests")]
#![allow(clippy::allow_attributes, reason = "shared code decides what is fulfilled")]

#[path = "../tests/suite/support/mod.rs"]
mod support;

use std::fmt;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, web};
use bytes::Bytes;
use engineioxide::config::EngineIoConfig;
use engineioxide::handler::EngineIoHandler;
use engineioxide::service::EngineIoService;
use engineioxide::{DisconnectReason, Socket, Str};
use mockly_api::HttpSettings;
use mockly_api::socket::{Bridge, Engine, SocketSettings, Sockets};
use mockly_service::{SystemClock, SystemIds};
use rmpv::Value;
use serde::de::{SeqAccess, Visitor};
use serde::ser::SerializeTuple as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef, TryData};
use tokio_util::task::TaskTracker;

use crate::support::TestApp;

/// Where it listens unless told otherwise; what the suites ask by default.
const ADDRESS: &str = "127.0.0.1:3000";
const PING_INTERVAL: Duration = Duration::from_millis(300);
const PING_TIMEOUT: Duration = Duration::from_millis(200);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Largest message, in bytes.
const BYTES_MAX: usize = 1_000_000;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| ADDRESS.to_owned());
    let http = HttpSettings { workers: Some(1), ..HttpSettings::default() };
    let app = TestApp::with(http).await;
    let settings = SocketSettings { frame_bytes_max: BYTES_MAX, ..SocketSettings::default() };
    let http = app.state.settings.clone();
    let services = app.state.services.clone();
    let tasks = TaskTracker::new();
    let sockets =
        Sockets::new(services, Arc::new(SystemClock), Arc::new(SystemIds), settings, http.clone(), tasks.clone());
    let engine_io = Bridge::new(engine_io(), Arc::clone(&sockets), "/engine.io");
    let socket_io = Bridge::new(socket_io(), sockets, "/socket.io");
    let listener = TcpListener::bind(&address)?;
    println!("listening on http://{}", listener.local_addr()?);
    mockly_api::socket::serve(listener, &http, Duration::from_secs(30), move || {
        App::new().service(resource(&engine_io)).service(resource(&socket_io))
    })?
    .await
}

fn resource(bridge: &Bridge) -> actix_web::Resource {
    let serving = bridge.clone();
    web::resource([bridge.path().to_owned(), format!("{}/", bridge.path())]).route(web::to(move |request, payload| {
        let bridge = serving.clone();
        async move { bridge.serve(request, payload).await }
    }))
}

/// Sends back what it gets.
#[derive(Debug)]
struct Echo;

impl EngineIoHandler for Echo {
    type Data = ();

    fn on_connect(self: Arc<Self>, _: Arc<Socket<()>>) {}

    fn on_disconnect(&self, _: Arc<Socket<()>>, _: DisconnectReason) {}

    fn on_message(self: &Arc<Self>, message: Str, socket: Arc<Socket<()>>) {
        let _closed = socket.emit(message);
    }

    fn on_binary(self: &Arc<Self>, data: Bytes, socket: Arc<Socket<()>>) {
        let _closed = socket.emit_binary(data);
    }
}

fn engine_io() -> impl Engine {
    let config = EngineIoConfig::builder()
        .ping_interval(PING_INTERVAL)
        .ping_timeout(PING_TIMEOUT)
        .max_payload(BYTES_MAX as u64)
        .build();
    EngineIoService::with_config(Arc::new(Echo), config)
}

fn socket_io() -> impl Engine {
    let (service, io) = SocketIo::builder()
        .ping_interval(PING_INTERVAL)
        .ping_timeout(PING_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .max_payload(BYTES_MAX as u64)
        .build_svc();
    io.ns("/", answer);
    io.ns("/custom", answer);
    service
}

async fn answer(socket: SocketRef, TryData(auth): TryData<Value>) {
    let auth = auth.unwrap_or_else(|_none| Value::Map(Vec::new()));
    let _closed = socket.emit("auth", &auth);
    socket.on("message", async |socket: SocketRef, Data::<Arguments>(data)| {
        let _closed = socket.emit("message-back", &data);
    });
    socket.on("message-with-ack", async |Data::<Arguments>(data), ack: AckSender| {
        let _closed = ack.send(&data);
    });
}

/// All arguments of an event, however many: the library takes a tuple for all of them, anything else for the first.
#[derive(Debug)]
struct Arguments(Vec<Value>);

impl Serialize for Arguments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for value in &self.0 {
            tuple.serialize_element(value)?;
        }
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;

        impl<'de> Visitor<'de> for All {
            type Value = Arguments;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the arguments of an event")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Arguments, A::Error> {
                let mut all = Vec::new();
                while let Some(value) = sequence.next_element()? {
                    all.push(value);
                }
                Ok(Arguments(all))
            }
        }

        // JSON has the length by itself.
        deserializer.deserialize_tuple(0, All)
    }
}
