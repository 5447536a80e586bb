//! Notifications over Socket.IO with the clients that people use, on every transport.

use mockly_tests::{
    Backend, Mockly, Person, Script, TOKEN_SECRET, create_interview, now_s, run, sign, until, upload, wav,
};
use serde_json::{Value, json};

/// How a client goes about it, and on what it ends up.
const MODES: [(&str, &str); 3] = [("polling", "polling"), ("websocket", "websocket"), ("upgrade", "websocket")];

fn admin(server: &Mockly) -> Person {
    let now = now_s();
    let claims = json!({"sub": "root", "name": "root", "roles": ["admin"], "iat": now, "exp": now + 3_600});
    Person::with_token(server, "root", sign(&claims, TOKEN_SECRET))
}

async fn notify(admin: &Person, user: &Person, event: &str, payload: &Value) -> Value {
    let body = json!({ "userId": user.id, "event": event, "payload": payload });
    admin.http.post("/api/notifications", &body).await.expect(201)
}

fn connect(server: &Mockly, file: &str, token: &str, mode: &str) -> Script {
    let url = format!("http://{}", server.address());
    let arguments = [url.as_str(), token, mode];
    if file == "socketio_py.py" { Script::python(file, &arguments) } else { Script::node(file, &arguments) }
}

/// Each of a user's tabs hears it once, whatever it speaks on, and nobody else does.
#[test]
fn every_tab_of_the_user_hears_once_and_nobody_else() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let root = admin(&server);
        let alice = Person::sign_in(&server, "auth0|alice").await;
        let bob = Person::sign_in(&server, "bob").await;
        let mut tabs = Vec::new();
        for (mode, transport) in MODES {
            for file in ["socketio.mjs", "socketio_py.py"] {
                let mut tab = connect(&server, file, &alice.token, mode);
                assert_eq!(tab.event("settled").await["transport"], transport, "{file} by {mode}");
                tabs.push(tab);
            }
        }
        let mut other = connect(&server, "socketio.mjs", &bob.token, "websocket");
        other.event("settled").await;
        let stats = alice.http.get("/api/v1/websocket/stats").await.expect(200);
        assert_eq!((&stats["success"], &stats["data"]["connected"]), (&json!(true), &json!(7)));
        assert!(stats["data"]["timestamp"].as_str().unwrap().ends_with('Z'), "{stats}");

        let payload = json!({ "interviewId": "507f191e", "message": "Analysis completed!", "status": "success" });
        let sent = notify(&root, &alice, "analysis:completed", &payload).await;
        assert_eq!((&sent["success"], &sent["data"]["delivered"]), (&json!(true), &json!(true)));
        notify(&root, &alice, "last", &json!({})).await;
        notify(&root, &bob, "last", &json!({})).await;
        for tab in &mut tabs {
            let heard = tab.event("heard").await;
            assert_eq!(heard["name"], "analysis:completed");
            assert!(heard["data"]["timestamp"].is_string(), "{heard}");
            for (name, value) in payload.as_object().unwrap() {
                assert_eq!(&heard["data"][name], value);
            }
            // Once: what comes next is the next one.
            assert_eq!(tab.event("heard").await["name"], "last");
        }
        assert_eq!(other.event("heard").await["name"], "last");
        for tab in tabs {
            tab.finish().await;
        }
        other.finish().await;
        server.stop().await;
    });
}

/// What the document's own listener is for: the analysis of a recording, told by the server itself.
#[test]
fn whoever_asked_hears_of_the_analysis_of_a_recording() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let (ada, bob) = (Person::sign_in(&server, "ada").await, Person::sign_in(&server, "bob").await);
        let session = create_interview(&ada, &bob).await;
        let sound = wav(&[&[(2, true)]]);
        let artifact = upload(&ada, &session, "AUDIO_LEFT", "a.wav", "audio/wav", &sound).await.expect(201);
        let place = format!("/api/sessions/{}/analyses", session["id"].as_str().unwrap());
        for (mode, _) in MODES {
            let mut tab = connect(&server, "socketio.mjs", &ada.token, mode);
            tab.event("settled").await;
            let asked = ada.http.post(&place, &json!({ "artifactId": artifact["id"] })).await.expect(202);
            for (event, status) in [("analysis:started", "started"), ("analysis:completed", "success")] {
                let heard = tab.event("heard").await;
                let data = &heard["data"];
                assert_eq!((&heard["name"], &data["status"]), (&json!(event), &json!(status)), "{mode}: {heard}");
                assert_eq!((&data["interviewId"], &data["analysisId"]), (&session["id"], &asked["id"]), "{mode}");
                assert!(data["message"].is_string() && data["timestamp"].is_string(), "{mode}: {heard}");
            }
            assert_eq!(tab.event("completed").await["data"]["analysisId"], asked["id"], "{mode}");
            tab.finish().await;
        }
        server.stop().await;
    });
}

/// The client comes back by itself, and the list has what it did not hear.
#[test]
fn the_list_is_complete_after_a_reconnect() {
    run(Backend::Postgres, async |database| {
        let mut server = Mockly::start(&database, &[]).await;
        let root = admin(&server);
        let alice = Person::sign_in(&server, "alice").await;
        let mut tab = connect(&server, "socketio.mjs", &alice.token, "upgrade");
        tab.event("settled").await;
        notify(&root, &alice, "first", &json!({ "n": 1 })).await;
        assert_eq!(tab.event("heard").await["name"], "first");
        server.kill();
        tab.event("disconnected").await;
        // Told through another node while the tab's own is away.
        let second = Mockly::start(&database, &[]).await;
        until("end of the node that was killed", async || {
            let stats = root.at(&second).http.get("/api/admin/stats").await.expect(200);
            (stats["nodes"] == 1).then_some(())
        })
        .await;
        let sent = notify(&root.at(&second), &alice, "missed", &json!({ "n": 2 })).await;
        assert_eq!(sent["data"]["delivered"], false);
        server.start_again(true).await;
        tab.event("settled").await;
        notify(&root.at(&server), &alice, "last", &json!({ "n": 3 })).await;
        assert_eq!(tab.event("heard").await["name"], "last");
        let list = alice.at(&server).http.get("/api/notifications?unread=true").await.expect(200);
        let events: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|item| &item["event"]).collect();
        assert_eq!(events, ["last", "missed", "first"]);
        tab.finish().await;
        second.stop().await;
        server.stop().await;
    });
}

#[test]
fn who_has_no_good_token_is_told_so() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        for (token, reason) in [("-", "Authentication token required"), ("no.to.ken", "Authentication failed")] {
            for (mode, _) in MODES {
                for file in ["socketio.mjs", "socketio_py.py"] {
                    let mut client = connect(&server, file, token, mode);
                    assert_eq!(client.event("refused").await["reason"], reason, "{file} over {mode}");
                    client.finish().await;
                }
            }
        }
        server.stop().await;
    });
}
