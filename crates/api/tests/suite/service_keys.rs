//! Service keys over HTTP: made and revoked by admins, and how far they reach.

use actix_web::test::TestRequest;
use mockly_api::{HttpSettings, Rate, Rates};
use serde_json::{Value, json};

use crate::support::{Account, Answer, TestApp, rates_off, text};

impl TestApp {
    async fn put_user(&self, key: &str, id: &str, body: Value) -> Answer {
        self.send(by_key(TestRequest::put(), key).uri(&format!("/api/users/{id}")).set_json(body)).await
    }
}

fn by_key(request: TestRequest, key: &str) -> TestRequest {
    request.insert_header(("X-API-Key", key))
}

fn acting(request: TestRequest, key: &str, user: &str) -> TestRequest {
    by_key(request, key).insert_header(("X-Act-As", user))
}

#[actix_web::test]
async fn a_key_is_shown_once_listed_without_it_and_revoked() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let body = json!({ "name": "Platform", "scopes": ["act_as", "USERS"] });
    let created = app.post("/api/admin/service-keys", body, &admin).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let made = created.json();
    let (id, key) = (text(&made["id"]), text(&made["key"]));
    assert_eq!((&made["name"], &made["scopes"]), (&json!("Platform"), &json!(["USERS", "ACT_AS"])));
    assert!(key.starts_with("mk_"), "{key}");
    let location = format!("/api/admin/service-keys/{id}");
    assert_eq!(created.header("location"), Some(location.as_str()));

    let listed = app.get("/api/admin/service-keys", &admin).await;
    assert_eq!((&listed.json()["total"], &listed.json()["items"][0]["id"]), (&json!(1), &json!(id)));
    assert!(!listed.text().contains(&key) && listed.json()["items"][0]["createdBy"] == admin.id);

    let stats = || by_key(TestRequest::get().uri("/api/v1/websocket/stats"), &key);
    assert_eq!(app.send(stats()).await.status, 200);
    let revoke = || admin.sign(TestRequest::delete().uri(&location));
    assert_eq!(app.send(revoke()).await.status, 204);
    app.send(stats()).await.problem(401, "invalid-service-key");
    app.send(revoke()).await.problem(404, "service-key-not-found");
    let malformed = admin.sign(TestRequest::delete().uri("/api/admin/service-keys/7"));
    app.send(malformed).await.problem(400, "invalid-id");
}

#[actix_web::test]
async fn making_a_key_again_under_an_idempotency_key_makes_another() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let make = || {
        let request = TestRequest::post().uri("/api/admin/service-keys").insert_header(("Idempotency-Key", "k"));
        admin.sign(request.set_json(json!({ "name": "Platform", "scopes": ["USERS"] })))
    };
    let (first, second) = (app.send(make()).await, app.send(make()).await);
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201));
    assert_ne!(first.json()["key"], second.json()["key"]);
}

#[actix_web::test]
async fn wrong_bodies_and_wrong_people_are_told_so() {
    let app = TestApp::new().await;
    let (admin, carla) = (app.admin().await, app.account("carla").await);
    let path = "/api/admin/service-keys";
    for (body, field) in [
        (json!({ "name": " ", "scopes": ["USERS"] }), "name"),
        (json!({ "name": "x", "scopes": [] }), "scopes"),
        (json!({ "name": "x", "scopes": ["ROOT"] }), "scopes.0"),
        (json!({ "name": "x" }), "scopes"),
    ] {
        let problem = app.post(path, body, &admin).await.problem(400, "validation-failed");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    app.post(path, json!({ "name": "x", "scopes": ["USERS"] }), &carla).await.problem(403, "forbidden");
    app.get(path, &carla).await.problem(403, "forbidden");
    app.send(TestRequest::get().uri(path)).await.problem(401, "unauthenticated");
}

#[actix_web::test]
async fn a_service_acts_for_a_user_and_is_clearly_refused_where_it_may_not() {
    let app = TestApp::new().await;
    let (admin, carla, ivan) = (app.admin().await, app.account("carla").await, app.account("ivan").await);
    let key = app.key(&admin, &["ACT_AS"]).await;
    let create = TestRequest::post().uri("/api/sessions").set_json(json!({ "interviewerId": ivan.id }));
    let created = app.send(acting(create, &key, &carla.id)).await;
    assert_eq!(created.status, 201, "{}", created.text());
    assert_eq!(created.json()["createdBy"], carla.id);

    let me = || TestRequest::get().uri("/api/users/me");
    assert_eq!(app.send(acting(me(), &key, &carla.id)).await.json()["id"], carla.id);
    app.send(by_key(me(), &key)).await.problem(403, "service-key-scope");
    app.send(acting(me(), &key, &admin.id)).await.problem(403, "service-key-scope");
    app.send(acting(me(), &key, "nobody")).await.problem(404, "unknown-user");
    for malformed in ["", "%FF", "%00", &"x".repeat(129)] {
        app.send(acting(me(), &key, malformed)).await.problem(400, "invalid-parameter");
    }
    app.send(acting(me(), "mk_wrong", &carla.id)).await.problem(401, "invalid-service-key");
    // Who asks must be clear.
    app.send(carla.sign(by_key(me(), &key))).await.problem(401, "unauthenticated");
    app.send(carla.sign(me().insert_header(("X-Act-As", ivan.id.as_str())))).await.problem(403, "service-key-scope");
    let users = app.key(&admin, &["USERS"]).await;
    app.send(acting(me(), &users, &carla.id)).await.problem(403, "service-key-scope");
}

#[actix_web::test]
async fn a_user_id_of_an_issuer_is_percent_encoded() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let key = app.key(&admin, &["USERS", "ACT_AS"]).await;
    let body = json!({ "displayName": "Ada", "email": "ada@example.org", "roles": ["mentor"] });
    let made = app.put_user(&key, "auth0%7C5f7c", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.json()["id"], "auth0|5f7c");
    assert_eq!(made.json()["roles"], json!(["MEMBER", "MENTOR"]));
    assert_eq!(app.put_user(&key, "auth0%7C5f7c", body).await.status, 200);
    let me = app.send(acting(TestRequest::get().uri("/api/users/me"), &key, "auth0%7C5f7c")).await;
    assert_eq!(me.json()["email"], "ada@example.org");
    // A user made ahead can be booked at once.
    let carla = app.account("carla").await;
    let body = json!({ "mentorId": "auth0|5f7c", "scheduledAt": "2100-01-15T10:00:00Z", "title": "Design" });
    assert_eq!(app.post("/api/bookings", body, &carla).await.status, 201);
}

#[actix_web::test]
async fn users_are_put_by_keys_of_that_scope_and_never_upward() {
    let app = TestApp::new().await;
    let (admin, carla) = (app.admin().await, app.account("carla").await);
    let key = app.key(&admin, &["USERS"]).await;
    let named = || json!({ "displayName": "Eve" });
    app.put_user(&key, &carla.id, named()).await.problem(403, "service-key-scope");
    app.put_user(&key, &admin.id, named()).await.problem(403, "service-key-scope");
    let upward = json!({ "displayName": "Eve", "roles": ["ADMIN"] });
    app.put_user(&key, "eve", upward).await.problem(403, "service-key-scope");
    let other = app.key(&admin, &["ACT_AS", "NOTIFICATIONS", "ANALYSES"]).await;
    app.put_user(&other, "eve", named()).await.problem(403, "service-key-scope");
    let by_token = admin.sign(TestRequest::put().uri("/api/users/eve").set_json(named()));
    app.send(by_token).await.problem(403, "service-key-scope");
    for (body, field) in [
        (json!({}), "displayName"),
        (json!({ "displayName": "x", "email": "x" }), "email"),
        (json!({ "displayName": "x", "avatarUrl": "x" }), "avatarUrl"),
        (json!({ "displayName": "x", "roles": ["KING"] }), "roles.0"),
    ] {
        let problem = app.put_user(&key, "eve", body).await.problem(400, "validation-failed");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    app.put_user(&key, "%00", named()).await.problem(400, "invalid-id");
    assert_eq!(app.get("/api/users?query=eve", &admin).await.json()["total"], 0);
}

#[actix_web::test]
async fn no_key_signs_in_buys_tickets_or_administers_however_the_path_is_spelled() {
    let app = TestApp::new().await;
    let (admin, carla) = (app.admin().await, app.account("carla").await);
    let key = app.key(&admin, &["USERS", "ACT_AS", "NOTIFICATIONS", "ANALYSES"]).await;
    let login = json!({ "email": "carla@example.org", "password": "correct horse" });
    for request in [
        TestRequest::post().uri("/api/auth/login").set_json(login),
        TestRequest::post().uri("/api/auth/logout"),
        TestRequest::post().uri("/api/ws/ticket"),
        TestRequest::post().uri("/api/%77s/ticket"),
        TestRequest::get().uri("/api/admin/stats"),
        TestRequest::get().uri("/api/%61dmin/stats"),
        TestRequest::get().uri("/api/admin/users"),
        TestRequest::post().uri("/api/admin/service-keys").set_json(json!({ "name": "x", "scopes": ["USERS"] })),
    ] {
        app.send(acting(request, &key, &carla.id)).await.problem(403, "service-key-scope");
    }
    // Nor does a token that comes with one.
    let both = admin.sign(by_key(TestRequest::get().uri("/api/admin/stats"), &key));
    app.send(both).await.problem(403, "service-key-scope");
}

#[actix_web::test]
async fn a_service_and_each_user_it_acts_for_have_limits_of_their_own() {
    let api_per_user = Rate { count: 1, per: std::time::Duration::from_hours(1), burst: 2 };
    let rates = Rates { api_per_user, ..rates_off() };
    let app = TestApp::with(HttpSettings { rates, ..HttpSettings::default() }).await;
    let (admin, carla, ivan) = (app.admin().await, app.account("carla").await, app.account("ivan").await);
    let (one, other) = (app.key(&admin, &["ACT_AS"]).await, app.key(&admin, &["ACT_AS"]).await);
    let me = |key: &str, user: &Account| acting(TestRequest::get().uri("/api/users/me"), key, &user.id);
    for _ in 0..2 {
        assert_eq!(app.send(me(&one, &carla)).await.status, 200);
    }
    app.send(me(&one, &carla)).await.problem(429, "rate-limited");
    assert_eq!(app.send(me(&one, &ivan)).await.status, 200);
    assert_eq!(app.send(me(&other, &carla)).await.status, 200);
    assert_eq!(app.get("/api/users/me", &carla).await.status, 200);
}
