//! Sessions over REST, as their users see them.

use actix_web::test::TestRequest;
use mockly_api::{HttpSettings, Rate, Rates};
use serde_json::{Value, json};

use crate::support::{Account, TestApp, text};

async fn pair(app: &TestApp) -> (Account, Account) {
    (app.account("carla").await, app.account("ivan").await)
}

fn path(session: &Value, rest: &str) -> String {
    format!("/api/sessions/{}{rest}", text(&session["id"]))
}

fn with_header(by: &Account, request: TestRequest, name: &'static str, value: &str) -> TestRequest {
    by.sign(request.insert_header((name, value)))
}

#[actix_web::test]
async fn creating_answers_where_the_session_is() {
    let app = TestApp::new().await;
    let (carla, ivan) = pair(&app).await;
    let body = json!({ "interviewerId": ivan.id, "scheduledAt": "2024-01-15T12:00:00+02:00", "title": "Back end" });
    let answer = app.post("/api/sessions", body, &carla).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let session = answer.json();
    assert_eq!(answer.header("location"), Some(path(&session, "").as_str()));
    assert_eq!(answer.header("etag"), Some(format!("\"{}\"", session["version"]).as_str()));
    assert_eq!(session["id"], session["sessionId"]);
    assert_eq!(session["scheduledAt"], "2024-01-15T10:00:00Z");
    assert_eq!((&session["kind"], &session["status"]), (&json!("INTERVIEW"), &json!("SCHEDULED")));
    assert_eq!(session["participants"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn a_second_session_names_the_first() {
    let app = TestApp::new().await;
    let (carla, ivan) = pair(&app).await;
    let session = app.interview(&carla, &ivan).await;
    let answer = app.post("/api/sessions", json!({ "interviewerId": ivan.id }), &carla).await;
    let problem = answer.problem(400, "active-session-exists");
    assert_eq!(problem["activeSessionId"], session["id"]);
}

#[actix_web::test]
async fn rules_of_creation_have_their_codes() {
    let app = TestApp::new().await;
    let (carla, _) = pair(&app).await;
    for (body, status, code) in [
        (json!({}), 400, "ambiguous-kind"),
        (json!({ "interviewerId": carla.id }), 400, "same-user"),
        (json!({ "interviewerId": "nobody" }), 404, "unknown-user"),
        (json!({ "interviewerId": "x".repeat(129) }), 400, "validation-failed"),
    ] {
        app.post("/api/sessions", body, &carla).await.problem(status, code);
    }
}

#[actix_web::test]
async fn creating_is_limited_per_user() {
    let rates = Rates { session_creation: Rate::per_minute(1), ..Rates::default() };
    let app = TestApp::with(HttpSettings { rates, ..HttpSettings::default() }).await;
    let (carla, ivan) = pair(&app).await;
    app.interview(&carla, &ivan).await;
    app.post("/api/sessions", json!({ "interviewerId": ivan.id }), &carla).await.problem(429, "rate-limited");
}

#[actix_web::test]
async fn a_session_is_read_by_those_it_concerns() {
    let app = TestApp::new().await;
    let (carla, ivan) = pair(&app).await;
    let stranger = app.account("mallory").await;
    let session = app.interview(&carla, &ivan).await;
    assert_eq!(app.get(&path(&session, ""), &ivan).await.json()["id"], session["id"]);
    app.get(&path(&session, ""), &stranger).await.problem(403, "access-denied");
    app.get("/api/sessions/0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f", &carla).await.problem(404, "session-not-found");
    assert_eq!(app.get("/api/sessions/me/active", &carla).await.json()["id"], session["id"]);
    app.get("/api/sessions/me/active", &stranger).await.problem(404, "no-active-session");
}

#[actix_web::test]
async fn a_known_version_is_not_sent_again() {
    let app = TestApp::new().await;
    let (carla, ivan) = pair(&app).await;
    let session = app.interview(&carla, &ivan).await;
    let get = |tag: &str| with_header(&carla, TestRequest::get().uri(&path(&session, "")), "If-None-Match", tag);
    let tag = format!("\"{}\"", session["version"]);
    let answer = app.send(get(&tag)).await;
    assert_eq!((answer.status.as_u16(), answer.header("etag"), answer.body.len()), (304, Some(tag.as_str()), 0));
    assert_eq!(app.send(get("\"0\"")).await.status, 200);
    app.send(get("0")).await.problem(400, "invalid-parameter");
}

#[actix_web::test]
async fn an_edit_does_not_undo_anothers() {
    let app = TestApp::new().await;
    let (carla, ivan) = pair(&app).await;
    let session = app.interview(&carla, &ivan).await;
    let patch = |tag: &str| {
        let body = json!({ "title": "Second round", "description": "Bring a laptop." });
        with_header(&carla, TestRequest::patch().uri(&path(&session, "")).set_json(body), "If-Match", tag)
    };
    let tag = format!("\"{}\"", session["version"]);
    let answer = app.send(patch(&tag)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["title"], "Second round");
    assert_ne!(answer.header("etag"), Some(tag.as_str()));
    app.send(patch(&tag)).await.problem(412, "stale-version");
    app.send(patch("nonsense")).await.problem(400, "invalid-parameter");
    assert_eq!(app.send(patch("*")).await.status, 200);
    let clear = TestRequest::patch().uri(&path(&session, "")).set_json(json!({ "description": null }));
    assert!(app.send(carla.sign(clear)).await.json().get("description").is_none());
}

#[actix_web::test]
async fn lists_have_pages_and_filters() {
    let app = TestApp::new().await;
    let (carla, ivan) = pair(&app).await;
    let session = app.interview(&carla, &ivan).await;
    let listed = app.get("/api/sessions?size=1", &carla).await.json();
    assert_eq!((&listed["total"], &listed["page"], &listed["size"]), (&json!(1), &json!(0), &json!(1)));
    assert_eq!(listed["sessions"][0]["id"], session["id"]);
    for (query, total) in [("status=upcoming", 1), ("status=LIVE", 0), ("kind=interview", 1), ("kind=CLASS", 0)] {
        let listed = app.get(&format!("/api/sessions?{query}"), &ivan).await.json();
        assert_eq!(listed["total"], total, "{query}");
    }
    let participants = app.get(&path(&session, "/participants?size=1"), &carla).await.json();
    assert_eq!((&participants["total"], participants["items"].as_array().unwrap().len()), (&json!(2), 1));
}

#[actix_web::test]
async fn joining_needs_no_body_and_checks_the_role() {
    let app = TestApp::new().await;
    let (carla, ivan) = pair(&app).await;
    let session = app.interview(&carla, &ivan).await;
    let join = path(&session, "/join");
    assert_eq!(app.act(&join, &carla).await.json()["status"], "ACTIVE");
    assert_eq!(app.post(&join, json!({ "role": "candidate" }), &carla).await.status, 200);
    let problem = app.post(&join, json!({ "role": "INTERVIEWER" }), &carla).await.problem(400, "role-mismatch");
    assert_eq!((&problem["allowed"], &problem["opensAt"]), (&json!(false), &Value::Null));
    assert!(problem.get("closesAt").is_some(), "{problem}");
    let unknown = app.post(&join, json!({ "role": "KING" }), &carla).await.problem(400, "validation-failed");
    assert_eq!(unknown["errors"][0]["field"], "role");
    assert_eq!(app.act(&path(&session, "/leave"), &carla).await.status, 200);
}

#[actix_web::test]
async fn can_join_tells_what_join_would() {
    let app = TestApp::new().await;
    let (carla, ivan) = pair(&app).await;
    let session = app.interview(&carla, &ivan).await;
    let decision = app.get(&path(&session, "/can-join"), &ivan).await.json();
    assert_eq!((&decision["allowed"], &decision["code"]), (&json!(true), &Value::Null));
    assert!(["message", "opensAt", "closesAt"].iter().all(|member| decision.get(member).is_some()), "{decision}");
    assert_eq!(app.act(&path(&session, "/cancel"), &carla).await.json()["status"], "CANCELED");
    let decision = app.get(&path(&session, "/can-join"), &ivan).await.json();
    assert_eq!((&decision["allowed"], &decision["code"]), (&json!(false), &json!("session-closed")));
    app.act(&path(&session, "/join"), &ivan).await.problem(400, "session-closed");
}

#[actix_web::test]
async fn a_session_goes_through_its_states_once() {
    let app = TestApp::new().await;
    let (carla, ivan) = pair(&app).await;
    let session = app.interview(&carla, &ivan).await;
    assert_eq!(app.act(&path(&session, "/start"), &ivan).await.json()["status"], "ACTIVE");
    assert_eq!(app.act(&path(&session, "/start"), &ivan).await.status, 200);
    app.act(&path(&session, "/cancel"), &carla).await.problem(400, "invalid-transition");
    let delete = || carla.sign(TestRequest::delete().uri(&path(&session, "")));
    app.send(delete()).await.problem(400, "session-active");
    assert_eq!(app.act(&path(&session, "/end"), &carla).await.json()["status"], "ENDED");
    let gone = app.send(delete()).await;
    assert_eq!((gone.status.as_u16(), gone.body.len()), (204, 0));
    app.get(&path(&session, ""), &carla).await.problem(404, "session-not-found");
}

#[actix_web::test]
async fn one_who_is_removed_is_kept_out() {
    let app = TestApp::new().await;
    let (carla, ivan) = pair(&app).await;
    let session = app.interview(&carla, &ivan).await;
    let remove =
        |id: &str, by: &Account| by.sign(TestRequest::delete().uri(&path(&session, &format!("/participants/{id}"))));
    app.send(remove(&ivan.id, &carla)).await.problem(403, "forbidden");
    app.send(remove("auth0%7Cnobody", &ivan)).await.problem(404, "participant-not-found");
    app.send(remove("a%00", &ivan)).await.problem(400, "invalid-id");
    assert_eq!(app.send(remove(&carla.id, &ivan)).await.status, 204);
    let problem = app.act(&path(&session, "/join"), &carla).await.problem(403, "removed");
    assert_eq!(problem["allowed"], false);
}

#[actix_web::test]
async fn events_are_the_messages_of_the_topic() {
    let app = TestApp::new().await;
    let (carla, ivan) = pair(&app).await;
    let session = app.interview(&carla, &ivan).await;
    app.act(&path(&session, "/join"), &carla).await;
    let first = app.get(&path(&session, "/events?limit=1"), &carla).await.json();
    assert_eq!((&first["hasMore"], &first["items"][0]["type"]), (&json!(true), &json!("SESSION_CREATED")));
    assert_eq!((&first["items"][0]["sequence"], &first["items"][0]["data"]["id"]), (&json!(1), &session["id"]));
    assert!(first["items"][0]["eventId"].is_string() && first["items"][0]["occurredAt"].is_string());
    let rest = app.get(&path(&session, "/events?after=1"), &carla).await.json();
    assert_eq!((&rest["hasMore"], &rest["items"][0]["sequence"]), (&json!(false), &json!(2)));
    app.get(&path(&session, "/events?after=-1"), &carla).await.problem(400, "invalid-parameter");
}

#[actix_web::test]
async fn attendance_comes_as_json_or_as_a_table() {
    let app = TestApp::new().await;
    let (carla, ivan) = pair(&app).await;
    let session = app.interview(&carla, &ivan).await;
    let get =
        |accept: &str| with_header(&carla, TestRequest::get().uri(&path(&session, "/attendance")), "Accept", accept);
    let json = app.send(get("application/json")).await;
    assert_eq!(json.json()["items"].as_array().unwrap().len(), 2);
    assert!(json.json()["items"][0]["intervals"].is_array());
    let table = app.send(get("text/csv")).await;
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(table.header("content-disposition").unwrap().starts_with("attachment"));
    assert!(table.header("vary").unwrap().to_ascii_lowercase().contains("accept"));
    assert!(table.text().starts_with("userId,userDisplayName,role,"), "{}", table.text());
    assert_eq!(table.text().lines().count(), 3);
    app.send(get("image/png")).await.problem(406, "not-acceptable");
}

#[actix_web::test]
async fn without_livekit_there_is_no_media_token() {
    let app = TestApp::new().await;
    let (carla, ivan) = pair(&app).await;
    let session = app.interview(&carla, &ivan).await;
    app.get(&path(&session, "/token"), &carla).await.problem(503, "livekit-not-configured");
}
