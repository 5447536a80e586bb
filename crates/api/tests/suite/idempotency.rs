//! `Idempotency-Key`: sent again is not done again.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::support::{Account, TestApp};

fn create(by: &Account, key: &str, body: &Value) -> TestRequest {
    let request = TestRequest::post().uri("/api/sessions").insert_header(("Idempotency-Key", key));
    by.sign(request.set_json(body))
}

#[actix_web::test]
async fn the_same_request_has_one_effect_and_one_answer() {
    let app = TestApp::new().await;
    let (carla, ivan) = (app.account("carla").await, app.account("ivan").await);
    let body = json!({ "interviewerId": ivan.id });
    let first = app.send(create(&carla, "k1", &body)).await;
    assert_eq!((first.status.as_u16(), first.header("idempotent-replayed")), (201, None), "{}", first.text());
    let again = app.send(create(&carla, "k1", &body)).await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (201, Some("true")), "{}", again.text());
    assert_eq!(again.json(), first.json());
    for name in ["etag", "location", "content-type"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    assert_eq!(app.get("/api/sessions", &carla).await.json()["total"], 1);
}

#[actix_web::test]
async fn another_body_is_told_apart_and_so_is_another_user() {
    let app = TestApp::new().await;
    let (carla, ivan) = (app.account("carla").await, app.account("ivan").await);
    assert_eq!(app.send(create(&carla, "k", &json!({ "interviewerId": ivan.id }))).await.status, 201);
    let other = json!({ "interviewerId": ivan.id, "title": "Another" });
    app.send(create(&carla, "k", &other)).await.problem(409, "idempotency-key-reused");
    let own = app.send(create(&ivan, "k", &json!({ "candidateId": carla.id }))).await;
    assert_eq!(own.header("idempotent-replayed"), None, "{}", own.text());
}

#[actix_web::test]
async fn a_kept_refusal_is_refused_again() {
    let app = TestApp::new().await;
    let carla = app.account("carla").await;
    let body = json!({ "interviewerId": "nobody" });
    app.send(create(&carla, "k", &body)).await.problem(404, "unknown-user");
    let again = app.send(create(&carla, "k", &body)).await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (404, Some("true")));
    assert_eq!(again.header("content-type"), Some("application/problem+json"));
}

#[actix_web::test]
async fn a_failure_is_not_kept() {
    let app = TestApp::new().await;
    let (carla, ivan) = (app.account("carla").await, app.account("ivan").await);
    let session = app.interview(&carla, &ivan).await;
    let path = format!("/api/sessions/{}/join", session["id"].as_str().unwrap());
    let join = |role: &str| {
        let request = TestRequest::post().uri(&path).insert_header(("Idempotency-Key", "j"));
        carla.sign(request.set_json(json!({ "role": role })))
    };
    // The key belongs to the path too, so this is another one than the creation's would be.
    assert_eq!(app.send(join("CANDIDATE")).await.status, 200);
    assert_eq!(app.send(join("CANDIDATE")).await.header("idempotent-replayed"), Some("true"));
}

#[actix_web::test]
async fn malformed_keys_are_refused_before_anything_is_done() {
    let app = TestApp::new().await;
    let (carla, ivan) = (app.account("carla").await, app.account("ivan").await);
    let body = json!({ "interviewerId": ivan.id });
    for key in ["", "ключ", &"k".repeat(256)] {
        app.send(create(&carla, key, &body)).await.problem(400, "invalid-parameter");
    }
    assert_eq!(app.get("/api/sessions", &carla).await.json()["total"], 0);
    assert_eq!(app.send(create(&carla, &"k".repeat(255), &body)).await.status, 201);
}

#[actix_web::test]
async fn what_hands_out_tokens_is_never_kept() {
    let app = TestApp::new().await;
    let ada = app.account("ada").await;
    let ticket = || ada.sign(TestRequest::post().uri("/api/ws/ticket").insert_header(("Idempotency-Key", "t")));
    let (first, second) = (app.send(ticket()).await, app.send(ticket()).await);
    assert_eq!(second.header("idempotent-replayed"), None);
    assert_ne!(first.json()["ticket"], second.json()["ticket"]);
}

/// A path can be spelled in many ways; the answer to none of them may be stored with a secret in it.
#[actix_web::test]
async fn however_its_path_is_spelled_no_secret_is_kept() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let create = |path: &str| {
        let request = TestRequest::post().uri(path).insert_header(("Idempotency-Key", "k"));
        admin.sign(request.set_json(json!({ "name": "Platform", "scopes": ["USERS"] })))
    };
    for path in [
        "/api/admin/service-keys",
        "/api/%61dmin/service-keys",
        "/api/admin/service%2Dkeys",
        "/%61pi/admin/service-keys",
    ] {
        let (first, second) = (app.send(create(path)).await, app.send(create(path)).await);
        assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201), "{path}: {}", first.text());
        assert_eq!(second.header("idempotent-replayed"), None, "{path}");
        assert_ne!(first.json()["key"], second.json()["key"], "{path}");
    }
}

#[actix_web::test]
async fn a_key_needs_a_token() {
    let app = TestApp::new().await;
    let request = TestRequest::post().uri("/api/sessions").insert_header(("Idempotency-Key", "k")).set_json(json!({}));
    app.send(request).await.problem(401, "unauthenticated");
}
