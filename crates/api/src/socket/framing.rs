//! How STOMP travels: the transports differ in what is wrapped around a frame.

use std::borrow::Cow;

use bytes::Bytes;
use mockly_sockjs::{EncodedMessage, frame as sockjs};

use crate::socket::ws::frame::{self, Opcode};

/// What carries the frames of STOMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// A text message of a WebSocket per frame.
    WebSocket,
    /// An array frame of SockJS in a text message of a WebSocket.
    SockJsWebSocket,
    /// Plain text; the session of SockJS frames it for the request that fetches it.
    SockJsHttp,
}

impl Framing {
    /// One STOMP frame (or heart-beat) as the transport has it.
    pub(crate) fn frame(self, stomp: &Bytes) -> Bytes {
        match self {
            Self::WebSocket => frame::encode(Opcode::Text, stomp),
            Self::SockJsWebSocket => frame::encode(Opcode::Text, EncodedMessage::new(&text_of(stomp)).frame()),
            Self::SockJsHttp => stomp.clone(),
        }
    }

    /// What precedes everything else.
    pub(crate) fn opening(self) -> Option<Bytes> {
        (self == Self::SockJsWebSocket).then(|| frame::encode(Opcode::Text, sockjs::OPEN.as_bytes()))
    }

    /// What the transport itself sends to keep the connection alive.
    pub(crate) fn heartbeat(self) -> Option<Bytes> {
        (self == Self::SockJsWebSocket).then(|| frame::encode(Opcode::Text, sockjs::HEARTBEAT.as_bytes()))
    }

    /// What follows everything else.
    pub(crate) fn closing(self, code: u16, reason: &str) -> Option<Bytes> {
        (self == Self::SockJsWebSocket).then(|| {
            let disconnect = mockly_sockjs::Disconnect::new(code, reason.to_owned());
            frame::encode(Opcode::Text, &disconnect.frame())
        })
    }

    /// The value of the metrics' label `transport`, and the part of an encoding's key.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::SockJsWebSocket => "sockjs_websocket",
            Self::SockJsHttp => "sockjs_http",
        }
    }
}

/// Everything that STOMP sends is made of text, so nothing is ever replaced here.
fn text_of(stomp: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(stomp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_transport_wraps_a_frame_its_own_way() {
        let stomp = Bytes::from_static(b"RECEIPT\nreceipt-id:\"1\"\n\n\0");
        assert_eq!(Framing::SockJsHttp.frame(&stomp), stomp);
        assert_eq!(Framing::WebSocket.frame(&stomp), [&[0x81, 25][..], &stomp].concat());
        let sockjs = Framing::SockJsWebSocket.frame(&stomp);
        assert_eq!(&sockjs[2..], br#"a["RECEIPT\nreceipt-id:\"1\"\n\n\u0000"]"#);
        assert_eq!(&Framing::SockJsWebSocket.closing(1001, "x").unwrap()[2..], br#"c[1001,"x"]"#);
        assert_eq!(Framing::WebSocket.opening(), None);
    }
}
