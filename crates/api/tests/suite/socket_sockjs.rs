//! SockJS at `/ws`: the session of the HTTP transports, and the framed WebSocket.

use std::sync::Arc;
use std::time::Duration;

use mockly_api::SocketSettings;
use mockly_service::SystemClock;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::socket::{Live, Received, in_time};

impl Live {
    /// A request on a connection of its own: status and body.
    async fn post(&self, path: &str, body: &str) -> (u16, String) {
        let (status, _, body) = self.ask("POST", path, "", body).await;
        (status, body)
    }

    /// A request on a connection of its own, with more lines in its head: status, head in lower case, and body.
    async fn ask(&self, method: &str, path: &str, lines: &str, body: &str) -> (u16, String, String) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = self.exchange(&request).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let (status, head) = (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase());
        let body = if head.contains("transfer-encoding: chunked") { unchunk(body) } else { body.to_owned() };
        (status, head, body)
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
    assert_eq!(
        live.post("/ws/a/three/jsonp_send", "").await,
        (500, "Payload expected. Send a JSON array of strings.".to_owned())
    );
    assert_eq!(live.post("/ws/a/unknown/jsonp_send", "d=[]").await.0, 404);
    for transport in ["jsonp", "htmlfile"] {
        for (query, told) in
            [("", "\"callback\" parameter required"), ("?c=alert(1)", "invalid \"callback\" parameter")]
        {
            let (status, head, body) = live.ask("GET", &format!("/ws/a/six/{transport}{query}"), "", "").await;
            assert_eq!((status, body.as_str()), (500, told));
            assert!(head.contains("content-type: text/plain"), "a browser runs none of it: {head}");
        }
    }
    assert_eq!(live.ask("GET", "/ws/iframe.html", "", "").await.0, 404, "there is no page until its script is named");
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

/// The transports differ in their framing alone, so one conversation goes by each.
#[actix_web::test]
async fn every_transport_carries_the_same_session() {
    let live = Live::start().await;
    let alice = live.app.account("alice").await;
    let said = json!([format!("CONNECT\naccept-version:1.2\ntoken:{}\n\n\0DISCONNECT\n\n\0", alice.token)]).to_string();
    for (transport, media_type, open, close) in [
        ("eventsource", "text/event-stream", "\r\ndata: o\r\n\r\ndata: a[", "data: c[3000,\"Go away!\"]\r\n\r\n"),
        (
            "htmlfile?c=cb",
            "text/html;",
            "\r\n\r\n<script>\np(\"o\");\n</script>\r\n<script>\np(\"a[",
            "<script>\np(\"c[3000,\\\"Go away!\\\"]\");\n</script>\r\n",
        ),
    ] {
        let (session, _) = transport.split_once('?').unwrap_or((transport, ""));
        let send = async { while live.post(&format!("/ws/a/{session}/xhr_send"), &said).await.0 == 404 {} };
        let path = format!("/ws/a/{session}/{transport}");
        let ((status, head, body), ()) = tokio::join!(live.ask("GET", &path, "", ""), send);
        assert_eq!(status, 200);
        assert!(head.contains(&format!("content-type: {media_type}")) && head.contains("no-store"), "{head}");
        assert!(body.contains(open) && body.contains("CONNECTED") && body.ends_with(close), "{body}");
        let policy = "content-security-policy: default-src 'none'; script-src 'unsafe-inline'; base-uri 'none'; \
                      frame-ancestors 'self'\r\n";
        // It runs scripts in this origin, so nothing that a page of a neighbouring host makes of it may reach anything.
        for told in [policy, "cross-origin-opener-policy: same-origin\r\n", "origin-agent-cluster: ?1\r\n"] {
            assert_eq!(format!("{head}\r\n").contains(told), session == "htmlfile", "{told}: {head}");
        }
    }

    let poll = async || live.ask("GET", "/ws/a/seven/jsonp?c=_jp.x", "", "").await.2;
    assert_eq!(poll().await, "/**/_jp.x(\"o\");\r\n");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let data = format!("d={}", said.replace('%', "%25").replace('+', "%2B").replace('&', "%26"));
    let (status, head, body) = live.ask("POST", "/ws/a/seven/jsonp_send", form, &data).await;
    assert_eq!((status, body.as_str()), (200, "ok"));
    assert!(!head.contains("set-cookie"), "{head}");
    let connected = poll().await;
    assert!(connected.starts_with("/**/_jp.x(\"a[") && connected.contains("CONNECTED"), "{connected}");
    assert_eq!(poll().await, "/**/_jp.x(\"c[3000,\\\"Go away!\\\"]\");\r\n");
}

/// Pages of other origins neither run a script from here nor put a frame of ours into theirs.
#[actix_web::test]
async fn foreign_pages_are_refused_by_every_transport() {
    let live = Live::start().await;
    for (method, path) in [
        ("GET", "/ws/a/eight/eventsource"),
        ("GET", "/ws/a/eight/htmlfile?c=x"),
        ("GET", "/ws/a/eight/jsonp?c=x"),
        ("POST", "/ws/a/eight/jsonp_send"),
        ("GET", "/ws/iframe.html"),
    ] {
        let (status, _, body) = live.ask(method, path, "Origin: https://evil.example\r\n", "").await;
        assert!(status == 403 && body.contains("origin-not-allowed"), "{path}: {status} {body}");
    }
}

#[actix_web::test]
async fn the_iframe_page_names_its_script_and_allows_nothing_else() {
    let settings = SocketSettings {
        sockjs_script_url: Some("https://static.example/sockjs.js".to_owned()),
        sockjs_cookie: true,
        ..SocketSettings::default()
    };
    let live = Live::with(settings, Arc::new(SystemClock)).await;
    let (status, head, page) = live.ask("GET", "/ws/iframe-1.6.1.html?t=1", "", "").await;
    assert!(status == 200 && page.contains("<script src=\"https://static.example/sockjs.js\"></script>"), "{page}");
    let policy = "content-security-policy: default-src 'none'; script-src https://static.example/sockjs.js 'sha256-";
    assert!(head.contains(policy) && head.contains("frame-ancestors ") && head.contains("public, max-age="), "{head}");
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().trim().to_owned();
    let (status, head, page) = live.ask("GET", "/ws/iframe.html", &format!("If-None-Match: {tag}\r\n"), "").await;
    assert_eq!((status, page.as_str()), (304, ""));
    assert!(!head.contains("set-cookie"), "{head}");
    for (cookie, echoed) in
        [("", "jsessionid=dummy; path=/"), ("Cookie: JSESSIONID=node-2\r\n", "jsessionid=node-2; path=/")]
    {
        let (_, head, _) = live.ask("POST", "/ws/a/nine/xhr", cookie, "").await;
        assert!(head.contains(&format!("set-cookie: {echoed}")), "{head}");
    }
}

/// A proxy that speaks HTTP/1.0 gets a body without chunks, which ends with the connection.
#[actix_web::test]
async fn a_stream_over_http_1_0_has_no_chunks() {
    let live = Live::start().await;
    let mut stream = TcpStream::connect(live.address).await.unwrap();
    let head = "POST /ws/a/ten/xhr_streaming HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut read = String::new();
    while !read.ends_with("o\n") {
        read.push(char::from(in_time(stream.read_u8()).await.unwrap()));
    }
    let (head, body) = read.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("chunked") && !head.contains("content-length") && body.starts_with("hhhh"), "{head}");
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
