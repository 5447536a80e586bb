//! `[sockets]`: bounds of STOMP and SockJS connections.

use std::time::Duration;

use super::reader::Reader;
use super::{table, url};

/// The section.
#[derive(Debug, Clone)]
pub(crate) struct SocketsConfig {
    pub(crate) per_user_max: usize,
    pub(crate) outbox_bytes_max: usize,
    pub(crate) write_timeout: Duration,
    pub(crate) heart_beat: Duration,
    pub(crate) sockjs_script_url: Option<String>,
}

impl SocketsConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            per_user_max: reader.number(&table::SOCKETS_PER_USER_MAX, 1..=100_000).unwrap_or_default() as usize,
            // One frame of 64 KiB and its replay neighbour have to fit.
            outbox_bytes_max: reader.bytes(&table::SOCKET_OUTBOX_BYTES_MAX, 128 * 1024..=256 * 1024 * 1024),
            write_timeout: reader
                .duration(&table::SOCKET_WRITE_TIMEOUT, Duration::from_millis(100)..=Duration::from_mins(5)),
            sockjs_script_url: reader.parse(&table::SOCKJS_SCRIPT_URL, url::script),
            heart_beat: reader.duration(&table::STOMP_HEART_BEAT, Duration::from_secs(1)..=Duration::from_mins(10)),
        }
    }
}
