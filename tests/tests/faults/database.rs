//! A database that is away, slow, silent, or takes an answer with it (P1, P2, P4, P5).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mockly_tests::{
    Backend, Door, Message, Mockly, Person, Request, StompClient, TestDatabase, WebSocket, create_interview, run,
    until, until_within, within,
};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::cluster::Cluster;
use crate::link::{Fault, Link};
use crate::report::{measured, percentile};
use crate::scene::{Scene, retitling, title_of};
use crate::writers::Writers;

/// `DATABASE_TIMEOUT` as it is unless somebody says otherwise.
const TIMEOUT: &str = "5s";
/// How long anybody waits at most while the database does not answer: that, and what a busy machine takes.
const ANSWERED_WITHIN: Duration = Duration::from_millis(6_500);
/// The same where it answers, but late: a request may first wait for a connection, and then for its transaction, as long
/// each. No statement takes longer than the time-out.
const ANSWERED_LATE_WITHIN: Duration = Duration::from_millis(11_500);
/// How soon all is well once the database is back.
const HEALED_WITHIN: Duration = Duration::from_secs(10);
/// `DATABASE_CONNECTIONS_MAX` as it is unless somebody says otherwise.
const CONNECTIONS_MAX: usize = 10;
const WRITERS: usize = 4;

/// Awaits the first change that is acknowledged again; how long that took.
async fn heal(scene: &Scene) -> Duration {
    let asked = Instant::now();
    until_within(HEALED_WITHIN, "change that is acknowledged", async || {
        let answer = scene.alice.http.try_send(retitling(&scene.id, "healed")).await.ok();
        answer.filter(|answer| answer.status == 200)
    })
    .await;
    let took = asked.elapsed();
    assert!(took < HEALED_WITHIN, "{took:?}");
    took
}

/// Listens to a topic until a title comes.
fn listen(mut client: StompClient, stop: watch::Receiver<Option<String>>) -> JoinSet<Vec<String>> {
    let mut listening = JoinSet::new();
    listening.spawn(async move {
        let mut heard: Vec<String> = Vec::new();
        let mut last = stop;
        loop {
            let ends = async {
                // The sender outlives the last change.
                let _ = last.wait_for(|last| last.is_some() && last.as_ref() == heard.last()).await;
            };
            let frame = tokio::select! {
                frame = client.next() => frame,
                () = ends => return heard.clone(),
            };
            let frame = frame.unwrap().unwrap_or_else(|| panic!("the socket ended: {:?}", client.closed()));
            heard.push(title_of(&frame.json()).to_owned());
        }
    });
    listening
}

#[test]
fn a_killed_postgres_loses_nothing_acknowledged_and_the_server_heals() {
    run(Backend::Sqlite, async |folder| {
        let mut cluster = Cluster::start().await;
        let settings = [("DATABASE_URL", cluster.url()), ("DATABASE_TIMEOUT", TIMEOUT)];
        let scene = Scene::new(&folder, &settings).await;
        let mut writers = Writers::begin(&scene.server, WRITERS).await;
        let mut client = StompClient::connect(scene.server.address(), &writers.first().token).await.unwrap();
        client.subscribe("one", &writers.topic(), &[]).await.unwrap();
        let (finished, last) = watch::channel(None);
        let mut listening = listen(client, last);
        writers.acknowledge(100).await;
        cluster.kill().await;
        writers.be_refused(2 * WRITERS).await;
        let answer = scene.alice.http.get("/readyz").await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
        may_come_back(&scene).await;
        cluster.start_again().await;
        let healed = heal(&scene).await;
        writers.acknowledge(100).await;
        writers.stop().await;
        assert!(writers.refusals().iter().all(|status| *status == 503), "{:?}", writers.refusals());
        assert!(writers.longest() < ANSWERED_WITHIN, "somebody waited {:?}", writers.longest());
        writers.check(&scene.server).await;
        finished.send_replace(writers.acknowledged_to_first().last().cloned());
        let heard = within(Duration::from_secs(20), "last event", listening.join_next()).await.unwrap().unwrap();
        let acknowledged = writers.acknowledged_to_first();
        let stored: Vec<&String> = heard.iter().filter(|title| acknowledged.contains(title)).collect();
        // The writers were at work when it subscribed.
        let first =
            acknowledged.iter().position(|title| Some(&title) == stored.first()).expect("it has heard something");
        assert_eq!(stored, acknowledged[first..].iter().collect::<Vec<_>>(), "over one socket, in order");
        measured(
            "8, postmaster killed",
            &format!(
                "{} acknowledged, 0 lost; {} times 503, longest answer {:?}; healed after {healed:?}; the socket lived on",
                writers.acknowledged(),
                writers.refusals().len(),
                writers.longest(),
            ),
        );
        scene.server.stop().await;
    });
}

/// A Socket.IO client that cannot be checked loses its transport, and hears no refusal, after which it would stay away.
async fn may_come_back(scene: &Scene) {
    let path = "/socket.io/?EIO=4&transport=websocket";
    let mut socket = WebSocket::open(scene.server.address(), path, &[]).await.unwrap();
    let opened = socket.next().await.unwrap();
    assert!(matches!(&opened, Message::Text(text) if text.starts_with('0')), "{opened:?}");
    socket.send_text(&format!("40{}", json!({"token": scene.alice.token}))).await.unwrap();
    let end = within(ANSWERED_WITHIN, "end of the session", socket.next()).await;
    assert!(matches!(end, Err(_) | Ok(Message::Close(..) | Message::Ended)), "{end:?}");
}

/// A server whose database is at the other end of a link.
async fn linked(database: &TestDatabase) -> (Link, Scene) {
    let (before, after) = database.url().split_once('@').unwrap();
    let (address, name) = after.split_once('/').unwrap();
    let address: SocketAddr = address.parse().expect("the database of the tests is on this machine");
    let link = Link::to(address);
    let url = format!("{before}@{}/{name}", link.address());
    let scene = Scene::new(database, &[("DATABASE_URL", &url), ("DATABASE_TIMEOUT", TIMEOUT)]).await;
    (link, scene)
}

/// Asks a socket for a receipt again and again, which needs no database, and keeps how long each took.
struct Pulse {
    asking: JoinSet<Vec<Duration>>,
    stop: watch::Sender<bool>,
}

impl Pulse {
    async fn begin(scene: &Scene) -> Self {
        let mut client = StompClient::connect(scene.server.address(), &scene.alice.token).await.unwrap();
        let stop = watch::Sender::new(false);
        let stopped = stop.subscribe();
        let mut asking = JoinSet::new();
        asking.spawn(async move {
            let mut took = Vec::new();
            let mut beats = tokio::time::interval(Duration::from_millis(5));
            while !*stopped.borrow() {
                beats.tick().await;
                let asked = Instant::now();
                for (command, receipt) in [("BEGIN", "begun"), ("ABORT", "aborted")] {
                    client.send(command, &[("transaction", "t"), ("receipt", receipt)], "").await.unwrap();
                    let answer = client.next().await.unwrap().expect("the socket goes on");
                    assert_eq!(answer.header("receipt-id"), Some(receipt), "{answer:?}");
                }
                took.push(asked.elapsed());
            }
            took
        });
        Self { asking, stop }
    }

    async fn p99(mut self) -> Duration {
        self.stop.send_replace(true);
        let mut took =
            within(Duration::from_secs(10), "end of the pulse", self.asking.join_next()).await.unwrap().unwrap();
        percentile(&mut took, 99)
    }
}

/// What everybody would notice is worse than this: below it twice as much is chance.
const NOTICED: Duration = Duration::from_millis(50);

async fn harm_the_link(database: TestDatabase, fault: Fault, answered_within: Duration) {
    let (link, scene) = linked(&database).await;
    let pulse = Pulse::begin(&scene).await;
    let mut writers = Writers::begin(&scene.server, WRITERS).await;
    writers.acknowledge(200).await;
    let usual = pulse.p99().await;
    let pulse = Pulse::begin(&scene).await;
    link.set(fault);
    writers.be_refused(2 * WRITERS).await;
    let open = link.open();
    let harmed = pulse.p99().await;
    link.set(Fault::None);
    let healed = heal(&scene).await;
    writers.acknowledge(2 * WRITERS).await;
    writers.stop().await;
    let refusals = writers.refusals();
    measured(
        &format!("9, {fault:?}"),
        &format!(
            "{} times 503, longest answer {:?}; receipts p99 {harmed:?}, {usual:?} before; {open} connections; healed after {healed:?}; {} acknowledged, 0 lost",
            refusals.len(),
            writers.longest(),
            writers.acknowledged(),
        ),
    );
    assert!(refusals.iter().all(|status| *status == 503), "{refusals:?}");
    assert!(writers.longest() < answered_within, "somebody waited {:?}", writers.longest());
    assert!(open <= CONNECTIONS_MAX, "{open} connections");
    assert!(harmed < (2 * usual).max(NOTICED), "p99 {harmed:?}, {usual:?} before");
    writers.check(&scene.server).await;
    scene.server.stop().await;
}

#[test]
fn a_database_that_is_down_is_told_at_once() {
    run(Backend::Postgres, |database| harm_the_link(database, Fault::Down, ANSWERED_WITHIN));
}

#[test]
fn a_database_that_resets_is_told_at_once() {
    run(Backend::Postgres, |database| harm_the_link(database, Fault::Reset, ANSWERED_WITHIN));
}

#[test]
fn a_slow_database_is_told_in_time() {
    run(Backend::Postgres, |database| {
        harm_the_link(database, Fault::Latency(Duration::from_secs(3)), ANSWERED_LATE_WITHIN)
    });
}

#[test]
fn a_silent_database_is_told_in_time() {
    run(Backend::Postgres, |database| harm_the_link(database, Fault::BlackHole, ANSWERED_WITHIN));
}

#[test]
fn a_database_whose_answers_break_off_is_told_at_once() {
    run(Backend::Postgres, |database| harm_the_link(database, Fault::Limit(500), ANSWERED_WITHIN));
}

/// The database commits, and its answer is lost: only the client's repeat can tell.
#[test]
fn a_commit_whose_answer_is_lost_has_one_effect_under_one_key() {
    const TITLE: &str = "once and no more";
    run(Backend::Postgres, async |database| {
        let (link, scene) = linked(&database).await;
        let carol = Person::sign_in(&scene.server, "carol").await;
        let body = json!({ "interviewerId": scene.bob.id, "title": TITLE });
        let request = Request::new("POST", "/api/sessions").json(&body).header("Idempotency-Key", "once");
        link.set(Fault::LoseCommit(TITLE));
        let first = carol.http.send(request.clone()).await;
        assert!(link.has_lost_commit(), "{}", first.text());
        let mut statuses = vec![first.status];
        // As a client does that was told to come again.
        let session = until("answer to the repeat", async || {
            let answer = carol.http.send(request.clone()).await;
            statuses.push(answer.status);
            assert!(matches!(answer.status, 201 | 409 | 503), "{}", answer.text());
            (answer.status == 201).then(|| answer.json())
        })
        .await;
        let mine = carol.http.get("/api/sessions").await.expect(200);
        assert_eq!((&mine["total"], &mine["sessions"][0]["id"]), (&json!(1), &session["id"]));
        measured("10, answer to COMMIT lost", &format!("answers {statuses:?}, one session"));
        scene.server.stop().await;
    });
}

#[test]
fn the_server_stops_while_postgres_is_down() {
    /// What the whole stop may take.
    const LIMIT: Duration = Duration::from_secs(30);
    run(Backend::Sqlite, async |folder| {
        let mut cluster = Cluster::start().await;
        let url = cluster.url().to_owned();
        let settings = [("DATABASE_URL", url.as_str()), ("DATABASE_TIMEOUT", TIMEOUT)];
        let scene = Scene::new(&folder, &settings).await;
        let mut listener = scene.listener().await;
        let mut door = Door::open(scene.server.address(), "zoom", &scene.id, &scene.alice).await;
        door.until("room_state").await;
        cluster.kill().await;
        assert_eq!(scene.retitle("too late").await.status, 503);
        let asked = Instant::now();
        // With exit code 0: everything that was acknowledged is in the database's own files.
        scene.server.stop_within(LIMIT).await;
        let took = asked.elapsed();
        while listener.next().await.unwrap().is_some() {}
        assert_eq!(listener.closed().map(|(code, _)| code), Some(1001));
        // By the stop, or a moment before it by a command that found no database.
        assert!(matches!(door.closed().await.1, 1001 | 1013));
        cluster.start_again().await;
        let server = Mockly::start(&folder, &settings).await;
        let (alice, carol) = (scene.alice.at(&server), Person::sign_in(&server, "carol").await);
        let session = alice.http.get(&format!("/api/sessions/{}", scene.id)).await.expect(200);
        assert_ne!(session["title"], "too late");
        create_interview(&carol, &alice).await;
        measured("20, stopped without PostgreSQL", &format!("exit 0 after {took:?}, sockets closed with 1001"));
        server.stop().await;
    });
}
