//! SIGTERM with a full house.

use std::time::{Duration, Instant};

use mockly_tests::{
    Backend, Mockly, Person, StompClient, connections_wanted, create_interview, raise_open_files, run, user_token,
    within,
};
use tokio::task::JoinSet;

const WITHIN: Duration = Duration::from_secs(5);
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
        let asked = Instant::now();
        let log = server.stop_within(WITHIN).await;
        let took = asked.elapsed();
        let farewells = within(WITHIN, "farewell of every socket", farewells.join_all()).await;
        let mut waits = Vec::new();
        for farewell in farewells {
            let (code, reason) = farewell.expect("a close frame comes before the end of the connection");
            assert_eq!(code, 1001, "{reason}");
            let wait: u32 = reason.strip_prefix("retry-after-ms=").and_then(|wait| wait.parse().ok()).expect(&reason);
            assert!((200..=5_000).contains(&wait), "{wait}");
            waits.push(wait);
        }
        waits.sort_unstable();
        waits.dedup();
        assert!(waits.len() > connections / 4, "they come back at different times, not at {} ones", waits.len());
        assert!(took < WITHIN, "{took:?}");
        assert!(!log.contains("in time"), "nothing was cut off:\n{log}");
    });
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
