//! Over STOMP: the ERROR frame, its code in the `message` header, and the close code after it.

use std::time::Duration;

use mockly_tests::{
    Backend, Message, Mockly, Opcode, PATIENCE, Person, StompClient, StompFrame, TOKEN_SECRET, WebSocket,
    create_interview, now_s, run, sign, unsigned, within,
};
use serde_json::json;

use super::assert_no_secret;

/// Sends the bytes as one message, and reads the refusal: the ERROR frame and the close code.
async fn refusal(mut client: StompClient, opcode: Opcode, bytes: &[u8]) -> (Option<StompFrame>, Option<u16>) {
    client.socket().send(opcode, bytes).await.unwrap();
    within(PATIENCE, "end of the connection", async {
        let mut error = None;
        while let Ok(Some(frame)) = client.next().await {
            assert_eq!(frame.command, "ERROR", "{frame:?}");
            assert!(error.is_none(), "one ERROR is enough");
            error = Some(frame);
        }
        (error, client.closed().map(|(code, _)| code))
    })
    .await
}

async fn unconnected(server: &Mockly) -> StompClient {
    StompClient::unconnected(WebSocket::open(server.address(), "/ws", &[]).await.unwrap())
}

#[test]
fn frames() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let alice = Person::sign_in(&server, "alice").await;
        let many_headers = "h:x\n".repeat(200);
        let subscribe = |more: &str| format!("SUBSCRIBE\nid:1\ndestination:{}\n{more}\n\0", alice.topic());
        let cases: &[(&str, Vec<u8>, &str)] = &[
            ("no STOMP", b"GET / HTTP/1.1\r\n\r\n\0".to_vec(), "unknown-command"),
            ("JSON", b"{\"event\": \"x\"}\n\n\0".to_vec(), "unknown-command"),
            ("a second CONNECT", b"CONNECT\naccept-version:1.2\n\n\0".to_vec(), "already-connected"),
            ("SEND to a topic", format!("SEND\ndestination:{}\n\nhi\0", alice.topic()).into(), "send-not-allowed"),
            ("SEND elsewhere", b"SEND\ndestination:/app/x\n\nhi\0".to_vec(), "send-not-allowed"),
            ("a server's frame", b"MESSAGE\n\n\0".to_vec(), "unexpected-command"),
            ("no id", format!("SUBSCRIBE\ndestination:{}\n\n\0", alice.topic()).into(), "missing-header"),
            ("no destination", b"SUBSCRIBE\nid:1\n\n\0".to_vec(), "missing-header"),
            ("no subscription", b"UNSUBSCRIBE\nid:7\n\n\0".to_vec(), "unknown-subscription"),
            ("an unknown ack mode", subscribe("ack:sometimes\n").into(), "invalid-ack-mode"),
            ("an undefined escape", subscribe("x:a\\tb\n").into(), "malformed-frame"),
            ("half an escape", subscribe("x:a\\\n").into(), "malformed-frame"),
            ("a header without colon", subscribe("nonsense\n").into(), "malformed-frame"),
            ("a header without name", subscribe(":x\n").into(), "malformed-frame"),
            ("NUL in a header", subscribe("x:a\0b\n").into(), "malformed-frame"),
            ("a bare carriage return", subscribe("x:a\rb\n").into(), "malformed-frame"),
            (
                "a content-length that is none",
                b"SEND\ndestination:/x\ncontent-length:many\n\nhi\0".to_vec(),
                "invalid-content-length",
            ),
            (
                "a content-length below 0",
                b"SEND\ndestination:/x\ncontent-length:-1\n\nhi\0".to_vec(),
                "invalid-content-length",
            ),
            (
                "a content-length too short",
                b"SEND\ndestination:/x\ncontent-length:1\n\nhi\0".to_vec(),
                "invalid-content-length",
            ),
            (
                "a content-length too big",
                b"SEND\ndestination:/x\ncontent-length:4294967296\n\nhi\0".to_vec(),
                "frame-too-large",
            ),
            ("a body where none is", b"UNSUBSCRIBE\nid:1\n\nbody\0".to_vec(), "body-not-allowed"),
            ("too many headers", subscribe(&many_headers).into(), "too-many-headers"),
            ("too long a header", subscribe(&format!("x:{}\n", "y".repeat(9_000))).into(), "header-line-too-long"),
            (
                "an unknown destination",
                b"SUBSCRIBE\nid:1\ndestination:/topic/everything\n\n\0".to_vec(),
                "unknown-destination",
            ),
            ("a pattern", b"SUBSCRIBE\nid:1\ndestination:/topic/sessions/*\n\n\0".to_vec(), "unknown-destination"),
        ];
        for (what, bytes, code) in cases {
            let client = StompClient::connect(server.address(), &alice.token).await.unwrap();
            let (error, closed) = refusal(client, Opcode::Text, bytes).await;
            let error = error.unwrap_or_else(|| panic!("{what}: no ERROR frame, closed with {closed:?}"));
            assert_eq!(error.header("message"), Some(*code), "{what}: {error:?}");
            assert!(error.body.ends_with(['.', '!']) && error.body.len() > 20, "{what}: it says what to do: {error:?}");
            assert!(closed.is_some(), "{what}: a close frame follows");
        }
        let utf8 = b"SUBSCRIBE\nid:\xff\xfe\n\n\0";
        let client = StompClient::connect(server.address(), &alice.token).await.unwrap();
        let (error, _) = refusal(client, Opcode::Binary, utf8).await;
        assert_eq!(error.unwrap().header("message"), Some("malformed-frame"), "a header that is no UTF-8");
        let client = StompClient::connect(server.address(), &alice.token).await.unwrap();
        assert_eq!(refusal(client, Opcode::Text, utf8).await, (None, Some(1007)), "text that is no UTF-8");
        let client = StompClient::connect(server.address(), &alice.token).await.unwrap();
        let (_, closed) = refusal(client, Opcode::Text, &vec![b'x'; 200_000]).await;
        assert!(closed.is_none_or(|code| [1002, 1008, 1009].contains(&code)), "too big a frame: {closed:?}");
        server.stop().await;
    });
}

#[test]
fn connecting() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[("LOG_LEVEL", "debug")]).await;
        let now = now_s();
        let claims = json!({"sub": "alice", "iat": now, "exp": now + 600});
        let good = sign(&claims, TOKEN_SECRET);
        let forged = sign(&claims, "a-secret-of-somebody-else-that-is-long-enough");
        let expired = sign(&json!({"sub": "alice", "iat": now - 900, "exp": now - 600}), TOKEN_SECRET);
        let connect = |more: &str| format!("CONNECT\naccept-version:1.2\nhost:x\n{more}\n\0").into_bytes();
        let cases: &[(&str, Vec<u8>, &str, Option<u16>)] = &[
            ("no token", connect(""), "unauthenticated", Some(4401)),
            ("a forged token", connect(&format!("token:{forged}\n")), "invalid-token", Some(4401)),
            ("alg none", connect(&format!("passcode:{}\n", unsigned(&claims))), "invalid-token", Some(4401)),
            ("an expired token", connect(&format!("Authorization:Bearer {expired}\n")), "token-expired", Some(4401)),
            ("another version", b"CONNECT\naccept-version:9.9\n\n\0".to_vec(), "unsupported-version", None),
            (
                "a heart-beat that is none",
                connect(&format!("token:{good}\nheart-beat:fast\n")),
                "invalid-heart-beat",
                None,
            ),
            ("a frame before", b"SUBSCRIBE\nid:1\ndestination:/topic/x\n\n\0".to_vec(), "not-connected", None),
            ("DISCONNECT before", b"DISCONNECT\nreceipt:1\n\n\0".to_vec(), "not-connected", None),
        ];
        for (what, bytes, code, close) in cases {
            let (error, closed) = refusal(unconnected(&server).await, Opcode::Text, bytes).await;
            let error = error.unwrap_or_else(|| panic!("{what}: no ERROR frame, closed with {closed:?}"));
            assert_eq!(error.header("message"), Some(*code), "{what}: {error:?}");
            assert!(close.is_none() || closed == *close, "{what}: closed with {closed:?}");
        }
        let in_url = format!("/ws?token={good}");
        let socket = WebSocket::open(server.address(), &in_url, &[]).await.unwrap();
        drop(StompClient::connect_over(socket, "").await);
        let foreign = WebSocket::open(server.address(), "/ws", &[("Origin", "https://evil.example")]).await;
        let refused = foreign.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains("403"), "a foreign origin: {refused:?}");
        let log = server.stop().await;
        assert_no_secret(&log, &[&good, &forged, &expired, &unsigned(&claims), TOKEN_SECRET]);
    });
}

#[test]
fn topics_of_others() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let alice = Person::sign_in(&server, "alice").await;
        let bob = Person::sign_in(&server, "bob").await;
        let eve = Person::sign_in(&server, "eve").await;
        let session = create_interview(&alice, &bob).await;
        let id = session["id"].as_str().unwrap();
        let missing = "0197c19f-0000-7000-8000-000000000000";
        let cases = [
            (format!("/topic/sessions/{id}"), "access-denied"),
            (alice.topic(), "access-denied"),
            (format!("/topic/users/{}/notifications", alice.id), "access-denied"),
            (format!("/topic/sessions/{missing}"), "access-denied"),
        ];
        for (destination, code) in cases {
            let client = StompClient::connect(server.address(), &eve.token).await.unwrap();
            let frame = format!("SUBSCRIBE\nid:1\ndestination:{destination}\nreceipt:r\\n1\n\n\0");
            let (error, _) = refusal(client, Opcode::Text, frame.as_bytes()).await;
            let error = error.unwrap();
            assert_eq!(error.header("message"), Some(code), "{destination}");
            assert_eq!(error.header("receipt-id"), Some("r\n1"), "the ERROR names the frame that it is for");
        }
        server.stop().await;
    });
}

/// What a client puts into its headers comes back escaped, so that it cannot write headers of its own into frames.
#[test]
fn no_header_is_injected_through_escapes() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let alice = Person::sign_in(&server, "alice").await;
        let bob = Person::sign_in(&server, "bob").await;
        let mut client = StompClient::connect(server.address(), &alice.token).await.unwrap();
        let id = "one\nevil:header\r\n\nbody\\";
        client.subscribe(id, &alice.topic(), &[]).await.unwrap();
        create_interview(&alice, &bob).await;
        let frame = within(Duration::from_secs(30), "event", client.next()).await.unwrap().unwrap();
        assert_eq!(frame.header("subscription"), Some(id));
        assert_eq!(frame.header("evil"), None);
        assert_eq!(frame.json()["type"], "SESSION_CREATED");
        server.stop().await;
    });
}

/// RFC 6455 before STOMP: what breaks the WebSocket itself is told by close codes alone.
#[test]
fn websocket_frames() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let unmasked: &[u8] = &[0x81, 0x02, b'h', b'i'];
        let reserved_bit: &[u8] = &[0xc1, 0x80, 0, 0, 0, 0];
        let unknown_opcode: &[u8] = &[0x83, 0x80, 0, 0, 0, 0];
        let long_ping: &[u8] = &[0x89, 0xfe, 0x00, 0x7e, 0, 0, 0, 0];
        let lost_continuation: &[u8] = &[0x80, 0x80, 0, 0, 0, 0];
        for bytes in [unmasked, reserved_bit, unknown_opcode, long_ping, lost_continuation] {
            let mut socket = WebSocket::open(server.address(), "/ws", &[]).await.unwrap();
            socket.send_raw(bytes).await.unwrap();
            let answer = within(PATIENCE, "close of the connection", socket.next()).await.unwrap();
            assert!(matches!(answer, Message::Close(1002, _)), "{bytes:x?}: {answer:?}");
        }
        server.stop().await;
    });
}
