//! Rooms as the documents of earlier clients have them, and over the death of a server.

use std::time::Instant;

use mockly_tests::{Backend, Door, Mockly, Person, School, Script, create_interview, free_port, run};
use serde_json::{Value, json};

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

/// A class client that works by its document alone.
struct ClassClient {
    script: Script,
    /// What it said that nobody has asked for yet.
    said: Vec<Value>,
}

impl ClassClient {
    fn start(server: &Mockly, who: &Person) -> Self {
        let script = Script::node("seed_class.mjs", &[&server.address().to_string(), &who.token]);
        Self { script, said: Vec::new() }
    }

    /// Does something that nothing is answered to.
    fn act(&mut self, name: &str, with: &Value) {
        self.script.tell(&json!({ "call": name, "with": with }));
    }

    /// Makes a call and awaits its answer.
    async fn call(&mut self, name: &str, with: &Value, status: u16) -> Value {
        self.act(name, with);
        let line = self.said(|line| line["event"] == "answered").await;
        assert_eq!(line["status"], status, "{line}");
        line["body"].clone()
    }

    /// Awaits a frame of that type.
    async fn hear(&mut self, kind: &str) -> Value {
        self.said(|line| line["event"] == "heard" && line["type"] == kind).await["data"].clone()
    }

    /// What it says next of some kind; what it says before that is for others.
    async fn said(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.said.iter().position(&is_wanted) {
            return self.said.remove(at);
        }
        loop {
            let line = self.script.next().await;
            if is_wanted(&line) {
                return line;
            }
            self.said.push(line);
        }
    }

    /// How many sessions of the class it finds.
    async fn count(&mut self, class: &str, status: &str) -> usize {
        let filters = json!([{ "classId": class, "status": status, "limit": 10 }]);
        self.call("listSessions", &filters, 200).await["sessions"].as_array().unwrap().len()
    }
}

/// The requests and frames of class clients as their document has them, from the teacher's form to the end.
#[test]
fn the_documented_requests_and_frames_of_class_clients_work() {
    run(Backend::Sqlite, async |database| {
        // `websocketUrl` names the port.
        let server = Mockly::start(&database, &[("PORT", &free_port().to_string())]).await;
        let school = School::open(&server, 1).await;
        let mut teacher = ClassClient::start(&server, &school.teacher);
        let mut student = ClassClient::start(&server, &school.students[0]);
        let class = school.class.as_str();
        let form = json!([
            { "classId": class, "title": "Fractions", "scheduledAt": "2024-01-15T10:00:00Z", "type": "lecture" }
        ]);
        assert_eq!(student.call("createSession", &form, 403).await["code"], "not-the-teacher");
        let created = teacher.call("createSession", &form, 201).await;
        let id = created["sessionId"].as_str().unwrap();
        assert_eq!((created["teacherName"].as_str(), created["type"].as_str()), (Some("teacher"), Some("LECTURE")));
        assert_eq!((student.count(class, "upcoming").await, student.count(class, "live").await), (1, 0));
        student.call("startSession", &json!([id]), 403).await;
        teacher.call("startSession", &json!([id]), 200).await;
        assert_eq!((student.count(class, "upcoming").await, student.count(class, "live").await), (0, 1));

        teacher.act("connectToSession", &json!([id]));
        let welcome = teacher.hear("welcome").await;
        for (field, expected) in [
            ("sessionId", json!(id)),
            ("userId", json!("teacher")),
            ("role", json!("teacher")),
            ("status", json!("live")),
            ("participantCount", json!(1)),
        ] {
            assert_eq!(welcome[field], expected, "{welcome}");
        }
        student.act("connectToSession", &json!([id, "no token"]));
        let refused = student.said(|line| line["event"] == "refused").await;
        assert!(refused["reason"].as_str().unwrap().contains("401"), "{refused}");
        student.act("connectToSession", &json!([id]));
        assert_eq!(student.hear("welcome").await["participantCount"], 2);
        while teacher.hear("participantJoined").await["userId"] != "student-0" {}
        talk(&mut teacher, &mut student, id).await;

        teacher.call("endSession", &json!([id]), 200).await;
        for client in [&mut teacher, &mut student] {
            assert_eq!(client.hear("sessionEnded").await["endReason"], "ended");
            // The socket that was refused is said to be closed, too.
            client.said(|line| line["event"] == "closed" && line["code"] == 4410).await;
        }
        assert_eq!(student.count(class, "ended").await, 1);
        let history = school.students[0].http.get(&format!("/api/sessions/{id}/messages")).await.expect(200);
        assert_eq!(history["items"].as_array().unwrap().len(), 8, "chat outlives the session: {history}");
        teacher.script.finish().await;
        student.script.finish().await;
        server.stop().await;
    });
}

/// Messages of all kinds both ways, and a hand.
async fn talk(teacher: &mut ClassClient, student: &mut ClassClient, id: &str) {
    for kind in ["chat", "question", "answer", "poll"] {
        for sender in ["teacher", "student-0"] {
            let client = if sender == "teacher" { &mut *teacher } else { &mut *student };
            client.act("sendMessage", &json!([{ "sessionId": id, "message": "Why?", "messageType": kind }]));
            for client in [&mut *teacher, &mut *student] {
                let message = client.hear("message").await;
                for (field, expected) in [
                    ("sessionId", id),
                    ("userId", sender),
                    ("userName", sender),
                    ("message", "Why?"),
                    ("messageType", kind),
                ] {
                    assert_eq!(message[field], expected, "{message}");
                }
                assert!(message["messageId"].is_string() && message["timestamp"].is_string(), "{message}");
            }
        }
    }
    student.act("raiseHand", &json!([id]));
    assert_eq!(teacher.hear("handRaised").await, json!({ "userId": "student-0", "userName": "student-0" }));
    let details = teacher.call("getSessionDetails", &json!([id]), 200).await;
    assert_eq!(details["participantCount"], 2);
    let participants = details["participants"].as_array().unwrap();
    let learner = participants.iter().find(|one| one["userId"] == "student-0").unwrap();
    assert_eq!((&learner["isHandRaised"], &learner["role"]), (&json!(true), &json!("STUDENT")));
    student.act("lowerHand", &json!([id]));
    teacher.hear("handLowered").await;
}

/// Create, start, a second user joins, chat both ways, a hand, the end. How long it takes is told to whoever runs it with
/// `--nocapture`; the server of a release does it in well under a second.
#[test]
fn a_live_session_is_shown_from_its_creation_to_its_end() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let school = School::open(&server, 1).await;
        let (teacher, student) = (&school.teacher, &school.students[0]);
        let begun = Instant::now();
        let id = &school.start_session(json!({ "duration": 60, "maxParticipants": 30 })).await;
        let mut teaching = Door::open(server.address(), "class", id, teacher).await;
        let mut learning = Door::open(server.address(), "class", id, student).await;
        teaching.send("add_chat", json!({ "sessionId": id, "chatContent": "Welcome" })).await;
        assert_eq!(learning.until("add_chat").await.payload["message"], "Welcome");
        learning.send("add_chat", json!({ "sessionId": id, "chatContent": "Thank you" })).await;
        while teaching.until("add_chat").await.payload["message"] != "Thank you" {}
        learning.send("raise_hand", json!({ "sessionId": id })).await;
        assert_eq!(teaching.until("raise_hand").await.who(), "student-0");
        teacher.http.post_empty(&format!("/api/sessions/{id}/end")).await.expect(200);
        assert_eq!(learning.until("session_ended").await.payload["endReason"], "ended");
        eprintln!("the demo took {:?}", begun.elapsed());
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
