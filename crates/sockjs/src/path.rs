//! The URLs below a service's prefix ("Base URL" to "Session URLs").

use crate::headers;
use crate::limits::Limits;
use crate::receiver::{Callback, CallbackError, ReceiverKind};

/// What a URL below the prefix names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint<'a> {
    /// The prefix itself, with or without a slash: answers [`headers::GREETING`].
    Greeting,
    /// `/info`.
    Info,
    /// `/iframe*.html`.
    Iframe,
    /// `/websocket`: a WebSocket without any framing of SockJS ("Raw WebSocket url").
    RawWebsocket,
    /// `/{server}/{session}/{transport}`.
    Transport {
        /// For load balancers only; it is no part of the session's name and the server ignores it.
        server_id: &'a str,
        /// What names the session, as the client wrote it (percent-encoding and all).
        sid: &'a str,
        /// The last segment.
        transport: Transport,
    },
}

/// The transports of the spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// A WebSocket with SockJS framing.
    Websocket,
    /// One frame per request.
    Xhr,
    /// Many frames per request.
    XhrStreaming,
    /// The sending half of the two above, of `eventsource` and of `htmlfile`.
    XhrSend,
    /// Many frames per request, as server-sent events.
    EventSource,
    /// Many frames per request, as scripts in a page.
    HtmlFile,
    /// One frame per request, as a script.
    Jsonp,
    /// The sending half of `jsonp`.
    JsonpSend,
}

/// Finds what `path` names: the request's path without prefix and query, percent-encoded as it came.
///
/// `None` is to be answered by 404.
/// A trailing slash names nothing except after the prefix itself: the spec has it there only ("Greeting url"), and no
/// client writes one. sockjs-node accepts it everywhere.
pub fn parse<'a>(path: &'a str, limits: &Limits) -> Option<Endpoint<'a>> {
    if path.is_empty() {
        return Some(Endpoint::Greeting);
    }
    let mut segments = path.strip_prefix('/')?.split('/');
    match (segments.next(), segments.next(), segments.next(), segments.next()) {
        (Some(""), None, ..) => Some(Endpoint::Greeting),
        (Some("info"), None, ..) => Some(Endpoint::Info),
        (Some("websocket"), None, ..) => Some(Endpoint::RawWebsocket),
        (Some(page), None, ..) if is_iframe(page) => Some(Endpoint::Iframe),
        (Some(server_id), Some(sid), Some(transport), None) if is_id(server_id, limits) && is_id(sid, limits) => {
            let transport = Transport::parse(transport)?;
            Some(Endpoint::Transport { server_id, sid, transport })
        }
        _ => None,
    }
}

impl Endpoint<'_> {
    /// The methods of this endpoint, as the value of `Allow` (with the 405 that answers any other method) and, where
    /// it includes OPTIONS, of `Access-Control-Allow-Methods`.
    pub fn methods(&self) -> &'static str {
        match self {
            Self::Greeting | Self::Iframe | Self::RawWebsocket => "GET",
            Self::Info => "OPTIONS, GET",
            Self::Transport { transport, .. } => transport.methods(),
        }
    }

    /// Whether `method` (upper case, for example `POST`) is one of [`Endpoint::methods`].
    pub fn allows(&self, method: &str) -> bool {
        self.methods().split(", ").any(|allowed| allowed == method)
    }
}

impl Transport {
    /// All transports.
    pub const ALL: [Self; 8] = [
        Self::Websocket,
        Self::Xhr,
        Self::XhrStreaming,
        Self::XhrSend,
        Self::EventSource,
        Self::HtmlFile,
        Self::Jsonp,
        Self::JsonpSend,
    ];

    /// The last segment of the transport's URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Websocket => "websocket",
            Self::Xhr => "xhr",
            Self::XhrStreaming => "xhr_streaming",
            Self::XhrSend => "xhr_send",
            Self::EventSource => "eventsource",
            Self::HtmlFile => "htmlfile",
            Self::Jsonp => "jsonp",
            Self::JsonpSend => "jsonp_send",
        }
    }

    /// The transport of that name; names are lower case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|transport| transport.as_str() == name)
    }

    /// How this transport receives over HTTP, with the `c` of the request's query for those that call a function;
    /// `None` for those that do not.
    ///
    /// # Errors
    /// [`CallbackError`], to be answered by 500 with its text.
    pub fn receiver(self, callback: Option<&str>) -> Result<Option<ReceiverKind>, CallbackError> {
        Ok(Some(match self {
            Self::Xhr => ReceiverKind::Xhr,
            Self::XhrStreaming => ReceiverKind::XhrStreaming,
            Self::EventSource => ReceiverKind::EventSource,
            Self::HtmlFile => ReceiverKind::HtmlFile(Callback::parse(callback)?),
            Self::Jsonp => ReceiverKind::Jsonp(Callback::parse(callback)?),
            Self::Websocket | Self::XhrSend | Self::JsonpSend => return Ok(None),
        }))
    }

    /// The content type of the successful answer; `None` for a WebSocket.
    pub fn content_type(self) -> Option<&'static str> {
        match self {
            Self::Websocket => None,
            Self::Xhr | Self::XhrStreaming | Self::Jsonp => Some(headers::JAVASCRIPT),
            Self::XhrSend | Self::JsonpSend => Some(headers::TEXT),
            Self::EventSource => Some(headers::EVENT_STREAM),
            Self::HtmlFile => Some(headers::HTML),
        }
    }

    /// The status of the successful answer: 204 for `xhr_send` (which has a content type nevertheless, `XhrPolling`),
    /// 101 for a WebSocket, else 200.
    pub fn success_status(self) -> u16 {
        match self {
            Self::Websocket => 101,
            Self::XhrSend => 204,
            Self::Xhr | Self::XhrStreaming | Self::EventSource | Self::HtmlFile | Self::Jsonp | Self::JsonpSend => 200,
        }
    }

    /// The methods of this transport, as [`Endpoint::methods`].
    pub fn methods(self) -> &'static str {
        match self {
            Self::Websocket | Self::EventSource | Self::HtmlFile | Self::Jsonp => "GET",
            Self::Xhr | Self::XhrStreaming | Self::XhrSend => "OPTIONS, POST",
            Self::JsonpSend => "POST",
        }
    }
}

/// Any value names a server or a session, but an empty one or one with a dot ("Session URLs").
fn is_id(segment: &str, limits: &Limits) -> bool {
    !segment.is_empty() && segment.len() <= limits.id_bytes_max && !segment.contains('.')
}

/// The versions in the name are for caches only, and every version gets the same page (`IframePage`).
fn is_iframe(page: &str) -> bool {
    page.strip_prefix("iframe").and_then(|rest| rest.strip_suffix(".html")).is_some_and(|version| {
        version.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'-' | b'_' | b'.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: Option<Endpoint<'_>>) {
        assert_eq!(parse(path, &Limits::default()), expected, "{path}");
    }

    #[test]
    fn fixed_urls() {
        check("", Some(Endpoint::Greeting));
        check("/", Some(Endpoint::Greeting));
        check("/info", Some(Endpoint::Info));
        check("/websocket", Some(Endpoint::RawWebsocket));
        for page in ["", "-a", "-", "-0.1.2", "-0.1.2abc-dirty.2144"] {
            check(&format!("/iframe{page}.html"), Some(Endpoint::Iframe));
        }
    }

    #[test]
    fn any_value_is_an_id() {
        for (server_id, sid) in [("a", "a"), ("_", "_"), ("1", ""), ("abcdefgh_i-j%20", "abcdefg_i-j%20"), ("ü", "😀")]
        {
            for transport in Transport::ALL {
                let path = format!("/{server_id}/{sid}/{}", transport.as_str());
                let expected = (!sid.is_empty()).then_some(Endpoint::Transport { server_id, sid, transport });
                check(&path, expected);
            }
        }
    }

    /// The paths of `test_notFound`, `test_invalidUrl` and `test_invalidPaths`, and some more.
    #[test]
    fn other_urls_name_nothing() {
        for path in ["/a", "/a.html", "//", "///", "/a/a", "/a/a/", "/a/", "a", "/info/", "/Info", "/websocket/"] {
            check(path, None);
        }
        for page in ["iframe.htm", "iframe", "IFRAME.HTML", "IFRAME", "iframe.HTML", "iframe.xml", "iframe-/.html"] {
            check(&format!("/{page}"), None);
        }
        for ids in ["//", "/a./a", "/a/a.", "/./.", "/", "///", "/a/b/c"] {
            check(&format!("{ids}/xhr"), None);
        }
        for transport in ["", "Xhr", "xhr/", "xhr_", "xhr_send/x", "polling"] {
            check(&format!("/a/b/{transport}"), None);
        }
        let long = "x".repeat(Limits::default().id_bytes_max + 1);
        check(&format!("/a/{long}/xhr"), None);
        check(&format!("/{long}/a/xhr"), None);
    }

    #[test]
    fn methods_are_those_of_the_spec() {
        let of = |path| parse(path, &Limits::default()).unwrap();
        assert!(of("/a/b/websocket").allows("GET") && !of("/a/b/websocket").allows("POST"));
        assert!(of("/a/b/xhr_send").allows("OPTIONS") && !of("/a/b/xhr_send").allows("GET"));
        assert!(of("/info").allows("GET") && !of("/info").allows("GET, OPTIONS") && !of("/info").allows(""));
    }
}
