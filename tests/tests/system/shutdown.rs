//! SIGTERM with a full house.

use std::time::Duration;

use mockly_tests::{
    Backend, HttpConnection, Mockly, Person, Request, StompClient, connections_wanted, create_interview,
    raise_open_files, run, user_token, within,
};
use tokio::task::JoinSet;

/// For a busy machine: the server has deadlines of its own, and logs what they cut off.
const WITHIN: Duration = Duration::from_secs(15);
/// SockJS sessions whose clients have gone without a word.
const LEFT_BEHIND: usize = 20;
/// Sessions that somebody is in.
const SESSIONS: usize = 500;
/// Connections that are being opened at the same time.
const OPENING: usize = 50;

#[test]
fn everyone_is_told_to_come_back_later() {
    run(Backend::Sqlite, async |database| {
        let connections = connections_wanted();
        raise_open_files(connections + 200);
        let server = Mockly::start(&database, &[("SOCKETS_PER_USER_MAX", "100000")]).await;
        let alice = Person::sign_in(&server, "alice").await;
        let bob = Person::sign_in(&server, "bob").await;
        let session = create_interview(&alice, &bob).await;
        let topic = format!("/topic/sessions/{}", session["id"].as_str().unwrap());
        let sockets = open(&server, &topic, connections).await;
        assert_eq!(server.metric("mockly_open_connections", "websocket").await, connections as u64);

        let mut farewells = JoinSet::new();
        for mut socket in sockets {
            farewells.spawn(async move {
                while socket.next().await.unwrap().is_some() {}
                socket.closed().map(|(code, reason)| (code, reason.to_owned()))
            });
        }
        for n in 0..LEFT_BEHIND {
            drop(open_sockjs(&server, &format!("gone-{n}")).await);
        }
        let (mut polling, poll) = open_sockjs(&server, "polling").await;
        let mut polls = JoinSet::new();
        polls.spawn(async move { polling.send(&poll).await.unwrap().text() });
        let log = server.stop_within(WITHIN).await;
        let farewells = within(WITHIN, "farewell of every socket", farewells.join_all()).await;
        let mut waits = Vec::new();
        for farewell in farewells {
            let (code, reason) = farewell.expect("a close frame comes before the end of the connection");
            assert_eq!(code, 1001, "{reason}");
            let wait: u32 = reason.strip_prefix("retry-after-ms=").and_then(|wait| wait.parse().ok()).expect(&reason);
            assert!((200..=2_500).contains(&wait), "{wait}");
            waits.push(wait);
        }
        waits.sort_unstable();
        waits.dedup();
        assert!(waits.len() > connections / 4, "they come back at different times, not at {} ones", waits.len());
        let polled = within(WITHIN, "end of the poll", polls.join_all()).await.concat();
        assert!(polled.starts_with("c[1001,\"retry-after-ms="), "{polled}");
        assert!(!log.contains("in time"), "nothing was cut off:\n{log}");
    });
}

/// Everybody who goes at once is taken out of a session of their own, which must not use the time up.
#[test]
fn many_sessions_do_not_hold_the_end_up() {
    run(Backend::Sqlite, async |database| {
        raise_open_files(SESSIONS * 2 + 200);
        let server = Mockly::start(&database, &[("API_PER_ADDRESS", "100000/s")]).await;
        let host = Person::sign_in(&server, "host").await;
        let mut sockets = Vec::new();
        for n in 0..SESSIONS {
            let guest = Person::sign_in(&server, &format!("guest-{n}")).await;
            let session = create_interview(&guest, &host).await;
            let topic = format!("/topic/sessions/{}", session["id"].as_str().unwrap());
            let mut socket = StompClient::connect(server.address(), &guest.token).await.unwrap();
            socket.subscribe("one", &topic, &[]).await.unwrap();
            sockets.push(socket);
        }
        let mut farewells = JoinSet::new();
        for mut socket in sockets {
            farewells.spawn(async move {
                while socket.next().await.unwrap().is_some() {}
                socket.closed().map(|(code, _)| code)
            });
        }
        let log = server.stop_within(WITHIN).await;
        let codes = within(WITHIN, "farewell of every socket", farewells.join_all()).await;
        assert!(codes.iter().all(|code| *code == Some(1001)), "{codes:?}");
        assert!(!log.contains("in time") && !log.contains("was not taken out"), "everything was done:\n{log}");
    });
}

/// A session over HTTP: the connection, and the request that polls it.
async fn open_sockjs(server: &Mockly, sid: &str) -> (HttpConnection, Request) {
    let mut connection = HttpConnection::open(server.address()).await.unwrap();
    let poll = Request::new("POST", format!("/ws/000/{sid}/xhr"));
    assert_eq!(connection.send(&poll).await.unwrap().text(), "o\n");
    (connection, poll)
}

async fn open(server: &Mockly, topic: &str, count: usize) -> Vec<StompClient> {
    let (address, token) = (server.address(), user_token("bob", "bob"));
    let mut opening = JoinSet::new();
    let mut open = Vec::with_capacity(count);
    for _ in 0..count {
        if opening.len() == OPENING {
            open.push(opening.join_next().await.unwrap().unwrap());
        }
        let (topic, token) = (topic.to_owned(), token.clone());
        opening.spawn(async move {
            let mut client = StompClient::connect(address, &token).await.unwrap();
            client.subscribe("one", &topic, &[]).await.unwrap();
            client
        });
    }
    open.extend(opening.join_all().await);
    open
}
