//! What only a real connection shows.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use mockly_api::HttpSettings;
use mockly_api::socket::{SocketSettings, Sockets};
use mockly_service::{SystemClock, SystemIds};
use tokio_util::task::TaskTracker;

use crate::support::TestApp;

/// Starts a server on a free port; it ends with the test's runtime.
async fn serve(settings: HttpSettings) -> (SocketAddr, TestApp, actix_web::dev::ServerHandle) {
    let app = TestApp::with(HttpSettings { workers: Some(1), ..settings }).await;
    let state = Arc::clone(&app.state);
    let sockets = Sockets::new(
        state.services.clone(),
        Arc::new(SystemClock),
        Arc::new(SystemIds),
        SocketSettings::default(),
        state.settings.clone(),
        TaskTracker::new(),
    );
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = mockly_api::http_server(state, sockets, listener).unwrap();
    let handle = server.handle();
    TaskTracker::new().spawn_local(server);
    (address, app, handle)
}

/// Sends text and reads until the server closes.
async fn exchange(address: SocketAddr, request: String) -> String {
    let talk = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    actix_web::web::block(talk).await.unwrap()
}

#[actix_web::test]
async fn a_head_has_the_headers_of_its_get_and_no_body() {
    let (address, _app, handle) = serve(HttpSettings::default()).await;
    let request = |method: &str| format!("{method} /api/config HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let get = exchange(address, request("GET")).await;
    let head = exchange(address, request("HEAD")).await;
    handle.stop(false).await;
    let (get_head, get_body) = get.split_once("\r\n\r\n").unwrap();
    let (head_head, head_body) = head.split_once("\r\n\r\n").unwrap();
    assert!(head_head.starts_with("HTTP/1.1 200 ") && get_body.starts_with('{'), "{head}");
    assert_eq!(head_body, "");
    let length = |text: &str| text.lines().find(|line| line.starts_with("content-length")).map(str::to_owned);
    assert_eq!(length(head_head), length(get_head));
}

#[actix_web::test]
async fn a_request_whose_head_does_not_arrive_is_given_up() {
    let settings = HttpSettings { head_timeout: Duration::from_secs(1), ..HttpSettings::default() };
    let (address, _app, handle) = serve(settings).await;
    let answer = exchange(address, "GET /api/config HTTP/1.1\r\nHo".to_owned()).await;
    handle.stop(false).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[actix_web::test]
async fn a_large_body_is_refused_before_it_is_sent() {
    let (address, _app, handle) = serve(HttpSettings::default()).await;
    let head = "POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
                Content-Length: 2147483648\r\nConnection: close\r\n\r\n";
    let answer = exchange(address, head.to_owned()).await;
    handle.stop(false).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("body-too-large"), "{answer}");
}

#[actix_web::test]
async fn the_sockets_stand_beside_rest() {
    let (address, _app, handle) = serve(HttpSettings::default()).await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let greeting = exchange(address, get("/ws")).await;
    let foreign = "GET /ws HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\nConnection: close\r\n\r\n";
    let refused = exchange(address, foreign.to_owned()).await;
    handle.stop(false).await;
    assert!(greeting.contains("Welcome to SockJS!"), "{greeting}");
    assert!(refused.contains("origin-not-allowed") && refused.contains("\"instance\":\"/ws\""), "{refused}");
}
