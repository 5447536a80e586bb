//! Classes over REST, and the requests of a class's session as their users send them.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::support::{Account, TestApp, text};

struct Class {
    path: String,
    id: String,
}

async fn class(app: &TestApp, teacher: &Account) -> Class {
    let answer = app.post("/api/classes", json!({ "name": "Algebra" }), teacher).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let class = answer.json();
    let path = format!("/api/classes/{}", text(&class["id"]));
    assert_eq!((answer.header("location"), answer.header("etag")), (Some(path.as_str()), Some("\"1\"")));
    assert_eq!((&class["classId"], &class["studentCount"]), (&class["id"], &json!(0)));
    Class { path, id: text(&class["id"]) }
}

async fn enrol(app: &TestApp, class: &Class, student: &Account, teacher: &Account) {
    let put = TestRequest::put().uri(&format!("{}/students/{}", class.path, student.id));
    assert_eq!(app.send(teacher.sign(put)).await.status, 204);
}

fn lesson(class: &Class) -> Value {
    json!({ "classId": class.id, "title": "Fractions", "scheduledAt": "2030-01-15T10:00:00Z", "type": "lecture" })
}

#[actix_web::test]
async fn a_class_is_made_read_changed_and_deleted() {
    let app = TestApp::new().await;
    let (teacher, member) = (app.teacher("tess").await, app.account("mia").await);
    app.post("/api/classes", json!({ "name": "x" }), &member).await.problem(403, "forbidden");
    app.post("/api/classes", json!({ "name": " " }), &teacher).await.problem(400, "validation-failed");
    let class = class(&app, &teacher).await;
    app.get(&class.path, &member).await.problem(403, "access-denied");
    app.get("/api/classes/0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f", &teacher).await.problem(404, "class-not-found");
    app.get("/api/classes/x", &teacher).await.problem(400, "invalid-id");
    let listed = app.get("/api/classes?size=5", &teacher).await.json();
    assert_eq!((&listed["total"], &listed["page"], &listed["size"]), (&json!(1), &json!(0), &json!(5)));
    let patch = |by: &Account, tag: &str| {
        let body = json!({ "name": "Algebra II", "description": "Mondays" });
        by.sign(TestRequest::patch().uri(&class.path).set_json(body).insert_header(("If-Match", tag)))
    };
    app.send(patch(&member, "*")).await.problem(403, "not-the-teacher");
    let answer = app.send(patch(&teacher, "\"1\"")).await;
    assert_eq!((answer.status.as_u16(), answer.header("etag")), (200, Some("\"2\"")));
    app.send(patch(&teacher, "\"1\"")).await.problem(412, "stale-version");
    let known = TestRequest::get().uri(&class.path).insert_header(("If-None-Match", "\"2\""));
    assert_eq!(app.send(teacher.sign(known)).await.status, 304);
    assert_eq!(app.send(teacher.sign(TestRequest::delete().uri(&class.path))).await.status, 204);
    app.get(&class.path, &teacher).await.problem(404, "class-not-found");
}

#[actix_web::test]
async fn students_are_enrolled_as_json_and_csv() {
    let app = TestApp::new().await;
    let (teacher, ada, bea) = (app.teacher("tess").await, app.account("ada").await, app.account("bea").await);
    let class = class(&app, &teacher).await;
    let path = format!("{}/students", class.path);
    let body = json!({ "userIds": [ada.id, "nobody"], "emails": ["new@example.org", "x"] });
    let answer = app.post(&path, body, &teacher).await;
    let refused = json!([{ "line": 2, "code": "unknown-user" }, { "line": 4, "code": "invalid-email" }]);
    assert_eq!(answer.json(), json!({ "added": 1, "invited": 1, "refused": refused }));
    let csv = format!("\u{feff}userId\r\n\"{}\"\r\n\r\nnobody\r\n", bea.id);
    let post = TestRequest::post().uri(&path).insert_header(("Content-Type", "text/csv; charset=utf-8"));
    let answer = app.send(teacher.sign(post.set_payload(csv))).await;
    let refused = json!([{ "line": 4, "code": "unknown-user" }]);
    assert_eq!(answer.json(), json!({ "added": 1, "invited": 0, "refused": refused }));
    let listed = app.get(&path, &teacher).await.json();
    assert_eq!((&listed["total"], &listed["items"][0]["userDisplayName"]), (&json!(2), &json!("ada")));
    app.get(&path, &ada).await.problem(403, "not-the-teacher");
    let text_body = TestRequest::post().uri(&path).insert_header(("Content-Type", "text/plain")).set_payload("a");
    app.send(teacher.sign(text_body)).await.problem(415, "unsupported-media-type");
    let many: Vec<String> = (0..1_001).map(|n| n.to_string()).collect();
    app.post(&path, json!({ "userIds": many }), &teacher).await.problem(400, "validation-failed");
    let put = TestRequest::put().uri(&format!("{path}/nobody"));
    app.send(teacher.sign(put)).await.problem(404, "unknown-user");
    let delete = TestRequest::delete().uri(&format!("{path}/{}", ada.id));
    assert_eq!(app.send(teacher.sign(delete)).await.status, 204);
    assert_eq!(app.get(&class.path, &teacher).await.json()["studentCount"], 1);
}

#[actix_web::test]
async fn invitations_are_listed_and_withdrawn() {
    let app = TestApp::new().await;
    let (teacher, ada) = (app.teacher("tess").await, app.account("ada").await);
    let class = class(&app, &teacher).await;
    let path = format!("{}/invitations", class.path);
    app.post(&format!("{}/students", class.path), json!({ "emails": ["New@example.org"] }), &teacher).await;
    let listed = app.get(&path, &teacher).await.json();
    assert_eq!((&listed["total"], &listed["page"], &listed["size"]), (&json!(1), &json!(0), &json!(20)));
    let invitation = &listed["items"][0];
    assert_eq!(invitation["email"], "new@example.org");
    assert!(invitation["invitedAt"].is_string(), "{invitation}");
    app.get(&path, &ada).await.problem(403, "not-the-teacher");
    let withdraw = |id: &str| TestRequest::delete().uri(&format!("{path}/{id}"));
    let id = text(&invitation["id"]);
    app.send(ada.sign(withdraw(&id))).await.problem(403, "not-the-teacher");
    app.send(teacher.sign(withdraw("new@example.org"))).await.problem(400, "invalid-id");
    for _ in 0..2 {
        assert_eq!(app.send(teacher.sign(withdraw(&id))).await.status, 204);
    }
    assert_eq!(app.get(&path, &teacher).await.json()["total"], 0);
}

/// The requests of the live classes' documents: create, list, read, start, end.
#[actix_web::test]
async fn a_live_class_runs_from_the_plan_to_the_end() {
    let app = TestApp::new().await;
    let (teacher, ada, eve) = (app.teacher("tess").await, app.account("ada").await, app.account("eve").await);
    let class = class(&app, &teacher).await;
    enrol(&app, &class, &ada, &teacher).await;
    app.post("/api/sessions", lesson(&class), &ada).await.problem(403, "not-the-teacher");
    let answer = app.post("/api/sessions", lesson(&class), &teacher).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let session = answer.json();
    for (member, value) in [
        ("kind", json!("CLASS")),
        ("type", json!("LECTURE")),
        ("classId", json!(class.id)),
        ("className", json!("Algebra")),
        ("teacherId", json!(teacher.id)),
        ("teacherName", json!("tess")),
        ("maxParticipants", json!(100)),
        ("media", json!({ "microphone": true, "camera": true, "screenShare": false })),
    ] {
        assert_eq!(session[member], value, "{member}");
    }
    let path = |rest: &str| format!("/api/sessions/{}{rest}", text(&session["sessionId"]));
    let listed = async |by: &Account, status: &str| {
        let uri = format!("/api/sessions?classId={}&status={status}&limit=10", class.id);
        app.get(&uri, by).await.json()["total"].as_u64().unwrap()
    };
    for (who, seen) in [(&teacher, 1), (&ada, 1), (&eve, 0)] {
        assert_eq!((listed(who, "upcoming").await, listed(who, "live").await), (seen, 0));
    }
    assert_eq!(app.act(&path("/join"), &ada).await.json()["participants"][1]["status"], "WAITING");
    app.act(&path("/join"), &eve).await.problem(403, "access-denied");
    app.act(&path("/start"), &ada).await.problem(403, "waiting");
    assert_eq!(app.act(&path("/start"), &teacher).await.json()["status"], "ACTIVE");
    assert_eq!(app.get(&path(""), &ada).await.json()["participants"][1]["status"], "JOINED");
    assert_eq!(listed(&ada, "live").await, 1);

    let second = app.post("/api/sessions", lesson(&class), &teacher).await.json();
    let refused = app.act(&format!("/api/sessions/{}/start", text(&second["id"])), &teacher).await;
    assert_eq!(refused.problem(400, "active-session-exists")["activeSessionId"], session["id"]);
    app.send(teacher.sign(TestRequest::delete().uri(&class.path))).await.problem(400, "session-active");

    app.act(&path("/end"), &ada).await.problem(403, "forbidden");
    assert_eq!(app.act(&path("/end"), &teacher).await.json()["status"], "ENDED");
    assert_eq!((listed(&ada, "ended").await, listed(&ada, "cancelled").await), (1, 0));
    app.act(&path("/join"), &ada).await.problem(400, "session-closed");
}

#[actix_web::test]
async fn what_a_lesson_needs_is_told() {
    let app = TestApp::new().await;
    let teacher = app.teacher("tess").await;
    let class = class(&app, &teacher).await;
    for field in ["title", "scheduledAt", "type"] {
        let mut body = lesson(&class);
        body.as_object_mut().unwrap().remove(field);
        let problem = app.post("/api/sessions", body, &teacher).await.problem(400, "validation-failed");
        assert_eq!(problem["errors"][0]["field"], field);
    }
    let mut body = lesson(&class);
    body["type"] = json!("party");
    let problem = app.post("/api/sessions", body, &teacher).await.problem(400, "validation-failed");
    assert!(text(&problem["detail"]).contains("LECTURE, DISCUSSION, QUIZ, DEMO"), "{problem}");
    let mut body = lesson(&class);
    body["classId"] = json!("0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f");
    app.post("/api/sessions", body, &teacher).await.problem(404, "class-not-found");
    let mut body = lesson(&class);
    body["interviewerId"] = json!("somebody");
    app.post("/api/sessions", body, &teacher).await.problem(400, "ambiguous-kind");
    app.get("/api/sessions?classId=x", &teacher).await.problem(400, "invalid-parameter");
}
