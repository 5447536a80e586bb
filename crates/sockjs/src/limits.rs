//! The bounds that every entry point of this crate takes.

/// Bounds and delays of one SockJS service.
///
/// Bytes are bytes of UTF-8, times are milliseconds.
/// [`Limits::default`] has the values of the spec where it names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest body of an `xhr_send`, and largest message of the WebSocket transport.
    ///
    /// The default of 256 KiB lets a frame of 64 KiB through even when the client escapes much of it: sockjs-client
    /// writes six bytes for many characters that have two or three in UTF-8.
    pub payload_bytes_max: usize,
    /// Most messages in one payload.
    pub payload_messages_max: usize,
    /// Most bytes that wait in a [`ProtocolSession`](crate::ProtocolSession) for a receiver, a fixed overhead per
    /// message included.
    ///
    /// The default of 1 MiB is the outbox of the other sockets.
    pub queue_bytes_max: usize,
    /// Bytes after which a streaming response ends, so that the browser can free it; the last frame may exceed it.
    ///
    /// 128 KiB by the spec (`XhrStreaming`), not counting the prelude.
    /// It also bounds how much of the queue goes into one frame.
    pub response_bytes_max: usize,
    /// Longest server id or session id in a URL; a longer one is no endpoint.
    pub id_bytes_max: usize,
    /// Time between heartbeats to a connected receiver, 25 s by the spec ("Protocol and framing").
    pub heartbeat_ms: u64,
    /// How long a session lives without a receiver, 5 s by the spec ("Protocol and framing").
    pub disconnect_delay_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            payload_bytes_max: 256 * 1024,
            payload_messages_max: 1024,
            queue_bytes_max: 1024 * 1024,
            response_bytes_max: 128 * 1024,
            id_bytes_max: 128,
            heartbeat_ms: 25_000,
            disconnect_delay_ms: 5_000,
        }
    }
}
