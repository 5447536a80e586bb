//! The main job: two people in a real LiveKit room, and the server that follows what happens there.

use std::time::Duration;

use mockly_tests::{
    Backend, LiveKit, Mockly, Person, Process, Script, StompClient, TestDatabase, create_interview, end_session,
    now_ms, run, status_of, until, until_within,
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// LiveKit tells of joins and leaves in whole seconds, and the network takes its time.
const CLOCK_SLACK_MS: u64 = 2_000;

/// A server and the LiveKit that belongs to it.
struct Place {
    server: Mockly,
    livekit: LiveKit,
    _livekit_process: Process,
    livekit_url: String,
}

impl Place {
    async fn start(database: &TestDatabase, more: &[(&str, &str)]) -> Self {
        let livekit = LiveKit::reserve();
        let own = livekit.settings();
        let mut settings: Vec<_> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
        settings.extend(more);
        let server = Mockly::start(database, &settings).await;
        let process = livekit.start(database, server.address().port()).await;
        Self { server, livekit, _livekit_process: process, livekit_url: own[1].1.clone() }
    }

    /// What `/token` answers, as a command to a client.
    async fn way_in(&self, person: &Person, id: &str) -> Value {
        let token = person.http.get(&format!("/api/sessions/{id}/token")).await.expect(200);
        assert_eq!(token["url"], self.livekit_url);
        json!({"do": "join", "as": person.id, "url": token["url"], "token": token["token"]})
    }
}

fn leave(person: &Person) -> Value {
    json!({"do": "leave", "as": person.id})
}

/// A participant of a session, by user.
async fn participant(reader: &Person, id: &str, user: &Person) -> Value {
    let session = reader.http.get(&format!("/api/sessions/{id}")).await.expect(200);
    let participants = session["participants"].as_array().unwrap().clone();
    participants.into_iter().find(|one| one["userId"] == user.id).expect("the user takes part")
}

async fn await_online(reader: &Person, id: &str, user: &Person, online: bool) -> Value {
    until(&format!("{} online: {online}", user.id), async || {
        let found = participant(reader, id, user).await;
        (found["online"] == online).then_some(found)
    })
    .await
}

/// The stretches of time that a user was there; one that goes on ends with the question.
async fn intervals(reader: &Person, id: &str, user: &Person) -> Vec<Value> {
    let attendance = reader.http.get(&format!("/api/sessions/{id}/attendance")).await.expect(200);
    let items = attendance["items"].as_array().unwrap().clone();
    let item = items.into_iter().find(|one| one["userId"] == user.id).expect("the user is in the list");
    item["intervals"].as_array().unwrap().clone()
}

/// A time of the API in milliseconds since 1970.
#[track_caller]
fn at_ms(value: &Value) -> u64 {
    let text = value.as_str().unwrap_or_else(|| panic!("{value} is no time"));
    let parsed = OffsetDateTime::parse(text, &Rfc3339).unwrap().unix_timestamp_nanos() / 1_000_000;
    u64::try_from(parsed).unwrap()
}

/// `seen` is what the client reported of it: when it began, and when it was done.
#[track_caller]
fn assert_during(value: &Value, seen: &Value) {
    let (at, began, done) = (at_ms(value), seen["began"].as_u64().unwrap(), seen["at"].as_u64().unwrap());
    assert!((began - CLOCK_SLACK_MS..=done + CLOCK_SLACK_MS).contains(&at), "{value} is not when {seen} was");
}

/// Two people join with the tokens of our endpoint; the real server's webhooks make the session ACTIVE, record who came
/// and went and when, and its emptiness ends it.
#[test]
fn webhooks_drive_a_session() {
    run(Backend::Postgres, async |database| {
        let place = Place::start(&database, &[("EMPTY_ROOM_TIMEOUT", "3s")]).await;
        let alice = Person::sign_in(&place.server, "alice").await;
        let bob = Person::sign_in(&place.server, "bob").await;
        let session = create_interview(&alice, &bob).await;
        let id = session["id"].as_str().unwrap();
        let mut heard = StompClient::connect(place.server.address(), &alice.token).await.unwrap();
        heard.subscribe("mine", &alice.topic(), &[]).await.unwrap();
        let mut media = Script::python("livekit_client.py", &[]);
        media.event("ready").await;

        assert_eq!(status_of(&bob, id).await, "SCHEDULED", "asking for a token changes nothing");
        media.tell(&place.way_in(&bob, id).await);
        let bob_joined = media.event("joined").await;
        assert_eq!(bob_joined["identity"], "bob");
        assert_eq!(heard.event_of_type("PARTICIPANT_JOINED").await["data"]["id"], session["id"]);
        let there = await_online(&alice, id, &bob, true).await;
        assert_eq!(there["status"], "JOINED");
        assert_during(&there["joinedAt"], &bob_joined);
        assert_eq!(status_of(&alice, id).await, "ACTIVE", "the first join makes it active");

        media.tell(&place.way_in(&alice, id).await);
        media.event("joined").await;
        await_online(&bob, id, &alice, true).await;
        media.tell(&leave(&bob));
        let bob_left = media.event("left").await;
        await_online(&alice, id, &bob, false).await;
        let there = intervals(&alice, id, &bob).await;
        assert_eq!(there.len(), 1, "{there:?}");
        assert_during(&there[0]["from"], &bob_joined);
        assert_during(&there[0]["until"], &bob_left);

        media.tell(&leave(&alice));
        media.event("left").await;
        let ended = heard.event_of_type("SESSION_ENDED").await;
        assert_eq!((&ended["data"]["status"], &ended["data"]["endReason"]), (&json!("ENDED"), &json!("EMPTY")));
        for participant in ended["data"]["participants"].as_array().unwrap() {
            assert_eq!((&participant["status"], &participant["online"]), (&json!("LEFT"), &json!(false)));
        }
        let late = alice.http.get(&format!("/api/sessions/{id}/token")).await;
        assert_eq!((late.status, late.code().as_str()), (400, "session-closed"));
        media.finish().await;
        drop(heard);
        place.server.stop().await;
    });
}

/// An old token opens no ended room again, and nobody who ended a session leaves its room behind.
#[test]
fn ending_closes_the_room() {
    run(Backend::Sqlite, async |database| {
        let place = Place::start(&database, &[]).await;
        let alice = Person::sign_in(&place.server, "alice").await;
        let bob = Person::sign_in(&place.server, "bob").await;
        let session = create_interview(&alice, &bob).await;
        let id = session["id"].as_str().unwrap();
        let mut media = Script::python("livekit_client.py", &[]);
        media.event("ready").await;
        let way_in = place.way_in(&bob, id).await;
        media.tell(&way_in);
        media.event("joined").await;
        await_online(&alice, id, &bob, true).await;
        end_session(&alice, id).await;
        assert_eq!(media.event("disconnected").await["as"], "bob", "the room is gone, and everyone in it out");
        media.tell(&way_in);
        assert_eq!(media.event("refused").await["as"], "bob", "with auto_create off the token opens nothing");
        media.finish().await;
        place.server.stop().await;
    });
}

/// The server is killed while people come and go, and is started again where no webhook finds it: what happened is
/// found out by asking LiveKit.
#[test]
fn a_killed_server_catches_up() {
    run(Backend::Sqlite, async |database| {
        let mut place = Place::start(&database, &[]).await;
        let alice = Person::sign_in(&place.server, "alice").await;
        let bob = Person::sign_in(&place.server, "bob").await;
        let session = create_interview(&alice, &bob).await;
        let id = session["id"].as_str().unwrap();
        let mut media = Script::python("livekit_client.py", &[]);
        media.event("ready").await;
        let ways_in = [place.way_in(&alice, id).await, place.way_in(&bob, id).await];
        for (person, way_in) in [&alice, &bob].into_iter().zip(&ways_in) {
            media.tell(way_in);
            media.event("joined").await;
            await_online(&alice, id, person, true).await;
        }

        place.server.kill();
        for person in [&alice, &bob] {
            media.tell(&leave(person));
            media.event("left").await;
        }
        media.tell(&ways_in[1]);
        let back = media.event("joined").await;
        // LiveKit may notice only by its timeout of 20 s that somebody is gone.
        until_within(Duration::from_mins(1), "departure of alice", async || {
            (place.livekit.identities(&format!("session-{id}")).await == ["bob"]).then_some(())
        })
        .await;
        place.server.start_again(false).await;

        let (alice, bob) = (alice.at(&place.server), bob.at(&place.server));
        await_online(&bob, id, &alice, false).await;
        until("second interval of bob", async || (intervals(&alice, id, &bob).await.len() == 2).then_some(())).await;
        assert_eq!(status_of(&bob, id).await, "ACTIVE");
        await_online(&alice, id, &bob, true).await;
        let asked = now_ms();
        let (of_alice, of_bob) = (intervals(&bob, id, &alice).await, intervals(&alice, id, &bob).await);
        assert_during(&of_bob[1]["from"], &back);
        assert!(at_ms(&of_bob[0]["until"]) <= at_ms(&of_bob[1]["from"]), "{of_bob:?}");
        assert!(at_ms(&of_bob[1]["until"]) >= asked, "bob is still there: {of_bob:?}");
        assert!(of_alice.len() == 1 && at_ms(&of_alice[0]["until"]) < asked, "alice is not: {of_alice:?}");
        media.finish().await;
        place.server.stop().await;
    });
}

#[test]
fn livekit_client_joins_from_a_browser() {
    run(Backend::Sqlite, async |database| {
        let place = Place::start(&database, &[]).await;
        let alice = Person::sign_in(&place.server, "alice").await;
        let bob = Person::sign_in(&place.server, "auth0|bob").await;
        let session = create_interview(&alice, &bob).await;
        let id = session["id"].as_str().unwrap();
        let way_in = place.way_in(&bob, id).await;
        let arguments = [way_in["url"].as_str().unwrap(), way_in["token"].as_str().unwrap()];
        let mut browser = Script::node("chromium_livekit.mjs", &arguments);
        let joined = browser.event("joined").await;
        assert_eq!((&joined["identity"], &joined["tracks"]), (&json!("auth0|bob"), &json!(1)));
        assert_eq!(joined["room"], format!("session-{id}"));
        await_online(&alice, id, &bob, true).await;
        browser.tell(&json!({"do": "leave"}));
        browser.event("left").await;
        await_online(&alice, id, &bob, false).await;
        browser.finish().await;
        place.server.stop().await;
    });
}
