//! What every path has in common: refusals of the framework, headers, CORS, the document.

use std::time::Duration;

use actix_http::BoxedPayloadStream;
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::test::TestRequest;
use mockly_api::{AllowedOrigins, HttpSettings};
use serde_json::json;

use crate::support::{TestApp, text};

#[actix_web::test]
async fn an_unknown_path_is_a_problem() {
    let app = TestApp::new().await;
    let problem = app.send(TestRequest::get().uri("/api/nothing?token=secret")).await.problem(404, "not-found");
    assert_eq!(problem["instance"], "/api/nothing");
    app.send(TestRequest::get().uri("/swagger-ui/nothing.js")).await.problem(404, "not-found");
}

#[actix_web::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let app = TestApp::new().await;
    let answer = app.send(TestRequest::put().uri("/api/sessions")).await;
    answer.problem(405, "method-not-allowed");
    assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS, POST"));
    let answer = app.send(TestRequest::post().uri("/api/sessions/0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f")).await;
    assert_eq!(answer.header("allow"), Some("DELETE, GET, HEAD, OPTIONS, PATCH"));
    let answer = app.send(TestRequest::default().method(Method::OPTIONS).uri("/api/config")).await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (204, Some("GET, HEAD, OPTIONS")));
}

#[actix_web::test]
async fn head_is_answered_wherever_get_is() {
    let app = TestApp::new().await;
    assert_eq!(app.send(TestRequest::default().method(Method::HEAD).uri("/api/config")).await.status, 200);
}

#[actix_web::test]
async fn a_token_is_asked_for_and_only_as_a_header() {
    let app = TestApp::new().await;
    let ada = app.account("ada").await;
    app.send(TestRequest::get().uri("/api/sessions")).await.problem(401, "unauthenticated");
    let in_query = format!("/api/sessions?token={}", ada.token);
    app.send(TestRequest::get().uri(&in_query)).await.problem(401, "unauthenticated");
    let forged = TestRequest::get().uri("/api/sessions").insert_header(("Authorization", "Bearer nonsense"));
    app.send(forged).await.problem(401, "invalid-token");
    assert_eq!(app.get("/api/sessions", &ada).await.status, 200);
}

#[actix_web::test]
async fn bad_bodies_have_their_documented_errors() {
    let app = TestApp::new().await;
    let ada = app.account("ada").await;
    let post = |body: &'static str| {
        let request = TestRequest::post().uri("/api/sessions").insert_header(("Content-Type", "application/json"));
        ada.sign(request.set_payload(body))
    };
    app.send(post("{")).await.problem(400, "malformed-body");
    app.send(post("[]")).await.problem(400, "malformed-body");
    app.send(post("")).await.problem(400, "malformed-body");
    app.send(post("{\"title\": \"\u{0}\"}")).await.problem(400, "malformed-body");
    let problem = app.send(post(r#"{"interviewerId": 7}"#)).await.problem(400, "validation-failed");
    assert_eq!(problem["errors"][0]["field"], "interviewerId");
    let problem = app.send(post(r#"{"interviewerId": "a", "admission": "maybe"}"#)).await;
    let problem = problem.problem(400, "validation-failed");
    assert!(text(&problem["detail"]).contains("OPEN, KNOCK"), "{problem}");
    let body = r#"{"interviewerId": "a", "scheduledAt": "2026-01-15T10:00:00", "duration": 0}"#;
    app.send(post(body)).await.problem(400, "validation-failed");
    let body = r#"{"interviewerId": "a", "title": "nul\u0000", "duration": 0}"#;
    let problem = app.send(post(body)).await.problem(400, "validation-failed");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2, "{problem}");

    let typed = TestRequest::post().uri("/api/sessions").insert_header(("Content-Type", "text/plain"));
    app.send(ada.sign(typed.set_payload("{}"))).await.problem(415, "unsupported-media-type");
    let untyped = TestRequest::post().uri("/api/sessions").set_payload("{}");
    app.send(ada.sign(untyped)).await.problem(415, "unsupported-media-type");
    let packed =
        TestRequest::post().uri("/api/sessions").insert_header(("Content-Encoding", "gzip")).set_json(json!({}));
    app.send(ada.sign(packed)).await.problem(415, "unsupported-media-type");
    let large = json!({ "interviewerId": "a", "x": "x".repeat(1024 * 1024) });
    app.post("/api/sessions", large, &ada).await.problem(413, "body-too-large");
}

#[actix_web::test]
async fn bad_ids_and_queries_are_named() {
    let app = TestApp::new().await;
    let ada = app.account("ada").await;
    let problem = app.get("/api/sessions/7", &ada).await.problem(400, "invalid-id");
    assert_eq!(problem["errors"][0]["field"], "id");
    app.get("/api/sessions/%FF", &ada).await.problem(400, "invalid-id");
    let problem = app.get("/api/sessions?size=0&status=open&sort=up", &ada).await.problem(400, "invalid-parameter");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2, "{problem}");
    app.get("/api/sessions?from=2026-01-15T10:00:00", &ada).await.problem(400, "invalid-parameter");
    assert_eq!(app.get("/api/sessions?from=2026-01-15T10:00:00+02:00", &ada).await.status, 200);
    assert_eq!(app.get("/api/sessions?status=UPCOMING&size=&other=1", &ada).await.status, 200);
}

#[actix_web::test]
async fn what_nobody_would_read_is_not_made() {
    let app = TestApp::new().await;
    let get = |accept: &'static str| TestRequest::get().uri("/api/config").insert_header(("Accept", accept));
    app.send(get("application/xml")).await.problem(406, "not-acceptable");
    for accept in ["application/json", "*/*", "text/html, */*;q=0.8", "application/problem+json"] {
        assert_eq!(app.send(get(accept)).await.status, 200, "{accept}");
    }
}

#[actix_web::test]
async fn request_ids_are_taken_over_where_they_are_sane() {
    let app = TestApp::new().await;
    let get = |id: &'static str| TestRequest::get().uri("/api/config").insert_header(("X-Request-Id", id));
    assert_eq!(app.send(get("job-7.a_B")).await.header("x-request-id"), Some("job-7.a_B"));
    let made = app.send(get("no spaces")).await;
    assert_eq!(made.header("x-request-id").unwrap().len(), 36);
    assert_eq!(app.send(TestRequest::get().uri("/healthz")).await.header("x-request-id").unwrap().len(), 36);
}

#[actix_web::test]
async fn answers_keep_browsers_in_bounds() {
    let app = TestApp::new().await;
    let answer = app.send(TestRequest::get().uri("/api/config")).await;
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert_eq!(answer.header("strict-transport-security"), None);
    let settings = HttpSettings { public_url: "https://meet.example".to_owned(), ..HttpSettings::default() };
    let answer = TestApp::with(settings).await.send(TestRequest::get().uri("/api/config")).await;
    assert!(answer.header("strict-transport-security").is_some());
}

#[actix_web::test]
async fn swagger_ui_works_offline() {
    let app = TestApp::new().await;
    let answer = app.send(TestRequest::get().uri("/swagger-ui")).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (302, Some("/swagger-ui/")));
    let page = app.send(TestRequest::get().uri("/swagger-ui/")).await;
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("https://"), "{}", page.text());
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'self'"));
    let script = app.send(TestRequest::get().uri("/swagger-ui/swagger-initializer.js")).await.text();
    assert!(script.contains("/api-docs/openapi.json") && script.contains("persistAuthorization"), "{script}");
    assert_eq!(app.send(TestRequest::get().uri("/swagger-ui/swagger-ui-bundle.js")).await.status, 200);
    let document = app.send(TestRequest::get().uri("/api-docs/openapi.json")).await;
    assert_eq!(document.json()["openapi"], "3.1.0");
}

#[actix_web::test]
async fn a_browser_gets_a_page_and_a_program_a_problem() {
    let app = TestApp::new().await;
    // With the web UI or without: the front page says which.
    let front = app.send(TestRequest::get().uri("/")).await;
    assert_eq!((front.status.as_u16(), front.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let built = front.text().contains("id=\"root\"");
    assert!(built || front.text().contains("/swagger-ui/"), "{}", front.text());
    app.send(TestRequest::get().uri("/sessions")).await.problem(404, "not-found");
    let html = |path: &str| TestRequest::get().uri(path).insert_header(("accept", "text/html"));
    app.send(html("/assets/gone.js")).await.problem(404, "not-found");
    let page = app.send(html("/sessions/1/live")).await;
    if built {
        assert!(page.header("content-security-policy").unwrap().contains("script-src 'self';"));
        let again = html("/sessions").insert_header(("if-none-match", page.header("etag").unwrap()));
        assert_eq!(app.send(again).await.status, 304);
    } else {
        page.problem(404, "not-found");
    }
}

#[actix_web::test]
async fn only_allowed_origins_are_let_in() {
    let allowed_origins = AllowedOrigins::Only(vec!["https://app.example".to_owned()]);
    let app = TestApp::with(HttpSettings { allowed_origins, ..HttpSettings::default() }).await;
    let preflight = |origin: &'static str| {
        TestRequest::default()
            .method(Method::OPTIONS)
            .uri("/api/sessions")
            .insert_header(("Origin", origin))
            .insert_header(("Access-Control-Request-Method", "POST"))
            .insert_header(("Access-Control-Request-Headers", "authorization,content-type,idempotency-key"))
    };
    let answer = app.send(preflight("https://app.example")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(app.send(preflight("http://localhost:8080")).await.status, 200, "the own origin");
    app.send(preflight("https://evil.example")).await.problem(403, "origin-not-allowed");

    let get = |origin: &'static str| TestRequest::get().uri("/api/config").insert_header(("Origin", origin));
    let exposed = app.send(get("https://app.example")).await;
    let exposed = exposed.header("access-control-expose-headers").unwrap().to_ascii_lowercase();
    assert!(["etag", "location", "x-request-id", "retry-after"].iter().all(|name| exposed.contains(name)), "{exposed}");
    let other = app.send(get("https://evil.example")).await;
    assert_eq!((other.status.as_u16(), other.header("access-control-allow-origin")), (200, None));
}

#[actix_web::test]
async fn answers_are_compressed_for_those_who_ask() {
    let app = TestApp::new().await;
    let request = TestRequest::get().uri("/api-docs/openapi.json").insert_header(("Accept-Encoding", "gzip"));
    let answer = app.send(request).await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert!(answer.body.len() < 80_000, "{}", answer.body.len());
}

#[actix_web::test]
async fn a_crash_of_a_handler_is_a_500_that_hides_its_cause() {
    let app = TestApp::new().await;
    let ada = app.account("ada").await;
    app.clock.break_it();
    let answer = app.get("/api/users/me", &ada).await;
    answer.problem(500, "internal");
    assert!(!answer.text().contains("secret"), "{}", answer.text());
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(app.send(TestRequest::get().uri("/healthz")).await.status, 200);
}

#[actix_web::test]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let app = TestApp::with(HttpSettings { body_timeout: Duration::ZERO, ..HttpSettings::default() }).await;
    let request = TestRequest::post().uri("/api/auth/login").insert_header(("Content-Type", "application/json"));
    let never: BoxedPayloadStream = Box::pin(futures_util::stream::pending());
    let (request, _) = request.to_request().replace_payload(Payload::Stream { payload: never });
    app.send_raw(request).await.problem(408, "request-timeout");
}
