//! What an attacker tries who has an account, or the browser of somebody who has one.

use std::collections::BTreeSet;

use actix_web::test::TestRequest;
use mockly_api::{AllowedOrigins, HttpSettings};
use mockly_domain::UserRole;
use serde_json::json;

use crate::support::{TestApp, rates_off, text};

/// Bodies are read field by field: what a caller may not set is not there to be set.
#[actix_web::test]
async fn fields_that_are_not_ones_own_to_set_change_nothing() {
    let app = TestApp::new().await;
    let more = json!({
        "email": "eve@example.org", "password": "correct horse", "displayName": "Eve",
        "id": "chosen", "roles": ["ADMIN"], "role": "ADMIN", "emailVerified": true, "source": null,
    });
    let made = app.send(TestRequest::post().uri("/api/auth/register").set_json(more)).await.json();
    assert_eq!(made["user"]["roles"], json!(["MEMBER"]));
    assert_ne!(made["user"]["id"], "chosen");
    let eve = app.account("mallory").await;
    let patch = json!({ "displayName": "Eve", "id": "chosen", "roles": ["ADMIN"], "email": "ada@example.org" });
    let patched = app.send(eve.sign(TestRequest::patch().uri("/api/users/me").set_json(patch))).await.json();
    assert_eq!((&patched["id"], &patched["roles"]), (&json!(eve.id), &json!(["MEMBER"])));
    assert_eq!(patched["email"], "mallory@example.org");

    let (carla, ivan) = (app.account("carla").await, app.account("ivan").await);
    let body = json!({
        "interviewerId": ivan.id, "createdBy": ivan.id, "status": "ENDED", "id": eve.id, "version": 99,
        "participants": [{ "userId": eve.id, "role": "INTERVIEWER" }], "roomId": "session-other",
    });
    let session = app.post("/api/sessions", body, &carla).await.json();
    assert_eq!((&session["createdBy"], &session["status"]), (&json!(carla.id), &json!("SCHEDULED")));
    assert!(!session["participants"].to_string().contains(&eve.id), "{session}");
    let path = format!("/api/sessions/{}", text(&session["id"]));
    let change =
        json!({ "title": "New", "status": "ENDED", "createdBy": eve.id, "kind": "CLASS", "teacherId": eve.id });
    let changed = app.send(carla.sign(TestRequest::patch().uri(&path).set_json(change))).await.json();
    assert_eq!((&changed["title"], &changed["status"]), (&json!("New"), &json!("SCHEDULED")));
    assert_eq!((&changed["createdBy"], &changed["kind"]), (&session["createdBy"], &session["kind"]));
}

/// An id below another's path is looked up together with that path, not by itself.
#[actix_web::test]
async fn what_belongs_to_others_is_not_reached_by_way_of_ones_own() {
    let app = TestApp::new().await;
    let (carla, ivan) = (app.account("carla").await, app.account("ivan").await);
    let (eve, dora) = (app.account("eve").await, app.account("dora").await);
    let theirs = text(&app.interview(&carla, &ivan).await["id"]);
    let own = text(&app.interview(&eve, &dora).await["id"]);
    let upload = async |name: &str| {
        let form = format!(
            "--xYz\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nDOCUMENT\r\n--xYz\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n\
             hello\r\n--xYz--\r\n"
        );
        let post = TestRequest::post().uri(&format!("/api/sessions/{theirs}/artifacts")).set_payload(form);
        app.send(carla.sign(post.insert_header(("Content-Type", "multipart/form-data; boundary=xYz")))).await
    };
    for place in ["../../etc/x.txt", "/etc/x.txt", "..\\\\x.txt", ".."] {
        upload(place).await.problem(400, "validation-failed");
    }
    let id = text(&upload("x.txt").await.json()["id"]);
    for path in [format!("artifacts/{id}"), format!("artifacts/{id}/content")] {
        app.get(&format!("/api/sessions/{own}/{path}"), &eve).await.problem(404, "artifact-not-found");
        app.get(&format!("/api/sessions/{theirs}/{path}"), &eve).await.problem(403, "access-denied");
    }
    let delete = TestRequest::delete().uri(&format!("/api/sessions/{own}/artifacts/{id}"));
    app.send(eve.sign(delete)).await.problem(404, "artifact-not-found");
    let analyse = json!({ "artifactId": id });
    app.post(&format!("/api/sessions/{own}/analyses"), analyse, &eve).await.problem(404, "artifact-not-found");
    let removed = TestRequest::delete().uri(&format!("/api/sessions/{own}/participants/{}", ivan.id));
    assert!(app.send(dora.sign(removed)).await.status.is_client_error());
    assert_eq!(app.get(&format!("/api/sessions/{theirs}"), &ivan).await.json()["status"], "SCHEDULED");

    let (tess, mina) = (app.teacher("tess").await, app.teacher("mina").await);
    let class =
        async |teacher| text(&app.post("/api/classes", json!({ "name": "Algebra" }), teacher).await.json()["id"]);
    let (hers, other) = (class(&tess).await, class(&mina).await);
    let invite = json!({ "emails": ["guest@example.org"] });
    app.post(&format!("/api/classes/{other}/students"), invite, &mina).await;
    let invitations = format!("/api/classes/{other}/invitations");
    let invitation = text(&app.get(&invitations, &mina).await.json()["items"][0]["id"]);
    let withdraw = TestRequest::delete().uri(&format!("/api/classes/{hers}/invitations/{invitation}"));
    app.send(tess.sign(withdraw)).await;
    assert_eq!(app.get(&invitations, &mina).await.json()["total"], 1);
    let lesson = json!({ "classId": other, "title": "x", "scheduledAt": "2030-01-15T10:00:00Z", "type": "QUIZ" });
    app.post("/api/sessions", lesson, &tess).await.problem(403, "not-the-teacher");
}

/// `SameSite=Strict` still lets pages of neighbouring subdomains send the cookie, so the origin decides too.
#[actix_web::test]
async fn the_cookie_counts_only_from_pages_that_may_call() {
    let settings = HttpSettings {
        public_url: "https://meet.example".to_owned(),
        allowed_origins: AllowedOrigins::Only(vec!["https://app.example".to_owned()]),
        rates: rates_off(),
        ..HttpSettings::default()
    };
    let app = TestApp::with(settings).await;
    app.account("ada").await;
    let body = json!({ "email": "ada@example.org", "password": "correct horse" });
    let signed_in = app.send(TestRequest::post().uri("/api/auth/login").set_json(body)).await;
    let cookie_of =
        |answer: &crate::support::Answer| answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let mut cookie = cookie_of(&signed_in);
    let post = |path: &str, cookie: &str, origin: &'static str| {
        TestRequest::post().uri(path).insert_header(("Cookie", cookie)).insert_header(("Origin", origin))
    };
    for foreign in ["https://blog.meet.example", "https://meet.example.evil.example", "null"] {
        let refresh = post("/api/auth/refresh", &cookie, foreign);
        app.send(refresh).await.problem(401, "invalid-refresh-token");
        // It is told that it is signed out, and is not.
        let sign_out = app.send(post("/api/auth/logout", &cookie, foreign)).await;
        assert_eq!((sign_out.status.as_u16(), sign_out.header("set-cookie")), (204, None));
    }
    for own in ["https://meet.example", "https://app.example"] {
        let refreshed = app.send(post("/api/auth/refresh", &cookie, own)).await;
        assert_eq!(refreshed.status, 200, "{own}: {}", refreshed.text());
        cookie = cookie_of(&refreshed);
    }
    assert_eq!(app.send(post("/api/auth/logout", &cookie, "https://meet.example")).await.status, 204);
    app.send(post("/api/auth/refresh", &cookie, "https://meet.example")).await.problem(401, "invalid-refresh-token");
}

/// The body of a form can be sent from any page without a preflight; none of ours is read from one.
#[actix_web::test]
async fn what_a_form_of_another_site_sends_is_not_read() {
    let app = TestApp::new().await;
    app.account("ada").await;
    let body = r#"{"email":"ada@example.org","password":"correct horse"}"#;
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let post = TestRequest::post().uri("/api/auth/login").insert_header(("Content-Type", content_type));
        app.send(post.set_payload(body)).await.problem(415, "unsupported-media-type");
    }
}

/// Known or not, an address costs one hashing and gets the same answer, to the letter.
#[actix_web::test]
async fn signing_in_tells_nobody_who_has_an_account() {
    let app = TestApp::new().await;
    app.account_with("ada", vec![UserRole::Teacher]).await;
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let _counted = metrics::set_default_local_recorder(&recorder);
    let hashings = || {
        let text = recorder.handle().render();
        let line = text.lines().find(|line| line.starts_with("mockly_password_hashings_total"));
        line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
    };
    let mut answers = Vec::new();
    for email in ["ada@example.org", "nobody@example.org"] {
        let before = hashings();
        let body = json!({ "email": email, "password": "wrong horse" });
        let request = TestRequest::post().uri("/api/auth/login").set_json(body).insert_header(("X-Request-Id", "1"));
        let answer = app.send(request).await;
        answer.problem(401, "invalid-credentials");
        assert_eq!(hashings(), before + 1, "{email}");
        let headers: BTreeSet<String> = answer.headers.iter().map(|header| format!("{header:?}")).collect();
        answers.push((answer.text(), headers));
    }
    assert_eq!(answers[0], answers[1]);
}
