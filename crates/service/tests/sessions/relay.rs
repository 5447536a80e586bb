//! From the table of events to those who listen, on every node.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::join;
use mockly_domain::EventType::{ParticipantLeft, SessionEnded, SessionUpdated};
use mockly_domain::SessionId;
use mockly_realtime::{Encoding, Message, Outbox, Resume, Subscription, Topic};
use mockly_service::{NoMedia, PatchSession, Principal};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::stage::{Stage, with_interviewer};
use crate::support::{TestWorld, on_both_databases};

/// Hands on what would go onto the wire.
struct Wire {
    key: String,
    to: mpsc::Sender<Value>,
}

impl Encoding for Wire {
    fn key(&self) -> &str {
        &self.key
    }

    fn encode(&self, _topic: &Topic, message: &Message, _resume: Resume) -> Bytes {
        self.to.try_send(serde_json::from_slice(&message.body).unwrap()).unwrap();
        Bytes::from_static(b".")
    }
}

/// Somebody's subscription to a topic on a node.
pub(super) struct Ear {
    subscription: Arc<Subscription>,
    heard: mpsc::Receiver<Value>,
}

impl Ear {
    pub(super) fn new(world: &TestWorld, who: &Principal, topic: &Topic) -> Self {
        let (to, heard) = mpsc::channel(1_000);
        let hub = world.services.hub();
        let connection = hub.admit(who.user_id().clone(), who.is_admin(), Outbox::new(1 << 20), 20).unwrap();
        let wire = Wire { key: who.user_id().to_string(), to };
        let subscription = hub.attach(topic, connection, Arc::new(wire));
        subscription.release(Resume::Seamless);
        Self { subscription, heard }
    }

    /// The next message; a failure where none comes at all.
    pub(super) async fn next_body(&mut self) -> Value {
        let message = tokio::time::timeout(Duration::from_secs(20), self.heard.recv()).await;
        message.expect("a message comes").expect("the subscription lives")
    }

    /// The next message, if one comes in time.
    pub(super) async fn next_within(&mut self, time: Duration) -> Option<Value> {
        tokio::time::timeout(time, self.heard.recv()).await.ok()?
    }

    /// Sequence and type of the next message.
    async fn next(&mut self) -> (i64, String) {
        let message = self.next_body().await;
        (message["sequence"].as_i64().unwrap(), message["type"].as_str().unwrap().to_owned())
    }

    /// Everything up to the one with a sequence.
    async fn until(&mut self, sequence: i64) -> Vec<i64> {
        let mut sequences = Vec::new();
        while sequences.last() != Some(&sequence) {
            sequences.push(self.next().await.0);
        }
        sequences
    }
}

impl Stage {
    async fn edit_title(&self, id: SessionId, title: &str) -> i64 {
        let patch = PatchSession { title: Some(title.to_owned()), ..PatchSession::default() };
        self.services().patch_session(&self.bob, id, None, patch).await.unwrap();
        self.session(id).await.last_sequence
    }
}

on_both_databases! {
    async fn two_nodes_hear_each_other_in_order_without_a_gap(database) {
        let stage = Stage::new(&database).await;
        let other = TestWorld::with(&database, Arc::new(NoMedia), |_settings| ());
        let id = stage.running_interview().await;
        let topic = Topic::Session(id);
        let mut here = Ear::new(&stage.world, &stage.ada, &topic);
        let mut there = Ear::new(&other, &stage.bob, &topic);
        let mut of_user = Ear::new(&other, &stage.bob, &Topic::UserSessions(stage.bob.user_id().clone()));
        let stop = CancellationToken::new();
        let (relay_here, relay_there) = (stage.world.relay(&stop).await, other.relay(&stop).await);
        let relays = async { join!(relay_here, relay_there) };
        let listening = async {
            let begun = stage.session(id).await.last_sequence;
            // Each node stores some, at once.
            let from_here = async {
                for n in 0..10 {
                    stage.edit_title(id, &format!("here {n}")).await;
                }
            };
            let from_there = async {
                for n in 0..10 {
                    let patch = PatchSession { title: Some(format!("there {n}")), ..PatchSession::default() };
                    other.services.patch_session(&stage.ada, id, None, patch).await.unwrap();
                }
            };
            join!(from_here, from_there);
            let last = stage.session(id).await.last_sequence;
            for ear in [&mut here, &mut there, &mut of_user] {
                let heard = ear.until(last).await;
                assert_eq!(heard, (begun + 1..=last).collect::<Vec<_>>());
            }
            // What is committed when the node is told to stop is still told.
            let last = stage.edit_title(id, "the last word").await;
            stop.cancel();
            last
        };
        let (_, last) = join!(relays, listening);
        assert_eq!(here.until(last).await, [last]);
        assert_eq!(there.until(last).await, [last]);
    }

    /// The relay took its place in the table when it first ran: what was stored after a subscriber had read the table, and
    /// before that, was never told.
    async fn what_is_stored_before_the_first_look_is_told(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        let stop = CancellationToken::new();
        let relay = stage.world.relay(&stop).await;
        let mut ear = Ear::new(&stage.world, &stage.ada, &Topic::Session(id));
        let begun = stage.session(id).await.last_sequence;
        let last = stage.edit_title(id, "in between").await;
        let listening = async {
            assert_eq!(ear.until(last).await, [begun + 1]);
            stop.cancel();
        };
        join!(relay, listening);
    }

    /// A node of an older version runs on while a newer one stores what it does not know.
    async fn a_row_that_cannot_be_read_holds_up_no_other(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        let stop = CancellationToken::new();
        let relay = stage.world.relay(&stop).await;
        let mut ear = Ear::new(&stage.world, &stage.ada, &Topic::Session(id));
        let before = stage.edit_title(id, "before").await;
        stage.edit_title(id, "of the future").await;
        database.execute("UPDATE session_events SET type = 'FUTURE' WHERE data LIKE '%of the future%'").await;
        let after = stage.edit_title(id, "after").await;
        let listening = async {
            assert_eq!(ear.until(after).await, [before, after]);
            stop.cancel();
        };
        join!(relay, listening);
    }

    /// R9: the own removal is the last thing one hears of a session; an admin hears on.
    async fn r9_the_removed_hear_of_their_removal_last(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        let topic = Topic::Session(id);
        let mut of_ada = Ear::new(&stage.world, &stage.ada, &topic);
        let mut of_bob = Ear::new(&stage.world, &stage.bob, &topic);
        let mut of_admin = Ear::new(&stage.world, &stage.admin, &topic);
        let stop = CancellationToken::new();
        let begun = stage.edit_title(id, "the first word").await;
        let relay = stage.world.relay(&stop).await;
        let listening = async {
            stage.services().remove_participant(&stage.bob, id, stage.ada.user_id()).await.unwrap();
            stage.services().remove_participant(&stage.admin, id, stage.bob.user_id()).await.unwrap();
            let last = stage.services().end_session(&stage.admin, id).await.unwrap();
            assert_eq!(last.version, stage.session(id).await.version);
            of_admin.until(begun + 3).await;
            for (ear, last) in [(&mut of_ada, begun + 1), (&mut of_bob, begun + 2)] {
                assert_eq!(*ear.until(last).await.last().unwrap(), last);
                assert!(ear.subscription.has_ended());
                assert!(ear.heard.try_recv().is_err());
            }
            assert!(!of_admin.subscription.has_ended());
            stop.cancel();
        };
        join!(relay, listening);
        let story = stage.story(id).await;
        assert_eq!(story[story.len() - 4..], [SessionUpdated, ParticipantLeft, ParticipantLeft, SessionEnded]);
    }

    /// R15: a user topic has the events of the user's own sessions, and no others.
    async fn r15_a_user_topic_has_ones_own_sessions(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let user_topic = |who: &Principal| Topic::UserSessions(who.user_id().clone());
        let mut of_bob = Ear::new(&stage.world, &stage.bob, &user_topic(&stage.bob));
        let mut of_eve = Ear::new(&stage.world, &stage.eve, &user_topic(&stage.eve));
        let stop = CancellationToken::new();
        let begun = stage.session(id).await.last_sequence;
        let relay = stage.world.relay(&stop).await;
        let listening = async {
            let carol = stage.user("carol").await;
            let of_others = stage.services().create_session(&carol, with_interviewer(&stage.eve)).await.unwrap();
            assert_eq!(of_eve.next().await, (1, "SESSION_CREATED".to_owned()));
            stage.services().delete_session(&carol, of_others.id).await.unwrap();
            assert_eq!(of_eve.next().await, (2, "SESSION_ENDED".to_owned()));
            stage.services().join_session(&stage.bob, id, None).await.unwrap();
            assert_eq!(*of_bob.until(begun + 2).await.last().unwrap(), begun + 2);
            assert!(of_eve.heard.try_recv().is_err());
            stop.cancel();
        };
        join!(relay, listening);
    }
}
