//! Rooms as the documents of earlier clients have them, and over the death of a server.

use std::time::{Duration, Instant};

use mockly_tests::{Backend, Door, Mockly, Person, Script, TOKEN_SECRET, create_interview, now_s, run, sign};
use serde_json::{Value, json};

/// How long the demo of a live session may take.
const DEMO_WITHIN: Duration = Duration::from_secs(1);

/// A teacher with a class, and a student who is enrolled.
struct School {
    teacher: Person,
    student: Person,
    class: String,
}

impl School {
    async fn open(server: &Mockly) -> Self {
        let student = Person::sign_in(server, "student").await;
        let claims = json!({ "sub": "teacher", "name": "teacher", "roles": ["teacher"], "exp": now_s() + 3_600 });
        let teacher = Person::with_token(server, "teacher", sign(&claims, TOKEN_SECRET));
        let class = teacher.http.post("/api/classes", &json!({ "name": "Algebra" })).await.expect(201);
        let class = class["id"].as_str().unwrap().to_owned();
        teacher
            .http
            .post(&format!("/api/classes/{class}/students"), &json!({ "userIds": ["student"] }))
            .await
            .expect(200);
        Self { teacher, student, class }
    }

    /// Creates a session as the document's form does, and starts it.
    async fn start_session(&self) -> String {
        let form = json!({
            "classId": self.class, "title": "Fractions", "description": "Halves and thirds", "type": "lecture",
            "scheduledAt": "2024-01-15T10:00:00Z", "duration": 60, "maxParticipants": 30,
        });
        let session = self.teacher.http.post("/api/sessions", &form).await.expect(201);
        let id = session["id"].as_str().unwrap().to_owned();
        let url = session["websocketUrl"].as_str().unwrap();
        assert!(url.starts_with("ws://") && url.ends_with(&format!("/ws/class/{id}")), "{url}");
        self.teacher.http.post_empty(&format!("/api/sessions/{id}/start")).await.expect(200);
        id
    }
}

/// Passes over what the script heard until an event of that name.
async fn heard(script: &mut Script, name: &str) -> Value {
    loop {
        let line = script.event("heard").await;
        if line["name"] == name {
            return line["payload"].clone();
        }
    }
}

/// The document's two snippets at the door that they were written for: the host talks and lets somebody in.
#[test]
fn the_documented_javascript_works() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let (host, guest) = (Person::sign_in(&server, "user123").await, Person::sign_in(&server, "waitingUser").await);
        let address = server.address().to_string();
        let mut hosts = Script::node("seed_room.mjs", &[&address, &host.token]);
        let state = heard(&mut hosts, "room_state").await;
        assert_eq!((&state["roomId"], &state["hosts"][0]["clientId"]), (&json!("room123"), &json!("user123")));
        let mut waits = Script::node("seed_room.mjs", &[&address, &guest.token]);
        let state = heard(&mut waits, "room_state").await;
        assert_eq!(state["waitingUsers"][0]["clientId"], "waitingUser");
        hosts.tell(&json!({ "do": "accept" }));
        assert_eq!(heard(&mut waits, "accept_waiting").await["clientId"], "waitingUser");
        hosts.tell(&json!({ "do": "chat" }));
        for script in [&mut hosts, &mut waits] {
            let message = heard(script, "add_chat").await;
            for (field, expected) in [
                ("clientId", "user123"),
                ("displayName", "user123"),
                ("chatId", "msg456"),
                ("chatContent", "Hello everyone!"),
            ] {
                assert_eq!(message[field], expected, "{message}");
            }
        }
        // Another's name is nobody's to use.
        waits.tell(&json!({ "do": "chat" }));
        assert_eq!(heard(&mut waits, "error").await["code"], "forged-identity");
        hosts.finish().await;
        waits.finish().await;
        server.stop().await;
    });
}

/// The frames of class clients as their document has them.
#[test]
fn the_documented_frames_of_class_clients_work() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let school = School::open(&server).await;
        let (teacher, student) = (&school.teacher, &school.student);
        let id = &school.start_session().await;
        let mut teaching = Door::open(server.address(), "class", id, teacher).await;
        let welcome = teaching.hear().await;
        assert_eq!((welcome.name.as_str(), &welcome.payload["sessionId"]), ("welcome", &json!(id)));
        assert_eq!((&welcome.payload["status"], &welcome.payload["participantCount"]), (&json!("live"), &json!(1)));
        let mut learning = Door::open(server.address(), "class", id, student).await;
        assert_eq!(learning.hear().await.name, "welcome");
        let joined = loop {
            let joined = teaching.until("connect").await;
            if joined.who() == "student" {
                break joined;
            }
        };
        assert_eq!(joined.payload["participantCount"], 2);
        let question =
            json!({ "action": "sendMessage", "sessionId": id, "message": "Why?", "messageType": "question" });
        learning.send_text(&question.to_string()).await;
        let message = teaching.until("add_chat").await.payload;
        for (field, expected) in [
            ("sessionId", id.as_str()),
            ("userId", "student"),
            ("userName", "student"),
            ("message", "Why?"),
            ("messageType", "question"),
        ] {
            assert_eq!(message[field], expected, "{message}");
        }
        assert!(message["messageId"].is_string() && message["timestamp"].is_string(), "{message}");
        for (action, name) in [("raiseHand", "raise_hand"), ("lowerHand", "lower_hand")] {
            learning.send_text(&json!({ "action": action, "sessionId": id }).to_string()).await;
            assert_eq!(teaching.until(name).await.payload["userId"], "student");
        }
        teacher.http.post_empty(&format!("/api/sessions/{id}/end")).await.expect(200);
        for client in [&mut teaching, &mut learning] {
            let (last, code) = client.closed().await;
            assert_eq!((last.last().map(|heard| heard.name.as_str()), code), (Some("session_ended"), 4410));
        }
        server.stop().await;
    });
}

/// Create, start, a second user joins, chat both ways, a hand, the end: what a demo shows, in less time than it takes to
/// tell.
#[test]
fn the_demo_of_a_live_session_takes_less_than_a_second() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let school = School::open(&server).await;
        let (teacher, student) = (&school.teacher, &school.student);
        let begun = Instant::now();
        let id = &school.start_session().await;
        let mut teaching = Door::open(server.address(), "class", id, teacher).await;
        let mut learning = Door::open(server.address(), "class", id, student).await;
        teaching.send("add_chat", json!({ "sessionId": id, "chatContent": "Welcome" })).await;
        assert_eq!(learning.until("add_chat").await.payload["message"], "Welcome");
        learning.send("add_chat", json!({ "sessionId": id, "chatContent": "Thank you" })).await;
        while teaching.until("add_chat").await.payload["message"] != "Thank you" {}
        learning.send("raise_hand", json!({ "sessionId": id })).await;
        assert_eq!(teaching.until("raise_hand").await.who(), "student");
        teacher.http.post_empty(&format!("/api/sessions/{id}/end")).await.expect(200);
        assert_eq!(learning.until("session_ended").await.payload["endReason"], "ended");
        let took = begun.elapsed();
        assert!(took < DEMO_WITHIN, "{took:?}");
        server.stop().await;
    });
}

/// A server dies with people at its doors: whoever comes back in time has lost nothing, and whoever does not has left.
#[test]
fn a_server_that_dies_loses_nobody_who_comes_back() {
    run(Backend::Sqlite, async |database| {
        let mut server = Mockly::start(&database, &[]).await;
        let (guest, host) = (Person::sign_in(&server, "guest").await, Person::sign_in(&server, "host").await);
        let session = create_interview(&guest, &host).await;
        let id = session["id"].as_str().unwrap();
        let mut hosts = Door::open(server.address(), "zoom", id, &host).await;
        let mut guests = Door::open(server.address(), "chat", id, &guest).await;
        guests.send("raise_hand", json!({})).await;
        guests.send("add_chat", json!({ "chatId": "m1", "chatContent": "Before" })).await;
        guests.news().await;
        hosts.news().await;
        // Another room, whose only user will not come back.
        let _alone = Door::open(server.address(), "zoom", "room123", &guest).await.hear().await;
        server.kill();
        assert!(hosts.closed().await.0.is_empty());
        server.start_again(true).await;
        let (guest, host) = (guest.at(&server), host.at(&server));
        let mut hosts = Door::open(server.address(), "zoom", id, &host).await;
        let state = hosts.hear().await;
        let ids = |list: &Value| -> Vec<String> {
            let members = list.as_array().unwrap().iter();
            members.map(|member| member["clientId"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(ids(&state.payload["participants"]), ["host", "guest"]);
        assert_eq!(ids(&state.payload["hosts"]), ["host"]);
        assert_eq!(ids(&state.payload["handsRaised"]), ["guest"]);
        let mut guests = Door::open(server.address(), "zoom", id, &guest).await;
        assert_eq!(ids(&guests.hear().await.payload["handsRaised"]), ["guest"]);
        guests.send("get_recent_chats", json!({})).await;
        let history = guests.until("get_recent_chats").await;
        assert_eq!(history.payload[0]["chatContent"], "Before");
        // What was sent before and is repeated is no second message.
        guests.send("add_chat", json!({ "chatId": "m1", "chatContent": "Before" })).await;
        assert_eq!(guests.until("add_chat").await.payload["messageId"], history.payload[0]["messageId"]);
        hosts.send("add_chat", json!({ "chatContent": "After" })).await;
        assert_eq!(guests.until("add_chat").await.payload["chatContent"], "After");
        // Nobody has left, and whoever does not come back now will have.
        hosts.news().await;
        guests.close().await;
        let offline = hosts.until("presence").await;
        assert_eq!((offline.who(), &offline.payload["online"]), ("guest", &json!(false)));
        let left = hosts.until("disconnect").await;
        assert_eq!((left.who(), &left.payload["participantCount"]), ("guest", &json!(1)));
        // The other room's only user is gone as well: it begins anew.
        let mut anew = Door::open(server.address(), "zoom", "room123", &host).await;
        assert_eq!(ids(&anew.hear().await.payload["hosts"]), ["host"]);
        server.stop().await;
    });
}
