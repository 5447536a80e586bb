//! WebSockets as such: handshake, frames, closing, shutdown.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use crate::support::socket::{Live, Received, WebSocket, frame, handshake};

const CONNECT: &str = "CONNECT\naccept-version:1.2\n\n\0";

#[actix_web::test]
async fn a_handshake_is_judged() {
    let live = Live::start().await;
    let good = handshake("/ws/websocket", "");
    for (request, status, header) in [
        (good.replace("Version: 13", "Version: 12"), "426", Some("sec-websocket-version: 13")),
        (good.replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: abc"), "400", None),
        (good.replace("HTTP/1.1", "HTTP/1.0"), "400", None),
        (good.replace("Connection: Upgrade", "Connection: close"), "400", None),
        (handshake("/ws", "Origin: https://evil.example\r\n"), "403", None),
        (handshake("/ws/a/b/nothing", ""), "404", None),
    ] {
        let refused = WebSocket::open_with(live.address, request.into_bytes()).await.err().unwrap();
        assert_eq!(refused.split(' ').nth(1), Some(status), "{refused}");
        assert!(header.is_none_or(|header| refused.to_lowercase().contains(header)), "{refused}");
    }
    let own = WebSocket::open(live.address, "/ws", "Origin: http://localhost\r\n").await.ok().unwrap();
    assert!(own.head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "RFC 6455, section 1.3: {}", own.head);
    assert!(!own.head.to_lowercase().contains("sec-websocket-protocol"));
    let offer = "Sec-WebSocket-Protocol: v10.stomp, v12.stomp\r\nSec-WebSocket-Protocol: v11.stomp\r\n";
    let chosen = WebSocket::open(live.address, "/ws", offer).await.ok().unwrap();
    assert!(chosen.head.to_lowercase().contains("sec-websocket-protocol: v12.stomp"), "{}", chosen.head);
}

#[actix_web::test]
async fn what_is_sent_with_the_handshake_is_not_lost() {
    let live = Live::start().await;
    let mut request = handshake("/ws?token=nobody", "").into_bytes();
    request.extend(frame(0x81, CONNECT.as_bytes()));
    let mut socket = WebSocket::open_with(live.address, request).await.ok().unwrap();
    assert_eq!(socket.refused().await, ("invalid-token".to_owned(), 4401));
}

#[actix_web::test]
async fn messages_come_in_fragments_with_pings_between() {
    let live = Live::start().await;
    let mut socket = live.open("/ws?token=nobody").await;
    let (first, rest) = CONNECT.split_at(5);
    socket.send_raw(&frame(0x01, first.as_bytes())).await;
    socket.send_raw(&frame(0x89, b"between")).await;
    assert_eq!(socket.receive().await, Received::Pong(b"between".to_vec()));
    for byte in rest.as_bytes() {
        socket.send_raw(&frame(0x00, &[*byte])).await;
    }
    socket.send_raw(&frame(0x80, b"")).await;
    assert_eq!(socket.refused().await.0, "invalid-token");
}

#[actix_web::test]
async fn broken_frames_are_answered_by_their_close_code() {
    let live = Live::start().await;
    let two_gib = [0x81, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 1, 2, 3, 4];
    let endless: Vec<u8> = (0..40).flat_map(|number| frame(u8::from(number == 0), &[b'x'; 8 * 1024])).collect();
    for (wire, code) in [
        (two_gib.to_vec(), 1009),
        (endless, 1009),
        (frame(0x81, b"\xc0\xaf"), 1007),
        (vec![0x81, 1, b'x'], 1002),
        (frame(0xc1, b"x"), 1002),
        (frame(0x88, b"\x03\xe8bye"), 1000),
    ] {
        let mut socket = live.open("/ws").await;
        socket.send_raw(&wire).await;
        let closed = socket.receive().await;
        assert!(matches!(closed, Received::Close(got, _) if got == code), "{closed:?} instead of {code}");
        assert_eq!(socket.receive().await, Received::End);
    }
}

/// A peer that closes its direction still gets the answers to what it sent before.
#[actix_web::test]
async fn a_half_closed_connection_is_answered() {
    let live = Live::start().await;
    let alice = live.app.account("alice").await;
    let mut socket = live.open(&format!("/ws?token={}", alice.token)).await;
    socket.send(&format!("{CONNECT}DISCONNECT\nreceipt:bye\n\n\0")).await;
    socket.stream.shutdown().await.unwrap();
    assert!(socket.text().await.starts_with("CONNECTED\n"));
    assert_eq!(socket.text().await, "RECEIPT\nreceipt-id:bye\n\n\0");
    assert!(matches!(socket.receive().await, Received::Close(1000, _)));
    assert_eq!(socket.receive().await, Received::End);
}

#[actix_web::test]
async fn a_drain_tells_everyone_when_to_come_back_and_lets_nobody_in() {
    let live = Live::start().await;
    let alice = live.app.account("alice").await;
    let mut sockets = vec![live.open("/ws").await, live.connect(&alice.token).await];
    let drained = live.sockets.drain(Duration::from_secs(10));
    let farewells = async {
        for socket in &mut sockets {
            let farewell = socket.receive().await;
            let Received::Close(1001, reason) = &farewell else { panic!("{farewell:?}") };
            let wait: u32 = reason.strip_prefix("retry-after-ms=").unwrap().parse().unwrap();
            assert!((200..=2_500).contains(&wait));
            socket.send_raw(&frame(0x88, b"\x03\xe9")).await;
        }
    };
    let (left, ()) = tokio::join!(drained, farewells);
    assert_eq!((left, live.sockets.open_sockets()), (0, 0));
    let refused = WebSocket::open(live.address, "/ws", "").await.err().unwrap();
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
}
