//! For whoever runs the server, and what LiveKit sends.

use actix_web::test::TestRequest;
use mockly_api::{HttpSettings, OidcClient, PublicConfig, Secret};
use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn health_and_readiness() {
    let app = TestApp::new().await;
    assert_eq!(app.send(TestRequest::get().uri("/healthz")).await.json(), json!({ "status": "ok" }));
    let ready = app.send(TestRequest::get().uri("/readyz")).await;
    assert_eq!(ready.status, 200);
    let parts = json!({ "status": "ready", "database": "up", "livekit": "not-configured", "redis": "not-configured" });
    assert_eq!(ready.json(), parts);
    app.state.start_draining();
    let draining = app.send(TestRequest::get().uri("/readyz")).await;
    assert_eq!((draining.status.as_u16(), draining.json()["status"].as_str()), (503, Some("draining")));
    assert!(draining.header("retry-after").is_some());
    assert_eq!(app.send(TestRequest::get().uri("/healthz")).await.status, 200);
}

#[actix_web::test]
async fn metrics_without_a_token_are_for_loopback_alone() {
    let app = TestApp::new().await;
    let get = || TestRequest::get().uri("/metrics");
    let answer = app.send(get()).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    assert_eq!(app.send_from("[::1]:9", get()).await.status, 200);
    app.send_from("192.0.2.7:9", get()).await.problem(403, "forbidden");
    for name in ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP"] {
        app.send(get().insert_header((name, "x"))).await.problem(403, "forbidden");
    }
}

#[actix_web::test]
async fn metrics_with_a_token_ask_for_it() {
    let settings = HttpSettings { metrics_token: Some(Secret::new("m3trics")), ..HttpSettings::default() };
    let app = TestApp::with(settings).await;
    let get =
        |token: &str| TestRequest::get().uri("/metrics").insert_header(("Authorization", format!("Bearer {token}")));
    app.send(TestRequest::get().uri("/metrics")).await.problem(401, "unauthenticated");
    app.send(get("other")).await.problem(401, "invalid-token");
    assert_eq!(app.send_from("192.0.2.7:9", get("m3trics")).await.status, 200);
}

#[actix_web::test]
async fn the_public_configuration() {
    let oidc = Some(OidcClient {
        issuer: "https://id.example/".to_owned(),
        client_id: "web".to_owned(),
        audience: "mockly".to_owned(),
    });
    let public_config = PublicConfig {
        registration_open: false,
        oidc,
        livekit: true,
        embed_origins: vec!["https://school.example".to_owned()],
        version: "1.2.3".to_owned(),
    };
    let app = TestApp::with(HttpSettings { public_config, ..HttpSettings::default() }).await;
    let expected = json!({
        "registration": "closed",
        "oidc": { "issuer": "https://id.example/", "clientId": "web", "audience": "mockly" },
        "livekit": true,
        "embedOrigins": ["https://school.example"],
        "version": "1.2.3"
    });
    assert_eq!(app.send(TestRequest::get().uri("/api/config")).await.json(), expected);
}

#[actix_web::test]
async fn webhooks_are_checked_before_they_are_read() {
    let app = TestApp::new().await;
    let post = || TestRequest::post().uri("/api/webhooks/livekit").set_payload("{}");
    let typed = |kind: &'static str| post().insert_header(("Authorization", "x")).insert_header(("Content-Type", kind));
    let json = post().insert_header(("Content-Type", "application/json"));
    app.send(json).await.problem(401, "invalid-signature");
    app.send(typed("text/plain")).await.problem(415, "unsupported-media-type");
    // No key is configured, so whatever comes next cannot be verified.
    for kind in ["application/webhook+json", "application/json"] {
        let answer = app.send(typed(kind)).await;
        assert!([401, 503].contains(&answer.status.as_u16()), "{kind}: {}", answer.text());
    }
}
