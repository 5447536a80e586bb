//! Two people and a session.

use mockly_tests::{Answer, Mockly, Person, Request, StompClient, TestDatabase, create_interview};
use serde_json::{Value, json};

/// A server with a session.
pub(crate) struct Scene {
    pub(crate) server: Mockly,
    pub(crate) alice: Person,
    pub(crate) bob: Person,
    /// The session's id.
    pub(crate) id: String,
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
