//! What every kind of answer tells a browser not to do with it.

use actix_web::test::TestRequest;
use mockly_api::HttpSettings;

use crate::support::{Answer, TestApp, rates_off, text};

const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

async fn https() -> TestApp {
    let public_url = "https://meet.example".to_owned();
    TestApp::with(HttpSettings { public_url, rates: rates_off(), ..HttpSettings::default() }).await
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

fn page(path: &str) -> TestRequest {
    get(path).insert_header(("Accept", "text/html"))
}

/// What holds for all of them; `what` is for the message alone.
fn check(what: &str, answer: &Answer) {
    let told = |name: &str| answer.header(name).unwrap_or_else(|| panic!("{what} has no {name}"));
    assert_eq!(told("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(told("referrer-policy"), "no-referrer", "{what}");
    assert_eq!(told("x-frame-options"), "DENY", "{what}");
    assert!(told("strict-transport-security").starts_with("max-age="), "{what}");
    let policy = told("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
    for loose in ["'unsafe-eval'", "script-src *", "default-src *", "script-src 'unsafe"] {
        assert!(!policy.contains(loose), "{what}: {policy}");
    }
    assert!(["same-origin", "cross-origin"].contains(&told("cross-origin-resource-policy")), "{what}");
    for name in ["server", "x-powered-by"] {
        assert_eq!(answer.header(name), None, "{what} says what it is made with");
    }
}

#[actix_web::test]
async fn answers_of_the_api_are_neither_pages_nor_kept() {
    let app = https().await;
    let ada = app.account("ada").await;
    let sign_in = serde_json::json!({ "email": "ada@example.org", "password": "correct horse" });
    for (what, request) in [
        ("an answer", ada.sign(get("/api/users/me"))),
        ("a path that is spelled another way", ada.sign(get("/%61pi/users/me"))),
        ("what is public", get("/api/config")),
        ("tokens", TestRequest::post().uri("/api/auth/login").set_json(sign_in)),
        ("401", get("/api/users/me")),
        ("404", get("/api/nothing")),
        ("404 where a page was wanted", page("/api/nothing")),
        ("405", TestRequest::put().uri("/api/config")),
        ("406", get("/api/config").insert_header(("Accept", "image/png"))),
        ("OPTIONS", TestRequest::default().method(actix_web::http::Method::OPTIONS).uri("/api/config")),
        ("a probe", get("/healthz")),
        ("the metrics", get("/metrics")),
        ("the document", get("/api-docs/openapi.json")),
    ] {
        let answer = app.send(request).await;
        check(what, &answer);
        assert_eq!(answer.header("content-security-policy"), Some(API_POLICY), "{what}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{what}");
    }
    app.clock.break_it();
    let failed = app.send(ada.sign(get("/api/users/me"))).await;
    assert_eq!(failed.status, 500);
    check("500", &failed);
}

#[actix_web::test]
async fn pages_run_files_of_ours_alone() {
    let app = https().await;
    let ui = app.send(page("/")).await;
    check("the web UI", &ui);
    let script = get("/swagger-ui/swagger-ui-bundle.js");
    for (what, request) in [("Swagger UI", page("/swagger-ui/")), ("its script", script)] {
        let answer = app.send(request).await;
        assert_eq!(answer.status, 200, "{what}");
        check(what, &answer);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'self'") && !policy.contains("script-src"), "{policy}");
    }
    // A build without Node.js has no UI; its stand-in has the policy of the API.
    if ui.text().contains("id=\"root\"") {
        let policy = ui.header("content-security-policy").unwrap();
        for part in
            ["default-src 'none'", "script-src 'self';", "object-src 'none'", "base-uri 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(part), "{policy}");
        }
        assert_eq!(ui.header("cross-origin-opener-policy"), Some("same-origin"));
        assert!(ui.header("permissions-policy").unwrap().contains("camera=(self)"));
        let text = ui.text();
        let script =
            text.split("src=\"").find_map(|rest| rest.strip_prefix('/')?.split('"').next()).unwrap().to_owned();
        check("a script of the UI", &app.send(get(&format!("/{script}"))).await);
    }
}

#[actix_web::test]
async fn sockets_are_not_sniffed_either() {
    // Their transports have to be framed and to load scripts; what they answer is told by its type alone.
    let app = https().await;
    let answer = app.send(get("/ws/nothing")).await;
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
}

/// Somebody's upload is never a page of this server, whatever it says it is and however it is asked for.
#[actix_web::test]
async fn uploaded_files_are_saved_and_in_a_sandbox() {
    let app = https().await;
    let (carla, ivan) = (app.account("carla").await, app.account("ivan").await);
    let session = format!("/api/sessions/{}", text(&app.interview(&carla, &ivan).await["id"]));
    for (name, said, kept) in [
        ("page.html", "text/html", "application/octet-stream"),
        ("picture.svg", "image/svg+xml", "application/octet-stream"),
        ("notes.txt", "text/plain", "text/plain"),
    ] {
        let form = format!(
            "--xYz\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nDOCUMENT\r\n--xYz\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {said}\r\n\r\n\
             <script>alert(1)</script>\r\n--xYz--\r\n"
        );
        let upload = TestRequest::post().uri(&format!("{session}/artifacts")).set_payload(form);
        let upload = upload.insert_header(("Content-Type", "multipart/form-data; boundary=xYz"));
        let uploaded = app.send(carla.sign(upload)).await;
        assert_eq!(uploaded.status, 201, "{}", uploaded.text());
        let path = format!("{session}/artifacts/{}/content", text(&uploaded.json()["id"]));
        let whole = app.get(&path, &ivan).await;
        let part = app.send(ivan.sign(get(&path).insert_header(("Range", "bytes=0-3")))).await;
        let as_page = app.send(ivan.sign(page(&path))).await;
        for (answer, status) in [(whole, 200), (part, 206), (as_page, 200)] {
            assert_eq!(answer.status, status, "{name}");
            check(name, &answer);
            assert_eq!(answer.header("content-type"), Some(kept), "{name}");
            assert!(answer.header("content-disposition").unwrap().starts_with("attachment;"), "{name}");
            let policy = answer.header("content-security-policy").unwrap();
            assert!(policy.starts_with("sandbox; default-src 'none'"), "{name}: {policy}");
            assert_eq!(answer.header("cache-control"), Some("private, no-cache"), "{name}");
        }
    }
    for (path, accept) in [("attendance", "text/csv"), ("calendar.ics", "text/calendar")] {
        let request = get(&format!("{session}/{path}")).insert_header(("Accept", accept));
        let answer = app.send(ivan.sign(request)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        check(path, &answer);
        assert!(answer.header("content-disposition").unwrap().starts_with("attachment"), "{path}");
    }
}
