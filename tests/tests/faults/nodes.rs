//! Several nodes, of which one is cut off, killed or exchanged (P1, P2, P4, P5).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mockly_tests::{Backend, Door, Mockly, Redis, StompClient, raise_open_files, run, until_within, within};
use serde_json::json;
use tokio::task::JoinSet;

use crate::link::{Fault, Link};
use crate::report::measured;
use crate::scene::{Scene, hear, retitling, title_of};
use crate::writers::Writers;

/// Somebody who comes back to whichever node takes them, and says what they heard last.
struct Follower {
    nodes: [SocketAddr; 2],
    token: String,
    topic: String,
    client: Option<StompClient>,
    last_event: Option<String>,
    /// What was heard, each once.
    titles: Vec<String>,
    sequence: u64,
    heard_at: Instant,
    longest_gap: Duration,
}

impl Follower {
    async fn at(nodes: [SocketAddr; 2], token: &str, topic: &str) -> Self {
        let mut follower = Self {
            nodes,
            token: token.to_owned(),
            topic: topic.to_owned(),
            client: None,
            last_event: None,
            titles: Vec::new(),
            sequence: 0,
            heard_at: Instant::now(),
            longest_gap: Duration::ZERO,
        };
        follower.come_back().await;
        follower
    }

    /// As a client does it: one node after the other, with a pause that grows.
    async fn come_back(&mut self) {
        let mut tries = 0;
        while !self.try_once(self.nodes[tries % 2]).await {
            tries += 1;
            tokio::time::sleep(Duration::from_millis(20 << tries.min(5))).await;
        }
    }

    async fn try_once(&mut self, node: SocketAddr) -> bool {
        let Ok(mut client) = StompClient::connect(node, &self.token).await else { return false };
        let since: Vec<(&str, &str)> = self.last_event.as_deref().map(|id| ("last-event-id", id)).into_iter().collect();
        let subscribed = client.subscribe("one", &self.topic, &since).await.is_ok();
        if subscribed {
            self.client = Some(client);
        }
        subscribed
    }

    /// Listens until something is heard, and comes back as often as it takes.
    async fn until(&mut self, title: &str) {
        while self.titles.last().is_none_or(|last| last != title) {
            let Some(client) = &mut self.client else {
                self.come_back().await;
                continue;
            };
            let Ok(Some(frame)) = client.next().await else {
                self.client = None;
                continue;
            };
            assert_eq!(frame.header("resume"), None, "nothing is too old");
            let event = frame.json();
            let sequence = event["sequence"].as_u64().unwrap();
            if sequence <= self.sequence {
                continue;
            }
            assert!(self.sequence == 0 || sequence == self.sequence + 1, "{sequence} after {}", self.sequence);
            self.longest_gap = self.longest_gap.max(self.heard_at.elapsed());
            (self.sequence, self.heard_at) = (sequence, Instant::now());
            self.last_event = event["eventId"].as_str().map(str::to_owned);
            self.titles.push(title_of(&event).to_owned());
        }
    }
}

/// The network to Redis swallows everything one node sends and would hear.
#[test]
fn a_node_that_is_cut_off_from_redis_goes_on_and_says_so() {
    /// The silence after which a link counts as lost, and some.
    const NOTICED_WITHIN: Duration = Duration::from_secs(25);
    const HEALS_WITHIN: Duration = Duration::from_secs(12);
    run(Backend::Postgres, async |database| {
        let redis = Redis::start().await;
        let link = Link::to(redis.address());
        let scene = Scene::new(&database, &[("REDIS_URL", &format!("redis://{}", link.address()))]).await;
        let other = Mockly::start(&database, &[("REDIS_URL", &redis.url())]).await;
        let mut listener = scene.listener().await;
        let is = async |node: &Mockly, state: &str| {
            let ready = node.http().get("/readyz").await.expect(200);
            (ready["redis"] == state).then_some(())
        };
        for node in [&scene.server, &other] {
            until_within(HEALS_WITHIN, "link", async || is(node, "up").await).await;
        }
        let say = async |title: &str| scene.alice.at(&other).http.send(retitling(&scene.id, title)).await.expect(200);
        say("linked").await;
        hear(&mut listener, "linked").await;
        link.set(Fault::BlackHole);
        let cut = Instant::now();
        say("cut off").await;
        hear(&mut listener, "cut off").await;
        let heard = cut.elapsed();
        until_within(NOTICED_WITHIN, "degraded", async || is(&scene.server, "degraded").await).await;
        let noticed = cut.elapsed();
        is(&other, "up").await.expect("the other node has its Redis");
        say("still").await;
        hear(&mut listener, "still").await;
        // They come to one room by different nodes, and each sees the other.
        let mut bob = Door::open(scene.server.address(), "zoom", &scene.id, &scene.bob).await;
        bob.until("room_state").await;
        let mut alice = Door::open(other.address(), "zoom", &scene.id, &scene.alice).await;
        alice.until("room_state").await;
        while bob.until("connect").await.who() != "alice" {}
        link.set(Fault::None);
        let healed = Instant::now();
        until_within(HEALS_WITHIN, "link", async || is(&scene.server, "up").await).await;
        let healed = healed.elapsed();
        say("again").await;
        hear(&mut listener, "again").await;
        for node in [&scene.server, &other] {
            let people =
                scene.bob.at(node).http.get(&format!("/api/sessions/{}/participants", scene.id)).await.expect(200);
            let here = people["items"].as_array().unwrap().iter().map(|person| &person["online"]);
            assert_eq!(here.collect::<Vec<_>>(), [true, true], "presence is one: {people}");
        }
        alice.close().await;
        let gone = bob.until("presence").await;
        assert_eq!((gone.who(), &gone.payload["online"]), ("alice", &json!(false)));
        measured(
            "12, one node without Redis",
            &format!("heard after {heard:?}, degraded after {noticed:?}, healed after {healed:?}"),
        );
        other.stop().await;
        scene.server.stop().await;
    });
}

/// 500 listeners lose their node at once and come to the other one, on which others work.
#[test]
fn all_clients_of_a_killed_node_come_to_the_other() {
    const CLIENTS: usize = 500;
    const BACK_WITHIN: Duration = Duration::from_secs(15);
    raise_open_files(2 * CLIENTS + 1_000);
    run(Backend::Postgres, async |database| {
        let redis = Redis::start().await;
        let settings = [("REDIS_URL", &*redis.url()), ("SOCKETS_PER_USER_MAX", "1000")];
        let scene = Scene::new(&database, &settings).await;
        let other = Mockly::start(&database, &settings).await;
        let mut writers = Writers::begin(&other, 2).await;
        let (topic, nodes) = (scene.topic(), [scene.server.address(), other.address()]);
        let mut listening = JoinSet::new();
        for _ in 0..CLIENTS {
            let mut follower = Follower::at(nodes, &scene.bob.token, &topic).await;
            listening.spawn(async move {
                follower.until("while all are there").await;
                follower.until("after the end").await;
                follower
            });
        }
        let Scene { mut server, alice, id, .. } = scene;
        alice.http.send(retitling(&id, "while all are there")).await.expect(200);
        writers.acknowledge(50).await;
        server.kill();
        let killed = Instant::now();
        // Stored while most of them are on their way.
        let alice = alice.at(&other);
        alice.http.send(retitling(&id, "in between")).await.expect(200);
        alice.http.send(retitling(&id, "after the end")).await.expect(200);
        let back = async {
            while let Some(follower) = listening.join_next().await {
                let titles = follower.unwrap().titles;
                let last: Vec<&str> = titles.iter().rev().take(3).rev().map(String::as_str).collect();
                assert_eq!(last, ["while all are there", "in between", "after the end"]);
            }
        };
        within(BACK_WITHIN, "all of them at the other node", back).await;
        let took = killed.elapsed();
        writers.acknowledge(50).await;
        writers.stop().await;
        writers.check(&other).await;
        let longest = writers.longest();
        assert!(longest < Duration::from_secs(2), "{longest:?}");
        assert_eq!(writers.refusals(), [0_u16; 0]);
        measured(
            "13, a node is killed",
            &format!(
                "{CLIENTS} of {CLIENTS} back after {took:?}, nothing missed, writers waited {longest:?} at most, 0 lost"
            ),
        );
        other.stop().await;
    });
}

/// Both nodes are exchanged, one after the other, while somebody writes and somebody listens.
#[test]
fn a_rolling_restart_loses_nothing_and_repeats_nothing() {
    const GAP_MAX: Duration = Duration::from_secs(5);
    run(Backend::Postgres, async |database| {
        let redis = Redis::start().await;
        let settings = [("REDIS_URL", &*redis.url()), ("DRAIN_DELAY", "500ms")];
        let scene = Scene::new(&database, &settings).await;
        let mut nodes = [scene.server, Mockly::start(&database, &settings).await];
        let addresses = [nodes[0].address(), nodes[1].address()];
        let topic = format!("/topic/sessions/{}", scene.id);
        let mut follower = Follower::at(addresses, &scene.bob.token, &topic).await;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut writing = JoinSet::new();
        writing.spawn({
            let (alice, id) = ([scene.alice.at(&nodes[0]), scene.alice.at(&nodes[1])], scene.id.clone());
            async move {
                let mut said = Vec::new();
                let mut node = 0;
                while !*stopped.borrow() {
                    let title = format!("title {}", said.len());
                    // As a load balancer does it: what one does not take goes to the other. The same twice is one change.
                    loop {
                        let answer = alice[node].http.try_send(retitling(&id, &title)).await;
                        if answer.is_ok_and(|answer| answer.status == 200) {
                            break;
                        }
                        node = 1 - node;
                    }
                    said.push(title);
                }
                alice[node].http.send(retitling(&id, "the last")).await.expect(200);
                said
            }
        });
        let restarting = async {
            for node in &mut nodes {
                node.restart().await;
            }
            stop.send_replace(true);
        };
        let ((), ()) = tokio::join!(restarting, follower.until("the last"));
        let said = writing.join_next().await.unwrap().unwrap();
        let heard: Vec<&String> = follower.titles.iter().filter(|title| title.starts_with("title ")).collect();
        assert_eq!(heard, said.iter().collect::<Vec<_>>());
        let gap = follower.longest_gap;
        assert!(gap < GAP_MAX, "{gap:?}");
        measured(
            "18, a rolling restart",
            &format!("{} of {} heard once and in order, longest gap {gap:?}", heard.len(), said.len()),
        );
        for node in nodes {
            node.stop().await;
        }
    });
}
