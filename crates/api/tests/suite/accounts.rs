//! Own accounts, tokens, profiles.

use actix_web::test::TestRequest;
use mockly_api::{HttpSettings, Rate, Rates};
use serde_json::{Value, json};

use crate::support::{TestApp, text};

fn post(path: &str, body: Value) -> TestRequest {
    TestRequest::post().uri(path).set_json(body)
}

fn sign_in(password: &str) -> TestRequest {
    post("/api/auth/login", json!({ "email": "ada@example.org", "password": password }))
}

#[actix_web::test]
async fn registering_signs_in() {
    let app = TestApp::new().await;
    let body = json!({ "email": "ada@example.org", "password": "correct horse", "displayName": "Ada" });
    let answer = app.send(post("/api/auth/register", body.clone())).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (201, Some("/api/users/me")));
    let tokens = answer.json();
    assert_eq!(tokens["tokenType"], "Bearer");
    assert!(tokens["expiresIn"].as_u64().unwrap() > 0);
    assert_eq!(tokens["user"]["displayName"], "Ada");
    assert_eq!(tokens["user"]["roles"], json!(["MEMBER"]));
    let cookie = answer.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/api/auth", "Expires="] {
        assert!(cookie.contains(part), "{part}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");
    app.send(post("/api/auth/register", body)).await.problem(409, "email-taken");
}

#[actix_web::test]
async fn cookies_are_secure_behind_tls() {
    let app = TestApp::with(HttpSettings { public_url: "https://meet.example".to_owned(), ..HttpSettings::default() });
    let app = app.await;
    app.account("ada").await;
    assert!(app.send(sign_in("correct horse")).await.header("set-cookie").unwrap().contains("Secure"));
}

#[actix_web::test]
async fn bad_registrations_name_every_field() {
    let app = TestApp::new().await;
    let body = json!({ "email": "nobody", "password": "short", "displayName": " " });
    let problem = app.send(post("/api/auth/register", body)).await.problem(400, "validation-failed");
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["displayName", "email", "password"]);
}

#[actix_web::test]
async fn signing_in_needs_the_password() {
    let app = TestApp::new().await;
    app.account("ada").await;
    assert_eq!(app.send(sign_in("correct horse")).await.status, 200);
    app.send(sign_in("wrong")).await.problem(401, "invalid-credentials");
    let nobody = json!({ "email": "nobody@example.org", "password": "correct horse" });
    app.send(post("/api/auth/login", nobody)).await.problem(401, "invalid-credentials");
}

#[actix_web::test]
async fn a_refresh_token_works_once_from_body_or_cookie() {
    let app = TestApp::new().await;
    app.account("ada").await;
    let signed_in = app.send(sign_in("correct horse")).await;
    let first = text(&signed_in.json()["refreshToken"]);
    let refreshed = app.send(post("/api/auth/refresh", json!({ "refreshToken": first }))).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text());
    let cookie = refreshed.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let by_cookie = TestRequest::post().uri("/api/auth/refresh").insert_header(("Cookie", cookie));
    assert_eq!(app.send(by_cookie).await.status, 200);
    let reused = post("/api/auth/refresh", json!({ "refreshToken": first }));
    app.send(reused).await.problem(401, "invalid-refresh-token");
    app.send(TestRequest::post().uri("/api/auth/refresh")).await.problem(401, "invalid-refresh-token");
}

#[actix_web::test]
async fn signing_out_ends_the_refresh_token_and_takes_the_cookie() {
    let app = TestApp::new().await;
    app.account("ada").await;
    let token = text(&app.send(sign_in("correct horse")).await.json()["refreshToken"]);
    let answer = app.send(post("/api/auth/logout", json!({ "refreshToken": token }))).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    app.send(post("/api/auth/refresh", json!({ "refreshToken": token }))).await.problem(401, "invalid-refresh-token");
    assert_eq!(app.send(TestRequest::post().uri("/api/auth/logout")).await.status, 204);
}

#[actix_web::test]
async fn a_password_is_changed_by_who_knows_it() {
    let app = TestApp::new().await;
    let ada = app.account("ada").await;
    let change = |current: &str, new: &str| {
        TestRequest::put().uri("/api/auth/password").set_json(json!({ "currentPassword": current, "newPassword": new }))
    };
    app.send(change("correct horse", "battery staple")).await.problem(401, "unauthenticated");
    let wrong = app.send(ada.sign(change("wrong", "battery staple"))).await.problem(400, "validation-failed");
    assert_eq!(wrong["errors"][0]["field"], "currentPassword");
    let short = app.send(ada.sign(change("correct horse", "short"))).await.problem(400, "validation-failed");
    assert_eq!(short["errors"][0]["field"], "newPassword");
    let changed = app.send(ada.sign(change("correct horse", "battery staple"))).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert!(changed.header("set-cookie").unwrap().contains("mockly_refresh="));
    let again = post("/api/auth/refresh", json!({ "refreshToken": changed.json()["refreshToken"] }));
    assert_eq!(app.send(again).await.status, 200);
    app.send(sign_in("correct horse")).await.problem(401, "invalid-credentials");
    assert_eq!(app.send(sign_in("battery staple")).await.status, 200);
}

/// A stolen token must not give more tries than signing in does.
#[actix_web::test]
async fn tries_at_a_password_count_wherever_they_are_made() {
    let rates = Rates { sign_in_per_account: Rate::per_minute(2), ..Rates::default() };
    let app = TestApp::with(HttpSettings { rates, ..HttpSettings::default() }).await;
    let ada = app.account("ada").await;
    let body = json!({ "currentPassword": "wrong", "newPassword": "battery staple" });
    let change = || ada.sign(TestRequest::put().uri("/api/auth/password").set_json(&body));
    app.send(change()).await.problem(400, "validation-failed");
    app.send(sign_in("wrong")).await.problem(401, "invalid-credentials");
    app.send(change()).await.problem(429, "rate-limited");
    app.send(sign_in("correct horse")).await.problem(429, "rate-limited");
}

#[actix_web::test]
async fn sign_ins_are_limited_per_account_and_address() {
    let rates = Rates { sign_in_per_account: Rate::per_minute(2), ..Rates::default() };
    let app = TestApp::with(HttpSettings { rates, ..HttpSettings::default() }).await;
    app.account("ada").await;
    for _ in 0..2 {
        app.send(sign_in("wrong")).await.problem(401, "invalid-credentials");
    }
    let answer = app.send(sign_in("correct horse")).await;
    answer.problem(429, "rate-limited");
    assert_eq!(answer.header("ratelimit-limit"), Some("2"));
    assert_eq!(answer.header("ratelimit-remaining"), Some("0"));
    assert_eq!(app.send_from("192.0.2.7:9", sign_in("correct horse")).await.status, 200);
}

#[actix_web::test]
async fn registering_and_refreshing_are_limited_per_address() {
    let rates = Rates { sign_in_per_address: Rate::per_minute(3), ..Rates::default() };
    let app = TestApp::with(HttpSettings { rates, ..HttpSettings::default() }).await;
    let register = |email: &'static str| {
        let body = json!({ "email": email, "password": "correct horse", "displayName": "Ada" });
        TestRequest::post().uri("/api/auth/register").set_json(body)
    };
    assert_eq!(app.send(register("ada@example.org")).await.status, 201);
    app.send(register("ada@example.org")).await.problem(409, "email-taken");
    let refresh = || TestRequest::post().uri("/api/auth/refresh").set_json(json!({ "refreshToken": "made up" }));
    app.send(refresh()).await.problem(401, "invalid-refresh-token");
    app.send(refresh()).await.problem(429, "rate-limited");
    app.send_from("192.0.2.7:9", refresh()).await.problem(401, "invalid-refresh-token");
}

#[actix_web::test]
async fn requests_are_limited_per_user_and_the_standing_is_told() {
    let rates = Rates { api_per_user: Rate::per_minute(2), ..Rates::default() };
    let app = TestApp::with(HttpSettings { rates, ..HttpSettings::default() }).await;
    let (ada, grace) = (app.account("ada").await, app.account("grace").await);
    let first = app.get("/api/users/me", &ada).await;
    assert_eq!((first.status.as_u16(), first.header("ratelimit-remaining")), (200, Some("1")));
    assert_eq!(app.get("/api/users/me", &ada).await.status, 200);
    app.get("/api/users/me", &ada).await.problem(429, "rate-limited");
    assert_eq!(app.get("/api/users/me", &grace).await.status, 200);
}

#[actix_web::test]
async fn a_forwarded_address_counts_from_trusted_proxies_alone() {
    let rates = Rates { api_per_address: Rate::per_minute(1), ..Rates::default() };
    let trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let app = TestApp::with(HttpSettings { rates, trusted_proxies, ..HttpSettings::default() }).await;
    let get = |client: &'static str| TestRequest::get().uri("/api/config").insert_header(("X-Forwarded-For", client));
    assert_eq!(app.send(get("198.51.100.1")).await.status, 200);
    assert_eq!(app.send(get("198.51.100.2")).await.status, 200);
    app.send(get("198.51.100.1")).await.problem(429, "rate-limited");
    assert_eq!(app.send_from("192.0.2.7:9", get("198.51.100.3")).await.status, 200);
    app.send_from("192.0.2.7:9", get("198.51.100.4")).await.problem(429, "rate-limited");
}

#[actix_web::test]
async fn a_profile_is_read_and_changed() {
    let app = TestApp::new().await;
    let ada = app.account("ada").await;
    assert_eq!(app.get("/api/users/me", &ada).await.json()["email"], "ada@example.org");
    let patch = |body: Value| ada.sign(TestRequest::patch().uri("/api/users/me").set_json(body));
    let changed = app.send(patch(json!({ "displayName": "Ada L.", "avatarUrl": "https://cdn.example/a.png" }))).await;
    assert_eq!(changed.json()["displayName"], "Ada L.");
    let cleared = app.send(patch(json!({ "avatarUrl": null }))).await.json();
    assert_eq!((&cleared["displayName"], &cleared["avatarUrl"]), (&json!("Ada L."), &Value::Null));
    let problem =
        app.send(patch(json!({ "avatarUrl": "javascript:alert(1)" }))).await.problem(400, "validation-failed");
    assert_eq!(problem["errors"][0]["field"], "avatarUrl");
}

#[actix_web::test]
async fn users_are_found_by_name_without_their_address() {
    let app = TestApp::new().await;
    let ada = app.account("ada").await;
    app.account("grace").await;
    let found = app.get("/api/users?query=grac&size=5", &ada).await.json();
    assert_eq!((&found["total"], &found["page"], &found["size"]), (&json!(1), &json!(0), &json!(5)));
    assert_eq!(found["items"][0]["displayName"], "grace");
    assert!(found["items"][0].get("email").is_none());
    let problem = app.get("/api/users?role=king", &ada).await.problem(400, "invalid-parameter");
    assert!(text(&problem["detail"]).contains("MEMBER, TEACHER, MENTOR, ADMIN"), "{problem}");
}

#[actix_web::test]
async fn a_ticket_is_bought_with_a_token() {
    let app = TestApp::new().await;
    let ada = app.account("ada").await;
    let ticket = app.act("/api/ws/ticket", &ada).await.json();
    assert!(!text(&ticket["ticket"]).is_empty() && ticket["expiresAt"].is_string());
    app.send(TestRequest::post().uri("/api/ws/ticket")).await.problem(401, "unauthenticated");
}
