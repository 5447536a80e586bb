//! Peers that do not read, vanish, or sit behind a bad network: what they cost others, and how they end (P3, P4).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mockly_tests::{
    Backend, Door, HttpConnection, Mockly, Person, Request, School, StompClient, StompFrame, WebSocket,
    raise_open_files, run, until_within, within,
};
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::link::{Fault, Link};
use crate::report::measured;
use crate::scene::{Scene, hear, title_of};

const MIB: u64 = 1024 * 1024;

/// 4,000 messages of 8 kB each, and one subscriber that takes none of them.
#[test]
fn a_subscriber_that_never_reads_is_cut_off_and_the_others_get_everything() {
    const MESSAGES: usize = 4_000;
    const READERS: usize = 4;
    run(Backend::Sqlite, async |database| {
        let scene = Scene::new(&database, &[]).await;
        let narrow = WebSocket::open_narrow(scene.server.address(), "/ws", &[]).await.unwrap();
        let mut stuck = StompClient::connect_over(narrow, &scene.bob.token).await.unwrap();
        stuck.subscribe("one", &scene.topic(), &[]).await.unwrap();
        let mut readers = JoinSet::new();
        for _ in 0..READERS {
            let mut reader = scene.listener().await;
            readers.spawn(async move {
                hear(&mut reader, "message 0").await;
                for number in 1..MESSAGES {
                    assert_eq!(title_of(&reader.event().await), format!("message {number}"));
                }
            });
        }
        let before = scene.server.process().resident_bytes();
        let mut most = before;
        let mut writer = HttpConnection::open(scene.server.address()).await.unwrap();
        // Two bytes each in UTF-8, of which the session may have 4,000.
        let padding = "é".repeat(3_980);
        let mut stuck = Some(stuck);
        let mut ending = JoinSet::new();
        for number in 0..MESSAGES {
            let fields = json!({ "title": format!("message {number}"), "description": format!("{padding}{number}") });
            let path = format!("/api/sessions/{}", scene.id);
            let request = Request::new("PATCH", path).json(&fields).bearer(&scene.alice.token);
            writer.send(&request).await.unwrap().expect(200);
            if number % 20 == 0 {
                most = most.max(scene.server.process().resident_bytes());
                if scene.server.metric("mockly_outbox_dropped_bytes_total", "").await > 0
                    && let Some(mut stuck) = stuck.take()
                {
                    // Whoever looks again then finds why it has ended.
                    ending.spawn(async move { (read_away(&mut stuck).await, stuck.closed().map(|(code, _)| code)) });
                }
            }
        }
        // Each checks that it gets all of them, in order.
        within(Duration::from_mins(2), "last message at the readers", readers.join_all()).await;
        let grown = (most - before) / MIB;
        assert!(grown < 200, "the server grew by {grown} MiB");
        assert_eq!(scene.server.metric("mockly_disconnects_total", "too_slow").await, 1);
        let end = within(Duration::from_secs(30), "end of the one that did not read", ending.join_next()).await;
        let (taken, code) = end.expect("it was cut off on the way").unwrap();
        assert_eq!(code, Some(1013));
        measured(
            "1, never reads",
            &format!(
                "4 x {MESSAGES} of {MESSAGES} heard, memory +{grown} MiB, the slow one cut off after {taken}, with 1013"
            ),
        );
        scene.server.stop().await;
    });
}

/// Reads to the end; how many messages there were.
async fn read_away(client: &mut StompClient) -> usize {
    let mut count = 0;
    while let Ok(Some(StompFrame { .. })) = client.next().await {
        count += 1;
    }
    count
}

/// Peers whose machine has gone: nothing comes from them, not even the end.
#[test]
fn half_open_peers_are_given_up() {
    const PEERS: usize = 20;
    /// Three heart-beats of 10 s, and 40 s.
    const LIMIT: Duration = Duration::from_secs(70);
    run(Backend::Sqlite, async |database| {
        let scene = Scene::new(&database, &[("SOCKETS_PER_USER_MAX", "100")]).await;
        let mut bystander = scene.listener().await;
        let before = scene.server.process().open_sockets();
        let link = Link::to(scene.server.address());
        let mut peers = Vec::new();
        for number in 0..PEERS {
            peers.push(peer(&link, &scene, number % 2 == 0).await);
        }
        assert!(scene.server.process().open_sockets() >= before + PEERS);
        link.set(Fault::BlackHole);
        let gone = Instant::now();
        // The bystander lives by answers to pings, which it gives while it reads.
        tokio::select! {
            () = until_within(LIMIT, "end of the half-open peers", async || {
                (scene.server.process().open_sockets() <= before).then_some(())
            }) => {}
            frame = bystander.next() => panic!("nothing has happened: {frame:?}"),
        }
        let took = gone.elapsed();
        scene.retitle("afterwards").await.expect(200);
        hear(&mut bystander, "afterwards").await;
        measured("2, half-open", &format!("{PEERS} descriptors free after {:.1} s", took.as_secs_f64()));
        drop((peers, bystander));
        scene.server.stop().await;
    });
}

/// A subscriber with heart-beats of 10 s both ways, or without any.
async fn peer(link: &Link, scene: &Scene, has_heart_beat: bool) -> StompClient {
    let socket = WebSocket::open(link.address(), "/ws", &[("Sec-WebSocket-Protocol", "v12.stomp")]).await.unwrap();
    let mut client = StompClient::unconnected(socket);
    let heart_beat = if has_heart_beat { "10000,10000" } else { "0,0" };
    let token = scene.bob.token.as_str();
    let headers = [("accept-version", "1.2"), ("host", "localhost"), ("token", token), ("heart-beat", heart_beat)];
    client.send("CONNECT", &headers, "").await.unwrap();
    assert_eq!(client.next().await.unwrap().expect("an answer").command, "CONNECTED");
    client.subscribe("one", &scene.topic(), &[]).await.unwrap();
    client
}

/// A connection that ends with a reset instead of a farewell when it is dropped.
async fn abrupt(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_zero_linger().unwrap();
    socket.connect(address).await.unwrap()
}

#[test]
fn two_hundred_resets_leave_no_descriptor_and_no_ghost() {
    const EACH: usize = 100;
    const DESCRIPTORS_WITHIN: Duration = Duration::from_secs(3);
    /// The grace for those who lost their connection, and the time in which the row is looked at.
    const GHOSTS_WITHIN: Duration = Duration::from_secs(15 + 3);
    run(Backend::Sqlite, async |database| {
        raise_open_files(4 * EACH);
        let server = Mockly::start(&database, &[]).await;
        let school = School::open(&server, EACH).await;
        let id = school.start_session(json!({ "maxParticipants": 2 * EACH })).await;
        let mut teacher = Door::open(server.address(), "zoom", &id, &school.teacher).await;
        teacher.until("room_state").await;
        teacher.news().await;
        let before = server.process().open_sockets();
        let mut subscribers = Vec::new();
        let mut doors = Vec::new();
        for student in &school.students {
            let socket = WebSocket::open_over(abrupt(server.address()).await, "/ws", &[]).await.unwrap();
            let mut client = StompClient::connect_over(socket, &student.token).await.unwrap();
            client.subscribe("one", &format!("/topic/sessions/{id}"), &[]).await.unwrap();
            subscribers.push(client);
            let path = format!("/ws/zoom/{id}?token={}", student.token);
            doors.push(WebSocket::open_over(abrupt(server.address()).await, &path, &[]).await.unwrap());
            while teacher.until("connect").await.who() != student.id {}
        }
        assert_eq!(present(&school.teacher, &id).await, EACH as u64 + 1);
        let reset = Instant::now();
        // In the middle of something: each has an answer under way.
        let topic = format!("/topic/sessions/{id}");
        for client in &mut subscribers {
            let headers = [("id", "two"), ("destination", topic.as_str())];
            client.send("SUBSCRIBE", &headers, "").await.unwrap();
        }
        drop((subscribers, doors));
        until_within(DESCRIPTORS_WITHIN, "end of the descriptors", async || {
            (server.process().open_sockets() <= before).then_some(())
        })
        .await;
        let descriptors = reset.elapsed();
        until_within(GHOSTS_WITHIN, "end of the ghosts", async || {
            (present(&school.teacher, &id).await == 1).then_some(())
        })
        .await;
        let ghosts = reset.elapsed();
        measured(
            "3, resets",
            &format!("{} descriptors free after {descriptors:?}, nobody present after {ghosts:?}", 2 * EACH),
        );
        teacher.news().await;
        drop(teacher);
        server.stop().await;
    });
}

/// How many are in a session by its participants.
async fn present(reader: &Person, id: &str) -> u64 {
    let session = reader.http.get(&format!("/api/sessions/{id}")).await.expect(200);
    session["participantCount"].as_u64().unwrap()
}

#[test]
fn idle_connections_hold_nobody_up() {
    const IDLE: usize = 300;
    const LIMIT: Duration = Duration::from_secs(3);
    run(Backend::Sqlite, async |database| {
        raise_open_files(2 * IDLE);
        let scene = Scene::new(&database, &[]).await;
        let mut idle = Vec::new();
        for _ in 0..IDLE {
            idle.push(TcpStream::connect(scene.server.address()).await.unwrap());
        }
        let asked = Instant::now();
        let mut client = within(LIMIT, "new socket", scene.listener()).await;
        scene.retitle("served").await.expect(200);
        within(LIMIT, "event on it", hear(&mut client, "served")).await;
        let took = asked.elapsed();
        assert!(took < LIMIT, "{took:?}");
        measured("4, idle connections", &format!("a new one beside {IDLE} was served in {took:?}"));
        drop((idle, client));
        scene.server.stop().await;
    });
}

/// SIGSTOP for three seconds, as a machine that is moved or swaps.
#[test]
fn a_pause_of_the_server_ends_no_socket_and_loses_nothing() {
    const PAUSE: Duration = Duration::from_secs(3);
    run(Backend::Sqlite, async |database| {
        let scene = Scene::new(&database, &[("STOMP_HEART_BEAT", "1s")]).await;
        let mut listener = scene.listener().await;
        scene.retitle("before").await.expect(200);
        hear(&mut listener, "before").await;
        scene.server.process().pause();
        let change = scene.retitle("meanwhile");
        let resume = async {
            // The fault itself lasts so long.
            tokio::time::sleep(PAUSE).await;
            scene.server.process().resume();
            Instant::now()
        };
        let (answer, resumed) = tokio::join!(change, resume);
        answer.expect(200);
        hear(&mut listener, "meanwhile").await;
        let took = resumed.elapsed();
        scene.retitle("after").await.expect(200);
        hear(&mut listener, "after").await;
        assert_eq!(listener.closed(), None);
        measured("7, paused for 3 s", &format!("the request of that time was heard {took:?} after it"));
        drop(listener);
        scene.server.stop().await;
    });
}

/// A way of 200 ms on which one in five packets is lost, with heart-beats of 10 s.
#[test]
fn a_bad_network_ends_no_socket_and_keeps_the_order() {
    const MESSAGES: usize = 60;
    const BEAT_AFTER: usize = 5;
    run(Backend::Sqlite, async |database| {
        let scene = Scene::new(&database, &[]).await;
        let link = Link::to(scene.server.address());
        let mut client = peer(&link, &scene, true).await;
        link.set(Fault::Lossy);
        let begun = Instant::now();
        for number in 0..MESSAGES {
            // Three at once, so that there is an order to keep.
            for part in 0..3 {
                scene.retitle(&format!("message {number}.{part}")).await.expect(200);
            }
            for part in 0..3 {
                assert_eq!(title_of(&client.event().await), format!("message {number}.{part}"));
            }
            if number % BEAT_AFTER == 0 {
                client.socket().send_text("\n").await.unwrap();
            }
        }
        let took = begun.elapsed();
        assert!(took > Duration::from_secs(20), "two heart-beats fit into {took:?}");
        measured(
            "14, lossy link",
            &format!("{} messages in order over {:.0} s, no disconnect", 3 * MESSAGES, took.as_secs_f64()),
        );
        drop(client);
        scene.server.stop().await;
    });
}
