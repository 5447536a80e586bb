//! A subscriber that comes back misses nothing, whatever happened to the server meanwhile.

use std::io;
use std::time::Duration;

use mockly_tests::{
    Backend, Mockly, Person, Request, StompClient, TestDatabase, create_interview, events_of, run, within,
};
use serde_json::{Value, json};
use tokio::sync::{RwLock, watch};

const CHANGES: u64 = 1_000;
/// After so many changes each the server is killed.
const KILLED_AT: [u64; 2] = [300, 650];
/// For all of them together, on a machine that is busy with other things.
const DEADLINE: Duration = Duration::from_mins(4);
/// The subscriber drops its connection whenever it has taken so many events over it.
const DROPS_AFTER: usize = 90;

#[test]
fn no_event_is_missed_on_sqlite() {
    run(Backend::Sqlite, no_event_is_missed);
}

#[test]
fn no_event_is_missed_on_postgres() {
    run(Backend::Postgres, no_event_is_missed);
}

async fn no_event_is_missed(database: TestDatabase) {
    let server = Mockly::start(&database, &[]).await;
    let alice = Person::sign_in(&server, "alice").await;
    let bob = Person::sign_in(&server, "bob").await;
    let session = create_interview(&alice, &bob).await;
    let id = session["id"].as_str().unwrap();
    // A server that is killed is written to by nobody; the subscriber finds it away all the same.
    let server = RwLock::new(server);
    let (finished, changed_all) = watch::channel(None);
    let created = events_of(&alice, id).await;
    let both = async {
        tokio::join!(subscribe(&server, &bob, created, changed_all), async {
            change(&server, &alice, id).await;
            let last = events_of(&alice, id).await.last().and_then(|event| event["sequence"].as_u64());
            finished.send_replace(last);
        })
    };
    let (heard, ()) = within(DEADLINE, "last event", both).await;
    let stored = events_of(&alice, id).await;
    let told: Vec<&Value> = stored.iter().map(|event| &event["eventId"]).collect();
    let heard: Vec<&Value> = heard.iter().collect();
    assert_eq!(heard.len(), told.len(), "the subscriber has as many events as there are");
    assert_eq!(heard, told, "in their order");
    assert!(told.len() as u64 > CHANGES, "{} events", told.len());
    server.into_inner().stop().await;
}

/// Makes the changes and kills the server in between. A change whose answer was lost is made again: the event of either
/// counts.
async fn change(server: &RwLock<Mockly>, alice: &Person, id: &str) {
    for number in 1..=CHANGES {
        if KILLED_AT.contains(&number) {
            let mut server = server.write().await;
            server.kill();
            server.start_again(true).await;
        }
        let body = json!({"title": format!("change {number}")});
        let request = Request::new("PATCH", format!("/api/sessions/{id}")).json(&body);
        alice.http.try_send(request).await.expect("the server is up").expect(200);
    }
}

/// Listens from the first event, which is known, until the last one is there; returns the ids of all, in the order of
/// arrival and without repeats.
async fn subscribe(
    server: &RwLock<Mockly>,
    bob: &Person,
    created: Vec<Value>,
    mut last: watch::Receiver<Option<u64>>,
) -> Vec<Value> {
    let address = server.read().await.address();
    let (mut heard, mut sequence) = (vec![created[0]["eventId"].clone()], 1);
    let topic = format!("/topic/sessions/{}", created[0]["data"]["id"].as_str().unwrap());
    loop {
        // While the server is away nothing can be heard; the lock is free again when it is back.
        let up = server.read().await;
        let client = reconnect(address, bob, &topic, heard.last()).await;
        drop(up);
        let Ok(mut client) = client else { continue };
        for _ in 0..DROPS_AFTER {
            let event = tokio::select! {
                frame = client.next() => frame,
                // Everything was heard before the last change was known to be the last.
                () = until_heard(&mut last, sequence) => return heard,
            };
            let Ok(Some(frame)) = event else { break };
            assert_eq!(frame.header("resume"), None, "nothing is too old to be resumed from");
            let event = frame.json();
            let at = event["sequence"].as_u64().unwrap();
            if at <= sequence {
                // At least once: the same event again.
                assert!(heard.contains(&event["eventId"]), "event {at} after {sequence} is none that was heard");
                continue;
            }
            assert_eq!(at, sequence + 1, "a gap");
            sequence = at;
            heard.push(event["eventId"].clone());
        }
    }
}

async fn until_heard(last: &mut watch::Receiver<Option<u64>>, sequence: u64) {
    // The sender outlives the last change.
    let _ = last.wait_for(|last| *last == Some(sequence)).await;
}

async fn reconnect(
    address: std::net::SocketAddr,
    bob: &Person,
    topic: &str,
    last: Option<&Value>,
) -> io::Result<StompClient> {
    let mut client = StompClient::connect(address, &bob.token).await?;
    let headers: Vec<_> = last.and_then(Value::as_str).map(|id| ("last-event-id", id)).into_iter().collect();
    client.subscribe("session", topic, &headers).await?;
    Ok(client)
}
