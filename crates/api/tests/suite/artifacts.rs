//! Files of sessions over HTTP: forms in, ranges out.

use std::time::Duration;

use actix_web::test::TestRequest;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::support::{Account, Answer, TestApp, text};

/// One part of a form: its name, what stands behind the name, and its content.
type Part<'a> = (&'a str, &'a str, &'a [u8]);

fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, rest, content) in parts {
        body.extend(format!("--xYz\r\nContent-Disposition: form-data; name=\"{name}\"{rest}\r\n\r\n").as_bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--xYz--\r\n");
    body
}

fn post(path: &str, body: impl Into<Vec<u8>>) -> TestRequest {
    let content_type = ("Content-Type", "multipart/form-data; boundary=xYz");
    TestRequest::post().uri(path).insert_header(content_type).set_payload(body.into())
}

/// An interview of two, and where its files are.
async fn stage(app: &TestApp) -> (Account, Account, String) {
    let (carla, ivan) = (app.account("carla").await, app.account("ivan").await);
    let session = app.interview(&carla, &ivan).await;
    let path = format!("/api/sessions/{}/artifacts", text(&session["id"]));
    (carla, ivan, path)
}

const NOTES: &str = "; filename=\"notes.txt\"\r\nContent-Type: text/plain";

async fn upload(app: &TestApp, path: &str, by: &Account, content: &[u8]) -> Value {
    let body = form(&[("type", "", b"DOCUMENT"), ("file", NOTES, content)]);
    let answer = app.send(by.sign(post(path, body))).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

async fn read(app: &TestApp, path: &str, by: &Account, headers: &[(&str, &str)]) -> Answer {
    let mut request = TestRequest::get().uri(path);
    for header in headers {
        request = request.insert_header(*header);
    }
    app.send(by.sign(request)).await
}

#[actix_web::test]
async fn a_form_becomes_a_file_whatever_the_order_of_its_fields() {
    let app = TestApp::new().await;
    let (carla, ivan, path) = stage(&app).await;
    let digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let upper = digest.to_uppercase();
    let parts: [Part<'_>; 4] = [
        ("file", "; filename=\"Gespräch 1.txt\"\r\nContent-Type: Text/Plain; charset=utf-8", b"hello"),
        ("note", "", b"nobody asked"),
        ("sha256", "", upper.as_bytes()),
        ("type", "", b"document"),
    ];
    let answer = app.send(carla.sign(post(&path, form(&parts)))).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let file = answer.json();
    assert_eq!(answer.header("location"), Some(format!("{path}/{}", text(&file["id"])).as_str()));
    for (name, value) in
        [("type", "DOCUMENT"), ("fileName", "Gespräch 1.txt"), ("contentType", "text/plain"), ("sha256", digest)]
    {
        assert_eq!(file[name], value, "{name}");
    }
    assert_eq!((&file["sizeBytes"], &file["uploadedBy"]), (&5.into(), &carla.id.clone().into()));
    let list = app.get(&path, &ivan).await.json();
    assert_eq!((&list["items"][0], &list["total"]), (&file, &1.into()));
    let session = app.get(path.strip_suffix("/artifacts").unwrap(), &ivan).await.json();
    assert_eq!(session["artifacts"][0], file);
    assert_eq!(app.get(answer.header("location").unwrap(), &ivan).await.json(), file);
}

#[actix_web::test]
async fn what_is_wrong_with_a_form_is_told() {
    let app = TestApp::new().await;
    let (carla, _, path) = stage(&app).await;
    let kind: Part<'_> = ("type", "", b"DOCUMENT");
    let file: Part<'_> = ("file", NOTES, b"hello");
    let named = |name: &str| format!("; filename=\"{name}\"\r\nContent-Type: text/plain");
    for (what, parts, status, code, field) in [
        ("no type", vec![file], 400, "validation-failed", Some("type")),
        ("no file", vec![kind], 400, "validation-failed", Some("file")),
        ("an unknown type", vec![("type", "", b"SONG".as_slice()), file], 400, "validation-failed", Some("type")),
        ("two files", vec![kind, file, file], 400, "validation-failed", Some("file")),
        ("an empty file", vec![kind, ("file", NOTES, b"")], 400, "validation-failed", Some("file")),
        ("a path", vec![kind, ("file", &named("../../etc/passwd"), b"x")], 400, "validation-failed", Some("file")),
        ("a drive", vec![kind, ("file", &named("C:\\\\boot.ini"), b"x")], 400, "validation-failed", Some("file")),
        ("dots", vec![kind, ("file", &named(".."), b"x")], 400, "validation-failed", Some("file")),
        ("no name", vec![kind, ("file", "", b"x")], 400, "validation-failed", Some("file")),
        ("no digest", vec![kind, ("sha256", "", b"abc"), file], 400, "validation-failed", Some("sha256")),
        ("a long field", vec![("x", "", &[b'x'; 5_000]), kind, file], 400, "validation-failed", Some("x")),
        ("another digest", vec![kind, ("sha256", "", &[b'0'; 64]), file], 400, "digest-mismatch", None),
        ("another kind", vec![("type", "", b"AUDIO_MIXED".as_slice()), file], 415, "unsupported-media-type", None),
        ("many fields", vec![("x", "", b"".as_slice()); 20], 400, "malformed-body", None),
    ] {
        let answer = app.send(carla.sign(post(&path, form(&parts)))).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        let problem = answer.problem(status, code);
        let named = problem["errors"][0]["field"].as_str();
        assert_eq!(named, field, "{what}: {problem}");
    }
    let whole = form(&[kind, file]);
    app.send(carla.sign(post(&path, &whole[..whole.len() - 20]))).await.problem(400, "malformed-body");
    app.post(&path, serde_json::json!({ "type": "DOCUMENT" }), &carla).await.problem(415, "unsupported-media-type");
    let compressed = post(&path, whole).insert_header(("Content-Encoding", "gzip"));
    app.send(carla.sign(compressed)).await.problem(415, "unsupported-media-type");
    assert_eq!(app.get(&path, &carla).await.json()["total"], 0);
}

#[actix_web::test]
async fn only_those_who_take_part_have_files() {
    let app = TestApp::new().await;
    let (carla, _, path) = stage(&app).await;
    let eve = app.account("eve").await;
    let file = upload(&app, &path, &carla, b"hello").await;
    let body = form(&[("type", "", b"DOCUMENT"), ("file", NOTES, b"hello")]);
    app.send(eve.sign(post(&path, body.clone()))).await.problem(403, "access-denied");
    app.send(post(&path, body)).await.problem(401, "unauthenticated");
    let one = format!("{path}/{}", text(&file["id"]));
    for place in [&path, &one, &format!("{one}/content")] {
        app.get(place, &eve).await.problem(403, "access-denied");
    }
    app.send(eve.sign(TestRequest::delete().uri(&one))).await.problem(403, "access-denied");
    let unknown = format!("{path}/0197c1a0-7e5f-7000-8000-000000000003");
    app.get(&unknown, &carla).await.problem(404, "artifact-not-found");
    app.get(&format!("{path}/x"), &carla).await.problem(400, "invalid-id");
    assert_eq!(app.send(carla.sign(TestRequest::delete().uri(&one))).await.status, 204);
    app.get(&format!("{one}/content"), &carla).await.problem(404, "artifact-not-found");
}

#[actix_web::test]
async fn bytes_come_whole_in_part_or_not_again() {
    let app = TestApp::new().await;
    let (carla, _, path) = stage(&app).await;
    // More than one chunk, and compressible: what is asked for in ranges must stay as it is.
    let content: Vec<u8> = (0..300_000_u32).map(|number| u8::try_from(number / 1_000 % 251).unwrap()).collect();
    let file = upload(&app, &path, &carla, &content).await;
    let place = format!("{path}/{}/content", text(&file["id"]));
    let etag = format!("\"{}\"", text(&file["sha256"]));
    assert_eq!(
        etag.trim_matches('"'),
        Sha256::digest(&content).iter().fold(String::new(), |t, b| t + &format!("{b:02x}"))
    );

    let browser = [("Accept-Encoding", "gzip, br"), ("Accept", "text/html,image/*")];
    let whole = read(&app, &place, &carla, &browser).await;
    assert_eq!((whole.status.as_u16(), whole.body == content), (200, true));
    for (name, value) in [
        ("etag", Some(etag.as_str())),
        ("accept-ranges", Some("bytes")),
        ("content-type", Some("text/plain")),
        ("content-encoding", None),
        ("content-disposition", Some("attachment; filename=\"notes.txt\"; filename*=UTF-8''notes.txt")),
        ("x-content-type-options", Some("nosniff")),
        ("content-security-policy", Some("sandbox; default-src 'none'; frame-ancestors 'none'")),
        ("cache-control", Some("private, no-cache")),
    ] {
        assert_eq!(whole.header(name), value, "{name}");
    }

    let part = read(&app, &place, &carla, &[("Range", "bytes=100000-250000"), ("If-Range", &etag)]).await;
    assert_eq!((part.status.as_u16(), part.header("content-range")), (206, Some("bytes 100000-250000/300000")));
    assert!(part.body == content[100_000..=250_000]);
    let end = read(&app, &place, &carla, &[("Range", "bytes=-5")]).await;
    assert!(end.status == 206 && end.body == content[299_995..]);
    let changed = read(&app, &place, &carla, &[("Range", "bytes=0-9"), ("If-Range", "\"other\"")]).await;
    assert_eq!((changed.status.as_u16(), changed.body.len()), (200, 300_000));

    let beyond = read(&app, &place, &carla, &[("Range", "bytes=300000-")]).await;
    beyond.problem(416, "range-not-satisfiable");
    assert_eq!(beyond.header("content-range"), Some("bytes */300000"));
    let known = read(&app, &place, &carla, &[("If-None-Match", &etag)]).await;
    assert_eq!((known.status.as_u16(), known.header("etag"), known.body.len()), (304, Some(etag.as_str()), 0));
}

/// The address that a link makes, without the server's own.
async fn link(app: &TestApp, place: &str, by: &Account) -> String {
    let answer = app.post(&format!("{place}-link"), Value::Null, by).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let url = text(&answer.json()["url"]);
    url[url.find("/api/").unwrap()..].to_owned()
}

#[actix_web::test]
async fn a_player_reads_by_a_link_for_an_hour() {
    let app = TestApp::new().await;
    let (carla, ivan, path) = stage(&app).await;
    let file = upload(&app, &path, &carla, b"hello").await;
    let place = format!("{path}/{}/content", text(&file["id"]));
    // No answer with a link in it is kept, so that the same key never brings one that has run out.
    let keyed = async || {
        let request = TestRequest::post().uri(&format!("{place}-link")).insert_header(("Idempotency-Key", "k1"));
        let answer = app.send(ivan.sign(request)).await;
        assert_eq!(answer.header("idempotent-replayed"), None);
        text(&answer.json()["url"])
    };
    let first = keyed().await;
    app.clock.advance(Duration::from_mins(1));
    assert_ne!(keyed().await, first);

    let link = link(&app, &place, &ivan).await;
    assert!(link.starts_with(&format!("{place}?link=")), "{link}");
    let get = async |link: &str| app.send(TestRequest::get().uri(link).insert_header(("Range", "bytes=1-3"))).await;
    let part = get(&link).await;
    assert_eq!((part.status.as_u16(), part.header("content-range")), (206, Some("bytes 1-3/5")));
    assert_eq!(part.text(), "ell");
    assert_eq!(part.header("cross-origin-resource-policy"), Some("cross-origin"));
    app.clock.advance(Duration::from_mins(59));
    assert_eq!(get(&link).await.status, 206);
    app.clock.advance(Duration::from_mins(1));
    get(&link).await.problem(401, "invalid-link");
}

#[actix_web::test]
async fn a_link_opens_its_file_alone_and_only_for_those_who_still_may() {
    let app = TestApp::new().await;
    let (carla, ivan, path) = stage(&app).await;
    let eve = app.account("eve").await;
    let file = upload(&app, &path, &carla, b"hello").await;
    let other = upload(&app, &path, &carla, b"other").await;
    let place = format!("{path}/{}/content", text(&file["id"]));
    app.post(&format!("{place}-link"), Value::Null, &eve).await.problem(403, "access-denied");
    let link = link(&app, &place, &carla).await;
    let token = link.split_once('=').unwrap().1;
    let get = async |address: &str| app.send(TestRequest::get().uri(address)).await;

    let elsewhere = format!("{path}/{}/content?link={token}", text(&other["id"]));
    get(&elsewhere).await.problem(401, "invalid-link");
    let parts: Vec<&str> = token.split('.').collect();
    let later = format!("{}.{}.{}", parts[0].parse::<u64>().unwrap() + 1, parts[1], parts[2]);
    let of_ivan = self::link(&app, &place, &ivan).await;
    let for_ivan = format!("{}.{}.{}", parts[0], of_ivan.split('.').nth(1).unwrap(), parts[2]);
    let short = format!("{}.{}.{}", parts[0], parts[1], &parts[2][..parts[2].len() - 4]);
    for forged in [later.as_str(), &for_ivan, &short, parts[0], "x", "1.2.3", "-9223372036854775808.aQ.aQ"] {
        get(&format!("{place}?link={forged}")).await.problem(401, "invalid-link");
    }
    get(&format!("{place}?link=")).await.problem(401, "unauthenticated");
    get(&format!("{place}?link={}", "x".repeat(1_001))).await.problem(400, "invalid-parameter");
    // Nothing but this one address takes it, and a token beside it leaves open who asks.
    get(&format!("{path}?link={token}")).await.problem(401, "unauthenticated");
    let as_token = TestRequest::get().uri(&path).insert_header(("Authorization", format!("Bearer {token}")));
    app.send(as_token).await.problem(401, "invalid-token");
    app.send(carla.sign(TestRequest::get().uri(&link))).await.problem(401, "unauthenticated");

    let session = path.strip_suffix("/artifacts").unwrap();
    let removed = TestRequest::delete().uri(&format!("{session}/participants/{}", carla.id));
    assert!(app.send(ivan.sign(removed)).await.status.is_success());
    get(&link).await.problem(403, "removed");
}

/// Somebody's upload must not run as a page of this server.
#[actix_web::test]
async fn a_page_is_answered_as_bytes() {
    let app = TestApp::new().await;
    let (carla, ivan, path) = stage(&app).await;
    let page = "; filename=\"page.html\"\r\nContent-Type: text/html";
    let body = form(&[("type", "", b"DOCUMENT"), ("file", page, b"<script>alert(1)</script>")]);
    let file = app.send(carla.sign(post(&path, body))).await.json();
    let read = app.get(&format!("{path}/{}/content", text(&file["id"])), &ivan).await;
    assert_eq!(read.header("content-type"), Some("application/octet-stream"));
    assert!(read.header("content-disposition").unwrap().starts_with("attachment;"));
}

#[actix_web::test]
async fn a_repeated_upload_is_one_file() {
    let app = TestApp::new().await;
    let (carla, _, path) = stage(&app).await;
    let send = async |content: &[u8]| {
        let body = form(&[("type", "", b"DOCUMENT"), ("file", NOTES, content)]);
        app.send(carla.sign(post(&path, body).insert_header(("Idempotency-Key", "k1")))).await
    };
    let first = send(b"hello").await;
    let again = send(b"hello").await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (201, Some("true")), "{}", again.text());
    assert_eq!((again.json(), again.header("location")), (first.json(), first.header("location")));
    send(b"other").await.problem(409, "idempotency-key-reused");
    assert_eq!(app.get(&path, &carla).await.json()["total"], 1);
    let body = form(&[("type", "", b"DOCUMENT"), ("file", NOTES, b"hello")]);
    let malformed = post(&path, body).insert_header(("Idempotency-Key", ""));
    app.send(carla.sign(malformed)).await.problem(400, "invalid-parameter");
}
