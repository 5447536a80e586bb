//! Users and what they do first.

use serde_json::{Value, json};

use crate::http::Http;
use crate::mockly::Mockly;
use crate::token::user_token;

/// Somebody with a token.
#[derive(Debug, Clone)]
pub struct Person {
    /// The user id, which is also the name.
    pub id: String,
    /// The access token.
    pub token: String,
    /// Requests as this user.
    pub http: Http,
}

impl Person {
    /// Signs somebody in by a token of another service; the first request makes the user.
    ///
    /// # Panics
    /// When the server does not take the token.
    pub async fn sign_in(server: &Mockly, id: &str) -> Self {
        let person = Self::with_token(server, id, user_token(id, id));
        person.http.get("/api/users/me").await.expect(200);
        person
    }

    /// Somebody with any token.
    pub fn with_token(server: &Mockly, id: &str, token: String) -> Self {
        Self { id: id.to_owned(), http: server.http().with_token(&token), token }
    }

    /// The same at another node, or after a restart.
    #[must_use]
    pub fn at(&self, server: &Mockly) -> Self {
        Self::with_token(server, &self.id, self.token.clone())
    }

    /// The topic that tells of this user's sessions.
    pub fn topic(&self) -> String {
        format!("/topic/users/{}/sessions", self.id)
    }
}

/// Creates an interview with somebody, now, and returns it.
///
/// # Panics
/// When it cannot be created.
pub async fn create_interview(candidate: &Person, interviewer: &Person) -> Value {
    candidate.http.post("/api/sessions", &json!({"interviewerId": interviewer.id})).await.expect(201)
}

/// Cancels a session that nobody has joined.
///
/// # Panics
/// When it cannot be canceled.
pub async fn cancel_session(person: &Person, id: &str) {
    person.http.post_empty(&format!("/api/sessions/{id}/cancel")).await.expect(200);
}

/// Ends a session that somebody has joined.
///
/// # Panics
/// When it cannot be ended.
pub async fn end_session(person: &Person, id: &str) {
    person.http.post_empty(&format!("/api/sessions/{id}/end")).await.expect(200);
}

/// The status of a session.
///
/// # Panics
/// When it cannot be read.
pub async fn status_of(person: &Person, id: &str) -> String {
    let session = person.http.get(&format!("/api/sessions/{id}")).await.expect(200);
    session["status"].as_str().unwrap_or_default().to_owned()
}

/// The events of a session as its table has them, from the first one on.
///
/// # Panics
/// When they cannot be read.
pub async fn events_of(person: &Person, id: &str) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let after = events.last().map_or(0, |event: &Value| event["sequence"].as_u64().expect("an event has one"));
        let page = person.http.get(&format!("/api/sessions/{id}/events?after={after}&limit=100")).await.expect(200);
        events.extend(page["items"].as_array().expect("it is a list").iter().cloned());
        if page["hasMore"] == false {
            return events;
        }
    }
}
