//! Engine.IO and Socket.IO behind the bridge.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use bytes::Bytes;
use engineioxide::config::EngineIoConfig;
use engineioxide::handler::EngineIoHandler;
use engineioxide::service::EngineIoService;
use engineioxide::{DisconnectReason, Socket, Str};
use mockly_api::socket::{Bridge, Engine};
use rmpv::Value;
use serde::de::{SeqAccess, Visitor};
use serde::ser::SerializeTuple as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef, TryData};

const PING_INTERVAL: Duration = Duration::from_millis(300);
const PING_TIMEOUT: Duration = Duration::from_millis(200);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Largest message, in bytes.
pub(crate) const BYTES_MAX: usize = 1_000_000;

pub(crate) fn resource(bridge: &Bridge) -> actix_web::Resource {
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

pub(crate) fn engine_io() -> impl Engine {
    let config = EngineIoConfig::builder()
        .ping_interval(PING_INTERVAL)
        .ping_timeout(PING_TIMEOUT)
        .max_payload(BYTES_MAX as u64)
        .build();
    EngineIoService::with_config(Arc::new(Echo), config)
}

pub(crate) fn socket_io() -> impl Engine {
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
