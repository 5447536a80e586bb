//! LiveKit's webhooks, made by hand: real ones are in `interview.rs`, these are the ones that nobody should send.

use mockly_tests::{
    API_KEY, API_SECRET, Answer, Backend, Mockly, Person, WEBHOOK_TURN_PASSWORD, create_interview, now_s,
    participant_joined, run, sha256_base64, sign, unsigned, webhook, webhook_claims,
};
use serde_json::{Value, json};

/// LiveKit is named and not there, so that nothing but webhooks tells anything.
const SETTINGS: &[(&str, &str)] = &[
    ("LIVEKIT_URL", "http://127.0.0.1:9"),
    ("LIVEKIT_API_KEY", API_KEY),
    ("LIVEKIT_API_SECRET", API_SECRET),
    ("LIVEKIT_WEBHOOK_SECRET", WEBHOOK_SECRET),
    ("LOG_LEVEL", "debug"),
];
const WEBHOOK_SECRET: &str = "system-tests-webhook-7e6d5c4b3a29181706f5e4d3c2b1a09f";

async fn send(server: &Mockly, authorization: &str, body: impl Into<Vec<u8>>) -> Answer {
    server.http().send(webhook(authorization, body)).await
}

/// What a webhook could change.
async fn state(person: &Person, id: &str) -> (Value, Value, Value) {
    let session = person.http.get(&format!("/api/sessions/{id}")).await.expect(200);
    let attendance = person.http.get(&format!("/api/sessions/{id}/attendance")).await.expect(200);
    // An interval that goes on ends with the question.
    let intervals =
        attendance["items"].as_array().unwrap().iter().flat_map(|item| item["intervals"].as_array().unwrap());
    let intervals = intervals.map(|interval| interval["from"].clone()).collect();
    let events = person.http.get(&format!("/api/sessions/{id}/events")).await.expect(200);
    (session["status"].clone(), intervals, events["items"].as_array().unwrap().len().into())
}

#[test]
fn a_replay_has_no_second_effect() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, SETTINGS).await;
        let alice = Person::sign_in(&server, "alice").await;
        let bob = Person::sign_in(&server, "bob").await;
        let session = create_interview(&alice, &bob).await;
        let id = session["id"].as_str().unwrap();
        let body = participant_joined("EV_first", id, "PA_bob", "bob");
        let token = sign(&webhook_claims(&body), API_SECRET);
        assert_eq!(send(&server, &token, body.clone()).await.status, 200);
        let after = state(&alice, id).await;
        assert_eq!(after.0, "ACTIVE");

        // To the letter, as LiveKit itself repeats; with the other secret and the other form of the header; and the same
        // connection under another id, as a webhook from before a restart.
        assert_eq!(send(&server, &token, body.clone()).await.status, 200);
        let bearer = format!("Bearer {}", sign(&webhook_claims(&body), WEBHOOK_SECRET));
        assert_eq!(send(&server, &bearer, body.clone()).await.status, 200);
        let again = participant_joined("EV_second", id, "PA_bob", "bob");
        assert_eq!(send(&server, &sign(&webhook_claims(&again), API_SECRET), again).await.status, 200);
        assert_eq!(state(&alice, id).await, after, "nothing happened twice");

        let log = server.stop().await;
        for secret in [WEBHOOK_TURN_PASSWORD, API_SECRET, WEBHOOK_SECRET, &token, &bearer] {
            assert!(!log.contains(secret), "the log has a secret: {secret}");
        }
    });
}

#[test]
fn a_forged_one_has_no_effect() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, SETTINGS).await;
        let alice = Person::sign_in(&server, "alice").await;
        let bob = Person::sign_in(&server, "bob").await;
        let session = create_interview(&alice, &bob).await;
        let id = session["id"].as_str().unwrap();
        let before = state(&alice, id).await;
        let body = participant_joined("EV_forged", id, "PA_bob", "bob");
        let good = webhook_claims(&body);
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            sign(&claims, API_SECRET)
        };
        let forged = [
            ("another body", sign(&webhook_claims("{}"), API_SECRET), body.clone()),
            ("a changed body", sign(&good, API_SECRET), body.replace("PA_bob", "PA_eve")),
            ("another secret", sign(&good, "another-secret-that-is-as-long-as-ours"), body.clone()),
            ("another key", with("iss", json!("another-key")), body.clone()),
            ("long ago", with("exp", json!(now_s() - 600)), body.clone()),
            ("no digest", with("sha256", Value::Null), body.clone()),
            ("no signature", unsigned(&good), body.clone()),
            ("no token", String::new(), body.clone()),
        ];
        for (what, token, body) in forged {
            let answer = send(&server, &token, body).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (401, "invalid-signature"),
                "{what}: {}",
                answer.text()
            );
        }
        assert_eq!(state(&alice, id).await, before, "none of them had an effect");
        server.stop().await;
    });
}

#[test]
fn what_cannot_be_read_or_is_not_ours_is_told_apart() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, SETTINGS).await;
        let missing = "0197c19f-0000-7000-8000-000000000000";
        let unknown_event = json!({"event": "something_new", "id": "EV_new", "createdAt": "1"}).to_string();
        let foreign_room =
            participant_joined("EV_foreign", missing, "PA_x", "x").replace("session-", "somebody-elses-");
        let cases = [
            (200, "", participant_joined("EV_missing", missing, "PA_x", "x").into_bytes()),
            (200, "", foreign_room.into_bytes()),
            (200, "", unknown_event.into_bytes()),
            (400, "malformed-webhook", b"no JSON".to_vec()),
            (400, "malformed-webhook", b"{\"event\": \xff}".to_vec()),
            (400, "malformed-webhook", b"[]".to_vec()),
        ];
        for (status, code, body) in cases {
            let mut claims = webhook_claims("");
            claims["sha256"] = sha256_base64(&body).into();
            let answer = send(&server, &sign(&claims, API_SECRET), body.clone()).await;
            let what = String::from_utf8_lossy(&body).into_owned();
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{what}: {}", answer.text());
        }
        server.stop().await;
    });
}
