//! Over HTTP: the problem document and its code.

use mockly_tests::{
    API_KEY, API_SECRET, Answer, Backend, Mockly, Person, Request, TOKEN_SECRET, create_interview, now_s, run, sign,
    unsigned,
};
use serde_json::{Value, json};

use super::assert_no_secret;

const PASSWORD: &str = "correct horse battery staple 7193";
const SETTINGS: &[(&str, &str)] = &[
    ("LOG_LEVEL", "debug"),
    ("ACCESS_TOKEN_AUDIENCE", "mockly-tests"),
    ("ACCESS_TOKEN_ISSUER", "https://host.example"),
];
/// Rights are asked for before media are.
const LIVEKIT_AWAY: &[(&str, &str)] =
    &[("LIVEKIT_URL", "http://127.0.0.1:9"), ("LIVEKIT_API_KEY", API_KEY), ("LIVEKIT_API_SECRET", API_SECRET)];
const JSON: &str = "application/json";

#[track_caller]
fn check(what: &str, answer: &Answer, status: u16, code: &str) {
    let text = answer.text();
    let start: String = text.chars().take(400).collect();
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{what}: {start}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}");
    let problem = answer.json();
    for member in ["type", "title", "status", "detail", "instance", "code", "requestId", "error", "message"] {
        assert!(!problem[member].is_null(), "{what}: {member} is missing in {start}");
    }
    assert_eq!(answer.header("x-request-id"), problem["requestId"].as_str(), "{what}");
}

#[test]
fn bodies() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let alice = Person::sign_in(&server, "alice").await;
        let bob = Person::sign_in(&server, "bob").await;
        let create = |body: Vec<u8>| Request::new("POST", "/api/sessions").header("Content-Type", JSON).body(body);
        let with = |more: &str| format!("{{\"interviewerId\": \"bob\", {more}}}").into_bytes();
        let deep = [b"{\"title\": ".to_vec(), vec![b'['; 200], vec![b']'; 200], b"}".to_vec()].concat();
        let big = with(&format!("\"title\": \"{}\"", "x".repeat(1_100_000)));
        let cases: &[(&str, Vec<u8>, u16, &str)] = &[
            ("no JSON", b"interviewerId=bob".to_vec(), 400, "malformed-body"),
            ("half a JSON", b"{\"interviewerId\": \"bob\"".to_vec(), 400, "malformed-body"),
            ("two JSONs", b"{}{}".to_vec(), 400, "malformed-body"),
            ("an array", b"[\"bob\"]".to_vec(), 400, "malformed-body"),
            ("nothing", Vec::new(), 400, "malformed-body"),
            ("too deep", deep, 400, "malformed-body"),
            ("too big", big, 413, "body-too-large"),
            ("no UTF-8", b"{\"interviewerId\": \"\xff\xfe\"}".to_vec(), 400, "malformed-body"),
            ("half a surrogate", with("\"title\": \"\\ud800\""), 400, "malformed-body"),
            ("a wrong type", b"{\"interviewerId\": 7}".to_vec(), 400, "validation-failed"),
            ("a number too big", with("\"duration\": 1e400"), 400, "malformed-body"),
            ("a number out of range", with("\"duration\": 1441"), 400, "validation-failed"),
            ("a negative number", with("\"duration\": -1"), 400, "validation-failed"),
            ("a time without offset", with("\"scheduledAt\": \"2024-01-15T10:00:00\""), 400, "validation-failed"),
            ("a time that is none", with("\"scheduledAt\": \"2024-13-45T10:00:00Z\""), 400, "validation-failed"),
            ("an unknown enum value", with("\"admission\": \"SOMETIMES\""), 400, "validation-failed"),
            ("an unknown time zone", with("\"timeZone\": \"Mars/Olympus\""), 400, "validation-failed"),
            ("NUL", with("\"title\": \"a\\u0000b\""), 400, "validation-failed"),
            ("an id with NUL", b"{\"interviewerId\": \"a\\u0000b\"}".to_vec(), 400, "validation-failed"),
            (
                "an id too long",
                format!("{{\"interviewerId\": \"{}\"}}", "x".repeat(129)).into(),
                400,
                "validation-failed",
            ),
            ("no kind", b"{}".to_vec(), 400, "ambiguous-kind"),
            ("two kinds", with("\"candidateId\": \"alice\""), 400, "ambiguous-kind"),
            ("oneself", b"{\"interviewerId\": \"alice\"}".to_vec(), 400, "same-user"),
            ("a stranger", b"{\"interviewerId\": \"nobody\"}".to_vec(), 404, "unknown-user"),
        ];
        for (what, body, status, code) in cases {
            let answer = alice.http.send(create(body.clone())).await;
            check(what, &answer, *status, code);
        }
        let no_type = Request::new("POST", "/api/sessions").body(with("\"duration\": 30"));
        check("no content type", &alice.http.send(no_type.clone()).await, 415, "unsupported-media-type");
        let xml = no_type.header("Content-Type", "application/xml");
        check("another content type", &alice.http.send(xml).await, 415, "unsupported-media-type");
        let packed = create(with("\"duration\": 30")).header("Content-Encoding", "gzip");
        check("a compressed body", &alice.http.send(packed).await, 415, "unsupported-media-type");
        assert_eq!(alice.http.get("/api/sessions").await.expect(200)["total"], 0, "none of them made a session");
        create_interview(&alice, &bob).await;
        server.stop().await;
    });
}

#[test]
fn every_fault_of_a_body_is_named_at_once() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let alice = Person::sign_in(&server, "alice").await;
        let body = json!({"interviewerId": "bob", "duration": 0, "maxParticipants": 0, "title": "x".repeat(10_000)});
        let answer = alice.http.post("/api/sessions", &body).await;
        check("three faults", &answer, 400, "validation-failed");
        let problem = answer.json();
        let mut fields: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|one| &one["field"]).collect();
        fields.sort_by_key(ToString::to_string);
        fields.dedup();
        assert_eq!(fields, ["duration", "maxParticipants", "title"], "{problem}");
        let unknown = alice.http.post("/api/sessions", &json!({"interviewerId": "bob", "admission": "x"})).await.json();
        assert!(
            unknown["errors"][0]["message"].as_str().unwrap().contains("KNOCK"),
            "the known ones are listed: {unknown}"
        );
        server.stop().await;
    });
}

#[test]
fn paths_parameters_and_headers() {
    run(Backend::Postgres, async |database| {
        let server = Mockly::start(&database, LIVEKIT_AWAY).await;
        let alice = Person::sign_in(&server, "alice").await;
        let bob = Person::sign_in(&server, "bob").await;
        let eve = Person::sign_in(&server, "eve").await;
        let session = create_interview(&alice, &bob).await;
        let mine = format!("/api/sessions/{}", session["id"].as_str().unwrap());
        let missing = "/api/sessions/0197c19f-0000-7000-8000-000000000000";
        let get = |path: &str| Request::new("GET", path.to_owned());
        let patch = |path: &str| Request::new("PATCH", path.to_owned()).json(&json!({"title": "x"}));
        let join = |body: &Value| Request::new("POST", format!("{mine}/join")).json(body);
        let cases: &[(&str, &Person, Request, u16, &str)] = &[
            ("an id that is none", &alice, get("/api/sessions/1"), 400, "invalid-id"),
            ("an id in another form", &alice, get("/api/sessions/0197c19f000070008000000000000000"), 400, "invalid-id"),
            ("an id with NUL", &alice, get("/api/sessions/%00"), 400, "invalid-id"),
            ("a traversal", &alice, get("/api/sessions/..%2f..%2fetc%2fpasswd"), 400, "invalid-id"),
            ("a session that is not there", &alice, get(missing), 404, "session-not-found"),
            ("somebody else's session", &eve, get(&mine), 403, "access-denied"),
            ("somebody else's token", &eve, get(&format!("{mine}/token")), 403, "access-denied"),
            ("media that is away", &alice, get(&format!("{mine}/token")), 503, "livekit-unavailable"),
            ("joining somebody else's", &eve, join(&json!({})), 403, "access-denied"),
            ("another role", &alice, join(&json!({"role": "INTERVIEWER"})), 400, "role-mismatch"),
            ("an unknown role", &alice, join(&json!({"role": "KING"})), 400, "validation-failed"),
            ("a stale version", &alice, patch(&mine).header("If-Match", "\"77\""), 412, "stale-version"),
            ("a version that is none", &alice, patch(&mine).header("If-Match", "77"), 400, "invalid-parameter"),
            ("an unknown filter", &alice, get("/api/sessions?status=sometimes"), 400, "invalid-parameter"),
            ("a size too big", &alice, get("/api/sessions?size=101"), 400, "invalid-parameter"),
            ("a page below 0", &alice, get("/api/sessions?page=-1"), 400, "invalid-parameter"),
            ("a repeated parameter", &alice, get("/api/sessions?page=1&page=2"), 400, "invalid-parameter"),
            ("a time without offset", &alice, get("/api/sessions?from=2024-01-01T00:00:00"), 400, "invalid-parameter"),
            ("an event that is none", &alice, get(&format!("{mine}/events?after=x")), 400, "invalid-parameter"),
            ("no such path", &alice, get("/api/nothing"), 404, "not-found"),
            ("another method", &alice, Request::new("PUT", mine.clone()), 405, "method-not-allowed"),
            ("only XML", &alice, get(&mine).header("Accept", "application/xml"), 406, "not-acceptable"),
        ];
        for (what, who, request, status, code) in cases {
            let answer = who.http.send(request.clone()).await;
            check(what, &answer, *status, code);
        }
        let unfit = get(&mine).header("X-Request-Id", "a b\"<script>");
        let answer = alice.http.send(unfit).await;
        assert_eq!(answer.status, 200);
        assert!(!answer.header("x-request-id").unwrap().contains('<'), "an unfit request id is not sent back");
        server.stop().await;
    });
}

#[test]
fn tokens() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, SETTINGS).await;
        let now = now_s();
        let good =
            json!({"sub": "alice", "iss": "https://host.example", "aud": "mockly-tests", "iat": now, "exp": now + 600});
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            sign(&claims, TOKEN_SECRET)
        };
        let alice = Person::with_token(&server, "alice", sign(&good, TOKEN_SECRET));
        alice.http.get("/api/users/me").await.expect(200);
        let forged = sign(&good, "a-secret-of-somebody-else-that-is-long-enough");
        let other_head = format!("{}x", sign(&good, TOKEN_SECRET));
        let cases = [
            ("of another secret", forged.clone(), "invalid-token"),
            ("expired", with("exp", json!(now - 120)), "token-expired"),
            ("without an end", with("exp", Value::Null), "invalid-token"),
            ("not good yet", with("nbf", json!(now + 600)), "invalid-token"),
            ("alg none", unsigned(&good), "invalid-token"),
            ("alg none with a signature", format!("{}{}", unsigned(&good), "c2ln"), "invalid-token"),
            ("of another audience", with("aud", json!("somebody-else")), "invalid-token"),
            ("of another issuer", with("iss", json!("https://evil.example")), "invalid-token"),
            ("of nobody", with("sub", json!("")), "invalid-token"),
            ("changed", other_head, "invalid-token"),
            ("no JWT", "letmein".to_owned(), "invalid-token"),
        ];
        for (what, token, code) in &cases {
            let answer = Person::with_token(&server, "alice", token.clone()).http.get("/api/users/me").await;
            check(what, &answer, 401, code);
            assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")), "{what}");
        }
        check("none", &server.http().get("/api/users/me").await, 401, "unauthenticated");
        let in_url = server.http().get(&format!("/api/users/me?token={}", alice.token)).await;
        check("in the URL, where only sockets take it", &in_url, 401, "unauthenticated");
        let basic = Request::new("GET", "/api/users/me").header("Authorization", "Basic YWxpY2U6c2VjcmV0");
        check("of another scheme", &server.http().send(basic).await, 401, "unauthenticated");

        let log = server.stop().await;
        let mut secrets: Vec<&str> = cases.iter().map(|(_, token, _)| token.as_str()).collect();
        secrets.extend([alice.token.as_str(), TOKEN_SECRET, "YWxpY2U6c2VjcmV0"]);
        secrets.retain(|secret| *secret != "letmein");
        assert_no_secret(&log, &secrets);
    });
}

#[test]
fn passwords_and_refresh_tokens_reach_no_log() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[("LOG_LEVEL", "debug")]).await;
        let http = server.http();
        let account = json!({"email": "ann@example.org", "password": PASSWORD, "displayName": "Ann"});
        let made = http.post("/api/auth/register", &account).await.expect(201);
        check("the same address", &http.post("/api/auth/register", &account).await, 409, "email-taken");
        let wrong = json!({"email": "ann@example.org", "password": "wrong horse battery staple 4410"});
        check("a wrong password", &http.post("/api/auth/login", &wrong).await, 401, "invalid-credentials");
        let short = json!({"email": "no address", "password": "sh0rt!", "displayName": ""});
        check("a short password", &http.post("/api/auth/register", &short).await, 400, "validation-failed");
        let broken = Request::new("POST", "/api/auth/login")
            .header("Content-Type", JSON)
            .body(format!("{{\"email\": \"ann@example.org\", \"password\": \"{PASSWORD}\""));
        check("half a body", &http.send(broken).await, 400, "malformed-body");
        let refresh = made["refreshToken"].as_str().unwrap();
        let body = json!({"refreshToken": refresh});
        let renewed = http.post("/api/auth/refresh", &body).await.expect(200);
        check("a spent one", &http.post("/api/auth/refresh", &body).await, 401, "invalid-refresh-token");
        let revoked = json!({"refreshToken": renewed["refreshToken"]});
        check("its family", &http.post("/api/auth/refresh", &revoked).await, 401, "invalid-refresh-token");

        let log = server.stop().await;
        let tokens =
            [&made["accessToken"], &renewed["accessToken"], &renewed["refreshToken"]].map(|one| one.as_str().unwrap());
        let passwords =
            [PASSWORD, "wrong horse battery staple 4410", "sh0rt!", "ann@example.org", "$argon2id$", refresh];
        assert_no_secret(&log, &[&passwords[..], &tokens].concat());
    });
}
