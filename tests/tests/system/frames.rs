//! What the server really sends, at every door and topic, is what its AsyncAPI document says, and nothing beside it.

use mockly_tests::{Backend, Message, Mockly, PATIENCE, Person, School, Script, StompClient, WebSocket, run, within};
use serde_json::{Value, json};

use crate::openapi::save_documents;

/// Messages that nothing here makes the server send: they take a minute, more than fifty people, or are no JSON.
const NOT_MADE: [&str; 12] = [
    "chat host_absent",
    "chat host_returned",
    "class connect",
    "class hostAbsent",
    "class hostReturned",
    "screenshare host_absent",
    "screenshare host_returned",
    "session ERROR",
    "userNotifications ERROR",
    "userSessions ERROR",
    "zoom host_absent",
    "zoom host_returned",
];

/// A connection to a door, and every frame it heard.
struct Tab {
    door: &'static str,
    socket: WebSocket,
    frames: Vec<Value>,
}

impl Tab {
    async fn open(server: &Mockly, door: &'static str, room: &str, who: &Person) -> Self {
        let path = format!("/ws/{door}/{room}?token={}", who.token);
        let socket = within(PATIENCE, "upgrade", WebSocket::open(server.address(), &path, &[])).await.unwrap();
        let mut tab = Self { door, socket, frames: Vec::new() };
        tab.settle().await;
        tab
    }

    /// Sends a frame of the door's own dialect.
    async fn send(&mut self, name: &str, mut with: Value) {
        let frame = if self.door == "class" {
            with["action"] = json!(name);
            with
        } else {
            json!({ "event": name, "payload": with })
        };
        self.socket.send_text(&frame.to_string()).await.unwrap();
    }

    /// Hears what was done before.
    async fn settle(&mut self) {
        self.send("ping", json!({})).await;
        while self.hear().await.is_some_and(|name| name != "pong") {}
    }

    /// The name of the next frame; `None` once the server has closed.
    async fn hear(&mut self) -> Option<String> {
        match within(PATIENCE, "frame", self.socket.next()).await.unwrap() {
            Message::Text(text) => self.frames.push(serde_json::from_str(&text).unwrap()),
            Message::Close(..) | Message::Ended => return None,
        }
        self.frames.last().map(|frame| self.name_of(frame).to_owned())
    }

    fn name_of<'a>(&self, frame: &'a Value) -> &'a str {
        frame[if self.door == "class" { "type" } else { "event" }].as_str().unwrap()
    }

    /// Sends a frame, and has heard what came of it.
    async fn act(&mut self, name: &str, with: Value) {
        self.send(name, with).await;
        self.settle().await;
    }

    /// A member of what was said last under a name.
    fn last(&self, name: &str, member: &str) -> Value {
        let frame = self.frames.iter().rfind(|frame| self.name_of(frame) == name).unwrap();
        frame[if self.door == "class" { "data" } else { "payload" }][member].clone()
    }

    fn into_heard(self) -> Vec<Value> {
        let Self { door, ref frames, .. } = self;
        frames.iter().map(|frame| json!({ "channel": door, "name": self.name_of(frame), "payload": frame })).collect()
    }
}

const DOORS: [&str; 4] = ["zoom", "chat", "screenshare", "class"];
const ZOOM: usize = 0;
const CHAT: usize = 1;
const SCREENSHARE: usize = 2;
const CLASS: usize = 3;

async fn at_every_door(server: &Mockly, room: &str, who: &Person) -> Vec<Tab> {
    let mut tabs = Vec::new();
    for door in DOORS {
        tabs.push(Tab::open(server, door, room, who).await);
    }
    tabs
}

/// Everything that a host and a student can do to each other.
async fn live_through(host: &mut [Tab], student: &mut [Tab]) {
    let student_id = json!({ "clientId": "student-0" });
    student[ZOOM].act("add_chat", json!({ "chatContent": "Hello" })).await;
    let message = student[ZOOM].last("add_chat", "messageId");
    student[ZOOM].act("delete_chat", json!({ "messageId": message })).await;
    student[CLASS].act("sendMessage", json!({ "message": "Why?", "messageType": "question" })).await;
    for door in [ZOOM, CHAT] {
        student[door].act("get_recent_chats", json!({})).await;
    }
    student[CLASS].act("getRecentChats", json!({})).await;
    student[CHAT].act("raise_hand", json!({})).await;
    host[CHAT].act("lower_hand", student_id.clone()).await;
    student[ZOOM].act("toggle_audio", json!({ "enabled": true })).await;
    student[ZOOM].act("toggle_video", json!({ "enabled": true })).await;
    host[ZOOM].act("mute_participant", json!({ "clientId": "student-0", "source": "CAMERA" })).await;
    host[ZOOM].act("ask_unmute", student_id.clone()).await;
    host[ZOOM].act("create_poll", json!({ "chatContent": "Ready?", "options": ["Yes", "No"] })).await;
    let poll = json!({ "pollId": host[ZOOM].last("poll", "pollId"), "optionId": "1" });
    student[ZOOM].act("vote_poll", poll.clone()).await;
    student[CLASS].act("votePoll", poll.clone()).await;
    host[ZOOM].act("close_poll", poll).await;
    for answer in ["accept_screenshare", "deny_screenshare"] {
        student[SCREENSHARE].act("request_screenshare", json!({})).await;
        host[SCREENSHARE].act(answer, student_id.clone()).await;
        host[SCREENSHARE].act("stop_screenshare", json!({})).await;
    }
    for tab in host.iter_mut().chain(student) {
        tab.act("nonsense", json!({})).await;
    }
}

/// What a subscriber is told, up to the end of the session on each of the topics.
async fn told_of_sessions(topics: &mut StompClient) -> Vec<Value> {
    let mut told = Vec::new();
    let mut ends = 0;
    while ends < 2 {
        let frame = within(PATIENCE, "event", topics.next()).await.unwrap().unwrap();
        let payload = frame.json();
        ends += usize::from(payload["type"] == "SESSION_ENDED");
        told.push(json!({ "channel": frame.header("subscription"), "name": payload["type"], "payload": payload }));
    }
    told
}

#[test]
fn every_frame_is_as_the_document_says() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[("RATE_LIMIT_SOCKET_MESSAGES", "1000/s burst 1000")]).await;
        let school = School::open(&server, 3).await;
        let (teacher, students) = (&school.teacher, &school.students);
        let mut topics = StompClient::connect(server.address(), &teacher.token).await.unwrap();
        topics.subscribe("userSessions", &teacher.topic(), &[]).await.unwrap();
        let mut bell = StompClient::connect(server.address(), &students[0].token).await.unwrap();
        bell.subscribe("userNotifications", "/topic/users/student-0/notifications", &[]).await.unwrap();
        let form = json!({
            "classId": school.class, "title": "Fractions", "scheduledAt": "2024-01-15T10:00:00Z", "type": "lecture",
            "admission": "KNOCK",
        });
        let session = teacher.http.post("/api/sessions", &form).await.expect(201);
        let id = session["id"].as_str().unwrap();
        topics.subscribe("session", &format!("/topic/sessions/{id}"), &[]).await.unwrap();

        let mut host = at_every_door(&server, id, teacher).await;
        teacher.http.post_empty(&format!("/api/sessions/{id}/start")).await.expect(200);
        let mut student = at_every_door(&server, id, &students[0]).await;
        student[CLASS].act("requestWaiting", json!({})).await;
        let denied = Tab::open(&server, "zoom", id, &students[1]).await;
        host[ZOOM].act("deny_waiting", json!({ "clientId": "student-1" })).await;
        let passing = Tab::open(&server, "class", id, &students[2]).await;
        host[ZOOM].act("accept_waiting", json!({ "all": true })).await;
        live_through(&mut host, &mut student).await;
        let mut heard = passing.into_heard();
        while host[ZOOM].hear().await.is_some_and(|name| name != "presence") {}
        heard.extend(Tab::open(&server, "zoom", id, &students[2]).await.into_heard());
        host[ZOOM].act("remove_participant", json!({ "clientId": "student-2" })).await;
        for tab in at_every_door(&server, "talk", teacher).await {
            heard.extend(tab.into_heard());
        }
        teacher.http.post_empty(&format!("/api/sessions/{id}/end")).await.expect(200);
        for mut tab in host.into_iter().chain(student).chain([denied]) {
            while tab.hear().await.is_some() {}
            heard.extend(tab.into_heard());
        }
        heard.extend(told_of_sessions(&mut topics).await);
        heard.push(json!({ "channel": "userNotifications", "name": "notification", "payload": bell.event().await }));

        let document = save_documents(&server, &database).await;
        let frames = database.folder().join("frames.json");
        std::fs::write(&frames, Value::Array(heard).to_string()).unwrap();
        let mut check = Script::node("frames_check.mjs", &[&document, frames.to_str().unwrap()]);
        let checked = check.event("checked").await;
        assert_eq!(checked["faults"], json!([]), "{checked}");
        let mut unheard = checked["unheard"].as_array().unwrap().clone();
        // Who subscribes at once may hear of the making or not.
        unheard.retain(|name| name != "session SESSION_CREATED");
        assert_eq!(unheard, NOT_MADE);
        check.finish().await;
        server.stop().await;
    });
}
