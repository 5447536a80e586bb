//! Socket.IO at `/socket.io`: who is let in, what they hear, and how they are sent away. Real clients speak to it in the
//! system tests.

use std::sync::Arc;
use std::time::Duration;

use actix_web::test::TestRequest;
use mockly_api::Rate;
use mockly_api::socket::SocketSettings;
use mockly_service::SystemClock;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::socket::{Live, Received, WebSocket, frame, in_time};
use crate::support::{Account, text};

/// Separates the packets of an answer to a poll.
const SEPARATOR: char = '\u{1e}';

/// A session on the polling transport.
struct Polling<'l> {
    live: &'l Live,
    sid: String,
}

impl<'l> Polling<'l> {
    async fn open(live: &'l Live) -> Self {
        let (status, body) = request(live, "GET", "", "", "").await;
        assert_eq!(status, 200, "{body}");
        let open: Value = serde_json::from_str(body.strip_prefix('0').unwrap()).unwrap();
        let told = (&open["pingInterval"], &open["pingTimeout"], &open["maxPayload"], &open["upgrades"]);
        assert_eq!(told, (&json!(25_000), &json!(60_000), &json!(65_536), &json!(["websocket"])));
        Self { live, sid: open["sid"].as_str().unwrap().to_owned() }
    }

    async fn send(&self, packet: &str) -> (u16, String) {
        request(self.live, "POST", &format!("&sid={}", self.sid), "", packet).await
    }

    async fn poll(&self) -> (u16, String) {
        request(self.live, "GET", &format!("&sid={}", self.sid), "", "").await
    }

    /// What a poll brings. The first ping comes after 25 s.
    async fn packets(&self) -> Vec<String> {
        let (status, body) = self.poll().await;
        assert_eq!(status, 200, "{body}");
        body.split(SEPARATOR).map(str::to_owned).collect()
    }

    async fn connect(&self, auth: &Value) -> String {
        assert_eq!(self.send(&format!("40{auth}")).await, (200, "ok".to_owned()));
        let packets = self.packets().await;
        assert_eq!(packets.len(), 1, "{packets:?}");
        packets.concat()
    }
}

async fn request(live: &Live, method: &str, query: &str, headers: &str, body: &str) -> (u16, String) {
    let length = body.len();
    let answer = live
        .exchange(&format!(
            "{method} /socket.io/?EIO=4&transport=polling{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             {headers}Content-Length: {length}\r\n\r\n{body}"
        ))
        .await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// A WebSocket on which Engine.IO is open.
async fn open_websocket(live: &Live) -> WebSocket {
    let mut socket = live.open("/socket.io/?EIO=4&transport=websocket").await;
    assert!(socket.text().await.starts_with("0{\"sid\":"));
    socket
}

/// A client that is connected.
async fn connected(live: &Live, account: &Account) -> WebSocket {
    let mut socket = open_websocket(live).await;
    socket.send(&format!("40{}", json!({ "token": account.token }))).await;
    let answer = socket.text().await;
    assert!(answer.starts_with("40{\"sid\":"), "{answer}");
    socket
}

/// Tells a user something, as whatever does so in the service.
async fn notify(live: &Live, admin: &Account, account: &Account, event: &str, payload: &Value) {
    let body = json!({ "userId": account.id, "event": event, "payload": payload });
    let answer = live.app.post("/api/notifications", body, admin).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

#[actix_web::test]
async fn without_a_good_token_nobody_is_let_in() {
    let live = Live::start().await;
    for (auth, message) in [
        (json!({}), "Authentication token required"),
        (json!({ "token": "" }), "Authentication token required"),
        (json!({ "token": 7 }), "Authentication token required"),
        (json!({ "token": "no.to.ken" }), "Authentication failed"),
    ] {
        let refused = Polling::open(&live).await.connect(&auth).await;
        assert_eq!(refused, format!("44{}", json!({ "message": message })), "{auth}");
    }
    assert_eq!(live.sockets.count().socketio, 0);
}

#[actix_web::test]
async fn the_token_may_stand_in_the_header() {
    let live = Live::start().await;
    let alice = live.app.account("alice").await;
    let (status, body) = request(&live, "GET", "", &format!("Authorization: Bearer {}\r\n", alice.token), "").await;
    assert_eq!(status, 200, "{body}");
    let open: Value = serde_json::from_str(body.strip_prefix('0').unwrap()).unwrap();
    let polling = Polling { live: &live, sid: open["sid"].as_str().unwrap().to_owned() };
    assert!(polling.connect(&json!({})).await.starts_with("40{\"sid\":"));
    assert_eq!(live.sockets.count().socketio, 1);
}

/// As on every other socket: in the URL of an upgrade, and of nothing else.
#[actix_web::test]
async fn the_token_or_a_ticket_may_stand_in_the_url_of_a_websocket() {
    let live = Live::start().await;
    let alice = live.app.account("alice").await;
    let bought = live.app.send(alice.sign(TestRequest::post().uri("/api/ws/ticket"))).await;
    let ticket = text(&bought.json()["ticket"]);
    let told = |message: &str| format!("44{}", json!({ "message": message }));
    for (query, answer) in [
        (format!("token={}", alice.token), "40{\"sid\":".to_owned()),
        (format!("ticket={ticket}"), "40{\"sid\":".to_owned()),
        // It is good once.
        (format!("ticket={ticket}"), told("Authentication failed")),
        ("token=no.to.ken".to_owned(), told("Authentication failed")),
        ("token=".to_owned(), told("Authentication token required")),
    ] {
        let mut socket = live.open(&format!("/socket.io/?EIO=4&transport=websocket&{query}")).await;
        assert!(socket.text().await.starts_with("0{\"sid\":"));
        socket.send("40").await;
        let answered = socket.text().await;
        assert!(answered.starts_with(&answer), "{query}: {answered}");
    }
    let (_, body) = request(&live, "GET", &format!("&token={}", alice.token), "", "").await;
    let open: Value = serde_json::from_str(body.strip_prefix('0').unwrap()).unwrap();
    let polling = Polling { live: &live, sid: text(&open["sid"]) };
    assert_eq!(polling.connect(&json!({})).await, told("Authentication token required"));
}

#[actix_web::test]
async fn each_socket_of_the_user_hears_once_and_nobody_else() {
    let live = Live::start().await;
    let root = live.app.admin().await;
    let (alice, bob) = (live.app.account("alice").await, live.app.account("bob").await);
    let mut tabs = [connected(&live, &alice).await, connected(&live, &alice).await];
    let mut other = connected(&live, &bob).await;
    notify(&live, &root, &alice, "analysis:completed", &json!({ "interviewId": "7", "status": "success" })).await;
    notify(&live, &root, &bob, "for-bob", &json!({})).await;
    for tab in &mut tabs {
        let packet = tab.text().await;
        let event: Value = serde_json::from_str(packet.strip_prefix("42").unwrap()).unwrap();
        assert_eq!(event[0], "analysis:completed");
        let payload = (&event[1]["interviewId"], &event[1]["status"], event[1]["timestamp"].is_string());
        assert_eq!(payload, (&json!("7"), &json!("success"), true), "{packet}");
    }
    assert!(other.text().await.starts_with("42[\"for-bob\""), "the first thing that bob hears is his own");
}

#[actix_web::test]
async fn an_answer_to_a_poll_holds_sixteen_packets_at_most() {
    let live = Live::start().await;
    let root = live.app.admin().await;
    let alice = live.app.account("alice").await;
    let polling = Polling::open(&live).await;
    assert!(polling.connect(&json!({ "token": alice.token })).await.starts_with("40"));
    for n in 0..40 {
        notify(&live, &root, &alice, "n", &json!({ "n": n })).await;
    }
    let mut heard = Vec::new();
    while heard.len() < 40 {
        let packets = polling.packets().await;
        assert!(packets.len() <= 16, "{}", packets.len());
        heard.extend(packets.iter().map(|packet| {
            let event: Value = serde_json::from_str(packet.strip_prefix("42").unwrap()).unwrap();
            event[1]["n"].as_u64().unwrap()
        }));
    }
    assert_eq!(heard, (0..40).collect::<Vec<u64>>());
}

#[actix_web::test]
async fn foreign_pages_and_other_protocols_are_refused() {
    let live = Live::start().await;
    let (status, _) = request(&live, "GET", "", "Origin: https://evil.example\r\n", "").await;
    assert_eq!(status, 403);
    for (query, code) in
        [("EIO=3&transport=polling", 5), ("EIO=4&transport=smoke", 0), ("EIO=4&transport=polling&sid=a", 1)]
    {
        let answer = live
            .exchange(&format!("GET /socket.io/?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
            .await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        let body: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert_eq!(body["code"].to_string().trim_matches('"'), code.to_string(), "{answer}");
    }
    let polling = Polling::open(&live).await;
    assert_eq!(polling.send(&format!("4{}", "x".repeat(70_000))).await.0, 413);
}

#[actix_web::test]
async fn a_user_has_so_many_sockets_over_all_protocols() {
    let settings = SocketSettings { sockets_per_user_max: 2, ..SocketSettings::default() };
    let live = Live::with(settings, Arc::new(SystemClock)).await;
    let alice = live.app.account("alice").await;
    let _stomp = live.connect(&alice.token).await;
    let _first = connected(&live, &alice).await;
    let mut second = open_websocket(&live).await;
    second.send(&format!("40{}", json!({ "token": alice.token }))).await;
    let refused = second.text().await;
    assert!(refused.starts_with("44{\"message\":\"There may be at most 2"), "{refused}");
}

#[actix_web::test]
async fn who_floods_is_cut_off_and_others_are_not() {
    let live = Live::start().await;
    let root = live.app.admin().await;
    let (alice, bob) = (live.app.account("alice").await, live.app.account("bob").await);
    let mut flooder = connected(&live, &alice).await;
    let mut quiet = connected(&live, &bob).await;
    // In one piece: it is cut off on the way.
    flooder.send_raw(&frame(0x81, b"42[\"anything\",1]").repeat(100)).await;
    assert_eq!(flooder.receive().await, Received::End);
    notify(&live, &root, &bob, "still-here", &json!({})).await;
    assert!(quiet.text().await.starts_with("42[\"still-here\""));
}

/// Events are not all that a client can send: what is answered, checked or ignored costs as well.
#[actix_web::test]
async fn whatever_a_client_floods_with_ends_its_session() {
    let live = Live::start().await;
    let alice = live.app.account("alice").await;
    let token = json!({ "token": alice.token });
    for packet in ["40/nowhere,".to_owned(), format!("40{token}"), "3".to_owned(), "431[]".to_owned()] {
        let mut socket = open_websocket(&live).await;
        socket.send_raw(&frame(0x81, packet.as_bytes()).repeat(100)).await;
        while let Received::Text(_) = socket.receive().await {}
        live.wait_for_sockets(0).await;

        let polling = Polling::open(&live).await;
        let (status, answer) = polling.send(&vec![packet.as_str(); 100].join(&SEPARATOR.to_string())).await;
        assert_eq!(status, 429, "{packet}: {answer}");
        live.wait_for_sockets(0).await;
        assert_eq!(polling.poll().await.0, 400, "the session is gone");
    }
}

/// The library writes on to a peer that reads nothing for as long as the peer likes.
#[actix_web::test]
async fn who_stops_reading_loses_the_connection_and_the_place() {
    let settings = SocketSettings {
        commands: Rate::per_second(0, 1),
        write_timeout: Duration::from_millis(100),
        ..SocketSettings::default()
    };
    let live = Live::with(settings, Arc::new(SystemClock)).await;
    let mut socket = open_websocket(&live).await;
    // Each is answered by as many bytes, which nobody takes.
    let packet = frame(0x81, format!("40/{},", "x".repeat(60_000)).as_bytes());
    in_time(async { while socket.stream.write_all(&packet).await.is_ok() {} }).await;
    live.wait_for_sockets(0).await;
}

#[actix_web::test]
async fn a_shutdown_does_not_wait_for_who_reads_nothing() {
    let settings = SocketSettings { commands: Rate::per_second(0, 1), ..SocketSettings::default() };
    let live = Live::with(settings, Arc::new(SystemClock)).await;
    let mut socket = open_websocket(&live).await;
    let packet = frame(0x81, format!("40/{},", "x".repeat(60_000)).as_bytes());
    for _ in 0..400 {
        socket.send_raw(&packet).await;
    }
    assert_eq!(live.sockets.drain(Duration::from_secs(10)).await, 0);
}

/// A session without a namespace would live as long as its client answers pings, and its token not at all.
#[actix_web::test]
async fn who_leaves_the_namespace_leaves_the_server() {
    let live = Live::start().await;
    let alice = live.app.account("alice").await;
    let mut socket = connected(&live, &alice).await;
    socket.send("41").await;
    assert_eq!(socket.receive().await, Received::End);
    live.wait_for_sockets(0).await;

    let polling = Polling::open(&live).await;
    polling.connect(&json!({ "token": alice.token })).await;
    assert_eq!(polling.send("41").await.0, 200);
    live.wait_for_sockets(0).await;

    // At once, before whoever attends the client has begun.
    for _ in 0..20 {
        let mut socket = open_websocket(&live).await;
        let connect = format!("40{}", json!({ "token": alice.token }));
        socket.send_raw(&[frame(0x81, connect.as_bytes()), frame(0x81, b"41")].concat()).await;
        drop(socket);
    }
    live.wait_for_sockets(0).await;
    assert_eq!(live.sockets.count().socketio, 0);
}

/// A body that does not come holds neither a place nor its request.
#[actix_web::test]
async fn a_body_must_arrive_in_time() {
    let live = Live::with_body_timeout(Duration::from_millis(100)).await;
    let polling = Polling::open(&live).await;
    for (line, places) in [
        ("GET /socket.io/?EIO=4&transport=polling".to_owned(), 1),
        (format!("POST /socket.io/?EIO=4&transport=polling&sid={}", polling.sid), 1),
    ] {
        let mut stream = TcpStream::connect(live.address).await.unwrap();
        let head = format!("{line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n4");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        in_time(stream.read_exact(&mut answer)).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 408", "{line}");
        assert_eq!(live.sockets.open_sockets(), places, "{line}");
    }
}

#[actix_web::test]
async fn a_client_does_not_outlive_its_token_and_may_come_back() {
    let live = Live::with_expired_tokens().await;
    let alice = live.app.account("alice").await;
    let mut socket = connected(&live, &alice).await;
    assert_eq!(socket.receive().await, Received::End, "no DISCONNECT packet, or the client would stay away");
    let polling = Polling::open(&live).await;
    assert_eq!(polling.send(&format!("40{}", json!({ "token": alice.token }))).await, (200, "ok".to_owned()));
    // The end may come before the first poll or after it.
    loop {
        let (status, body) = polling.poll().await;
        assert!(!body.split(SEPARATOR).any(|packet| packet.starts_with("41")), "{body}");
        if status == 400 {
            break;
        }
        assert_eq!(status, 200, "{body}");
    }
    live.wait_for_sockets(0).await;
}

#[actix_web::test]
async fn on_shutdown_all_lose_their_transport_without_a_word() {
    let live = Live::start().await;
    let alice = live.app.account("alice").await;
    let mut socket = connected(&live, &alice).await;
    let polling = Polling::open(&live).await;
    polling.connect(&json!({ "token": alice.token })).await;
    let (left, (_, body)) = tokio::join!(live.sockets.drain(Duration::from_secs(5)), polling.poll());
    assert_eq!(left, 0);
    assert!(!body.contains("41"), "no DISCONNECT packet, or the client would stay away: {body}");
    assert_eq!(socket.receive().await, Received::End);
    assert_eq!(polling.poll().await.0, 400, "the session is gone");
    assert_eq!(request(&live, "GET", "", "", "").await.0, 503, "nobody new is let in");
}
