//! How messages travel: the transports differ in what is wrapped around one.

use std::borrow::Cow;

use bytes::Bytes;
use mockly_sockjs::EncodedMessage;

use crate::socket::ws::frame::{self, Opcode};

/// What carries the messages of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// A message of a WebSocket each.
    WebSocket,
    /// An array frame of SockJS in a text message of a WebSocket.
    SockJsWebSocket,
    /// Plain text; the session of SockJS frames it for the request that fetches it.
    SockJsHttp,
}

impl Framing {
    /// A text (of STOMP: a frame or heart-beat) as the transport has it.
    pub fn frame(self, text: &Bytes) -> Bytes {
        match self {
            Self::WebSocket => frame::encode(Opcode::Text, text),
            Self::SockJsWebSocket => frame::encode(Opcode::Text, EncodedMessage::new(&text_of(text)).frame()),
            Self::SockJsHttp => text.clone(),
        }
    }

    /// Anything as the transport has it; SockJS carries text alone.
    pub fn frame_binary(self, bytes: &Bytes) -> Bytes {
        match self {
            Self::WebSocket => frame::encode(Opcode::Binary, bytes),
            Self::SockJsWebSocket | Self::SockJsHttp => self.frame(bytes),
        }
    }

    /// The value of the metrics' label `transport`, and the part of an encoding's key.
    pub const fn label(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::SockJsWebSocket => "sockjs_websocket",
            Self::SockJsHttp => "sockjs_http",
        }
    }
}

/// Everything that goes by SockJS is made of text, so nothing is ever replaced here.
fn text_of(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_transport_wraps_a_frame_its_own_way() {
        let stomp = Bytes::from_static(b"RECEIPT\nreceipt-id:\"1\"\n\n\0");
        assert_eq!(Framing::SockJsHttp.frame(&stomp), stomp);
        assert_eq!(Framing::WebSocket.frame(&stomp), [&[0x81, 25][..], &stomp].concat());
        assert_eq!(Framing::WebSocket.frame_binary(&stomp), [&[0x82, 25][..], &stomp].concat());
        let sockjs = Framing::SockJsWebSocket.frame(&stomp);
        assert_eq!(&sockjs[2..], br#"a["RECEIPT\nreceipt-id:\"1\"\n\n\u0000"]"#);
    }
}
