//! A server on a free port and the clients of its sockets: frames by hand, so that a test can send broken ones.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use mockly_api::socket::{SocketSettings, Sockets};
use mockly_api::{HttpSettings, Rates};
use mockly_domain::Timestamp;
use mockly_service::{Clock, NoMedia, SystemClock, SystemIds};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::support::{TestApp, rates_off};

/// Nothing in these tests takes this long unless it is broken.
const PATIENCE: Duration = Duration::from_secs(20);
/// Any key will do.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const MASK: [u8; 4] = [0x11, 0x22, 0x33, 0x44];

/// A clock that runs ahead of the machine's.
struct Ahead(Duration);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(self.0)
    }
}

/// A running server; ends with the test.
pub(crate) struct Live {
    pub(crate) app: TestApp,
    pub(crate) address: SocketAddr,
    pub(crate) sockets: Arc<Sockets>,
    /// One task per socket.
    pub(crate) tasks: TaskTracker,
    server: ServerHandle,
    stop: CancellationToken,
}

impl Live {
    pub(crate) async fn start() -> Self {
        Self::with(SocketSettings::default(), Arc::new(SystemClock)).await
    }

    /// With other settings of the sockets, which see the time of `clock`.
    pub(crate) async fn with(settings: SocketSettings, clock: Arc<dyn Clock>) -> Self {
        Self::limited(rates_off(), settings, clock).await
    }

    /// Every token that it takes has expired as far as its sockets know, whose clock runs ahead of the one of REST.
    pub(crate) async fn with_expired_tokens() -> Self {
        let settings = SocketSettings { expiry_leeway: Duration::ZERO, ..SocketSettings::default() };
        Self::with(settings, Arc::new(Ahead(Duration::from_hours(1)))).await
    }

    /// With rates too.
    pub(crate) async fn limited(rates: Rates, settings: SocketSettings, clock: Arc<dyn Clock>) -> Self {
        Self::serve(TestApp::with(http_settings(rates)).await, settings, clock).await
    }

    /// With another time in which bodies must arrive.
    pub(crate) async fn with_body_timeout(body_timeout: Duration) -> Self {
        let http = HttpSettings { body_timeout, ..http_settings(rates_off()) };
        Self::serve(TestApp::with(http).await, SocketSettings::default(), Arc::new(SystemClock)).await
    }

    /// This server dies, and another run of it goes on with its database and its clock, at another address.
    pub(crate) async fn run_again(self) -> Self {
        let (database, clock) = (Arc::clone(&self.app.database), Arc::clone(&self.app.clock));
        drop(self);
        let app = TestApp::on(database, clock, Arc::new(NoMedia), http_settings(rates_off())).await;
        let live = Self::serve(app, SocketSettings::default(), Arc::new(SystemClock)).await;
        live.app.state.services.follow_presence().await.unwrap();
        live
    }

    async fn serve(app: TestApp, settings: SocketSettings, clock: Arc<dyn Clock>) -> Self {
        let state = Arc::clone(&app.state);
        let (tasks, background) = (TaskTracker::new(), TaskTracker::new());
        let (services, http) = (state.services.clone(), state.settings.clone());
        let stop = CancellationToken::new();
        let relay = services.prepare_relay().await.unwrap();
        // Not `spawn_local`: that drops a query under way outside the runtime, where the pool cannot take it back.
        background.spawn(services.clone().run_relay(relay, stop.clone()));
        let sockets = Sockets::new(services, clock, Arc::new(SystemIds), settings, http, tasks.clone());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = mockly_api::http_server(state, Arc::clone(&sockets), listener).unwrap();
        let handle = server.handle();
        background.spawn_local(server);
        Self { app, address, sockets, tasks, server: handle, stop }
    }

    pub(crate) async fn open(&self, path: &str) -> WebSocket {
        WebSocket::open(self.address, path, "").await.unwrap()
    }

    /// A STOMP client that is connected.
    pub(crate) async fn connect(&self, token: &str) -> WebSocket {
        let mut socket = self.open("/ws").await;
        socket.send(&format!("CONNECT\naccept-version:1.2\nAuthorization:Bearer {token}\n\n\0")).await;
        let connected = socket.text().await;
        assert!(connected.starts_with("CONNECTED\nversion:1.2\n"), "{connected}");
        socket
    }

    /// Waits until the server has seen that of its doors no more than `left` are open, and has written it down.
    pub(crate) async fn doors_closed(&self, left: usize) {
        let services = &self.app.state.services;
        in_time(async {
            while services.open_doors() > left {
                tokio::task::yield_now().await;
            }
        })
        .await;
        services.follow_presence().await.unwrap();
    }

    /// Waits until so many sockets are open.
    pub(crate) async fn wait_for_sockets(&self, count: usize) {
        let counted = async {
            while self.sockets.open_sockets() != count {
                tokio::task::yield_now().await;
            }
        };
        in_time(counted).await;
    }

    /// Sends an HTTP request and reads until the server closes.
    pub(crate) async fn exchange(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        in_time(stream.read_to_end(&mut answer)).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

fn http_settings(rates: Rates) -> HttpSettings {
    HttpSettings { workers: Some(1), rates, ..HttpSettings::default() }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.stop.cancel();
        drop(self.server.stop(false));
    }
}

/// What a server sent on a WebSocket.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    Text(String),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(u16, String),
    /// The connection ended.
    End,
}

/// A WebSocket by hand.
pub(crate) struct WebSocket {
    pub(crate) stream: TcpStream,
    buffer: Vec<u8>,
    /// The head of the answer to the handshake.
    pub(crate) head: String,
}

/// A handshake's request, with further header lines.
pub(crate) fn handshake(path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{headers}\r\n"
    )
}

/// A client's frame.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    if let Ok(short @ 0..=125) = u8::try_from(payload.len()) {
        out.push(0x80 + short);
    } else {
        out.push(0x80 + 127);
        out.extend((payload.len() as u64).to_be_bytes());
    }
    out.extend(MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    out
}

impl WebSocket {
    /// Opens one, or gives the answer that is no 101.
    pub(crate) async fn open(address: SocketAddr, path: &str, headers: &str) -> Result<Self, String> {
        Self::open_with(address, handshake(path, headers).into_bytes()).await
    }

    pub(crate) async fn open_with(address: SocketAddr, request: Vec<u8>) -> Result<Self, String> {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&request).await.unwrap();
        let mut buffer = Vec::new();
        loop {
            if let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
                buffer.drain(..end + 4);
                if head.starts_with("HTTP/1.1 101 ") {
                    return Ok(Self { stream, buffer, head });
                }
                return Err(head);
            }
            assert!(in_time(stream.read_buf(&mut buffer)).await.unwrap() > 0, "no answer to the handshake");
        }
    }

    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Sends one text message.
    pub(crate) async fn send(&mut self, text: &str) {
        self.send_raw(&frame(0x81, text.as_bytes())).await;
    }

    pub(crate) async fn receive(&mut self) -> Received {
        let Some(head) = self.take(2).await else { return Received::End };
        let length = match head[1] {
            126 => self.take(2).await.map(|bytes| usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))).unwrap(),
            127 => usize::try_from(u64::from_be_bytes(self.take(8).await.unwrap().try_into().unwrap())).unwrap(),
            short => usize::from(short),
        };
        let payload = self.take(length).await.unwrap();
        match head[0] {
            0x81 => Received::Text(String::from_utf8(payload).unwrap()),
            0x89 => Received::Ping(payload),
            0x8a => Received::Pong(payload),
            0x88 => {
                let code = u16::from_be_bytes([payload[0], payload[1]]);
                Received::Close(code, String::from_utf8(payload[2..].to_vec()).unwrap())
            }
            other => panic!("unexpected frame {other:#x}"),
        }
    }

    /// The next text message; heart-beats do not count.
    pub(crate) async fn text(&mut self) -> String {
        loop {
            match self.receive().await {
                Received::Text(text) if text == "\n" => {}
                Received::Text(text) => return text,
                other => panic!("expected text, got {other:?}"),
            }
        }
    }

    /// The ERROR frame that is next, and the close that follows it: its code, its header `message`, the close code.
    pub(crate) async fn refused(&mut self) -> (String, u16) {
        let error = self.text().await;
        let code = error.strip_prefix("ERROR\nmessage:").and_then(|rest| rest.split('\n').next());
        let code = code.unwrap_or_else(|| panic!("expected ERROR, got {error}")).to_owned();
        let Received::Close(close_code, _) = self.receive().await else { panic!("no close after {error}") };
        assert_eq!(self.receive().await, Received::End);
        (code, close_code)
    }

    /// Subscribes and waits until the subscription stands.
    pub(crate) async fn subscribe(&mut self, id: &str, destination: &str, headers: &str) {
        let receipt = format!("of-{id}");
        self.send(&format!("SUBSCRIBE\nid:{id}\ndestination:{destination}\nreceipt:{receipt}\n{headers}\n\0")).await;
        let mut answer = self.text().await;
        // What was stored before may be told only now.
        while answer.starts_with("MESSAGE\n") {
            answer = self.text().await;
        }
        assert_eq!(answer, format!("RECEIPT\nreceipt-id:{receipt}\n\n\0"));
    }

    async fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < count {
            if in_time(self.stream.read_buf(&mut self.buffer)).await.unwrap_or(0) == 0 {
                return None;
            }
        }
        Some(self.buffer.drain(..count).collect())
    }
}

/// Awaits what must come soon.
pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it comes in time")
}

/// A header of a frame.
pub(crate) fn header<'a>(frame: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = frame.split_once("\n\n")?;
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
}

/// The body of a MESSAGE as JSON.
pub(crate) fn body(frame: &str) -> serde_json::Value {
    let (_, body) = frame.split_once("\n\n").unwrap();
    serde_json::from_str(body.trim_end_matches('\0')).unwrap()
}
