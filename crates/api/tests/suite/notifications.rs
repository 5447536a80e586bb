//! Notifications over HTTP: sent by services and admins, listed and read by their user alone.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::support::{Account, Answer, TestApp, text};

impl TestApp {
    async fn tell(&self, key: &str, idempotency_key: &str, body: &Value) -> Answer {
        let request = TestRequest::post().uri("/api/notifications").insert_header(("X-API-Key", key));
        self.send(request.insert_header(("Idempotency-Key", idempotency_key)).set_json(body)).await
    }
}

fn to(user: &Account, event: &str) -> Value {
    json!({ "userId": user.id, "event": event, "payload": { "status": "success" } })
}

#[actix_web::test]
async fn a_service_sends_and_the_user_lists_and_reads() {
    let app = TestApp::new().await;
    let (admin, carla, ivan) = (app.admin().await, app.account("carla").await, app.account("ivan").await);
    let key = app.key(&admin, &["NOTIFICATIONS"]).await;
    let sent = app.tell(&key, "k1", &to(&carla, "analysis:completed")).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    let sent = sent.json();
    assert_eq!((&sent["success"], &sent["data"]["delivered"]), (&json!(true), &json!(false)));
    let by_admin = app.post("/api/notifications", to(&carla, "hello"), &admin).await;
    assert_eq!(by_admin.status, 201, "{}", by_admin.text());

    let list = app.get("/api/notifications?size=1", &carla).await.json();
    assert_eq!((&list["total"], &list["items"][0]["event"]), (&json!(2), &json!("hello")));
    let last = app.get("/api/notifications?size=1&page=1", &carla).await.json()["items"][0].clone();
    assert_eq!(last["id"], sent["data"]["id"]);
    assert_eq!((&last["payload"], &last["readAt"]), (&json!({ "status": "success" }), &Value::Null));
    assert!(last["timestamp"].is_string());

    let read = format!("/api/notifications/{}/read", text(&last["id"]));
    app.act(&read, &ivan).await.problem(403, "access-denied");
    assert!(app.act(&read, &carla).await.json()["readAt"].is_string());
    assert_eq!(app.get("/api/notifications?unread=true", &carla).await.json()["total"], 1);
    assert_eq!(app.act("/api/notifications/read-all", &carla).await.status, 204);
    assert_eq!(app.get("/api/notifications?unread=true", &carla).await.json()["total"], 0);
    assert_eq!(app.get("/api/notifications?unread=false", &carla).await.json()["total"], 2);
    app.get("/api/notifications?unread=maybe", &carla).await.problem(400, "invalid-parameter");
    app.act("/api/notifications/7/read", &carla).await.problem(400, "invalid-id");
    let unknown = "/api/notifications/0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e61/read";
    app.act(unknown, &carla).await.problem(404, "notification-not-found");
}

#[actix_web::test]
async fn a_service_that_sends_again_is_answered_again_and_no_other_is() {
    let app = TestApp::new().await;
    let (admin, carla) = (app.admin().await, app.account("carla").await);
    let (key, other) = (app.key(&admin, &["NOTIFICATIONS"]).await, app.key(&admin, &["NOTIFICATIONS"]).await);
    let body = to(&carla, "x");
    let first = app.tell(&key, "k", &body).await;
    let again = app.tell(&key, "k", &body).await;
    assert_eq!((again.header("idempotent-replayed"), again.json()), (Some("true"), first.json()));
    app.tell(&key, "k", &to(&carla, "y")).await.problem(409, "idempotency-key-reused");
    assert_eq!(app.tell(&other, "k", &body).await.header("idempotent-replayed"), None);
    assert_eq!(app.get("/api/notifications", &carla).await.json()["total"], 2);
}

#[actix_web::test]
async fn what_cannot_be_told_is_refused_with_the_reason() {
    let app = TestApp::new().await;
    let (admin, carla) = (app.admin().await, app.account("carla").await);
    let (key, other) = (app.key(&admin, &["NOTIFICATIONS"]).await, app.key(&admin, &["USERS"]).await);
    for (change, field) in [
        (json!({ "event": "connect" }), "event"),
        (json!({ "event": "newListener" }), "event"),
        (json!({ "event": "" }), "event"),
        (json!({ "event": "a\nb" }), "event"),
        (json!({ "event": "x".repeat(129) }), "event"),
        (json!({ "payload": [1] }), "payload"),
        (json!({ "payload": "text" }), "payload"),
        (json!({ "payload": null }), "payload"),
        (json!({ "payload": { "n": "x".repeat(16 * 1024) } }), "payload"),
        (json!({ "userId": "" }), "userId"),
    ] {
        let mut body = to(&carla, "x");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let request = TestRequest::post().uri("/api/notifications").insert_header(("X-API-Key", key.as_str()));
        let problem = app.send(request.set_json(&body)).await.problem(400, "validation-failed");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let mut unknown = to(&carla, "x");
    unknown["userId"] = json!("nobody");
    app.tell(&key, "unknown", &unknown).await.problem(404, "unknown-user");
    app.tell(&other, "scope", &to(&carla, "x")).await.problem(403, "service-key-scope");
    app.post("/api/notifications", to(&carla, "x"), &carla).await.problem(403, "forbidden");
    assert_eq!(app.get("/api/notifications", &carla).await.json()["total"], 0);
}

#[actix_web::test]
async fn an_invitation_waits_on_the_bell() {
    let app = TestApp::new().await;
    let (carla, ivan) = (app.account("carla").await, app.account("ivan").await);
    let session = app.interview(&carla, &ivan).await;
    let list = app.get("/api/notifications", &ivan).await.json();
    assert_eq!(list["items"][0]["event"], "session:invited");
    assert_eq!(list["items"][0]["payload"]["sessionId"], session["id"]);
    assert_eq!(app.get("/api/notifications", &carla).await.json()["total"], 0);
}

#[actix_web::test]
async fn websocket_stats_are_for_everyone_with_a_token() {
    let app = TestApp::new().await;
    let carla = app.account("carla").await;
    let stats = app.get("/api/v1/websocket/stats", &carla).await;
    assert_eq!(stats.status, 200, "{}", stats.text());
    let stats = stats.json();
    assert_eq!((&stats["success"], &stats["data"]["connected"]), (&json!(true), &json!(0)));
    assert!(stats["data"]["timestamp"].is_string());
    app.send(TestRequest::get().uri("/api/v1/websocket/stats")).await.problem(401, "unauthenticated");
}
