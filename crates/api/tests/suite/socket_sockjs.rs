//! SockJS at `/ws`: the session of the HTTP transports, and the framed WebSocket.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::socket::{Live, Received, in_time};

impl Live {
    /// A request on a connection of its own: status and body.
    async fn post(&self, path: &str, body: &str) -> (u16, String) {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = self.exchange(&request).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        if head.contains("transfer-encoding: chunked") { (status, unchunk(body)) } else { (status, body.to_owned()) }
    }

    /// A connection with a streaming response that has begun.
    async fn stream(&self, sid: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "POST /ws/a/{sid}/xhr_streaming HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.read_u8().await.unwrap();
        stream
    }
}

fn unchunk(mut body: &str) -> String {
    let mut out = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let (chunk, rest) = rest.split_at(usize::from_str_radix(length, 16).unwrap());
        out.push_str(chunk);
        body = rest.strip_prefix("\r\n").unwrap_or(rest);
    }
    out
}

/// The messages of the array frames in a response.
fn messages(response: &str) -> Vec<String> {
    let arrays = response.lines().filter_map(|line| line.strip_prefix('a'));
    arrays.flat_map(|array| serde_json::from_str::<Vec<String>>(array).unwrap()).collect()
}

#[actix_web::test]
async fn a_session_goes_on_from_request_to_request() {
    let live = Live::start().await;
    let (alice, bob) = (live.app.account("alice").await, live.app.account("bob").await);
    let send = |frame: String| json!([frame]).to_string();
    assert_eq!(live.post("/ws/000/one/xhr", "").await, (200, "o\n".to_owned()));
    let connect = format!("CONNECT\naccept-version:1.2\ntoken:{}\n\n\0", alice.token);
    assert_eq!(live.post("/ws/000/one/xhr_send", &send(connect)).await.0, 204);
    let (_, connected) = live.post("/ws/777/one/xhr", "").await;
    assert!(messages(&connected)[0].starts_with("CONNECTED\n"), "{connected}");
    let subscribe = format!("SUBSCRIBE\nid:0\ndestination:/topic/users/{}/sessions\nreceipt:r\n\n\0", alice.id);
    live.post("/ws/000/one/xhr_send", &send(subscribe)).await;
    let (_, receipt) = live.post("/ws/000/one/xhr", "").await;
    assert_eq!(messages(&receipt), ["RECEIPT\nreceipt-id:r\n\n\0"]);
    let (polled, session) = tokio::join!(live.post("/ws/000/one/xhr", ""), live.app.interview(&alice, &bob));
    let message = &messages(&polled.1)[0];
    assert!(message.starts_with("MESSAGE\nsubscription:0\n") && message.contains(session["id"].as_str().unwrap()));
    live.post("/ws/000/one/xhr_send", &send("DISCONNECT\nreceipt:bye\n\n\0".to_owned())).await;
    let mut rest = String::new();
    while !rest.contains("Go away!") {
        rest.push_str(&live.post("/ws/000/one/xhr", "").await.1);
    }
    assert!(rest.contains("receipt-id:bye") && rest.ends_with("c[3000,\"Go away!\"]\n"), "{rest}");
    assert_eq!(live.sockets.open_sockets(), 0, "the seat is free although the session is still remembered");
}

#[actix_web::test]
async fn a_streaming_response_carries_frames_as_they_come() {
    let live = Live::start().await;
    let alice = live.app.account("alice").await;
    let connect =
        json!([format!("CONNECT\naccept-version:1.2\ntoken:{}\n\n\0DISCONNECT\n\n\0", alice.token)]).to_string();
    let send = async { while live.post("/ws/a/two/xhr_send", &connect).await.0 == 404 {} };
    let ((status, body), ()) = tokio::join!(live.post("/ws/a/two/xhr_streaming", ""), send);
    assert_eq!((status, body.find('\n')), (200, Some(2048)));
    let frames = &body[2049..];
    assert!(frames.starts_with("o\na[\"CONNECTED\\n") && frames.ends_with("c[3000,\"Go away!\"]\n"), "{frames}");
}

/// The tasks of sessions used to go on for the five seconds in which a closed session is remembered, and the shutdown with
/// them.
#[actix_web::test]
async fn a_shutdown_waits_for_no_session_and_tells_all_that_ask() {
    let live = Live::start().await;
    drop(live.stream("gone").await);
    while !live.post("/ws/a/gone/xhr", "").await.1.starts_with("c[1002,") {}
    assert_eq!(live.post("/ws/a/between/xhr", "").await.1, "o\n");
    let mut streaming = live.stream("streaming").await;

    assert_eq!(live.sockets.drain(Duration::from_secs(4)).await, 0);
    live.tasks.close();
    let ended = tokio::time::timeout(Duration::from_secs(2), live.tasks.wait()).await;
    assert!(ended.is_ok(), "{} sessions hold the shutdown up", live.tasks.len());
    let mut streamed = String::new();
    streaming.read_to_string(&mut streamed).await.unwrap();
    let asked_late = live.post("/ws/a/between/xhr", "").await.1;
    for told in [streamed, asked_late] {
        assert!(told.contains("c[1001,\"retry-after-ms="), "{told}");
    }
}

#[actix_web::test]
async fn broken_requests_get_the_answers_of_the_spec() {
    let live = Live::start().await;
    assert_eq!(live.post("/ws/a/unknown/xhr_send", "[]").await.0, 404);
    live.post("/ws/a/three/xhr", "").await;
    for (body, status, starts) in
        [("", 500, "Payload expected."), ("[\"x", 500, "Broken JSON encoding."), ("[]", 204, "")]
    {
        let (got, text) = live.post("/ws/a/three/xhr_send", body).await;
        assert!(got == status && text.starts_with(starts), "{got} {text}");
    }
    let big = format!("[\"{}\"]", "x".repeat(300 * 1024));
    assert_eq!(live.post("/ws/a/three/xhr_send", &big).await.0, 413);
    assert_eq!(live.post("/ws/info", "").await.0, 405);
    assert_eq!(live.post("/ws/a/three/jsonp_send", "").await.0, 404);
    let get = "GET /ws/info HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let info = live.exchange(get).await;
    assert!(info.contains("\"websocket\":true") && info.contains("no-store"), "{info}");
}

#[actix_web::test]
async fn a_websocket_of_sockjs_frames_its_messages() {
    let live = Live::start().await;
    let alice = live.app.account("alice").await;
    let mut socket = live.open("/ws/a/four/websocket").await;
    assert_eq!(socket.receive().await, Received::Text("o".to_owned()));
    let connect = format!("CONNECT\naccept-version:1.2\nheart-beat:0,0\ntoken:{}\n\n\0", alice.token);
    socket.send(&json!([connect, "DISCONNECT\nreceipt:bye\n\n\0"]).to_string()).await;
    assert!(messages(&socket.text().await)[0].starts_with("CONNECTED\n"));
    assert_eq!(messages(&socket.text().await), ["RECEIPT\nreceipt-id:bye\n\n\0"]);
    assert_eq!(socket.text().await, "c[3000,\"Go away!\"]");
    assert!(matches!(socket.receive().await, Received::Close(1000, _)));

    let mut broken = live.open("/ws/a/five/websocket").await;
    assert_eq!(broken.text().await, "o");
    broken.send("[\"x").await;
    assert!(matches!(broken.receive().await, Received::Close(1007, _)));
}

#[actix_web::test]
async fn a_body_must_arrive_in_time() {
    let live = Live::with_body_timeout(Duration::from_millis(100)).await;
    assert_eq!(live.post("/ws/000/late/xhr", "").await, (200, "o\n".to_owned()));
    let mut stream = TcpStream::connect(live.address).await.unwrap();
    let head = "POST /ws/000/late/xhr_send HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n[";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    in_time(stream.read_exact(&mut answer)).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 408");
}
