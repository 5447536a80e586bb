//! STOMP at `/ws`: who gets in, what they hear, and how they are refused.

use std::sync::Arc;
use std::time::Duration;

use mockly_api::Rate;
use mockly_api::socket::SocketSettings;
use mockly_service::SystemClock;
use serde_json::json;

use crate::support::socket::{Live, Received, WebSocket, body, header};
use crate::support::text;

#[actix_web::test]
async fn a_token_is_found_in_every_place_for_one() {
    let live = Live::start().await;
    let alice = live.app.account("alice").await;
    let ticket = live.app.act("/api/ws/ticket", &alice).await.json();
    let (token, ticket) = (&alice.token, text(&ticket["ticket"]));
    for (path, upgrade, connect) in [
        ("/ws".to_owned(), String::new(), format!("Authorization:Bearer {token}\n")),
        ("/ws".to_owned(), String::new(), format!("token:{token}\n")),
        ("/ws?token=nobody".to_owned(), String::new(), format!("login:x\npasscode:{token}\n")),
        ("/ws/websocket".to_owned(), format!("Authorization: Bearer {token}\r\n"), String::new()),
        (format!("/ws?token={token}"), String::new(), String::new()),
        (format!("/ws?ticket={ticket}"), String::new(), String::new()),
    ] {
        let mut socket = WebSocket::open(live.address, &path, &upgrade).await.unwrap();
        socket.send(&format!("CONNECT\naccept-version:1.1,1.2\nheart-beat:0,0\n{connect}\n\0")).await;
        let connected = socket.text().await;
        assert!(connected.starts_with("CONNECTED\nversion:1.2\nheart-beat:10000,10000\n"), "{connected}");
        assert_eq!(header(&connected, "user-name"), Some(alice.id.as_str()));
    }
    // A ticket is good once.
    let mut socket = live.open(&format!("/ws?ticket={ticket}")).await;
    socket.send("CONNECT\naccept-version:1.2\n\n\0").await;
    assert_eq!(socket.refused().await, ("invalid-ticket".to_owned(), 4401));
}

#[actix_web::test]
async fn who_may_not_connect_is_told_why() {
    let settings = SocketSettings { sockets_per_user_max: 1, ..SocketSettings::default() };
    let live = Live::with(settings, Arc::new(SystemClock)).await;
    for (sent, code, close_code) in [
        ("CONNECT\naccept-version:1.2\n\n\0", "unauthenticated", 4401),
        ("CONNECT\naccept-version:1.2\ntoken:nobody\n\n\0", "invalid-token", 4401),
        ("CONNECT\naccept-version:2.0\n\n\0", "unsupported-version", 1002),
        ("SUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0", "not-connected", 1002),
    ] {
        let mut socket = live.open("/ws").await;
        socket.send(sent).await;
        assert_eq!(socket.refused().await, (code.to_owned(), close_code), "{sent}");
    }
    let alice = live.app.account("alice").await;
    let first = live.connect(&alice.token).await;
    let mut second = live.open(&format!("/ws?token={}", alice.token)).await;
    second.send("CONNECT\naccept-version:1.2\n\n\0").await;
    assert_eq!(second.refused().await, ("limit-exceeded".to_owned(), 1008));
    drop(first);

    let hasty = SocketSettings { connect_timeout: Duration::from_millis(50), ..SocketSettings::default() };
    let hasty = Live::with(hasty, Arc::new(SystemClock)).await;
    assert_eq!(hasty.open("/ws").await.refused().await, ("connect-timeout".to_owned(), 1008));
}

#[actix_web::test]
async fn events_reach_the_session_and_both_users_in_order() {
    let live = Live::start().await;
    let (alice, bob) = (live.app.account("alice").await, live.app.account("bob").await);
    let mut hers = live.connect(&alice.token).await;
    hers.subscribe("mine", &format!("/topic/users/{}/sessions", alice.id), "").await;
    let mut his = live.connect(&bob.token).await;
    his.subscribe("mine", &format!("/topic/users/{}/sessions", bob.id), "").await;
    let session = live.app.interview(&alice, &bob).await;
    let id = text(&session["id"]);
    for socket in [&mut hers, &mut his] {
        let created = socket.text().await;
        assert!(created.starts_with("MESSAGE\nsubscription:mine\ndestination:/topic/users/"), "{created}");
        assert_eq!(header(&created, "content-type"), Some("application/json;charset=UTF-8"));
        let body = body(&created);
        assert_eq!((&body["type"], &body["data"]["id"]), (&json!("SESSION_CREATED"), &session["id"]));
        assert_eq!(header(&created, "message-id"), body["eventId"].as_str());
    }
    let topic = format!("/topic/sessions/{id}");
    hers.subscribe("one", &topic, "ack:client-individual\n").await;
    let joined = live.app.act(&format!("/api/sessions/{id}/join"), &bob).await;
    assert_eq!(joined.status, 200);
    let mut sequences = Vec::new();
    while sequences.len() < 2 {
        let message = hers.text().await;
        if header(&message, "subscription") == Some("one") {
            let event_id = header(&message, "message-id").unwrap();
            assert_eq!(header(&message, "ack"), Some(format!("one\\c{event_id}").as_str()));
            assert_eq!(header(&message, "destination"), Some(topic.as_str()));
            sequences.push(body(&message)["sequence"].as_i64().unwrap());
        }
    }
    assert_eq!(sequences[1], sequences[0] + 1);
    hers.send("UNSUBSCRIBE\nid:one\nreceipt:gone\n\n\0").await;
    while !hers.text().await.starts_with("RECEIPT\nreceipt-id:gone\n") {}
}

#[actix_web::test]
async fn what_one_may_not_do_ends_the_connection() {
    let live = Live::start().await;
    let (alice, bob) = (live.app.account("alice").await, live.app.account("bob").await);
    let eve = live.app.account("eve").await;
    let id = text(&live.app.interview(&alice, &bob).await["id"]);
    for (frame, code) in [
        (format!("SUBSCRIBE\nid:0\ndestination:/topic/users/{}/sessions\nreceipt:r\n\n\0", alice.id), "access-denied"),
        (format!("SUBSCRIBE\nid:0\ndestination:/topic/users/{}/notifications\n\n\0", alice.id), "access-denied"),
        (format!("SUBSCRIBE\nid:0\ndestination:/topic/sessions/{id}\n\n\0"), "access-denied"),
        ("SUBSCRIBE\nid:0\ndestination:/queue/everything\n\n\0".to_owned(), "unknown-destination"),
        (format!("SEND\ndestination:/topic/sessions/{id}\n\nhello\0"), "send-not-allowed"),
    ] {
        let mut socket = live.connect(&eve.token).await;
        socket.send(&frame).await;
        assert_eq!(socket.refused().await, (code.to_owned(), 1008), "{frame}");
    }
}

#[actix_web::test]
async fn a_subscriber_that_comes_back_misses_nothing() {
    let live = Live::start().await;
    let (alice, bob) = (live.app.account("alice").await, live.app.account("bob").await);
    let mut socket = live.connect(&alice.token).await;
    socket.subscribe("mine", &format!("/topic/users/{}/sessions", alice.id), "").await;
    let id = text(&live.app.interview(&alice, &bob).await["id"]);
    let created = socket.text().await;
    let last_event_id = header(&created, "message-id").unwrap().to_owned();
    drop(socket);
    for title in ["one", "two", "three"] {
        let patch = actix_web::test::TestRequest::patch().uri(&format!("/api/sessions/{id}"));
        let answer = live.app.send(alice.sign(patch.set_json(json!({ "title": title })))).await;
        assert_eq!(answer.status, 200);
    }
    let topic = format!("/topic/sessions/{id}");
    let mut back = live.connect(&alice.token).await;
    let resume = format!("last-event-id:{last_event_id}\n");
    back.send(&format!("SUBSCRIBE\nid:one\ndestination:{topic}\nreceipt:r\n{resume}\n\0")).await;
    for (sequence, title) in [(2, "one"), (3, "two"), (4, "three")] {
        let message = back.text().await;
        let body = body(&message);
        assert_eq!((body["sequence"].as_i64(), &body["data"]["title"]), (Some(sequence), &json!(title)));
        assert_eq!(header(&message, "resume"), None);
    }
    assert!(back.text().await.starts_with("RECEIPT\nreceipt-id:r\n"), "the receipt follows the effect");

    let mut lost = live.connect(&alice.token).await;
    let unknown = "last-event-id:0197c1a0-0000-7000-8000-000000000000\n";
    lost.subscribe("one", &topic, unknown).await;
    live.app.act(&format!("/api/sessions/{id}/join"), &bob).await;
    let (first, second) = (lost.text().await, lost.text().await);
    assert_eq!((header(&first, "resume"), header(&second, "resume")), (Some("lost"), None));
}

#[actix_web::test]
async fn one_who_is_removed_hears_that_and_nothing_after() {
    let live = Live::start().await;
    let (alice, bob) = (live.app.account("alice").await, live.app.account("bob").await);
    let id = text(&live.app.interview(&alice, &bob).await["id"]);
    let topic = format!("/topic/sessions/{id}");
    let mut hers = live.connect(&alice.token).await;
    let mut his = live.connect(&bob.token).await;
    hers.subscribe("one", &topic, "").await;
    his.subscribe("one", &topic, "").await;
    let remove = actix_web::test::TestRequest::delete().uri(&format!("/api/sessions/{id}/participants/{}", alice.id));
    assert_eq!(live.app.send(bob.sign(remove)).await.status, 204);
    let patch = actix_web::test::TestRequest::patch().uri(&format!("/api/sessions/{id}"));
    assert_eq!(live.app.send(bob.sign(patch.set_json(json!({ "title": "private" })))).await.status, 200);
    let mut types = Vec::new();
    while types.last().is_none_or(|last| last != "SESSION_UPDATED") {
        types.push(text(&body(&his.text().await)["type"]));
    }
    let mut last = body(&hers.text().await);
    while last["type"] == "SESSION_CREATED" {
        last = body(&hers.text().await);
    }
    assert_eq!(last["type"], "PARTICIPANT_LEFT");
    let status = last["data"]["participants"].as_array().unwrap().iter().find(|one| one["userId"] == alice.id.as_str());
    assert_eq!(status.unwrap()["status"], "REMOVED");
    hers.send("UNSUBSCRIBE\nid:one\nreceipt:then-nothing\n\n\0").await;
    assert_eq!(hers.text().await, "RECEIPT\nreceipt-id:then-nothing\n\n\0");
    hers.send(&format!("SUBSCRIBE\nid:two\ndestination:{topic}\n\n\0")).await;
    assert_eq!(hers.refused().await.0, "removed");
}

#[actix_web::test]
async fn heart_beats_go_both_ways() {
    let settings = SocketSettings { heart_beat: Duration::from_millis(20), ..SocketSettings::default() };
    let live = Live::with(settings, Arc::new(SystemClock)).await;
    let alice = live.app.account("alice").await;
    let mut socket = live.open(&format!("/ws?token={}", alice.token)).await;
    socket.send("CONNECT\naccept-version:1.2\nheart-beat:20,20\n\n\0").await;
    assert!(socket.text().await.starts_with("CONNECTED\n"));
    for _ in 0..3 {
        assert_eq!(socket.receive().await, Received::Text("\n".to_owned()));
        socket.send("\n").await;
    }
    // From here on the client is silent, and is told so when the tolerance of two seconds is over.
    assert_eq!(socket.refused().await, ("heart-beat-timeout".to_owned(), 1008));
}

#[actix_web::test]
async fn a_socket_does_not_outlive_its_token() {
    let live = Live::with_expired_tokens().await;
    let alice = live.app.account("alice").await;
    let mut socket = live.connect(&alice.token).await;
    assert_eq!(socket.refused().await, ("token-expired".to_owned(), 4401));
}

/// What comes faster than the rate is taken later, in order, and nothing is dropped.
#[actix_web::test]
async fn commands_beyond_the_rate_wait_for_their_turn() {
    let commands = Rate { count: 100, per: Duration::from_secs(1), burst: 5 };
    let live = Live::with(SocketSettings { commands, ..SocketSettings::default() }, Arc::new(SystemClock)).await;
    let alice = live.app.account("alice").await;
    let mut socket = live.connect(&alice.token).await;
    let begun = std::time::Instant::now();
    let transactions = (0..10).flat_map(|number| ["BEGIN", "ABORT"].map(|command| (command, number)));
    for (number, (command, transaction)) in transactions.enumerate() {
        socket.send(&format!("{command}\ntransaction:{transaction}\nreceipt:{number}\n\n\0")).await;
    }
    for number in 0..20 {
        assert_eq!(socket.text().await, format!("RECEIPT\nreceipt-id:{number}\n\n\0"));
    }
    // Fifteen of them wait 10 ms each, by a clock of whole milliseconds.
    assert!(begun.elapsed() >= Duration::from_millis(140), "{:?}", begun.elapsed());
}
