//! What a door refuses: by error and close code before one is in, by error alone afterwards; and nothing has changed.

use std::net::SocketAddr;

use mockly_tests::{
    Backend, Door, Heard, Mockly, Person, School, TOKEN_SECRET, create_interview, end_session, now_s, run, sign,
};
use serde_json::{Value, json};

const DOORS: [&str; 4] = ["zoom", "chat", "screenshare", "class"];

/// What one is told who does not get in: the error's code, and the close code.
async fn refusal(address: SocketAddr, door: &str, room: &str, who: &Person) -> (String, u16) {
    let mut client = Door::open(address, door, room, who).await;
    let (heard, close_code) = client.closed().await;
    let [error] = &heard[..] else { panic!("{} at {door} of {room} heard {heard:?}", who.id) };
    assert_eq!(error.name, "error", "{error:?}");
    assert!(error.payload["message"].as_str().is_some_and(|message| !message.is_empty()), "{error:?}");
    (error.payload["code"].as_str().unwrap_or_default().to_owned(), close_code)
}

/// Comes in, and has heard what there is to be heard of it.
async fn enter(address: SocketAddr, door: &str, room: &str, who: &Person) -> Door {
    let mut client = Door::open(address, door, room, who).await;
    client.until("room_state").await;
    client.news().await;
    client
}

#[test]
fn whoever_may_not_come_in_is_told_why_and_closed() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let address = server.address();
        let school = School::open(&server, 3).await;
        let (teacher, students) = (&school.teacher, &school.students);
        let stranger = Person::sign_in(&server, "stranger").await;
        let full = school.start_session(json!({ "maxParticipants": 2 })).await;
        let _lead = enter(address, "class", &full, teacher).await;
        let _seated = enter(address, "class", &full, &students[0]).await;
        let removed = create_interview(&students[0], &students[1]).await["id"].as_str().unwrap().to_owned();
        let mut host = enter(address, "zoom", &removed, &students[1]).await;
        let mut guest = enter(address, "chat", &removed, &students[0]).await;
        host.send("remove_participant", json!({ "clientId": "student-0" })).await;
        assert_eq!(guest.closed().await.1, 4403);
        let ended = create_interview(&students[2], teacher).await["id"].as_str().unwrap().to_owned();
        students[2].http.post_empty(&format!("/api/sessions/{ended}/join")).await.expect(200);
        end_session(&students[2], &ended).await;
        let later = booking(&server, &students[2]).await;
        for (who, room, code, close_code) in [
            (&students[0], "0197c1a0-0000-7000-8000-000000000000", "session-not-found", 4404),
            (&students[1], full.as_str(), "session-full", 4409),
            (&stranger, &full, "access-denied", 4403),
            (&students[0], &removed, "removed", 4403),
            (&students[2], &ended, "session-closed", 4410),
            (&students[2], &later, "not-open-yet", 4425),
        ] {
            for door in DOORS {
                let told = refusal(address, door, room, who).await;
                assert_eq!(told, (code.to_owned(), close_code), "{} at {door}", who.id);
            }
        }
        // A seat that somebody holds is kept, also for the one who refreshes the page.
        enter(address, "chat", &full, &students[0]).await;
        server.stop().await;
    });
}

/// A booking of the far future.
async fn booking(server: &Mockly, mentee: &Person) -> String {
    let claims = json!({ "sub": "mentor", "name": "mentor", "roles": ["mentor"], "exp": now_s() + 3_600 });
    let mentor = Person::with_token(server, "mentor", sign(&claims, TOKEN_SECRET));
    mentor.http.get("/api/users/me").await.expect(200);
    let form = json!({ "mentorId": "mentor", "scheduledAt": "2100-01-01T10:00:00Z", "title": "Later" });
    mentee.http.post("/api/bookings", &form).await.expect(201)["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_flood_and_too_many_sockets_are_refused() {
    run(Backend::Sqlite, async |database| {
        let limits = [("RATE_LIMIT_SOCKET_MESSAGES", "1/s burst 5"), ("SOCKETS_PER_USER_MAX", "2")];
        let server = Mockly::start(&database, &limits).await;
        let (address, host) = (server.address(), Person::sign_in(&server, "host").await);
        let mut first = enter(address, "zoom", "room123", &host).await;
        let mut second = enter(address, "class", "room123", &host).await;
        let told = refusal(address, "chat", "room123", &host).await;
        assert_eq!(told, ("limit-exceeded".to_owned(), 4429));
        for client in [&mut first, &mut second] {
            for number in 0..50 {
                client.send("add_chat", json!({ "chatContent": format!("{number}") })).await;
            }
            let (heard, close_code) = client.closed().await;
            let errors: Vec<&Value> =
                heard.iter().filter(|heard| heard.name == "error").map(|heard| &heard.payload["code"]).collect();
            assert_eq!((errors, close_code), (vec![&json!("rate-limited")], 4429));
        }
        server.stop().await;
    });
}

/// Frames that a participant sends in vain, the error, and the doors at which it is another one.
fn refused_frames(host: &str) -> Vec<(&'static str, Value, &'static str)> {
    let other = json!({ "clientId": host });
    vec![
        (
            "add_chat",
            json!({ "clientId": host, "displayName": host, "chatContent": "I am the host" }),
            "forged-identity",
        ),
        ("raise_hand", other.clone(), "forged-identity"),
        ("toggle_audio", json!({ "clientId": host, "enabled": true }), "forged-identity"),
        ("request_screenshare", other.clone(), "forged-identity"),
        ("add_chat", json!({ "chatContent": "" }), "validation-failed"),
        ("add_chat", json!({ "chatContent": " \n " }), "validation-failed"),
        ("add_chat", json!({ "chatContent": "x".repeat(1_001) }), "validation-failed"),
        ("accept_waiting", json!({ "all": true }), "forbidden"),
        ("deny_waiting", json!({ "all": true }), "forbidden"),
        ("remove_participant", other.clone(), "forbidden"),
        ("accept_screenshare", json!({ "clientId": "guest" }), "forbidden"),
        ("deny_screenshare", json!({ "clientId": "guest" }), "forbidden"),
        ("mute_participant", json!({ "clientId": host, "source": "MICROPHONE" }), "forbidden"),
        ("ask_unmute", other.clone(), "forbidden"),
        ("lower_hand", other, "forged-identity"),
        ("create_poll", json!({ "chatContent": "Well?", "options": ["a", "b"] }), "forbidden"),
        ("explode", json!({}), "unknown-event"),
        ("connect", json!({}), "unknown-event"),
        ("room_state", json!({}), "unknown-event"),
        ("session_ended", json!({}), "unknown-event"),
    ]
}

/// What a door answers that does not carry the event; forgeries and unknown names are seen before that, but for a hand:
/// a host may lower another's, so that is decided with the role.
fn expected(door: &str, event: &str, code: &'static str) -> &'static str {
    let carries = match event {
        "add_chat" | "raise_hand" | "lower_hand" => door != "screenshare",
        "request_screenshare" | "accept_screenshare" | "deny_screenshare" => door != "chat",
        "toggle_audio" | "mute_participant" | "ask_unmute" | "create_poll" => door == "zoom" || door == "class",
        _ => true,
    };
    let decided_later = code == "validation-failed" || code == "forbidden" || event == "lower_hand";
    if decided_later && !carries { "wrong-door" } else { code }
}

#[test]
fn what_a_participant_may_not_send_is_refused_at_every_door_and_changes_nothing() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let address = server.address();
        let (guest, host) = (Person::sign_in(&server, "guest").await, Person::sign_in(&server, "host").await);
        let id = create_interview(&guest, &host).await["id"].as_str().unwrap().to_owned();
        let mut watching = enter(address, "zoom", &id, &host).await;
        watching.send("raise_hand", json!({})).await;
        watching.news().await;
        for door in DOORS {
            let mut client = enter(address, door, &id, &guest).await;
            watching.news().await;
            let before = room_state(address, &id, &host).await;
            for (event, payload, code) in refused_frames("host") {
                client.send(event, payload).await;
                let news = client.news().await;
                let [error] = &news[..] else { panic!("{event} at {door}: {news:?}") };
                assert_eq!(error.payload["code"], expected(door, event, code), "{event} at {door}: {error:?}");
                assert!(error.payload["event"].is_string(), "{event} at {door}: {error:?}");
            }
            assert!(watching.news().await.is_empty(), "the host heard of something that was refused at {door}");
            assert_eq!(room_state(address, &id, &host).await, before, "refused at {door}");
            client.close().await;
        }
        let messages = host.http.get(&format!("/api/sessions/{id}/messages")).await.expect(200);
        assert_eq!(messages["items"], json!([]));
        // The bound itself is within: characters count, not bytes.
        let mut client = enter(address, "chat", &id, &guest).await;
        for content in ["x", &"\u{1F600}".repeat(1_000)] {
            client.send("add_chat", json!({ "chatContent": content })).await;
            assert_eq!(watching.until("add_chat").await.payload["chatContent"], content);
        }
        server.stop().await;
    });
}

/// A room as the host sees it who comes in once more.
async fn room_state(address: SocketAddr, room: &str, host: &Person) -> Value {
    let mut client = Door::open(address, "zoom", room, host).await;
    let state = client.until("room_state").await.payload;
    client.close().await;
    state
}

/// What somebody sends who waits, or has been denied and does not know it yet, is refused, or read by nobody.
#[test]
fn whoever_waits_or_was_denied_changes_nothing() {
    run(Backend::Sqlite, async |database| {
        let server = Mockly::start(&database, &[]).await;
        let address = server.address();
        let (guest, host) = (Person::sign_in(&server, "guest").await, Person::sign_in(&server, "host").await);
        let form = json!({ "interviewerId": "host", "admission": "KNOCK" });
        let id = guest.http.post("/api/sessions", &form).await.expect(201)["id"].as_str().unwrap().to_owned();
        let mut deciding = enter(address, "zoom", &id, &host).await;
        let mut waiting = Vec::new();
        for door in DOORS {
            waiting.push(enter(address, door, &id, &guest).await);
        }
        deciding.news().await;
        let before = room_state(address, &id, &host).await;
        assert_eq!(before["waitingUsers"][0]["clientId"], "guest");
        let of_those_inside = [
            ("add_chat", json!({ "chatContent": "Let me in" })),
            ("raise_hand", json!({})),
            ("request_screenshare", json!({})),
            ("get_recent_chats", json!({})),
            ("accept_waiting", json!({ "clientId": "guest" })),
            ("remove_participant", json!({ "clientId": "host" })),
        ];
        for (client, door) in waiting.iter_mut().zip(DOORS) {
            for (event, payload) in &of_those_inside {
                client.send(event, payload.clone()).await;
                let news = client.news().await;
                let codes: Vec<&Value> = news.iter().map(|heard| &heard.payload["code"]).collect();
                let carried =
                    expected(door, if *event == "get_recent_chats" { "add_chat" } else { event }, "forbidden");
                assert_eq!(codes, [carried], "{event} at {door}");
            }
        }
        assert!(deciding.news().await.is_empty());
        assert_eq!(room_state(address, &id, &host).await, before);

        // The frames are under way when the host decides, and go on after the decision.
        deciding.send("deny_waiting", json!({ "clientId": "guest" })).await;
        assert_eq!(deciding.until("disconnect").await.who(), "guest");
        for (client, door) in waiting.iter_mut().zip(DOORS) {
            for (event, payload) in &of_those_inside {
                // The server may have hung up by now.
                let _gone = client.try_send(event, payload.clone()).await;
            }
            let (heard, close_code) = client.closed().await;
            // A frame that overtook the decision was refused.
            let refused =
                |heard: &&Heard| ["forbidden", "wrong-door"].iter().any(|code| heard.payload["code"] == *code);
            let names = heard.iter().filter(|heard| !refused(heard)).map(|heard| heard.name.as_str());
            assert_eq!((names.collect(), close_code), (vec!["deny_waiting", "disconnect"], 4403), "at {door}");
            assert_eq!(refusal(address, door, &id, &guest).await, ("denied".to_owned(), 4403));
        }
        assert!(deciding.news().await.is_empty());
        let after = room_state(address, &id, &host).await;
        assert_eq!((&after["waitingUsers"], &after["participants"]), (&json!([]), &before["participants"]));
        let messages = host.http.get(&format!("/api/sessions/{id}/messages")).await.expect(200);
        assert_eq!(messages["items"], json!([]));
        server.stop().await;
    });
}
