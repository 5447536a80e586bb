//! STOMP clients that people use, unchanged.

use mockly_tests::{Backend, Mockly, Person, Script, cancel_session, create_interview, run};
use serde_json::json;

#[test]
fn stompjs_7_over_websocket() {
    run(Backend::Sqlite, async |database| {
        let mut server = Mockly::start(&database, &[]).await;
        let alice = Person::sign_in(&server, "alice").await;
        let bob = Person::sign_in(&server, "bob").await;
        let url = format!("ws://{}/ws", server.address());
        let mut client = Script::node("stompjs7.mjs", &[&url, &alice.token, &alice.topic()]);
        let connected = client.event("connected").await;
        assert_eq!(connected["version"], "1.2");
        client.event("subscribed").await;
        hear_a_session(&mut client, &alice, &bob).await;

        // Told to go, it comes back by itself to where it was.
        server.terminate();
        let closed = client.event("closed").await;
        assert_eq!(closed["code"], 1001, "{closed}");
        assert!(closed["reason"].as_str().unwrap().starts_with("retry-after-ms="), "{closed}");
        server.start_again(true).await;
        client.event("subscribed").await;
        hear_a_session(&mut client, &alice, &bob).await;
        client.finish().await;
        server.stop().await;
    });
}

#[test]
fn stompjs_7_is_told_why_it_was_refused() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let url = format!("ws://{}/ws/websocket", server.address());
        let mut client = Script::node("stompjs7.mjs", &[&url, "no-token-at-all", "/topic/users/alice/sessions"]);
        assert_eq!(client.event("refused").await["code"], "invalid-token");
        assert_eq!(client.event("closed").await["code"], 4401);
        client.finish().await;
        server.stop().await;
    });
}

#[test]
fn stomp_py_over_websocket() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let alice = Person::sign_in(&server, "alice").await;
        let bob = Person::sign_in(&server, "bob").await;
        let port = server.address().port().to_string();
        let mut client = Script::python("stomp_py.py", &["127.0.0.1", &port, &alice.token, &alice.topic()]);
        assert_eq!(client.event("connected").await["version"], "1.2");
        client.event("subscribed").await;
        hear_a_session(&mut client, &alice, &bob).await;
        client.finish().await;
        server.stop().await;
    });
}

async fn hear_a_session(client: &mut Script, alice: &Person, bob: &Person) {
    let created = create_interview(alice, bob).await;
    let id = created["id"].as_str().unwrap();
    let heard = client.event("message").await;
    assert_eq!(heard["destination"], alice.topic());
    assert_eq!((&heard["message"]["type"], &heard["message"]["sequence"]), (&json!("SESSION_CREATED"), &json!(1)));
    assert_eq!(heard["message"]["data"]["id"], created["id"]);

    let renamed = alice.http.patch(&format!("/api/sessions/{id}"), &json!({"title": "Ünïcode: \"a\\b\" 🎓"})).await;
    renamed.expect(200);
    let heard = client.event("message").await;
    assert_eq!(heard["message"]["type"], "SESSION_UPDATED");
    assert_eq!(heard["message"]["data"]["title"], "Ünïcode: \"a\\b\" 🎓");

    cancel_session(bob, id).await;
    let heard = client.event("message").await;
    assert_eq!((&heard["message"]["type"], &heard["message"]["sequence"]), (&json!("SESSION_ENDED"), &json!(3)));
    assert_eq!(heard["message"]["data"]["status"], "CANCELED");
}
