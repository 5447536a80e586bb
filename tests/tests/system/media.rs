//! LiveKit obeys the room: what hosts allow, take back, mute and remove holds where media flows.

use mockly_tests::{Backend, Door, LiveKit, Mockly, Person, Script, TestDatabase, run, until};
use serde_json::{Value, json};

/// Who may publish a screen only by leave: the guest, who waits first.
async fn closed_interview(guest: &Person, host: &Person) -> String {
    let body = json!({"interviewerId": host.id, "admission": "KNOCK", "media": {"screenShare": false}});
    let session = guest.http.post("/api/sessions", &body).await.expect(201);
    session["id"].as_str().unwrap().to_owned()
}

async fn way_in(person: &Person, id: &str) -> Value {
    let token = person.http.get(&format!("/api/sessions/{id}/token")).await.expect(200);
    json!({"do": "join", "as": person.id, "url": token["url"], "token": token["token"]})
}

async fn start(database: &TestDatabase) -> (Mockly, LiveKit, mockly_tests::Process) {
    let livekit = LiveKit::reserve();
    let own = livekit.settings();
    let settings: Vec<_> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let server = Mockly::start(database, &settings).await;
    let process = livekit.start(database, server.address().port()).await;
    (server, livekit, process)
}

/// Has the media room shown somebody as there.
async fn await_online(reader: &Person, id: &str, user: &Person) {
    until(&format!("{} in the media room", user.id), async || {
        let session = reader.http.get(&format!("/api/sessions/{id}")).await.expect(200);
        let participants = session["participants"].as_array().unwrap().clone();
        participants.iter().any(|one| one["userId"] == user.id && one["online"] == true).then_some(())
    })
    .await;
}

/// Whether the SFU takes somebody's screen.
async fn shares(media: &mut Script, who: &str) -> bool {
    media.tell(&json!({"do": "share", "as": who}));
    loop {
        let line = media.next().await;
        if line["event"] == "shared" || line["event"] == "not_shared" {
            return line["event"] == "shared";
        }
    }
}

#[test]
fn a_host_allows_takes_back_mutes_and_removes() {
    run(Backend::Sqlite, async |database| {
        let (server, _livekit, _process) = start(&database).await;
        let guest = Person::sign_in(&server, "guest").await;
        let host = Person::sign_in(&server, "host").await;
        let id = closed_interview(&guest, &host).await;
        let mut lead = Door::open(server.address(), "zoom", &id, &host).await;
        lead.until("room_state").await;
        let mut own = Door::open(server.address(), "zoom", &id, &guest).await;
        own.until("room_state").await;

        let waiting = guest.http.get(&format!("/api/sessions/{id}/token")).await;
        assert_eq!((waiting.status, waiting.code().as_str()), (403, "waiting"));
        lead.send("accept_waiting", json!({"clientId": "guest"})).await;
        own.until("accept_waiting").await;

        let mut media = Script::python("livekit_client.py", &[]);
        media.event("ready").await;
        let guest_way_in = way_in(&guest, &id).await;
        media.tell(&way_in(&host, &id).await);
        media.event("joined").await;
        media.tell(&guest_way_in);
        media.event("joined").await;
        await_online(&host, &id, &guest).await;

        // Only after the leave the SFU takes the screen.
        media.tell(&json!({"do": "share", "as": "guest"}));
        media.event("not_shared").await;
        own.send("request_screenshare", json!({})).await;
        lead.until("request_screenshare").await;
        lead.send("accept_screenshare", json!({"clientId": "guest"})).await;
        assert_eq!(own.until("accept_screenshare").await.who(), "guest");
        until("screen that the SFU takes", async || shares(&mut media, "guest").await.then_some(())).await;
        let sharing_way_in = way_in(&guest, &id).await;
        own.send("stop_screenshare", json!({})).await;
        assert_eq!(media.event("screen_gone").await["of"], "guest");
        // A token from before does not bring the leave back.
        media.tell(&json!({"do": "leave", "as": "guest"}));
        media.event("left").await;
        media.tell(&sharing_way_in);
        media.event("joined").await;
        until("screen that the SFU refuses", async || (!shares(&mut media, "guest").await).then_some(())).await;

        lead.send("mute_participant", json!({"clientId": "guest", "source": "MICROPHONE"})).await;
        assert_eq!(media.event("muted").await["of"], "guest");

        // A removed user is out, and out again with the token that is still valid.
        lead.send("remove_participant", json!({"clientId": "guest"})).await;
        assert_eq!(media.event("disconnected").await["as"], "guest");
        assert_eq!(own.closed().await.1, 4403);
        media.tell(&guest_way_in);
        assert_eq!(media.event("disconnected").await["as"], "guest", "the old token does not keep them in");
        let refused = guest.http.get(&format!("/api/sessions/{id}/token")).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "removed"));
        drop((lead, own));
        media.finish().await;
        server.stop().await;
    });
}
