//! The requests that fetch a session's frames, and how each transport frames its response.

use bytes::Bytes;

/// A transport that fetches frames over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiverKind {
    /// One frame, then the response ends (`XhrPolling`).
    Xhr,
    /// Frames until the response limit is reached (`XhrStreaming`).
    XhrStreaming,
}

/// The prelude of `xhr_streaming`: 2 KiB of `h` and a new line, which makes some browsers show what follows at once.
const XHR_STREAMING_PRELUDE: &[u8; 2049] = &{
    let mut prelude = [b'h'; 2049];
    if let Some(last) = prelude.last_mut() {
        *last = b'\n';
    }
    prelude
};

impl ReceiverKind {
    /// What precedes the first frame; does not count towards the response limit.
    pub fn prelude(self) -> Option<Bytes> {
        match self {
            Self::Xhr => None,
            Self::XhrStreaming => Some(Bytes::from_static(XHR_STREAMING_PRELUDE)),
        }
    }

    /// The frame as it stands in the response: both transports end it with a new line.
    pub fn wrap(self, frame: impl Into<Vec<u8>>) -> Bytes {
        let mut chunk = frame.into();
        chunk.push(b'\n');
        Bytes::from(chunk)
    }

    /// Whether a response of `response_bytes` must end.
    pub(crate) fn is_full(self, response_bytes: usize, response_bytes_max: usize) -> bool {
        match self {
            Self::Xhr => response_bytes > 0,
            Self::XhrStreaming => response_bytes >= response_bytes_max,
        }
    }
}

/// One request that fetches frames: the driver keeps it with the response body.
///
/// It comes from [`ProtocolSession::open`](crate::ProtocolSession::open) or
/// [`attach`](crate::ProtocolSession::attach), is asked for chunks by
/// [`poll_receiver`](crate::ProtocolSession::poll_receiver), and must be handed to
/// [`detach`](crate::ProtocolSession::detach) when the body is dropped, whatever was the cause.
/// That it lives with the body, not in the session, keeps refused requests from taking the session's memory.
#[derive(Debug)]
#[must_use = "a receiver that is dropped without `detach` holds its session until it counts as stalled"]
pub struct Receiver {
    pub(crate) id: u64,
    pub(crate) kind: ReceiverKind,
    pub(crate) stage: Stage,
    pub(crate) response_bytes: usize,
}

/// How far a response has come.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Nothing is sent yet; with the close frame to send if the request is refused.
    Prelude(Option<Bytes>),
    /// It gets the close frame and nothing else.
    Refused(Bytes),
    /// It gets the session's frames.
    Live,
    /// Its last chunk is handed out.
    Full,
    /// Its end is handed out.
    Ended,
}

/// What a response carries next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// This chunk, to be flushed at once and by itself.
    Chunk(Bytes),
    /// Nothing yet; [`Output::Wake`](crate::Output::Wake) tells when to ask again.
    Pending,
    /// Its end.
    End,
}

impl Receiver {
    pub(crate) fn new(id: u64, kind: ReceiverKind, refusal: Option<Bytes>) -> Self {
        Self { id, kind, stage: Stage::Prelude(refusal), response_bytes: 0 }
    }
}
