//! The requests that fetch a session's frames, and how each transport frames its response.

use bytes::Bytes;

use crate::frame;

/// A transport that fetches frames over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiverKind {
    /// One frame, then the response ends (`XhrPolling`).
    Xhr,
    /// Frames until the response limit is reached (`XhrStreaming`).
    XhrStreaming,
    /// Frames as server-sent events, until the response limit is reached (`EventSource`).
    EventSource,
    /// Frames as scripts of a page in an iframe, until the response limit is reached (`HtmlFile`).
    HtmlFile(Callback),
    /// One frame as a script, then the response ends (`JsonpPolling`).
    Jsonp(Callback),
}

/// The function of the client's page that `htmlfile` and `jsonp` call, for example `_jp.abc123`.
///
/// Only letters, digits and `-_.` are taken, so that nothing but a call can be made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback(Box<str>);

/// The `c` of a request is no [`Callback`]. The texts are the spec's (`test_no_callback`, `test_invalid_callback`), which
/// wants them with status 500.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// There is none.
    #[error("\"callback\" parameter required")]
    Missing,
    /// It is something else than a name.
    #[error("invalid \"callback\" parameter")]
    Invalid,
}

/// Longest name of a callback; those of sockjs-client have 10 characters.
const CALLBACK_BYTES_MAX: usize = 128;

impl Callback {
    /// The value of `c`, percent-decoded.
    ///
    /// # Errors
    /// [`CallbackError`].
    pub fn parse(name: Option<&str>) -> Result<Self, CallbackError> {
        let name = name.filter(|name| !name.is_empty()).ok_or(CallbackError::Missing)?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.len() > CALLBACK_BYTES_MAX || !name.bytes().all(is_plain) {
            return Err(CallbackError::Invalid);
        }
        Ok(Self(name.into()))
    }
}

/// The prelude of `xhr_streaming`: 2 KiB of `h` and a new line, which makes some browsers show what follows at once.
const XHR_STREAMING_PRELUDE: &[u8; 2049] = &{
    let mut prelude = [b'h'; 2049];
    if let Some(last) = prelude.last_mut() {
        *last = b'\n';
    }
    prelude
};
/// An empty line, without which old Opera does not begin to read.
const EVENT_SOURCE_PRELUDE: &[u8] = b"\r\n";
/// The page of `htmlfile` up to where its frames begin, around the name of the callback; the spec fixes every byte.
const HTML_FILE_HEAD: [&str; 2] = [
    r#"<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent."#,
    r";
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>",
];
/// Browsers show nothing of a page before so much has come.
const HTML_FILE_PRELUDE_BYTES: usize = 1024;

impl ReceiverKind {
    /// What precedes the first frame; does not count towards the response limit.
    pub fn prelude(&self) -> Option<Bytes> {
        match self {
            Self::Xhr | Self::Jsonp(_) => None,
            Self::XhrStreaming => Some(Bytes::from_static(XHR_STREAMING_PRELUDE)),
            Self::EventSource => Some(Bytes::from_static(EVENT_SOURCE_PRELUDE)),
            Self::HtmlFile(callback) => {
                let [before, after] = HTML_FILE_HEAD;
                let head = format!("{before}{}{after}", callback.0);
                Some(Bytes::from(format!("{head:HTML_FILE_PRELUDE_BYTES$}\r\n\r\n")))
            }
        }
    }

    /// The frame as it stands in the response.
    pub fn wrap(&self, frame: impl Into<Vec<u8>>) -> Bytes {
        let mut chunk = frame.into();
        match self {
            Self::Xhr | Self::XhrStreaming => chunk.push(b'\n'),
            // A frame is JSON and has no line break.
            Self::EventSource => chunk = [b"data: ", &chunk[..], b"\r\n\r\n"].concat(),
            Self::HtmlFile(_) => chunk = [b"<script>\np(", &script_string(&chunk)[..], b");\n</script>\r\n"].concat(),
            // The comment keeps a made-up name from being the first bytes of anything but a script.
            Self::Jsonp(callback) => {
                chunk = [b"/**/", callback.0.as_bytes(), b"(", &script_string(&chunk), b");\r\n"].concat();
            }
        }
        Bytes::from(chunk)
    }

    /// Whether a response of `response_bytes` must end.
    pub(crate) fn is_full(&self, response_bytes: usize, response_bytes_max: usize) -> bool {
        match self {
            Self::Xhr | Self::Jsonp(_) => response_bytes > 0,
            Self::XhrStreaming | Self::EventSource | Self::HtmlFile(_) => response_bytes >= response_bytes_max,
        }
    }
}

/// A frame as a string of JavaScript that may stand in a page: without `<`, no message can end the script around it.
fn script_string(frame: &[u8]) -> Vec<u8> {
    let mut json = Vec::with_capacity(frame.len().saturating_add(2));
    // Frames are UTF-8.
    frame::push_json_string(&mut json, &String::from_utf8_lossy(frame));
    if !json.contains(&b'<') {
        return json;
    }
    let mut safe = Vec::with_capacity(json.len().saturating_add(16));
    for byte in json {
        match byte {
            b'<' => safe.extend_from_slice(b"\\u003c"),
            byte => safe.push(byte),
        }
    }
    safe
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

#[cfg(test)]
mod tests {
    use super::*;

    fn callback() -> Callback {
        Callback::parse(Some("_jp.a-1")).unwrap()
    }

    #[test]
    fn each_transport_frames_in_its_own_way() {
        let frame = r#"a["</script>\u2028é"]"#;
        for (kind, expected) in [
            (ReceiverKind::Xhr, "a[\"</script>\\u2028é\"]\n"),
            (ReceiverKind::XhrStreaming, "a[\"</script>\\u2028é\"]\n"),
            (ReceiverKind::EventSource, "data: a[\"</script>\\u2028é\"]\r\n\r\n"),
            (
                ReceiverKind::HtmlFile(callback()),
                "<script>\np(\"a[\\\"\\u003c/script>\\\\u2028é\\\"]\");\n</script>\r\n",
            ),
            (ReceiverKind::Jsonp(callback()), "/**/_jp.a-1(\"a[\\\"\\u003c/script>\\\\u2028é\\\"]\");\r\n"),
        ] {
            assert_eq!(kind.wrap(frame), expected.as_bytes(), "{kind:?}");
        }
    }

    #[test]
    fn a_page_begins_with_enough_to_be_shown() {
        let prelude = ReceiverKind::HtmlFile(callback()).prelude().unwrap();
        let text = std::str::from_utf8(&prelude).unwrap();
        assert!(prelude.len() > 1024 && text.contains("var c = parent._jp.a-1;\n") && text.ends_with("\r\n\r\n"));
        assert_eq!(ReceiverKind::EventSource.prelude().unwrap(), "\r\n");
        assert_eq!(ReceiverKind::Jsonp(callback()).prelude(), None);
    }

    #[test]
    fn a_callback_is_a_name_and_nothing_else() {
        for name in [None, Some("")] {
            assert_eq!(Callback::parse(name), Err(CallbackError::Missing));
        }
        let long = "x".repeat(CALLBACK_BYTES_MAX + 1);
        for name in [" ", "*", "abc(", "a;b", "a\n", "é", "<", &long] {
            assert_eq!(Callback::parse(Some(name)), Err(CallbackError::Invalid), "{name}");
        }
    }
}
