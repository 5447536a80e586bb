//! Ends of the server, in order and without a word, while it is at work (P1, P2, P3, P5).

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mockly_tests::{
    API_KEY, API_SECRET, Backend, HttpConnection, Mockly, Person, Request, StompClient, TestDatabase, create_interview,
    events_of, participant_joined, run, sign, until, webhook, webhook_claims, within,
};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::report::measured;
use crate::scene::{Scene, title_of};
use crate::writers::Writers;

/// 300 messages wait for a subscriber that has not read yet, a request is under way, and others keep coming.
#[test]
fn sigterm_under_load_loses_nothing_and_fails_nobody() {
    const QUEUED: usize = 300;
    /// `DRAIN_DELAY` and `SHUTDOWN_TIMEOUT`, and what the steps between them may take.
    const LIMIT: Duration = Duration::from_secs(30);
    run(Backend::Sqlite, async |database| {
        let scene = Scene::new(&database, &[("DRAIN_DELAY", "1s")]).await;
        let mut listener = scene.listener().await;
        for number in 0..QUEUED {
            scene.retitle(&format!("queued {number}")).await.expect(200);
        }
        let mut writers = Writers::begin(&scene.server, 1).await;
        let mut slow = begin_slowly(&scene).await;
        let Scene { mut server, alice, id, .. } = scene;
        let mut kept = HttpConnection::open(server.address()).await.unwrap();
        let alive = Request::new("GET", "/healthz");
        assert_eq!(kept.send(&alive).await.unwrap().header("connection"), None);
        let mut newcomers: JoinSet<_> = (0..4).map(|_| come_while_let_in(server.address())).collect();
        server.terminate();
        let asked = Instant::now();
        let http = server.http();
        until("readiness that says no", async || {
            let answer = http.try_send(Request::new("GET", "/readyz")).await;
            let answer = answer.expect("connections are taken until it has said so");
            (answer.status == 503).then_some(())
        })
        .await;
        let looked_away = asked.elapsed();
        // So that a balancer keeps no connection to bring anybody here by; a WebSocket is another matter.
        assert_eq!(kept.send(&alive).await.unwrap().header("connection"), Some("close"));
        kept.send(&alive).await.expect_err("it is closed");
        let mut late = StompClient::connect(server.address(), &alice.token).await.unwrap();
        let mut heard = Vec::new();
        let listen = async {
            while let Some(frame) = listener.next().await.unwrap() {
                heard.push(title_of(&frame.json()).to_owned());
            }
        };
        within(LIMIT, "end of the socket", listen).await;
        let queued: Vec<String> = (0..QUEUED).map(|number| format!("queued {number}")).collect();
        assert_eq!(heard[heard.len() - QUEUED..], queued[..]);
        assert_eq!(listener.closed().map(|(code, _)| code), Some(1001));
        let end = async { while late.next().await.unwrap().is_some() {} };
        within(LIMIT, "end of the socket that came late", end).await;
        assert_eq!(late.closed().map(|(code, _)| code), Some(1001));
        // What was begun before is finished, however late its last byte comes.
        slow.write_all(b"}").await.unwrap();
        let mut answer = String::new();
        within(LIMIT, "answer to the request under way", slow.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        server.ended_within(LIMIT).await;
        let took = asked.elapsed();
        writers.ended().await;
        assert_eq!(writers.refusals(), [0_u16; 0], "a request is answered well or not taken");
        let mut answered = 0;
        while let Some(ended) = newcomers.join_next().await {
            answered += ended.expect("whoever is let in is answered");
        }
        let server = Mockly::start(&database, &[]).await;
        writers.check(&server).await;
        assert_eq!(title_of(events_of(&alice.at(&server), &id).await.last().unwrap()), "slow");
        let written = writers.acknowledged();
        measured(
            "5, SIGTERM",
            &format!(
                "readyz 503 after {looked_away:?}, {QUEUED} of {QUEUED} delivered, 1001, exit 0 after {took:?}, {written} writes and {answered} newcomers beside it, 0 lost"
            ),
        );
        server.stop().await;
    });
}

/// Comes again and again, each time by a new connection, until it is refused. Returns how often it was answered.
async fn come_while_let_in(address: SocketAddr) -> usize {
    let request = Request::new("GET", "/healthz");
    for answered in 0.. {
        match HttpConnection::open(address).await {
            Ok(mut connection) => drop(connection.send(&request).await.unwrap()),
            Err(refused) => {
                assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
                return answered;
            }
        }
    }
    unreachable!("an end by refusal")
}

/// A change whose last byte has not been sent.
async fn begin_slowly(scene: &Scene) -> TcpStream {
    let mut stream = TcpStream::connect(scene.server.address()).await.unwrap();
    let body = r#"{"title": "slow""#;
    let head = format!(
        "PATCH /api/sessions/{} HTTP/1.1\r\nHost: mockly\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        scene.id,
        scene.alice.token,
        body.len() + 1
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[test]
fn kill_under_load_loses_nothing_acknowledged_on_sqlite() {
    run(Backend::Sqlite, kill_under_load_loses_nothing_acknowledged);
}

#[test]
fn kill_under_load_loses_nothing_acknowledged_on_postgres() {
    run(Backend::Postgres, kill_under_load_loses_nothing_acknowledged);
}

async fn kill_under_load_loses_nothing_acknowledged(database: TestDatabase) {
    const WRITERS: usize = 4;
    const ANSWERS: usize = 400;
    const SERVES_WITHIN: Duration = Duration::from_secs(5);
    let mut server = Mockly::start(&database, &[]).await;
    let mut writers = Writers::begin(&server, WRITERS).await;
    writers.acknowledge(ANSWERS).await;
    server.kill();
    writers.ended().await;
    let started = Instant::now();
    server.start_again(true).await;
    let took = started.elapsed();
    assert!(took < SERVES_WITHIN, "{took:?}");
    writers.check(&server).await;
    let backend = if database.url().starts_with("sqlite") { "SQLite" } else { "PostgreSQL" };
    let written = writers.acknowledged();
    assert!(written >= ANSWERS, "{written}");
    measured("6, kill -9", &format!("{backend}: {written} acknowledged, 0 lost, serves again after {took:?}"));
    server.stop().await;
}

/// LiveKit is named and not there, so that nothing but webhooks tells anything.
const NO_LIVEKIT: &[(&str, &str)] =
    &[("LIVEKIT_URL", "http://127.0.0.1:9"), ("LIVEKIT_API_KEY", API_KEY), ("LIVEKIT_API_SECRET", API_SECRET)];

/// The same webhook comes several times at once, the server is killed at some point of it, and LiveKit repeats it.
#[test]
fn a_webhook_takes_effect_once_through_a_kill() {
    const ROUNDS: usize = 6;
    const AT_ONCE: usize = 6;
    run(Backend::Postgres, async |database| {
        let mut server = Mockly::start(&database, NO_LIVEKIT).await;
        let alice = Person::sign_in(&server, "alice").await;
        let mut lost = 0;
        for round in 0..ROUNDS {
            let guest = Person::sign_in(&server, &format!("guest-{round}")).await;
            let session = create_interview(&guest, &alice).await;
            let id = session["id"].as_str().unwrap();
            let body = participant_joined(&format!("EV_{round}"), id, &format!("PA_{round}"), &guest.id);
            let request = webhook(&sign(&webhook_claims(&body), API_SECRET), body.clone());
            let http = server.http();
            let mut sent = JoinSet::new();
            for _ in 0..AT_ONCE {
                let (http, request) = (http.clone(), request.clone());
                sent.spawn(async move { http.try_send(request).await });
            }
            // From before the first answer to after the last one.
            for _ in 0..round {
                sent.join_next().await;
            }
            server.kill();
            let cut_off = sent.join_all().await.into_iter().filter(Result::is_err).count();
            lost += cut_off;
            server.start_again(true).await;
            for _ in 0..2 {
                assert_eq!(server.http().send(request.clone()).await.status, 200);
            }
            let events = events_of(&alice, id).await;
            let joins = events.iter().filter(|event| event["type"] == "PARTICIPANT_JOINED").count();
            assert_eq!(joins, 1, "{events:?}");
            let attendance = alice.http.get(&format!("/api/sessions/{id}/attendance")).await.expect(200);
            let intervals = attendance["items"].as_array().unwrap().iter();
            let intervals: usize = intervals.map(|item| item["intervals"].as_array().unwrap().len()).sum();
            assert_eq!(intervals, 1, "{attendance}");
            let ended = guest.http.post(&format!("/api/sessions/{id}/end"), &json!({})).await;
            assert_eq!(ended.status, 200, "{}", ended.text());
        }
        measured(
            "17, webhooks",
            &format!("{ROUNDS} x {AT_ONCE} at once, {lost} cut off by a kill, each took effect once"),
        );
        server.stop().await;
    });
}
