//! Two people, a session, and what was acknowledged to those who changed it.

use std::io;
use std::time::{Duration, Instant};

use mockly_tests::{Answer, Http, Mockly, Person, Request, StompClient, TestDatabase, create_interview, events_of};
use serde_json::{Value, json};

/// A server with a session.
pub(crate) struct Scene {
    pub(crate) server: Mockly,
    pub(crate) alice: Person,
    pub(crate) bob: Person,
    /// The session's id.
    pub(crate) id: String,
}

/// What one writer was told.
#[derive(Debug, Default, Clone)]
pub(crate) struct Ledger {
    /// The titles whose change was answered with 200, in order.
    pub(crate) acknowledged: Vec<String>,
    /// The titles whose change was not answered, or with a failure: it may have happened.
    pub(crate) doubtful: Vec<String>,
    /// The statuses of failures.
    pub(crate) refusals: Vec<u16>,
    /// The longest that an answer, or the end without one, took.
    pub(crate) longest: Duration,
}

impl Scene {
    pub(crate) async fn new(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        Self::of(Mockly::start(database, settings).await).await
    }

    /// The same at a server that runs.
    pub(crate) async fn of(server: Mockly) -> Self {
        let (alice, bob) = (Person::sign_in(&server, "alice").await, Person::sign_in(&server, "bob").await);
        let id = create_interview(&alice, &bob).await["id"].as_str().unwrap().to_owned();
        Self { server, alice, bob, id }
    }

    pub(crate) fn topic(&self) -> String {
        format!("/topic/sessions/{}", self.id)
    }

    /// Bob listens to the session.
    pub(crate) async fn listener(&self) -> StompClient {
        let mut client = StompClient::connect(self.server.address(), &self.bob.token).await.unwrap();
        client.subscribe("one", &self.topic(), &[]).await.unwrap();
        client
    }

    /// Alice changes the title.
    pub(crate) async fn retitle(&self, title: &str) -> Answer {
        self.alice.http.send(retitling(&self.id, title)).await
    }
}

/// The request that gives a session another title.
pub(crate) fn retitling(id: &str, title: &str) -> Request {
    Request::new("PATCH", format!("/api/sessions/{id}")).json(&json!({ "title": title }))
}

/// The title in an event of a session.
pub(crate) fn title_of(event: &Value) -> &str {
    event["data"]["title"].as_str().unwrap_or_default()
}

/// Awaits the event with that title, and passes over those before it.
pub(crate) async fn hear(client: &mut StompClient, title: &str) {
    while title_of(&client.event().await) != title {}
}

impl Ledger {
    /// Makes one change and writes down what came of it.
    pub(crate) async fn change(&mut self, http: &Http, id: &str, title: String) -> io::Result<()> {
        let asked = Instant::now();
        let answer = http.try_send(retitling(id, &title)).await;
        self.longest = self.longest.max(asked.elapsed());
        match answer {
            Ok(answer) if answer.status == 200 => self.acknowledged.push(title),
            Ok(answer) => {
                if answer.status == 503 {
                    assert!(answer.header("retry-after").is_some(), "a 503 says when to come again");
                }
                self.refusals.push(answer.status);
                self.doubtful.push(title);
            }
            Err(error) => {
                self.doubtful.push(title);
                return Err(error);
            }
        }
        Ok(())
    }

    /// What was acknowledged is stored once, in its order, and nothing is stored that was not asked for; every event is
    /// whole and no number is left out.
    pub(crate) async fn check(&self, reader: &Person, id: &str) {
        let events = events_of(reader, id).await;
        let sequences: Vec<u64> = events.iter().filter_map(|event| event["sequence"].as_u64()).collect();
        assert_eq!(sequences, (1..=events.len() as u64).collect::<Vec<_>>(), "a gap or a repeat");
        let changes = events.iter().filter(|event| event["type"] == "SESSION_UPDATED").map(title_of);
        let stored: Vec<&str> = changes.collect();
        let known: Vec<&str> =
            stored.iter().copied().filter(|title| !self.doubtful.iter().any(|doubtful| doubtful == title)).collect();
        assert_eq!(known, self.acknowledged, "what is stored beside what was acknowledged");
        let session = reader.http.get(&format!("/api/sessions/{id}")).await.expect(200);
        if let Some(last) = stored.last() {
            assert_eq!(session["title"], *last, "the session and its last event are of one transaction");
        }
    }
}
