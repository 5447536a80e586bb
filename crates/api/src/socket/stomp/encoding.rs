//! MESSAGE frames, encoded once for all subscriptions that get the same bytes.

use bytes::Bytes;
use mockly_realtime::{Encoding, Message, Resume, Topic};
use mockly_stomp::{AckMode, MessageHead, SharedMessage, Version};

use crate::socket::framing::Framing;

/// Media type of every body.
const CONTENT_TYPE: &str = "application/json;charset=UTF-8";

/// How one kind of subscription wants its MESSAGE frames.
pub(super) struct StompEncoding {
    /// Everything below, in one text.
    key: Box<str>,
    framing: Framing,
    version: Version,
    subscription: Box<str>,
    /// Whether each message names what an ACK refers to.
    acknowledged: bool,
}

impl StompEncoding {
    pub(super) fn new(framing: Framing, version: Version, subscription: &str, ack: AckMode) -> Self {
        let acknowledged = ack != AckMode::Auto;
        // The id comes last, so that none of its characters can be taken for another part.
        let key = format!("{}/{version}/{acknowledged}/{subscription}", framing.label());
        Self { key: key.into(), framing, version, subscription: subscription.into(), acknowledged }
    }
}

impl Encoding for StompEncoding {
    fn key(&self) -> &str {
        &self.key
    }

    fn encode(&self, topic: &Topic, message: &Message, resume: Resume) -> Bytes {
        let message_id = message.event_id.to_string();
        let headers: &[(&str, &str)] = match resume {
            Resume::Seamless => &[],
            Resume::Lost => &[("resume", "lost")],
        };
        let destination = topic.to_string();
        let content_type = Some(CONTENT_TYPE);
        let head = MessageHead { destination: &destination, message_id: &message_id, content_type, headers };
        let shared = SharedMessage::new(self.version, &head, &message.body);
        // Section "MESSAGE": the value of `ack` need only be unique on its connection, where a subscription gets each
        // event once; so all connections can share it.
        let ack = self.acknowledged.then(|| format!("{}:{message_id}", self.subscription));
        self.framing.frame(&shared.frame(&self.subscription, ack.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use mockly_domain::{EventId, SessionId};
    use uuid::Uuid;

    use super::*;

    fn encode(version: Version, ack: AckMode, resume: Resume) -> String {
        let message = Message {
            event_id: EventId(Uuid::from_u128(7)),
            sequence: 1,
            position: 1,
            body: Bytes::from_static(b"{\"a\":\"\xc3\xa9\"}"),
            room: None,
        };
        let encoding = StompEncoding::new(Framing::SockJsHttp, version, "sub:0", ack);
        let bytes = encoding.encode(&Topic::Session(SessionId(Uuid::from_u128(1))), &message, resume);
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn a_message_has_the_headers_of_the_contract() {
        let id = "00000000-0000-0000-0000-000000000007";
        let expected = format!(
            "MESSAGE\nsubscription:sub\\c0\ndestination:/topic/sessions/00000000-0000-0000-0000-000000000001\n\
             message-id:{id}\ncontent-type:application/json;charset=UTF-8\ncontent-length:10\n\n{{\"a\":\"é\"}}\0"
        );
        assert_eq!(encode(Version::V1_2, AckMode::Auto, Resume::Seamless), expected);
        assert!(encode(Version::V1_2, AckMode::Client, Resume::Seamless).contains(&format!("\nack:sub\\c0\\c{id}\n")));
        assert!(!encode(Version::V1_1, AckMode::Client, Resume::Seamless).contains("\nack:"));
        assert!(encode(Version::V1_2, AckMode::Auto, Resume::Lost).contains("\nresume:lost\n"));
    }

    #[test]
    fn different_bytes_have_different_keys() {
        let key = |framing, version, id, ack| StompEncoding::new(framing, version, id, ack).key;
        let base = key(Framing::WebSocket, Version::V1_2, "0", AckMode::Auto);
        for other in [
            key(Framing::SockJsHttp, Version::V1_2, "0", AckMode::Auto),
            key(Framing::WebSocket, Version::V1_1, "0", AckMode::Auto),
            key(Framing::WebSocket, Version::V1_2, "1", AckMode::Auto),
            key(Framing::WebSocket, Version::V1_2, "0", AckMode::Client),
        ] {
            assert_ne!(base, other);
        }
        assert_eq!(base, key(Framing::WebSocket, Version::V1_2, "0", AckMode::Auto));
    }
}
