//! The lines of the document that earlier clients were written by, as they stand there.

use mockly_tests::{Backend, LiveKit, Mockly, Person, Request, Script, cancel_session, end_session, run};
use serde_json::{Value, json};

/// The body of the document's first `curl` call, with an interviewer who exists.
fn documented_body(interviewer: &Person) -> String {
    format!(
        r#"{{
    "interviewerId": "{}",
    "scheduledAt": "2024-01-15T10:00:00Z"
  }}"#,
        interviewer.id
    )
}

async fn create_as_documented(candidate: &Person, interviewer: &Person) -> Value {
    let request = Request::new("POST", "/api/sessions")
        .header("Content-Type", "application/json")
        .body(documented_body(interviewer));
    candidate.http.send(request).await.expect(201)
}

/// A session of 2024 is as good as any: who created it joins it later, without a body, as `curl -X POST` sends it.
#[test]
fn curl_calls_work() {
    run(Backend::Sqlite, async |database| {
        let livekit = LiveKit::reserve();
        let settings = livekit.settings();
        let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let server = Mockly::start(&database, &settings).await;
        let _media = livekit.start(&database, server.address().port()).await;
        let candidate = Person::sign_in(&server, "candidate-1").await;
        let interviewer = Person::sign_in(&server, "auth0|interviewer").await;

        let created = create_as_documented(&candidate, &interviewer).await;
        assert_eq!((&created["status"], &created["kind"]), (&json!("SCHEDULED"), &json!("INTERVIEW")));
        assert_eq!(created["scheduledAt"], "2024-01-15T10:00:00Z");
        let id = created["id"].as_str().unwrap();

        let bare_post = Request::new("POST", format!("/api/sessions/{id}/join"));
        let joined = candidate.http.send(bare_post).await.expect(200);
        assert_eq!(joined["status"], "ACTIVE", "the first join makes it active: {joined}");

        let token = interviewer.http.get(&format!("/api/sessions/{id}/token")).await.expect(200);
        assert_eq!(token["roomId"], format!("session-{id}"));
        assert_eq!(token["url"].as_str(), Some(settings[1].1), "clients are given the ws form");
        assert_eq!(token["token"].as_str().map(|token| token.split('.').count()), Some(3), "it is a JWT");
        server.stop().await;
    });
}

/// A document says what a client depends on, also without a LiveKit at all.
#[test]
fn everything_but_media_works_without_livekit() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let candidate = Person::sign_in(&server, "candidate").await;
        let interviewer = Person::sign_in(&server, "interviewer").await;
        let created = create_as_documented(&candidate, &interviewer).await;
        let id = created["id"].as_str().unwrap();
        let token = candidate.http.get(&format!("/api/sessions/{id}/token")).await;
        assert_eq!((token.status, token.code().as_str()), (503, "livekit-not-configured"));
        cancel_session(&candidate, id).await;
        server.stop().await;
    });
}

/// `SockJS` and `Stomp` as the document has them, over the transport that SockJS chooses itself and over each of those
/// that are here. Heart-beats are far apart: once a second SUBSCRIBE was taken only when the next one woke its session.
#[test]
fn sockjs_and_stomp_hear_everything_at_once() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[("STOMP_HEART_BEAT", "10m")]).await;
        let transports = ["", "websocket", "xhr-streaming", "eventsource", "xhr-polling"];
        for (number, transport) in transports.into_iter().enumerate() {
            hear_an_interview(&server, transport, number).await;
        }
        server.stop().await;
    });
}

/// The same over the transports that need a page, in a browser; those in iframes from a page of another origin.
#[test]
fn sockjs_and_stomp_hear_everything_in_a_browser() {
    run(Backend::Sqlite, async |database| {
        // The page of another origin has a port that nobody knows beforehand, and production takes no `*`.
        let settings = [
            ("ENVIRONMENT", "development"),
            ("STOMP_HEART_BEAT", "10m"),
            ("SOCKJS_SCRIPT_URL", "/sockjs.min.js"),
            ("ALLOWED_ORIGINS", "*"),
        ];
        let server = Mockly::start(&database, &settings).await;
        let transports = ["htmlfile", "jsonp-polling", "iframe-eventsource", "iframe-htmlfile", "iframe-xhr-polling"];
        for (number, transport) in transports.into_iter().enumerate() {
            hear_an_interview(&server, transport, number).await;
        }
        server.stop().await;
    });
}

async fn hear_an_interview(server: &Mockly, transport: &str, number: usize) {
    let candidate = Person::sign_in(server, &format!("candidate-{number}")).await;
    let interviewer = Person::sign_in(server, &format!("interviewer-{number}")).await;
    let mut before = listen(server, &interviewer, "00000000-0000-7000-8000-000000000000", transport);
    // Nobody listens to a session that is not there.
    assert_eq!(before.next().await["event"], "connected");
    assert_eq!(before.event("closed").await["reason"], "access-denied", "over {transport:?}");
    before.finish().await;

    let first = create_as_documented(&candidate, &interviewer).await;
    let mut listeners = Vec::new();
    for person in [&candidate, &interviewer] {
        let mut listener = listen(server, person, first["id"].as_str().unwrap(), transport);
        assert_eq!(listener.event("connected").await["version"], "1.1", "stompjs 2 asks for 1.1 and 1.0");
        let chosen = listener.event("subscribed").await["transport"].clone();
        assert!(transport.is_empty() || chosen == transport, "{chosen}");
        listeners.push(listener);
    }
    let first_id = first["id"].as_str().unwrap();
    interviewer.http.post_empty(&format!("/api/sessions/{first_id}/join")).await.expect(200);
    end_session(&candidate, first_id).await;
    let second = create_as_documented(&candidate, &interviewer).await;
    for mut listener in listeners {
        // The topic of the session and that of the user are two subscriptions: their order is theirs.
        let (mut of_session, mut of_user) = (Vec::new(), Vec::new());
        let created = loop {
            let heard = listener.next().await;
            let message = &heard["message"];
            let kind = message["type"].as_str().unwrap_or_else(|| panic!("{heard}")).to_owned();
            if kind == "SESSION_CREATED" {
                break heard;
            }
            assert_eq!(message["data"]["id"], first["id"], "{heard}");
            if heard["event"] == "session" { &mut of_session } else { &mut of_user }.push(kind);
        };
        assert_eq!(of_session, ["PARTICIPANT_JOINED", "SESSION_UPDATED", "SESSION_ENDED"], "over {transport:?}");
        assert_eq!(of_user, of_session, "both topics tell the same");
        assert_eq!((&created["event"], &created["message"]["data"]["id"]), (&json!("user"), &second["id"]));
        listener.finish().await;
    }
    cancel_session(&candidate, second["id"].as_str().unwrap()).await;
}

fn listen(server: &Mockly, person: &Person, session: &str, transport: &str) -> Script {
    let url = format!("http://{}/ws", server.address());
    let mut arguments = vec![url.as_str(), &person.token, session, &person.id];
    if !transport.is_empty() {
        arguments.push(transport);
    }
    Script::node("seed_sockjs.mjs", &arguments)
}
