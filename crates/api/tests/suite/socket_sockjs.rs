//! SockJS at `/ws`: the session of the HTTP transports, and the framed WebSocket.

use std::sync::Arc;
use std::time::Duration;

use mockly_api::socket::SocketSettings;
use mockly_service::SystemClock;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::socket::{Live, Received, in_time};

impl Live {
    /// A request on a connection of its own: status and body.
    async fn post(&self, path: &str, body: &str) -> (u16, String) {
        let (status, _, body) = self.ask(&format!("POST {path}"), "", body).await;
        (status, body)
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let (status, _, body) = self.ask(&format!("GET {path}"), "", "").await;
        (status, body)
    }

    /// The same with headers of its own: status, head and body.
    async fn ask(&self, line: &str, headers: &str, body: &str) -> (u16, String, String) {
        let length = body.len();
        let fixed = format!("Host: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n");
        let answer = self.exchange(&format!("{line} HTTP/1.1\r\n{fixed}{headers}\r\n{body}")).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = if head.contains("transfer-encoding: chunked") { unchunk(body) } else { body.to_owned() };
        (status, head.to_owned(), body)
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
    assert_eq!(live.post("/ws/a/three/jsonp", "").await.0, 405);
    for receiver in ["jsonp", "htmlfile"] {
        for (query, text) in [
            ("", "\"callback\" parameter required"),
            ("?c=", "\"callback\" parameter required"),
            ("?c=abc%28", "invalid \"callback\" parameter"),
        ] {
            let answer = live.get(&format!("/ws/a/six/{receiver}{query}")).await;
            assert_eq!(answer, (500, text.to_owned()), "{receiver}{query}");
        }
    }
    assert_eq!(live.post("/ws/a/six/jsonp_send", "d=%5B%5D").await.0, 404, "nothing of that made a session");
    let get = "GET /ws/info HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let info = live.exchange(get).await;
    assert!(info.contains("\"websocket\":true") && info.contains("no-store"), "{info}");
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

#[actix_web::test]
async fn jsonp_carries_a_session_by_scripts_and_forms() {
    let live = Live::start().await;
    let alice = live.app.account("alice").await;
    let (status, head, body) = live.ask("GET /ws/a/seven/jsonp?c=_jp.%61", "Origin: http://localhost\r\n", "").await;
    assert_eq!((status, body.as_str()), (200, "/**/_jp.a(\"o\");\r\n"));
    assert!(head.contains("application/javascript") && head.contains("nosniff"), "{head}");
    assert!(head.contains("no-store") && !head.contains("access-control-allow-origin"), "{head}");
    for (body, status, starts) in [
        ("", 500, "Payload expected."),
        ("d=", 500, "Payload expected."),
        ("p=p", 500, "Payload expected."),
        ("d=%5B%22x", 500, "Broken JSON encoding."),
        ("d=%5B%5D", 200, "ok"),
    ] {
        let (got, _, text) = live.ask("POST /ws/a/seven/jsonp_send", FORM, body).await;
        assert!(got == status && text.starts_with(starts), "{body}: {got} {text}");
    }
    // A form's plus is a space, and a plain body is taken as it is.
    let connect = format!("CONNECT\naccept-version:1.2\ntoken:{}\n\n\0", alice.token);
    let form = json!([connect]).to_string().replace('\\', "%5C").replace('[', "%5B").replace('"', "%22");
    assert_eq!(live.ask("POST /ws/a/seven/jsonp_send", FORM, &format!("d={form}")).await.2, "ok");
    let connected = live.get("/ws/a/seven/jsonp?c=f").await.1;
    assert!(connected.starts_with("/**/f(\"a[\\\"CONNECTED\\\\n"), "{connected}");
    let leave = json!(["DISCONNECT\nreceipt:<bye+\n\n\0"]).to_string();
    assert_eq!(live.post("/ws/a/seven/jsonp_send", &leave).await.1, "ok");
    let receipt = live.get("/ws/a/seven/jsonp?c=f").await.1;
    assert!(receipt.contains("receipt-id:\\u003cbye+"), "no markup: {receipt}");
}

#[actix_web::test]
async fn events_and_pages_stream_frames_as_they_come() {
    let live = Live::start().await;
    for (receiver, kind, prelude, before, after) in [
        ("eventsource", "text/event-stream", "\r\n", "data: ", "\r\n\r\n"),
        ("htmlfile?c=cb", "text/html", "<!doctype html>", "<script>\np(\"", "\");\n</script>\r\n"),
    ] {
        let sid = receiver.split('?').next().unwrap();
        let quit = json!(["DISCONNECT\n\n\0"]).to_string();
        let send = async { while live.post(&format!("/ws/a/{sid}/xhr_send"), &quit).await.0 == 404 {} };
        let line = format!("GET /ws/a/{sid}/{receiver}");
        let ((status, head, body), ()) = tokio::join!(live.ask(&line, "", ""), send);
        assert_eq!(status, 200);
        assert!(head.contains(kind) && head.contains("no-store"), "{head}");
        assert!(body.starts_with(prelude) && body.contains(&format!("{before}o{after}")), "{body}");
        assert!(body.ends_with(after) && body.contains("c[1002,"), "nobody had connected: {body}");
        // Only pages that may open sockets have the one that runs scripts in a frame.
        let framed = head.contains("frame-ancestors 'self'") && head.contains("default-src 'none'");
        assert_eq!(framed, sid == "htmlfile", "{head}");
    }
}

#[actix_web::test]
async fn the_page_of_iframes_is_there_where_its_script_is_known() {
    let live = Live::start().await;
    let (status, text) = live.get("/ws/iframe.html").await;
    assert!(status == 404 && text.contains("SOCKJS_SCRIPT_URL"), "{text}");

    let script = "https://cdn.example.org/sockjs.min.js";
    let settings = SocketSettings { sockjs_script_url: Some(script.to_owned()), ..SocketSettings::default() };
    let live = Live::with(settings, Arc::new(SystemClock)).await;
    let (status, head, page) = live.ask("GET /ws/iframe-1.6.1.html?t=7", "", "").await;
    assert_eq!(status, 200);
    assert!(page.contains(&format!("<script src=\"{script}\"></script>")), "{page}");
    // The digest is that of the page's own script: browsers run it and nothing else.
    let policy = format!("script-src {script} 'sha256-lYmFXEsqdsgpRcqXPmVFJyV4CiaTNuS5IK/HjT7/fdk='");
    assert!(head.contains(&policy), "{head}");
    assert!(head.contains("public, max-age=31536000") && head.contains("expires: "), "{head}");
    let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let known = format!("If-None-Match: {etag}\r\n");
    let (status, _, body) = live.ask("GET /ws/iframe.html", &known, "").await;
    assert_eq!((status, body.as_str()), (304, ""));
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
