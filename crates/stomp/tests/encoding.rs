//! The bytes of server frames.

use bytes::Bytes;
use mockly_stomp::{ErrorFrame, HeartBeat, MessageHead, SharedMessage, Version, encode_connected, encode_receipt};

#[track_caller]
fn check(bytes: &Bytes, expected: &str) {
    assert_eq!(String::from_utf8_lossy(bytes), expected);
}

const HEAD: MessageHead<'static> = MessageHead {
    destination: "/topic/a",
    message_id: "007",
    content_type: Some("text/plain"),
    headers: &[("cust", "f:o"), ("subscription", "forged"), ("content-length", "1"), ("ack", "forged")],
};

#[test]
fn a_message_is_a_head_for_each_subscription_and_a_shared_tail() {
    let message = SharedMessage::new(Version::V1_2, &HEAD, b"hello\0");
    let tail =
        "destination:/topic/a\nmessage-id:007\ncontent-type:text/plain\ncust:f\\co\ncontent-length:6\n\nhello\0\0";
    check(message.tail(), tail);
    check(&message.head("0", Some("a:1")), "MESSAGE\nsubscription:0\nack:a\\c1\n");
    check(&message.frame("0", None), &format!("MESSAGE\nsubscription:0\n{tail}"));
    assert_eq!(message.version(), Version::V1_2);
}

/// Section "MESSAGE" of 1.1 has no `ack` header: its ACK names message and subscription.
#[test]
fn only_1_2_has_an_ack_header() {
    for (version, expected) in [
        (Version::V1_0, "MESSAGE\nsubscription:0\n"),
        (Version::V1_1, "MESSAGE\nsubscription:0\n"),
        (Version::V1_2, "MESSAGE\nsubscription:0\nack:1\n"),
    ] {
        check(&SharedMessage::new(version, &HEAD, b"").head("0", Some("1")), expected);
    }
}

#[test]
fn connected_tells_the_version_and_the_offer() {
    let offer = HeartBeat { send_ms: 1, receive_ms: 2 };
    let headers = [("session", "s:1\nx:y"), ("server", "mockly/0.1.0")];
    let expected = "CONNECTED\nversion:1.2\nheart-beat:1,2\nsession:s:1 x:y\nserver:mockly/0.1.0\n\n\0";
    check(&encode_connected(Version::V1_2, offer, &headers), expected);
    check(&encode_connected(Version::V1_0, offer, &[]), "CONNECTED\nversion:1.0\n\n\0");
}

#[test]
fn a_receipt_names_what_it_is_for() {
    check(&encode_receipt(Version::V1_2, "a:1"), "RECEIPT\nreceipt-id:a\\c1\n\n\0");
    check(&encode_receipt(Version::V1_0, "a:1"), "RECEIPT\nreceipt-id:a:1\n\n\0");
}

#[test]
fn an_error_says_what_to_do() {
    let frame = ErrorFrame { code: "access-denied", detail: "Do.", receipt_id: Some("7"), lists_versions: true };
    let expected = "ERROR\nmessage:access-denied\nreceipt-id:7\nversion:1.0,1.1,1.2\ncontent-type:text/plain\n\
                    content-length:3\n\nDo.\0";
    check(&frame.encode(Version::V1_2), expected);
}
