//! What the sockets can be told. Plain data: the server's configuration fills it, tests take the defaults.

use std::time::Duration;

use crate::settings::Rate;

/// Everything that the sockets can be told, beside what they share with the HTTP edge.
#[derive(Debug, Clone)]
pub struct SocketSettings {
    /// Most bytes that wait for one connection before it is cut off as too slow.
    pub outbox_bytes_max: usize,
    /// How long a peer may read nothing while something waits for it.
    pub write_timeout: Duration,
    /// How long a new connection may take to CONNECT.
    pub connect_timeout: Duration,
    /// How long a peer may be silent before it is pinged; as long again, and it is given up.
    pub ping_interval: Duration,
    /// Heart-beats offered in both directions of STOMP.
    pub heart_beat: Duration,
    /// How long a socket outlives the token that opened it.
    pub expiry_leeway: Duration,
    /// Commands that one connection may send. What comes faster is read later, never dropped.
    pub commands: Rate,
    /// Largest STOMP frame, in bytes.
    pub frame_bytes_max: usize,
    /// Most subscriptions of one connection.
    pub subscriptions_max: usize,
    /// Most sockets of one user on this node.
    pub sockets_per_user_max: usize,
    /// Most sockets of all on this node, SockJS sessions among them.
    pub sockets_max: usize,
    /// Where sockjs-client's script is, for SockJS's transports in iframes: a path of this server or an `https` address;
    /// `None` turns them off.
    pub sockjs_script_url: Option<String>,
    /// The bounds and delays of SockJS.
    pub sockjs: mockly_sockjs::Limits,
    /// Whether SockJS may go by a WebSocket.
    pub sockjs_websocket: bool,
    /// Whether SockJS sets the cookie by which load balancers keep a client on one node.
    pub sockjs_cookie: bool,
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            outbox_bytes_max: 1024 * 1024,
            write_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(30),
            heart_beat: Duration::from_secs(10),
            expiry_leeway: Duration::from_mins(1),
            commands: Rate::per_second(20, 40),
            frame_bytes_max: 64 * 1024,
            subscriptions_max: 128,
            sockets_per_user_max: 20,
            sockets_max: 20_000,
            sockjs_script_url: None,
            sockjs: mockly_sockjs::Limits::default(),
            sockjs_websocket: true,
            sockjs_cookie: false,
        }
    }
}
