//! Why the server ends a connection.

use std::borrow::Cow;

/// Why the server ends a connection, as its peer learns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnect {
    /// The outbox is full, or nothing of it could be written for too long.
    TooSlow,
    /// The node shuts down; the peer should come back after so many milliseconds, drawn at random so that not all come
    /// at once.
    GoingAway {
        /// The wait before the next try, in milliseconds.
        retry_after_ms: u32,
    },
    /// The token that opened the connection has expired, leeway included.
    TokenExpired,
    /// A host turned the user away, or threw them out.
    Removed,
    /// The session is over.
    Ended,
    /// The user has left.
    Left,
}

impl Disconnect {
    /// The close code: of RFC 6455, section 7.4.1, or of the application (4000-4999, section 7.4.2).
    pub const fn close_code(self) -> u16 {
        match self {
            Self::TooSlow => 1013,
            Self::GoingAway { .. } => 1001,
            Self::TokenExpired => 4401,
            Self::Removed => 4403,
            Self::Ended => 4410,
            Self::Left => 1000,
        }
    }

    /// The text beside the close code; at most 123 bytes, as RFC 6455, section 5.5, leaves room for.
    pub fn close_reason(self) -> Cow<'static, str> {
        match self {
            Self::TooSlow => "too slow".into(),
            Self::GoingAway { retry_after_ms } => format!("retry-after-ms={retry_after_ms}").into(),
            Self::TokenExpired => "token-expired".into(),
            Self::Removed => "removed".into(),
            Self::Ended => "ended".into(),
            Self::Left => "left".into(),
        }
    }

    /// The value of the metrics' label `reason`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::TooSlow => "too_slow",
            Self::GoingAway { .. } => "going_away",
            Self::TokenExpired => "token_expired",
            Self::Removed => "removed",
            Self::Ended => "ended",
            Self::Left => "left",
        }
    }
}
