//! The doors of rooms: both dialects, what each door carries, and how everybody is refused.

use std::sync::Arc;
use std::time::Duration;

use actix_web::test::TestRequest;
use mockly_api::socket::SocketSettings;
use mockly_api::{Rate, Rates};
use mockly_domain::{Timestamp, UserRole};
use mockly_service::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::support::socket::{Live, Received, WebSocket};
use crate::support::{Account, rates_off, text};

/// A client at a door.
struct Client {
    socket: WebSocket,
    is_class: bool,
}

impl Client {
    /// Comes to a door; gives what it is told first.
    async fn enter(live: &Live, who: &Account, door: &str, room: &str) -> (Self, Value) {
        let socket = live.open(&format!("/ws/{door}/{room}?token={}", who.token)).await;
        let mut client = Self { socket, is_class: door == "class" };
        let (name, first) = client.hear().await;
        assert_eq!(name, if client.is_class { "welcome" } else { "room_state" }, "{first}");
        (client, first)
    }

    async fn send(&mut self, event: &str, payload: Value) {
        self.socket.send(&json!({ "event": event, "payload": payload }).to_string()).await;
    }

    async fn act(&mut self, action: &str, mut fields: Value) {
        fields["action"] = json!(action);
        self.socket.send(&fields.to_string()).await;
    }

    /// The next frame, as the name of what happened and what is said of it.
    async fn hear(&mut self) -> (String, Value) {
        let frame: Value = serde_json::from_str(&self.socket.text().await).unwrap();
        let (name, said) = if self.is_class { ("type", "data") } else { ("event", "payload") };
        assert_eq!(frame.as_object().unwrap().len(), 2, "{frame}");
        (text(&frame[name]), frame[said].clone())
    }

    /// Everything up to the answer to a ping: whatever was done before it has been heard then.
    async fn news(&mut self) -> Vec<(String, Value)> {
        if self.is_class {
            self.act("ping", json!({})).await;
        } else {
            self.send("ping", json!({})).await;
        }
        let mut news = Vec::new();
        loop {
            let next = self.hear().await;
            if next.0 == "pong" {
                return news;
            }
            news.push(next);
        }
    }

    /// The names of the news.
    async fn names(&mut self) -> Vec<String> {
        self.news().await.into_iter().map(|(name, _)| name).collect()
    }

    /// What is heard until the server closes: the names, and the close code.
    async fn until_closed(&mut self) -> (Vec<String>, u16) {
        let mut names = Vec::new();
        loop {
            match self.socket.receive().await {
                Received::Text(frame) => {
                    let frame: Value = serde_json::from_str(&frame).unwrap();
                    names.push(text(&frame[if self.is_class { "type" } else { "event" }]));
                }
                Received::Close(code, _) => return (names, code),
                other => panic!("{other:?} after {names:?}"),
            }
        }
    }
}

/// What one is told who does not get in: the error's code, and the close code.
async fn refused(live: &Live, who: &Account, path: &str) -> (String, u16) {
    let mut socket = live.open(&format!("{path}?token={}", who.token)).await;
    let frame: Value = serde_json::from_str(&socket.text().await).unwrap();
    let (name, said) = if path.starts_with("/ws/class/") {
        (&frame["type"], &frame["data"])
    } else {
        (&frame["event"], &frame["payload"])
    };
    assert_eq!(name, "error", "{frame}");
    assert!(!text(&said["message"]).is_empty());
    let Received::Close(close_code, reason) = socket.receive().await else { panic!("no close after {frame}") };
    assert_eq!(said["code"], reason.as_str());
    assert_eq!(socket.receive().await, Received::End);
    (reason, close_code)
}

/// An interview of Alice's with Bob as host, with further fields.
async fn interview(live: &Live, alice: &Account, bob: &Account, mut fields: Value) -> String {
    fields["interviewerId"] = json!(bob.id);
    let answer = live.app.post("/api/sessions", fields, alice).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    text(&answer.json()["id"])
}

/// A class's session of Tess's that has started, with further fields.
async fn lesson(live: &Live, tess: &Account, students: &[Account], mut fields: Value) -> String {
    let class = text(&live.app.post("/api/classes", json!({ "name": "Algebra" }), tess).await.json()["id"]);
    let user_ids: Vec<&str> = students.iter().map(|student| student.id.as_str()).collect();
    let enrolled =
        live.app.post(&format!("/api/classes/{class}/students"), json!({ "userIds": user_ids }), tess).await.json();
    assert_eq!(enrolled["added"], json!(students.len()), "{enrolled}");
    for (field, value) in [("title", "Fractions"), ("scheduledAt", "2026-01-15T10:00:00Z"), ("type", "lecture")] {
        fields[field] = json!(value);
    }
    fields["classId"] = json!(class);
    let answer = live.app.post("/api/sessions", fields, tess).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = text(&answer.json()["id"]);
    assert_eq!(live.app.act(&format!("/api/sessions/{id}/start"), tess).await.status, 200);
    id
}

async fn two(live: &Live) -> (Account, Account) {
    (live.app.account("alice").await, live.app.account("bob").await)
}

#[actix_web::test]
async fn what_is_said_is_heard_at_every_door_that_carries_it() {
    let live = Live::start().await;
    let (alice, bob) = two(&live).await;
    let id = interview(&live, &alice, &bob, json!({})).await;
    let (mut hers, state) = Client::enter(&live, &alice, "chat", &id).await;
    assert_eq!((&state["roomId"], &state["participants"][0]["clientId"]), (&json!(id), &json!(alice.id)));
    assert_eq!(state["participants"][0]["role"], "participant");
    let (mut his, _) = Client::enter(&live, &bob, "zoom", &id).await;
    let (mut screen, _) = Client::enter(&live, &bob, "screenshare", &id).await;
    let (mut class, welcome) = Client::enter(&live, &bob, "class", &id).await;
    assert_eq!((&welcome["role"], &welcome["status"]), (&json!("interviewer"), &json!("live")));
    for client in [&mut hers, &mut his, &mut screen, &mut class] {
        client.news().await;
    }
    // The name and the time of a frame are never trusted.
    let said = json!({
        "clientId": alice.id, "displayName": "Mallory", "chatId": "msg456", "timestamp": 1_234_567_890,
        "chatContent": "  Hello everyone! ", "sessionId": "elsewhere",
    });
    hers.send("add_chat", said).await;
    hers.send("raise_hand", json!({ "clientId": alice.id, "displayName": "Alice" })).await;
    let heard = hers.news().await;
    let message = &heard[0].1;
    assert_eq!((heard[0].0.as_str(), heard[1].0.as_str(), heard.len()), ("add_chat", "raise_hand", 2));
    for (field, expected) in [
        ("clientId", json!(alice.id)),
        ("displayName", json!("alice")),
        ("chatId", json!("msg456")),
        ("chatContent", json!("Hello everyone!")),
        ("messageType", json!("CHAT")),
        ("sessionId", json!(id)),
    ] {
        assert_eq!(message[field], expected, "{field}");
    }
    assert!(message["timestamp"].as_i64().unwrap() > 1_700_000_000_000);
    assert_eq!(his.news().await, heard);
    assert!(screen.names().await.is_empty());
    let in_class = class.news().await;
    let (name, written) = &in_class[0];
    assert_eq!((name.as_str(), &written["messageId"]), ("message", &message["messageId"]));
    for (field, expected) in [
        ("sessionId", json!(id)),
        ("userId", json!(alice.id)),
        ("userName", json!("alice")),
        ("message", json!("Hello everyone!")),
        ("messageType", json!("chat")),
    ] {
        assert_eq!(written[field], expected, "{field}");
    }
    assert!(text(&written["timestamp"]).ends_with('Z'));
    assert_eq!(in_class[1], ("handRaised".to_owned(), json!({ "userId": alice.id, "userName": "alice" })));
    // Screen sharing is heard at its own door and where everything is.
    let (mut wants, _) = Client::enter(&live, &alice, "screenshare", &id).await;
    wants.send("request_screenshare", json!({})).await;
    wants.news().await;
    for client in [&mut his, &mut screen] {
        assert_eq!(client.names().await, ["request_screenshare"]);
    }
    assert_eq!(class.names().await, ["requestScreenshare"]);
    assert!(hers.names().await.is_empty());
}

#[actix_web::test]
async fn class_clients_speak_their_own_dialect() {
    let live = Live::start().await;
    let (alice, bob) = two(&live).await;
    let id = interview(&live, &alice, &bob, json!({})).await;
    let (mut his, welcome) = Client::enter(&live, &bob, "class", &id).await;
    assert_eq!((&welcome["sessionId"], &welcome["userId"]), (&json!(id), &json!(bob.id)));
    assert_eq!((&welcome["participantCount"], &welcome["handsRaised"]), (&json!(1), &json!([])));
    assert_eq!(welcome["participants"][0]["userName"], "bob");
    his.news().await;
    let (mut hers, _) = Client::enter(&live, &alice, "class", &id).await;
    hers.news().await;
    let joined = his.news().await;
    assert_eq!(joined[0].0, "participantJoined");
    assert_eq!((&joined[0].1["userId"], &joined[0].1["participantCount"]), (&json!(alice.id), &json!(2)));
    assert_eq!(joined[0].1["role"], "candidate");
    hers.act("sendMessage", json!({ "sessionId": id, "message": "Why?", "messageType": "question" })).await;
    hers.act("raiseHand", json!({ "sessionId": id })).await;
    hers.act("lowerHand", json!({ "sessionId": id })).await;
    hers.act("toggleAudio", json!({ "enabled": true })).await;
    hers.news().await;
    let heard = his.news().await;
    let names: Vec<&str> = heard.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["message", "handRaised", "handLowered", "toggleAudio"]);
    assert_eq!((&heard[0].1["messageType"], &heard[3].1["enabled"]), (&json!("question"), &json!(true)));
    hers.act("raiseHand", json!({ "sessionId": "0197c1a0-0000-7000-8000-000000000000" })).await;
    hers.act("raise_hand", json!({})).await;
    hers.act("explode", json!({})).await;
    hers.socket.send(r#"{"event":"ping"}"#).await;
    let errors = hers.news().await;
    let told: Vec<_> = errors.iter().map(|(name, said)| (name.as_str(), said["code"].as_str().unwrap())).collect();
    let expected = ["validation-failed", "unknown-event", "unknown-event", "protocol-error"];
    assert_eq!(told, expected.map(|code| ("error", code)));
    assert_eq!(errors[0].1["event"], "raiseHand");
    assert!(his.names().await.is_empty());
    live.app.act(&format!("/api/sessions/{id}/leave"), &alice).await;
    assert_eq!(hers.until_closed().await, (vec!["participantLeft".to_owned()], 1000));
    let left = his.news().await;
    assert_eq!((left[0].0.as_str(), &left[0].1["participantCount"]), ("participantLeft", &json!(1)));
    live.app.act(&format!("/api/sessions/{id}/end"), &bob).await;
    assert_eq!(his.until_closed().await, (vec!["sessionEnded".to_owned()], 4410));
}

#[actix_web::test]
async fn who_has_no_good_token_or_a_foreign_page_gets_no_socket() {
    let live = Live::start().await;
    let (alice, bob) = two(&live).await;
    let id = interview(&live, &alice, &bob, json!({})).await;
    let token = &alice.token;
    for door in ["zoom", "chat", "screenshare", "class"] {
        for (path, headers, status) in [
            (format!("/ws/{door}/{id}"), "", 401),
            (format!("/ws/{door}/{id}?token=nobody"), "", 401),
            (format!("/ws/{door}/{id}?ticket=nothing"), "", 401),
            (format!("/ws/{door}/{id}?token={token}"), "Origin: https://evil.example\r\n", 403),
            (format!("/ws/{door}/a%20b?token={token}"), "", 400),
        ] {
            let Err(head) = WebSocket::open(live.address, &path, headers).await else { panic!("{path} opened") };
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {head}");
        }
    }
    let plain = live
        .exchange(&format!("GET /ws/zoom/{id}?token={token} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        .await;
    assert!(plain.starts_with("HTTP/1.1 400 "), "{plain}");
    // The header does as well, and a ticket once.
    let header = format!("Authorization: Bearer {token}\r\n");
    let mut socket = WebSocket::open(live.address, &format!("/ws/chat/{id}"), &header).await.unwrap();
    assert!(socket.text().await.contains("room_state"));
    let ticket = text(&live.app.act("/api/ws/ticket", &alice).await.json()["ticket"]);
    let path = format!("/ws/chat/{id}?ticket={ticket}");
    let mut socket = WebSocket::open(live.address, &path, "Origin: http://localhost\r\n").await.unwrap();
    assert!(socket.text().await.contains("room_state"));
    let Err(head) = WebSocket::open(live.address, &path, "").await else { panic!("a ticket was good twice") };
    assert!(head.starts_with("HTTP/1.1 401 "), "{head}");
}

#[actix_web::test]
async fn who_may_not_come_in_is_told_why_and_closed() {
    let live = Live::start().await;
    let (alice, bob) = two(&live).await;
    let eve = live.app.account("eve").await;
    let admin = live.app.admin().await;
    let mentor = live.app.account_with("mentor", vec![UserRole::Mentor]).await;
    let ended = interview(&live, &alice, &bob, json!({})).await;
    live.app.act(&format!("/api/sessions/{ended}/start"), &bob).await;
    live.app.act(&format!("/api/sessions/{ended}/end"), &bob).await;
    let booking = json!({ "mentorId": mentor.id, "scheduledAt": "2100-01-01T10:00:00Z", "title": "Later" });
    let booked = live.app.post("/api/sessions", booking, &alice).await;
    assert_eq!(booked.status, 201, "{}", booked.text());
    let booked = text(&booked.json()["id"]);
    let id = interview(&live, &alice, &bob, json!({})).await;
    let remove = TestRequest::delete().uri(&format!("/api/sessions/{id}/participants/{}", alice.id));
    assert_eq!(live.app.send(bob.sign(remove)).await.status, 204);
    for (who, room, code, close_code) in [
        (&alice, "0197c1a0-0000-7000-8000-000000000000", "session-not-found", 4404),
        (&eve, id.as_str(), "access-denied", 4403),
        (&admin, &id, "access-denied", 4403),
        (&alice, &id, "removed", 4403),
        (&alice, &ended, "session-closed", 4410),
        (&alice, &booked, "not-open-yet", 4425),
    ] {
        for door in ["zoom", "class"] {
            let told = refused(&live, who, &format!("/ws/{door}/{room}")).await;
            assert_eq!(told, (code.to_owned(), close_code), "{code} at {door}");
        }
    }
}

#[actix_web::test]
async fn a_user_opens_no_more_doors_than_sockets_are_allowed() {
    let settings = SocketSettings { sockets_per_user_max: 2, ..SocketSettings::default() };
    let live = Live::with(settings, Arc::new(SystemClock)).await;
    let alice = live.app.account("alice").await;
    let (_first, _) = Client::enter(&live, &alice, "zoom", "room123").await;
    let (_second, _) = Client::enter(&live, &alice, "chat", "room123").await;
    let told = refused(&live, &alice, "/ws/zoom/room123").await;
    assert_eq!(told, ("limit-exceeded".to_owned(), 4429));
}

#[actix_web::test]
async fn one_who_comes_and_goes_all_the_time_has_to_wait() {
    let rates = Rates { doors_per_user: Rate { count: 1, per: Duration::from_hours(1), burst: 2 }, ..rates_off() };
    let live = Live::limited(rates, SocketSettings::default(), Arc::new(SystemClock)).await;
    let (alice, bob) = two(&live).await;
    for _ in 0..2 {
        let (mut client, _) = Client::enter(&live, &alice, "zoom", "room123").await;
        client.news().await;
    }
    let path = format!("/ws/zoom/room123?token={}", alice.token);
    let Err(head) = WebSocket::open(live.address, &path, "").await else { panic!("opened") };
    assert!(head.starts_with("HTTP/1.1 429 ") && head.to_lowercase().contains("retry-after: "), "{head}");
    Client::enter(&live, &bob, "zoom", "room123").await;
}

#[actix_web::test]
async fn a_frame_that_is_refused_gets_its_error_and_changes_nothing() {
    let unhurried = SocketSettings { commands: Rate::per_second(0, 1), ..SocketSettings::default() };
    let live = Live::with(unhurried, Arc::new(SystemClock)).await;
    let (alice, bob) = two(&live).await;
    let id = interview(&live, &alice, &bob, json!({})).await;
    let (mut his, _) = Client::enter(&live, &bob, "zoom", &id).await;
    let (mut hers, _) = Client::enter(&live, &alice, "zoom", &id).await;
    hers.news().await;
    his.news().await;
    let long = "x".repeat(1_001);
    let other = &bob.id;
    let cases = [
        ("add_chat", json!({ "clientId": other, "chatContent": "I am Bob" }), "forged-identity"),
        ("raise_hand", json!({ "clientId": other }), "forged-identity"),
        ("toggle_audio", json!({ "clientId": other, "enabled": true }), "forged-identity"),
        ("add_chat", json!({ "clientId": 5, "chatContent": "Hi" }), "forged-identity"),
        ("add_chat", json!({ "chatContent": "" }), "validation-failed"),
        ("add_chat", json!({ "chatContent": "   " }), "validation-failed"),
        ("add_chat", json!({ "chatContent": long }), "validation-failed"),
        ("add_chat", json!({ "chatContent": "a\u{0}b" }), "validation-failed"),
        ("add_chat", json!({}), "validation-failed"),
        ("add_chat", json!({ "chatContent": "Hi", "messageType": "SHOUT" }), "validation-failed"),
        ("add_chat", json!({ "chatContent": "Hi", "messageType": "SYSTEM" }), "forbidden"),
        ("accept_waiting", json!({ "clientId": other }), "forbidden"),
        ("deny_waiting", json!({ "all": true }), "forbidden"),
        ("accept_screenshare", json!({ "clientId": alice.id }), "forbidden"),
        ("mute_participant", json!({ "clientId": other, "source": "MICROPHONE" }), "forbidden"),
        ("remove_participant", json!({ "clientId": other }), "forbidden"),
        ("create_poll", json!({ "chatContent": "Well?", "options": ["a", "b"] }), "forbidden"),
        ("lower_hand", json!({ "clientId": other }), "forged-identity"),
        ("stop_screenshare", json!({}), "forbidden"),
        ("request_waiting", json!({}), "forbidden"),
        ("delete_chat", json!({ "messageId": "0197c1a0-0000-7000-8000-000000000000" }), "message-not-found"),
        ("delete_chat", json!({ "messageId": "x" }), "validation-failed"),
        ("vote_poll", json!({ "pollId": "0197c1a0-0000-7000-8000-000000000000", "optionId": "1" }), "poll-not-found"),
        ("explode", json!({}), "unknown-event"),
        ("connect", json!({ "clientId": alice.id, "displayName": "Alice" }), "unknown-event"),
        ("session_ended", json!({}), "unknown-event"),
        ("sendMessage", json!({ "message": "Hi" }), "unknown-event"),
    ];
    for (event, payload, code) in cases {
        hers.send(event, payload.clone()).await;
        let news = hers.news().await;
        assert_eq!(news.len(), 1, "{event} {payload}: {news:?}");
        let (name, said) = &news[0];
        assert_eq!((name.as_str(), said["code"].as_str()), ("error", Some(code)), "{event} {payload}: {said}");
        assert_eq!(said["event"], event);
    }
    for frame in ["", "x", "[]", "5", r#"{"payload":{}}"#, r#"{"event":7}"#, r#"{"action":"ping"}"#] {
        hers.socket.send(frame).await;
        let news = hers.news().await;
        assert_eq!((news.len(), &news[0].1["code"]), (1, &json!("protocol-error")), "{frame}");
    }
    assert!(his.names().await.is_empty());
    let rest = live.app.get(&format!("/api/sessions/{id}/messages"), &bob).await.json();
    assert_eq!(rest["items"], json!([]));
}

#[actix_web::test]
async fn each_door_takes_its_part_alone() {
    let live = Live::start().await;
    let (alice, bob) = two(&live).await;
    let id = interview(&live, &alice, &bob, json!({})).await;
    for (door, events) in [
        ("chat", ["request_screenshare", "stop_screenshare", "toggle_audio"]),
        ("screenshare", ["add_chat", "raise_hand", "toggle_video"]),
    ] {
        let (mut hers, _) = Client::enter(&live, &alice, door, &id).await;
        hers.news().await;
        for event in events {
            hers.send(event, json!({ "enabled": true, "chatContent": "Hi" })).await;
            let news = hers.news().await;
            assert_eq!((news.len(), &news[0].1["code"]), (1, &json!("wrong-door")), "{event} at {door}");
        }
    }
}

#[actix_web::test]
async fn one_who_waits_does_nothing_until_a_host_decides() {
    let live = Live::start().await;
    let (alice, bob) = two(&live).await;
    let id = interview(&live, &alice, &bob, json!({ "admission": "KNOCK" })).await;
    let (mut his, _) = Client::enter(&live, &bob, "chat", &id).await;
    let (mut hers, state) = Client::enter(&live, &alice, "chat", &id).await;
    assert_eq!(state["waitingUsers"][0]["clientId"], alice.id.as_str());
    assert_eq!(state["hosts"][0]["clientId"], bob.id.as_str());
    hers.news().await;
    his.news().await;
    for (event, payload) in [
        ("add_chat", json!({ "chatContent": "Let me in" })),
        ("raise_hand", json!({})),
        ("get_recent_chats", json!({})),
        ("accept_waiting", json!({ "clientId": alice.id })),
    ] {
        hers.send(event, payload).await;
        let news = hers.news().await;
        assert_eq!((news.len(), &news[0].1["code"]), (1, &json!("forbidden")), "{event}");
    }
    hers.send("request_waiting", json!({ "clientId": alice.id, "displayName": "Alice" })).await;
    assert!(hers.names().await.is_empty());
    assert_eq!(his.names().await, ["request_waiting"]);
    // What is said inside, nobody hears who waits.
    his.send("add_chat", json!({ "chatContent": "Shall we?" })).await;
    assert_eq!(his.names().await, ["add_chat"]);
    assert!(hers.names().await.is_empty());
    his.send("accept_waiting", json!({ "clientId": alice.id, "displayName": "Alice" })).await;
    let (admitted, state) = ("accept_waiting".to_owned(), "room_state".to_owned());
    assert_eq!(his.names().await, [admitted.clone(), state.clone()]);
    let news = hers.news().await;
    assert_eq!(news.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), [admitted, state]);
    assert_eq!(news[1].1["participants"].as_array().unwrap().len(), 2);
    hers.send("get_recent_chats", json!({})).await;
    let history = hers.news().await;
    assert_eq!((history.len(), &history[0].1[0]["chatContent"]), (1, &json!("Shall we?")));
}

// Once clients that wait for it waited for ever where more than twenty were let in.
#[actix_web::test]
async fn of_many_who_are_let_in_at_once_each_hears_it() {
    let live = Live::start().await;
    let tess = live.app.teacher("tess").await;
    let mut pupils = Vec::new();
    for n in 0..21 {
        pupils.push(live.app.account(&format!("pupil{n}")).await);
    }
    let id = lesson(&live, &tess, &pupils, json!({ "admission": "KNOCK" })).await;
    let (mut host, _) = Client::enter(&live, &tess, "zoom", &id).await;
    let mut clients = Vec::new();
    for pupil in &pupils {
        let (client, state) = Client::enter(&live, pupil, "zoom", &id).await;
        assert_eq!(state["waitingUsers"][0]["clientId"], pupil.id.as_str());
        clients.push(client);
    }
    let (mut in_class, _) = Client::enter(&live, &pupils[0], "class", &id).await;
    for client in clients.iter_mut().chain([&mut host, &mut in_class]) {
        client.news().await;
    }
    host.send("accept_waiting", json!({ "all": true })).await;
    assert_eq!(host.names().await, ["room_state"]);
    for (client, pupil) in clients.iter_mut().zip(&pupils) {
        let news = client.news().await;
        let names: Vec<&str> = news.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["accept_waiting", "room_state"]);
        assert_eq!(news[0].1, json!({ "clientId": pupil.id, "displayName": news[0].1["displayName"] }));
        assert_eq!(news[1].1["participants"].as_array().unwrap().len(), 22);
    }
    assert_eq!(in_class.names().await, ["acceptWaiting", "roomState"]);
}

#[actix_web::test]
async fn one_who_is_denied_or_removed_hears_it_and_is_closed() {
    let live = Live::start().await;
    let (alice, bob) = two(&live).await;
    let id = interview(&live, &alice, &bob, json!({ "admission": "KNOCK" })).await;
    let (mut his, _) = Client::enter(&live, &bob, "zoom", &id).await;
    let (mut hers, _) = Client::enter(&live, &alice, "zoom", &id).await;
    let (mut second, _) = Client::enter(&live, &alice, "class", &id).await;
    for client in [&mut his, &mut hers, &mut second] {
        client.news().await;
    }
    his.send("deny_waiting", json!({ "clientId": alice.id })).await;
    assert_eq!(his.names().await, ["deny_waiting", "disconnect"]);
    assert_eq!(hers.until_closed().await, (vec!["deny_waiting".to_owned(), "disconnect".to_owned()], 4403));
    assert_eq!(second.until_closed().await, (vec!["denyWaiting".to_owned(), "participantLeft".to_owned()], 4403));
    assert_eq!(refused(&live, &alice, &format!("/ws/zoom/{id}")).await, ("denied".to_owned(), 4403));
    his.send("accept_waiting", json!({ "clientId": alice.id })).await;
    his.news().await;
    let (mut hers, _) = Client::enter(&live, &alice, "zoom", &id).await;
    hers.news().await;
    his.news().await;
    his.send("remove_participant", json!({ "clientId": alice.id })).await;
    assert_eq!(his.names().await, ["remove_participant", "disconnect"]);
    assert_eq!(hers.until_closed().await, (vec!["remove_participant".to_owned(), "disconnect".to_owned()], 4403));
    assert_eq!(refused(&live, &alice, &format!("/ws/class/{id}")).await, ("removed".to_owned(), 4403));
}

#[actix_web::test]
async fn the_end_of_a_session_is_heard_and_closes_every_door() {
    let live = Live::start().await;
    let (alice, bob) = two(&live).await;
    let id = interview(&live, &alice, &bob, json!({})).await;
    let mut clients = Vec::new();
    for (who, door) in [(&alice, "zoom"), (&bob, "chat"), (&bob, "screenshare"), (&alice, "class")] {
        let (mut client, _) = Client::enter(&live, who, door, &id).await;
        client.news().await;
        clients.push(client);
    }
    for client in &mut clients {
        client.news().await;
    }
    assert_eq!(live.app.act(&format!("/api/sessions/{id}/end"), &bob).await.status, 200);
    for client in &mut clients {
        let ended = if client.is_class { "sessionEnded" } else { "session_ended" };
        assert_eq!(client.until_closed().await, (vec![ended.to_owned()], 4410));
    }
    assert_eq!(refused(&live, &alice, &format!("/ws/zoom/{id}")).await, ("session-closed".to_owned(), 4410));
}

#[actix_web::test]
async fn a_flood_gets_one_error_and_then_its_end() {
    let commands = Rate { count: 1, per: Duration::from_mins(10), burst: 5 };
    let live = Live::with(SocketSettings { commands, ..SocketSettings::default() }, Arc::new(SystemClock)).await;
    let alice = live.app.account("alice").await;
    let (mut client, _) = Client::enter(&live, &alice, "zoom", "room123").await;
    for _ in 0..5 {
        client.news().await;
    }
    for _ in 0..7 {
        client.send("ping", json!({})).await;
    }
    let (name, said) = client.hear().await;
    assert_eq!((name.as_str(), &said["code"]), ("error", &json!("rate-limited")));
    assert_eq!(client.until_closed().await, (Vec::new(), 4429));
}

#[actix_web::test]
async fn a_frame_that_is_too_big_ends_the_connection() {
    let live = Live::start().await;
    let alice = live.app.account("alice").await;
    let (mut client, _) = Client::enter(&live, &alice, "zoom", "room123").await;
    client.news().await;
    client.send("add_chat", json!({ "chatContent": "x".repeat(64 * 1024) })).await;
    assert_eq!(client.until_closed().await, (Vec::new(), 1009));
}

#[actix_web::test]
async fn a_door_is_closed_when_its_token_expires() {
    let live = Live::with_expired_tokens().await;
    let alice = live.app.account("alice").await;
    let mut socket = live.open(&format!("/ws/zoom/room123?token={}", alice.token)).await;
    loop {
        match socket.receive().await {
            Received::Text(_) => {}
            Received::Close(code, reason) => {
                assert_eq!((code, reason.as_str()), (4401, "token-expired"));
                break;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[actix_web::test]
async fn a_lost_connection_is_told_and_coming_back_restores_everything() {
    let live = Live::start().await;
    let (alice, bob) = two(&live).await;
    let id = interview(&live, &alice, &bob, json!({})).await;
    let (mut his, _) = Client::enter(&live, &bob, "zoom", &id).await;
    let (mut hers, _) = Client::enter(&live, &alice, "zoom", &id).await;
    hers.send("raise_hand", json!({})).await;
    hers.send("add_chat", json!({ "chatId": "m1", "chatContent": "Once" })).await;
    hers.news().await;
    his.news().await;
    drop(hers);
    live.doors_closed(1).await;
    let news = his.news().await;
    assert_eq!(
        news,
        [("presence".to_owned(), json!({ "clientId": alice.id, "displayName": "alice", "online": false }))]
    );
    let (mut hers, state) = Client::enter(&live, &alice, "zoom", &id).await;
    assert_eq!(state["handsRaised"][0]["clientId"], alice.id.as_str());
    hers.news().await;
    let news = his.news().await;
    assert_eq!((news[0].0.as_str(), &news[0].1["online"], news.len()), ("presence", &json!(true), 1));
    // A repeat of what was sent before is answered to its sender alone.
    hers.send("add_chat", json!({ "chatId": "m1", "chatContent": "Once" })).await;
    let again = hers.news().await;
    assert_eq!((again.len(), &again[0].1["chatId"]), (1, &json!("m1")));
    assert!(his.names().await.is_empty());
}

#[actix_web::test]
async fn everybody_hears_everything_in_one_order_before_the_pong() {
    let live = Live::start().await;
    let (alice, bob) = two(&live).await;
    let id = interview(&live, &alice, &bob, json!({})).await;
    let mut clients = Vec::new();
    for (who, door) in [(&alice, "zoom"), (&bob, "chat"), (&bob, "class"), (&alice, "chat")] {
        clients.push(Client::enter(&live, who, door, &id).await.0);
    }
    for client in &mut clients {
        client.news().await;
    }
    for number in 0..9 {
        for client in &mut clients {
            if client.is_class {
                client.act("sendMessage", json!({ "sessionId": id, "message": number.to_string() })).await;
            } else {
                client.send("add_chat", json!({ "chatContent": number.to_string() })).await;
            }
        }
    }
    // Whoever has the pong has everything that was sent before it on the own connection; after all of them, everything.
    let mut heard: Vec<Vec<String>> = Vec::new();
    for client in &mut clients {
        let news = client.news().await;
        heard.push(news.iter().map(|(_, said)| text(&said["messageId"])).collect());
    }
    for (client, heard) in clients.iter_mut().zip(&mut heard) {
        let news = client.news().await;
        heard.extend(news.iter().map(|(_, said)| text(&said["messageId"])));
    }
    assert_eq!(heard[0].len(), 36);
    assert!(heard.iter().all(|of_one| *of_one == heard[0]));
}

#[actix_web::test]
async fn an_ad_hoc_room_is_led_by_its_first_user() {
    let live = Live::start().await;
    let (alice, bob) = two(&live).await;
    let (mut hers, state) = Client::enter(&live, &alice, "zoom", "room123").await;
    assert_eq!((&state["roomId"], &state["hosts"][0]["role"]), (&json!("room123"), &json!("host")));
    let (mut his, state) = Client::enter(&live, &bob, "class", "room123").await;
    assert_eq!((&state["sessionId"], &state["role"]), (&json!("room123"), &json!("waiting")));
    assert!(state.get("status").is_none());
    hers.news().await;
    his.news().await;
    hers.send("accept_waiting", json!({ "all": true })).await;
    hers.news().await;
    assert_eq!(his.names().await, ["acceptWaiting", "roomState"]);
    his.act("sendMessage", json!({ "sessionId": "room123", "message": "Hello" })).await;
    his.news().await;
    assert_eq!(hers.news().await[0].1["sessionId"], "room123");
}

/// A teacher's connection is lost; a minute later a student at either door hears of it, and learns it anew from the next
/// run of the server.
async fn without_its_teacher(live: Live, alice: &Account, tess: &Account, id: &str) -> (Live, Client, Client) {
    let (mut hers, _) = Client::enter(&live, alice, "zoom", id).await;
    let (his, _) = Client::enter(&live, tess, "zoom", id).await;
    hers.news().await;
    drop(his);
    live.doors_closed(1).await;
    // The clock goes on by itself, too.
    live.app.clock.advance(Duration::from_secs(55));
    live.app.state.services.run_due_jobs().await.unwrap();
    assert_eq!(hers.names().await, ["presence", "disconnect"]);
    live.app.clock.advance(Duration::from_secs(5));
    live.app.state.services.run_due_jobs().await.unwrap();
    let told = hers.news().await;
    let [(name, absent)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(name, "host_absent");
    let ends_at: Timestamp = serde_json::from_value(absent["endsAt"].clone()).unwrap();
    let left = ends_at.since(live.app.clock.now());
    assert!(left <= Duration::from_mins(9) && left > Duration::from_mins(8), "{left:?}");

    let live = live.run_again().await;
    let (mut hers, _) = Client::enter(&live, alice, "zoom", id).await;
    let (mut in_class, _) = Client::enter(&live, alice, "class", id).await;
    let heard = hers.news().await;
    assert!(heard.contains(&("host_absent".to_owned(), absent.clone())), "{heard:?}");
    let heard = in_class.news().await;
    assert!(heard.contains(&("hostAbsent".to_owned(), absent.clone())), "{heard:?}");
    (live, hers, in_class)
}

#[actix_web::test]
async fn r4_a_teacher_who_is_back_in_time_after_a_restart_ends_nothing() {
    let live = Live::start().await;
    let (alice, tess) = (live.app.account("alice").await, live.app.teacher("tess").await);
    let id = lesson(&live, &tess, std::slice::from_ref(&alice), json!({})).await;
    let (live, mut hers, mut in_class) = Box::pin(without_its_teacher(live, &alice, &tess, &id)).await;
    live.app.clock.advance(Duration::from_mins(8));
    let (_his, state) = Client::enter(&live, &tess, "zoom", &id).await;
    assert_eq!(state["hosts"][0]["clientId"], tess.id.as_str());
    assert_eq!(hers.names().await, ["connect", "host_returned"]);
    assert_eq!(in_class.names().await, ["participantJoined", "hostReturned"]);
    live.app.clock.advance(Duration::from_mins(30));
    live.app.state.services.run_due_jobs().await.unwrap();
    assert!(hers.names().await.is_empty());
    assert!(in_class.names().await.is_empty());
}

#[actix_web::test]
async fn r4_a_class_whose_teacher_stays_away_over_a_restart_ends() {
    let live = Live::start().await;
    let (alice, tess) = (live.app.account("alice").await, live.app.teacher("tess").await);
    let id = lesson(&live, &tess, std::slice::from_ref(&alice), json!({})).await;
    let (live, mut hers, mut in_class) = Box::pin(without_its_teacher(live, &alice, &tess, &id)).await;
    live.app.clock.advance(Duration::from_mins(8));
    live.app.state.services.run_due_jobs().await.unwrap();
    assert!(hers.names().await.is_empty());
    live.app.clock.advance(Duration::from_mins(1));
    live.app.state.services.run_due_jobs().await.unwrap();
    let (name, said) = hers.hear().await;
    assert_eq!((name.as_str(), &said["endReason"]), ("session_ended", &json!("HOST_ABSENT")));
    assert_eq!(hers.until_closed().await, (Vec::new(), 4410));
    assert_eq!(in_class.until_closed().await, (vec!["sessionEnded".to_owned()], 4410));
    assert_eq!(refused(&live, &alice, &format!("/ws/zoom/{id}")).await, ("session-closed".to_owned(), 4410));
}
