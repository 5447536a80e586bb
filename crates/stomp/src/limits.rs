//! The bounds of a connection.

/// What one connection may make the server hold.
///
/// Section "Size Limits" allows a server to bound header count, line length and body size, and asks for an ERROR frame
/// and the end of the connection when a client exceeds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of one frame, from the first byte of its command to its NUL.
    pub frame_bytes_max: usize,
    /// The most header lines of one frame, repeated ones included.
    pub headers_max: usize,
    /// The most bytes of one command or header line, its line end not counted.
    pub header_line_bytes_max: usize,
    /// The most bytes that were pushed and are not yet taken as frames.
    /// It must fit one frame and the largest piece that the driver hands in at once.
    pub buffered_bytes_max: usize,
    /// The most subscriptions a connection has at once.
    pub subscriptions_max: usize,
    /// The most transactions a connection has open at once.
    pub transactions_max: usize,
    /// How long a new connection may take to send its CONNECT frame, in milliseconds.
    pub connect_timeout_ms: u32,
    /// How much longer than twice the agreed heart-beat a client may be silent, in milliseconds.
    pub heart_beat_grace_ms: u32,
}

impl Default for Limits {
    /// The bounds of the product: 64 KiB a frame, and room for one such frame beside a partial one.
    fn default() -> Self {
        Self {
            frame_bytes_max: 64 * 1024,
            headers_max: 64,
            header_line_bytes_max: 8 * 1024,
            buffered_bytes_max: 128 * 1024,
            subscriptions_max: 128,
            transactions_max: 16,
            connect_timeout_ms: 10_000,
            heart_beat_grace_ms: 2_000,
        }
    }
}
