//! Bookings, calendars and the envelope of `/livekit/*`, as their users see them.

use actix_web::test::TestRequest;
use mockly_domain::UserRole;
use serde_json::{Value, json};

use crate::support::{Account, TestApp, text};

/// A mentee and somebody who can be booked.
async fn pair(app: &TestApp) -> (Account, Account) {
    (app.account("mira").await, app.account_with("max", vec![UserRole::Mentor]).await)
}

fn booking(mentor: &Account) -> Value {
    json!({ "mentorId": mentor.id, "scheduledAt": "2030-01-15T11:00:00+01:00", "title": "System design" })
}

async fn booked(app: &TestApp, mentee: &Account, mentor: &Account) -> Value {
    let answer = app.post("/api/bookings", booking(mentor), mentee).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

fn path(session: &Value, rest: &str) -> String {
    format!("/api/sessions/{}{rest}", text(&session["id"]))
}

#[actix_web::test]
async fn a_booking_is_a_session_with_a_page_to_meet_on() {
    let app = TestApp::new().await;
    let (mira, max) = pair(&app).await;
    let answer = app.post("/api/bookings", booking(&max), &mira).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let session = answer.json();
    let id = text(&session["id"]);
    assert_eq!(answer.header("location"), Some(path(&session, "").as_str()));
    assert_eq!((&session["kind"], &session["status"]), (&json!("MENTORING"), &json!("SCHEDULED")));
    assert_eq!((&session["title"], &session["duration"]), (&json!("System design"), &json!(60)));
    assert_eq!(session["scheduledAt"], "2030-01-15T10:00:00Z");
    assert_eq!(session["meetingUrl"], format!("https://mockly.example/meeting/{id}"));
    assert_eq!(session["websocketUrl"], format!("wss://mockly.example/ws/zoom/{id}"));
    let roles: Vec<&Value> = session["participants"].as_array().unwrap().iter().map(|place| &place["role"]).collect();
    assert_eq!(roles, ["MENTEE", "MENTOR"]);
    assert_eq!(app.get(&path(&session, ""), &max).await.json(), session);
}

#[actix_web::test]
async fn a_mentor_can_give_the_time_and_a_mentee_book_it_as_a_session() {
    let app = TestApp::new().await;
    let (mira, max) = pair(&app).await;
    let body = json!({ "menteeId": mira.id, "scheduledAt": "2030-01-15T10:00:00Z" });
    assert_eq!(app.post("/api/sessions", body, &max).await.json()["kind"], "MENTORING");
    let body = json!({ "mentorId": max.id, "scheduledAt": "2030-01-15T11:00:00Z" });
    assert_eq!(app.post("/api/sessions", body, &mira).await.json()["title"], "Mentoring");
}

#[actix_web::test]
async fn bookings_are_the_mentoring_sessions_of_the_list() {
    let app = TestApp::new().await;
    let (mira, max) = pair(&app).await;
    app.interview(&mira, &max).await;
    let session = booked(&app, &mira, &max).await;
    for who in [&mira, &max] {
        for query in ["/api/bookings", "/api/bookings?kind=INTERVIEW", "/api/sessions?kind=MENTORING"] {
            let listed = app.get(query, who).await.json();
            assert_eq!((&listed["total"], &listed["sessions"][0]["id"]), (&json!(1), &session["id"]), "{query}");
        }
    }
    assert_eq!(app.get("/api/bookings?status=live", &mira).await.json()["total"], 0);
    app.get("/api/bookings?size=101", &mira).await.problem(400, "invalid-parameter");
}

#[actix_web::test]
async fn rules_of_booking_have_their_codes() {
    let app = TestApp::new().await;
    let (mira, max) = pair(&app).await;
    booked(&app, &mira, &max).await;
    let at = "2030-01-16T10:00:00Z";
    for (body, status, code) in [
        (booking(&max), 409, "time-conflict"),
        (json!({ "mentorId": mira.id, "scheduledAt": at, "title": "A" }), 400, "same-user"),
        (json!({ "mentorId": "nobody", "scheduledAt": at, "title": "A" }), 404, "unknown-user"),
        (json!({ "mentorId": max.id, "title": "A" }), 400, "validation-failed"),
        (json!({ "mentorId": max.id, "scheduledAt": at }), 400, "validation-failed"),
        (json!({ "mentorId": max.id, "scheduledAt": at, "title": "A", "duration": 0 }), 400, "validation-failed"),
    ] {
        app.post("/api/bookings", body, &mira).await.problem(status, code);
    }
    let to_mentee = json!({ "mentorId": mira.id, "scheduledAt": at, "title": "A" });
    app.post("/api/bookings", to_mentee, &max).await.problem(400, "not-a-mentor");
    let two = json!({ "mentorId": max.id, "interviewerId": max.id, "scheduledAt": at });
    app.post("/api/sessions", two, &mira).await.problem(400, "ambiguous-kind");
    app.post("/api/sessions", json!({ "mentorId": max.id }), &mira).await.problem(400, "validation-failed");
}

#[actix_web::test]
async fn moving_a_booking_onto_another_is_refused() {
    let app = TestApp::new().await;
    let (mira, max) = pair(&app).await;
    booked(&app, &mira, &max).await;
    let later = json!({ "mentorId": max.id, "scheduledAt": "2030-01-15T11:00:00Z", "title": "More" });
    let later = app.post("/api/bookings", later, &mira).await.json();
    let patch = TestRequest::patch().uri(&path(&later, "")).set_json(json!({ "scheduledAt": "2030-01-15T10:30:00Z" }));
    app.send(mira.sign(patch)).await.problem(409, "time-conflict");
    app.act(&path(&later, "/join"), &mira).await.problem(403, "not-open-yet");
}

#[actix_web::test]
async fn below_livekit_every_refusal_says_that_it_is_none() {
    let app = TestApp::new().await;
    let (mira, max) = pair(&app).await;
    let stranger = app.account("mallory").await;
    let session = booked(&app, &mira, &max).await;
    let below = |rest: &str| path(&session, &format!("/livekit/{rest}"));
    for (answer, status, code) in [
        (app.act(&below("create-room"), &mira).await, 503, "livekit-not-configured"),
        (app.get(&below("access-token"), &mira).await, 503, "livekit-not-configured"),
        (app.act(&below("end-room"), &stranger).await, 403, "access-denied"),
        (app.act(&below("end-room"), &mira).await, 400, "invalid-transition"),
        (app.act("/api/sessions/1/livekit/create-room", &mira).await, 400, "invalid-id"),
        (app.send(TestRequest::get().uri(&below("access-token"))).await, 401, "unauthenticated"),
        (app.get(&below("create-room"), &mira).await, 405, "method-not-allowed"),
        (app.get(&below("nothing"), &mira).await, 404, "not-found"),
    ] {
        assert_eq!(answer.problem(status, code)["success"], false, "{code}");
    }
    let elsewhere = app.get(&path(&session, "/token"), &mira).await.problem(503, "livekit-not-configured");
    assert!(elsewhere.get("success").is_none(), "{elsewhere}");
}

#[actix_web::test]
async fn ending_the_room_ends_the_session() {
    let app = TestApp::new().await;
    let (mira, max) = pair(&app).await;
    let session = booked(&app, &mira, &max).await;
    app.act(&path(&session, "/start"), &mira).await;
    let end = path(&session, "/livekit/end-room");
    for _ in 0..2 {
        let answer = app.act(&end, &max).await;
        assert_eq!(answer.json(), json!({ "success": true, "message": "Room ended successfully" }));
    }
    assert_eq!(app.get(&path(&session, ""), &mira).await.json()["status"], "ENDED");
}

#[actix_web::test]
async fn a_calendar_is_a_file_to_open() {
    let app = TestApp::new().await;
    let (mira, max) = pair(&app).await;
    let session = booked(&app, &mira, &max).await;
    let get = |accept: &'static str| {
        mira.sign(TestRequest::get().uri(&path(&session, "/calendar.ics")).insert_header(("Accept", accept)))
    };
    let answer = app.send(get("text/calendar, */*;q=0.5")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/calendar; charset=utf-8; method=PUBLISH"));
    let name = format!("attachment; filename=\"session-{}.ics\"", text(&session["id"]));
    assert_eq!(answer.header("content-disposition"), Some(name.as_str()));
    assert!(answer.text().starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), "{}", answer.text());
    assert!(answer.text().contains("\r\nSUMMARY:System design\r\n"), "{}", answer.text());
    app.send(get("application/pdf")).await.problem(406, "not-acceptable");
    app.get(&path(&session, "/calendar.ics"), &app.account("mallory").await).await.problem(403, "access-denied");
}
