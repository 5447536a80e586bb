//! Several servers that are one to everybody outside.

use std::time::{Duration, Instant};

use mockly_tests::{
    Backend, Door, Mockly, Person, Redis, Script, StompClient, TOKEN_SECRET, TestDatabase, create_interview,
    end_session, now_s, run, sign, until, until_within, within,
};
use serde_json::{Value, json};

/// How soon after its commit a change is heard on other nodes, on a machine that is busy.
const HEARD_WITHIN: Duration = Duration::from_secs(5);
/// How soon everything that a dead node held has ended: its lease, the grace of whoever was on it, and some for a machine
/// that is busy.
const ENDED_WITHIN: Duration = Duration::from_secs(30);

/// Two nodes with a Redis between them.
struct Pair {
    redis: Redis,
    first: Mockly,
    second: Mockly,
}

impl Pair {
    async fn start(database: &TestDatabase) -> Self {
        let redis = Redis::start().await;
        let settings = [("REDIS_URL", &*redis.url())];
        let first = Mockly::start(database, &settings).await;
        let second = Mockly::start(database, &settings).await;
        let pair = Self { redis, first, second };
        pair.until_redis_is("up").await;
        pair
    }

    async fn until_redis_is(&self, state: &str) {
        for node in [&self.first, &self.second] {
            until("state of Redis", async || {
                // Whatever it is, the node serves.
                let ready = node.http().get("/readyz").await.expect(200);
                (ready["status"] == "ready" && ready["redis"] == state).then_some(())
            })
            .await;
        }
    }

    async fn stop(self) {
        self.first.stop().await;
        self.second.stop().await;
    }
}

fn admin(server: &Mockly) -> Person {
    let now = now_s();
    let claims = json!({"sub": "root", "name": "root", "roles": ["admin"], "iat": now, "exp": now + 3_600});
    Person::with_token(server, "root", sign(&claims, TOKEN_SECRET))
}

async fn tab(server: &Mockly, person: &Person) -> Script {
    let url = format!("http://{}", server.address());
    let mut tab = Script::node("socketio.mjs", &[url.as_str(), person.token.as_str(), "websocket"]);
    tab.event("settled").await;
    tab
}

/// Each of the two says something, and the other hears it.
async fn talk(alice: &mut Door, bob: &mut Door, text: &str) {
    alice.send("add_chat", json!({ "chatContent": text })).await;
    until_said(bob, "alice", text).await;
    bob.send("add_chat", json!({ "chatContent": text })).await;
    until_said(alice, "bob", text).await;
}

async fn until_said(door: &mut Door, who: &str, text: &str) {
    loop {
        let heard = door.until("add_chat").await;
        if heard.who() == who && heard.payload["chatContent"] == text {
            return;
        }
    }
}

/// What one node changes, the sockets of the other hear, soon, in order and once.
#[test]
fn a_change_on_one_node_is_heard_on_the_other() {
    run(Backend::Postgres, async |database| {
        let first = Mockly::start(&database, &[]).await;
        let second = Mockly::start(&database, &[]).await;
        let alice = Person::sign_in(&first, "alice").await;
        let bob = Person::sign_in(&second, "bob").await;
        let mut heard_by_bob = StompClient::connect(second.address(), &bob.token).await.unwrap();
        heard_by_bob.subscribe("mine", &bob.topic(), &[]).await.unwrap();

        let session = create_interview(&alice, &bob).await;
        let id = session["id"].as_str().unwrap();
        // The answer comes after the commit.
        let event = within(HEARD_WITHIN, "event on the second node", heard_by_bob.event()).await;
        assert_eq!((event["type"].as_str(), &event["data"]["id"]), (Some("SESSION_CREATED"), &session["id"]));

        heard_by_bob.subscribe("session", &format!("/topic/sessions/{id}"), &[]).await.unwrap();
        alice.http.post_empty(&format!("/api/sessions/{id}/join")).await.expect(200);
        end_session(&alice, id).await;
        let mut of_session = Vec::new();
        let mut of_user = Vec::new();
        while of_session.last() != Some(&"SESSION_ENDED".to_owned()) || of_user.last() != of_session.last() {
            let next = within(HEARD_WITHIN, "next event on the second node", heard_by_bob.next()).await;
            let frame = next.unwrap().expect("the connection goes on");
            let event = frame.json();
            let kind = event["type"].as_str().unwrap().to_owned();
            match frame.header("subscription") {
                Some("session") => of_session.push(kind),
                _ => of_user.push(kind),
            }
        }
        assert_eq!(of_session, of_user, "both topics tell the same");
        assert!(of_session.contains(&"PARTICIPANT_JOINED".to_owned()), "{of_session:?}");
        drop(heard_by_bob);
        first.stop().await;
        second.stop().await;
    });
}

/// Redis going away and coming back costs nobody a message or a socket, in a room across both nodes.
#[test]
fn without_redis_everything_goes_on_and_with_it_again_too() {
    run(Backend::Postgres, async |database| {
        let mut nodes = Pair::start(&database).await;
        let (alice, bob) = (Person::sign_in(&nodes.first, "alice").await, Person::sign_in(&nodes.second, "bob").await);
        let id = create_interview(&alice, &bob).await["id"].as_str().unwrap().to_owned();
        let mut here = Door::open(nodes.first.address(), "zoom", &id, &alice).await;
        here.until("room_state").await;
        let mut there = Door::open(nodes.second.address(), "zoom", &id, &bob).await;
        there.until("room_state").await;
        talk(&mut here, &mut there, "with").await;
        nodes.redis.kill();
        nodes.until_redis_is("degraded").await;
        talk(&mut here, &mut there, "without").await;
        nodes.redis.start_again().await;
        nodes.until_redis_is("up").await;
        talk(&mut here, &mut there, "with it again").await;

        // What changes somebody's sockets reaches them on whichever node they are.
        let mut second_tab = Door::open(nodes.first.address(), "chat", &id, &alice).await;
        second_tab.until("room_state").await;
        there.send("remove_participant", json!({ "clientId": "alice" })).await;
        for tab in [&mut here, &mut second_tab] {
            assert_eq!(tab.closed().await.1, 4403);
        }
        end_session(&alice, &id).await;
        assert_eq!(there.closed().await.1, 4410);
        nodes.stop().await;
    });
}

/// A Node.js back end that emits to rooms of users reaches them on every node, and reaches nobody else.
#[test]
fn the_emitter_of_another_back_end_reaches_users_on_every_node() {
    run(Backend::Postgres, async |database| {
        let nodes = Pair::start(&database).await;
        let alice = Person::sign_in(&nodes.first, "auth0|alice").await;
        let bob = Person::sign_in(&nodes.first, "bob").await;
        let mut of_alice = [tab(&nodes.first, &alice).await, tab(&nodes.second, &alice).await];
        let mut of_bob = tab(&nodes.second, &bob).await;
        let mut emitter = Script::node("emitter.mjs", &[&nodes.redis.url()]);
        emitter.event("connected").await;
        let mut emit = async |command: Value| {
            emitter.tell(&command);
            emitter.event("sent").await;
        };
        let to_alice = json!(["user:auth0|alice"]);
        let payload = json!({ "interviewId": "507f191e", "n": [1, 2.5, null], "deep": { "ä": true } });
        emit(json!({ "rooms": to_alice, "event": "analysis:completed", "payload": payload })).await;
        // None of these is for anybody: a room of something else, everybody, nothing that could be read.
        emit(json!({ "rooms": ["lobby"], "event": "lobby", "payload": {} })).await;
        emit(json!({ "rooms": [], "event": "everybody", "payload": {} })).await;
        emit(json!({ "rooms": to_alice, "except": to_alice, "event": "but her", "payload": {} })).await;
        emit(json!({ "rooms": to_alice, "event": "large", "payload": { "text": "x".repeat(20_000) } })).await;
        for base64 in ["", "wQ==", "3f////8=", "k6dlbWl0dGVywMA="] {
            emit(json!({ "raw": "socket.io#/#user:bob#", "base64": base64 })).await;
            emit(json!({ "raw": "mockly:wakes", "base64": base64 })).await;
        }
        emit(json!({ "rooms": ["user:auth0|alice", "user:bob"], "event": "last", "payload": {} })).await;
        for tab in &mut of_alice {
            let heard = tab.event("heard").await;
            assert_eq!(heard["name"], "analysis:completed");
            assert!(heard["data"]["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')), "{heard}");
            for (name, value) in payload.as_object().unwrap() {
                assert_eq!(&heard["data"][name], value);
            }
            assert_eq!(tab.event("heard").await["name"], "last", "once, and nothing in between");
        }
        assert_eq!(of_bob.event("heard").await["name"], "last");
        // It was told live, and is nobody's notification.
        let list = alice.http.get("/api/notifications").await.expect(200);
        assert_eq!(list["total"], 0);
        for tab in of_alice {
            tab.finish().await;
        }
        of_bob.finish().await;
        emitter.finish().await;
        nodes.stop().await;
    });
}

/// Numbers are those of all nodes, and a notification is delivered wherever its user is.
#[test]
fn sockets_are_counted_and_reached_on_all_nodes() {
    run(Backend::Postgres, async |database| {
        let nodes = Pair::start(&database).await;
        let (root, alice) = (admin(&nodes.first), Person::sign_in(&nodes.first, "alice").await);
        let send = async || {
            let body = json!({ "userId": "alice", "event": "ping", "payload": {} });
            root.http.post("/api/notifications", &body).await.expect(201)["data"]["delivered"].clone()
        };
        assert_eq!(send().await, false);
        let mut far = tab(&nodes.second, &alice).await;
        until("delivery on the other node", async || (send().await == true).then_some(())).await;
        far.event("heard").await;
        let near = tab(&nodes.first, &alice).await;
        for node in [&nodes.first, &nodes.second] {
            let counts = async |connected: u64| {
                let stats = alice.at(node).http.get("/api/v1/websocket/stats").await.expect(200);
                let admin = root.at(node).http.get("/api/admin/stats").await.expect(200);
                let counted = (&stats["data"]["connected"], &admin["connections"]["total"], &admin["nodes"]);
                let users = &admin["connections"]["users"];
                (counted == (&json!(connected), &json!(connected), &json!(2)) && *users == 1).then_some(())
            };
            until("sum over both nodes", async || counts(2).await).await;
        }
        let list = root.http.get("/api/admin/nodes").await.expect(200);
        let sockets: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|node| &node["sockets"]).collect();
        assert_eq!(sockets, [1, 1]);
        far.finish().await;
        near.finish().await;
        until("end of both sockets", async || (send().await == false).then_some(())).await;
        nodes.stop().await;
    });
}

/// A node is killed: others notice, nobody on it counts as present, and whoever does not come back has left. What it would
/// have done is done by the node that is left.
#[test]
fn what_a_killed_node_held_ends() {
    run(Backend::Postgres, async |database| {
        let mut nodes = Pair::start(&database).await;
        let root = admin(&nodes.second);
        let (alice, bob) = (Person::sign_in(&nodes.first, "alice").await, Person::sign_in(&nodes.second, "bob").await);
        let session = create_interview(&alice, &bob).await;
        let id = session["id"].as_str().unwrap();
        let mut there = Door::open(nodes.second.address(), "zoom", id, &bob).await;
        there.until("room_state").await;
        let mut here = Door::open(nodes.first.address(), "zoom", id, &alice).await;
        here.until("room_state").await;
        let count = async || root.http.get("/api/admin/stats").await.expect(200);
        until("both sockets", async || (count().await["connections"]["total"] == 2).then_some(())).await;

        nodes.first.kill();
        let killed = Instant::now();
        let ended = async {
            loop {
                let heard = there.hear().await;
                if heard.name == "disconnect" && heard.who() == "alice" {
                    return;
                }
            }
        };
        within(ENDED_WITHIN, "end of the one whose node was killed", ended).await;
        assert!(killed.elapsed() >= Duration::from_secs(15), "the grace was hers");
        let people = bob.http.get(&format!("/api/sessions/{id}/participants")).await.expect(200);
        let of_alice = people["items"].as_array().unwrap().iter().find(|person| person["userId"] == "alice").unwrap();
        assert_eq!((&of_alice["status"], &of_alice["online"]), (&json!("LEFT"), &json!(false)));
        until_within(ENDED_WITHIN, "one node", async || {
            let stats = count().await;
            (stats["nodes"] == 1 && stats["connections"]["total"] == 1).then_some(())
        })
        .await;
        drop(here);
        nodes.second.stop().await;
    });
}
