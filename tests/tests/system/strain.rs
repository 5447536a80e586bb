//! Clients that mean no good: what they cost is bounded, and nobody else notices.

use std::time::Duration;

use mockly_tests::{
    Backend, Message, Mockly, Opcode, Person, StompClient, WebSocket, connections_wanted, create_interview,
    raise_open_files, run, until, within,
};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const MIB: u64 = 1024 * 1024;

/// Somebody who listens to a session of two, to see that they are unaffected.
struct Bystander {
    alice: Person,
    id: String,
    socket: StompClient,
    changes: u32,
}

impl Bystander {
    async fn new(server: &Mockly) -> Self {
        let alice = Person::sign_in(server, "alice").await;
        let bob = Person::sign_in(server, "bob").await;
        let id = create_interview(&alice, &bob).await["id"].as_str().unwrap().to_owned();
        let mut socket = StompClient::connect(server.address(), &bob.token).await.unwrap();
        socket.subscribe("one", &format!("/topic/sessions/{id}"), &[]).await.unwrap();
        Self { alice, id, socket, changes: 0 }
    }

    /// A change is made by REST and heard on the topic.
    async fn is_served(&mut self) {
        self.changes += 1;
        let title = format!("change {}", self.changes);
        self.alice.http.patch(&format!("/api/sessions/{}", self.id), &json!({"title": title})).await.expect(200);
        // What came before the subscription may still be on its way.
        while self.socket.event().await["data"]["title"] != title {}
    }
}

/// A frame that declares 2 GiB is refused by its head: not one byte of it is kept.
#[test]
fn a_frame_of_two_gib_costs_nothing() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let mut bystander = Bystander::new(&server).await;
        bystander.is_served().await;
        let before = server.process().resident_bytes();
        for authenticated in [false, true] {
            let mut socket = if authenticated {
                StompClient::connect(server.address(), &bystander.alice.token).await.unwrap()
            } else {
                unauthenticated(&server).await
            };
            let socket = socket.socket();
            socket.send_raw(&WebSocket::head(Opcode::Text, 2 << 30)).await.unwrap();
            let closed = within(Duration::from_secs(30), "close of the connection", socket.next()).await;
            assert!(matches!(closed, Ok(Message::Close(1009, _))), "{closed:?}");
            // Whoever goes on all the same is hung up on.
            let rest = within(Duration::from_secs(30), "end of the connection", send_on(socket)).await;
            assert!(matches!(rest, None | Some(Message::Ended)), "{rest:?}");
            let grown = server.process().resident_bytes().saturating_sub(before);
            assert!(grown < 8 * MIB, "the server grew by {} KiB", grown / 1_024);
            bystander.is_served().await;
        }
        drop(bystander);
        server.stop().await;
    });
}

async fn unauthenticated(server: &Mockly) -> StompClient {
    // Nothing was said yet, so that the answer to CONNECT is what the first frame gets.
    let socket = WebSocket::open(server.address(), "/ws", &[]).await.unwrap();
    StompClient::unconnected(socket)
}

/// Sends up to 64 MiB more; returns what the server said, or `None` when it just hung up.
async fn send_on(socket: &mut WebSocket) -> Option<Message> {
    let chunk = vec![b'x'; 64 * 1_024];
    for _ in 0..1_024 {
        if socket.send_raw(&chunk).await.is_err() {
            return None;
        }
    }
    socket.next().await.ok()
}

/// Handshakes that never end are given up after `REQUEST_HEAD_TIMEOUT`, and cost little until then.
#[test]
fn half_open_handshakes_are_given_up() {
    run(Backend::Sqlite, async |database| {
        let count = connections_wanted();
        raise_open_files(count + 200);
        let server = Mockly::start(&database, &[("REQUEST_HEAD_TIMEOUT", "5s")]).await;
        let mut bystander = Bystander::new(&server).await;
        let before = server.process().resident_bytes();
        let mut half_open = Vec::with_capacity(count);
        for number in 0..count {
            let mut stream = TcpStream::connect(server.address()).await.unwrap();
            // Silence, half a head, and a head that comes drop by drop: the clock is that of the whole head.
            let sent: &[u8] = match number % 3 {
                0 => b"",
                1 => b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n",
                _ => b"G",
            };
            stream.write_all(sent).await.unwrap();
            half_open.push(stream);
        }
        bystander.is_served().await;
        let grown = server.process().resident_bytes().saturating_sub(before);
        let most = 8 * MIB + 32 * 1_024 * count as u64;
        assert!(grown < most, "{count} half-open handshakes hold {} KiB", grown / 1_024);
        for mut stream in half_open {
            let answer =
                within(Duration::from_secs(30), "end of a half-open handshake", read_to_end(&mut stream)).await;
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
        }
        bystander.is_served().await;
        drop(bystander);
        server.stop().await;
    });
}

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// A reader that never reads is cut off by the bytes that wait for it; those who read get everything.
#[test]
fn a_reader_that_never_reads_is_cut_off() {
    const CHANGES: usize = 2_000;
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[("SOCKET_OUTBOX_BYTES_MAX", "128KiB")]).await;
        let mut bystander = Bystander::new(&server).await;
        let topic = format!("/topic/sessions/{}", bystander.id);
        let narrow = WebSocket::open_narrow(server.address(), "/ws", &[]).await.unwrap();
        let mut stuck = StompClient::connect_over(narrow, &bystander.alice.token).await.unwrap();
        // Its own subscriptions to the same topic, so that a change weighs a hundred times as much for it.
        for number in 0..100 {
            stuck.subscribe(&number.to_string(), &topic, &[]).await.unwrap();
        }
        let before = server.process().resident_bytes();
        let mut cut_off_after = None;
        for number in 0..CHANGES {
            bystander.is_served().await;
            if server.metric("mockly_disconnects_total", "too_slow").await > 0 {
                cut_off_after = Some(number + 1);
                break;
            }
        }
        assert!(cut_off_after.is_some(), "after {CHANGES} changes it is still waited for");
        let grown = server.process().resident_bytes().saturating_sub(before);
        assert!(grown < 16 * MIB, "the server grew by {} KiB", grown / 1_024);
        until("end of its connection in the metrics", async || {
            (server.metric("mockly_open_connections", "websocket").await == 1).then_some(())
        })
        .await;
        bystander.is_served().await;
        drop((bystander, stuck));
        server.stop().await;
    });
}
