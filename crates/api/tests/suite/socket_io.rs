//! Socket.IO at `/socket.io`: who is let in, what they hear, and how they are sent away. Real clients speak to it in the
//! system tests.

use std::sync::Arc;
use std::time::Duration;

use mockly_api::socket::SocketSettings;
use mockly_service::SystemClock;
use serde_json::{Value, json};

use crate::support::Account;
use crate::support::socket::{Live, Received, WebSocket};

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
    assert_eq!(live.sockets.socketio_clients(), 0);
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
    assert_eq!(live.sockets.socketio_clients(), 1);
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
    for _ in 0..100 {
        flooder.send("42[\"anything\",1]").await;
    }
    assert_eq!(flooder.receive().await, Received::End);
    notify(&live, &root, &bob, "still-here", &json!({})).await;
    assert!(quiet.text().await.starts_with("42[\"still-here\""));
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
