//! The promises of the hub: order, no gap, one encoding for all, revocation, and overload of one alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use mockly_domain::{EventId, SessionId, UserId};
use mockly_realtime::{
    Connection, Counts, Disconnect, Encoding, Hub, Message, Outbox, Released, Resume, Subscription, Topic,
};
use uuid::Uuid;

const ROOMY: usize = 1 << 20;

struct Numbers {
    key: &'static str,
    calls: AtomicUsize,
}

impl Numbers {
    fn new(key: &'static str) -> Arc<Self> {
        Arc::new(Self { key, calls: AtomicUsize::new(0) })
    }
}

impl Encoding for Numbers {
    fn key(&self) -> &str {
        self.key
    }

    fn encode(&self, _topic: &Topic, message: &Message, resume: Resume) -> Bytes {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let lost = if resume == Resume::Lost { "?" } else { "" };
        Bytes::from(format!("{}{lost}", message.sequence))
    }
}

fn topic() -> Topic {
    Topic::Session(SessionId(Uuid::from_u128(1)))
}

fn user(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

fn message(sequence: i64, body_bytes: usize) -> Arc<Message> {
    Arc::new(Message {
        event_id: EventId(Uuid::from_u128(sequence.unsigned_abs().into())),
        sequence,
        position: sequence * 10,
        body: Bytes::from(vec![b'x'; body_bytes]),
        room: None,
    })
}

fn connect(hub: &Hub, id: &str, outbox_bytes_max: usize) -> Arc<Connection> {
    hub.admit(user(id), false, Outbox::new(outbox_bytes_max), 20).unwrap()
}

fn subscribe(hub: &Hub, connection: &Arc<Connection>, topic: &Topic) -> Arc<Subscription> {
    hub.attach(topic, Arc::clone(connection), Numbers::new("n"))
}

fn received(connection: &Connection) -> Vec<String> {
    let mut batch = Vec::new();
    connection.outbox().take(&mut batch, usize::MAX, usize::MAX);
    batch.iter().map(|chunk| String::from_utf8(chunk.to_vec()).unwrap()).collect()
}

fn publish(hub: &Hub, topic: &Topic, sequences: impl IntoIterator<Item = i64>) {
    for sequence in sequences {
        hub.publish(topic, &message(sequence, 10));
    }
}

#[test]
fn a_message_is_encoded_once_per_key_and_not_per_subscription() {
    let hub = Hub::new();
    let (a, b) = (Numbers::new("a"), Numbers::new("b"));
    let connections: Vec<_> = (0..4).map(|n| connect(&hub, &format!("u{n}"), ROOMY)).collect();
    for (n, connection) in connections.iter().enumerate() {
        let encoding: Arc<dyn Encoding> = if n < 3 { a.clone() } else { b.clone() };
        hub.attach(&topic(), Arc::clone(connection), encoding).release(Resume::Seamless);
    }
    publish(&hub, &topic(), [1]);
    assert_eq!((a.calls.load(Ordering::Relaxed), b.calls.load(Ordering::Relaxed)), (1, 1));
    assert!(connections.iter().all(|connection| received(connection) == ["1"]));
}

#[test]
fn replay_and_live_join_without_gap_or_repeat() {
    let hub = Hub::new();
    let connection = connect(&hub, "u", ROOMY);
    let subscription = subscribe(&hub, &connection, &topic());
    publish(&hub, &topic(), [3, 4, 5]);
    for sequence in 1..=4 {
        subscription.replay(&message(sequence, 10), Resume::Seamless).unwrap();
    }
    assert_eq!(subscription.release(Resume::Seamless), Released::Live);
    publish(&hub, &topic(), [4, 5, 6]);
    assert_eq!(received(&connection), ["1", "2", "3", "4", "5", "6"]);
}

#[test]
fn the_first_message_after_a_loss_says_so_whenever_it_comes() {
    let hub = Hub::new();
    let connection = connect(&hub, "u", ROOMY);
    subscribe(&hub, &connection, &topic()).release(Resume::Lost);
    publish(&hub, &topic(), [7, 8]);
    assert_eq!(received(&connection), ["7?", "8"]);
}

#[test]
fn what_overflows_while_held_is_replayed_or_counts_as_lost() {
    let hub = Hub::new();
    let connection = connect(&hub, "u", 8 * ROOMY);
    let flood = || (1..=3).for_each(|sequence| hub.publish(&topic(), &message(sequence, 300 * 1024)));
    let subscription = subscribe(&hub, &connection, &topic());
    flood();
    assert_eq!(subscription.release(Resume::Seamless), Released::Missed);
    subscription.replay(&message(3, 1), Resume::Seamless).unwrap();
    assert_eq!(subscription.release(Resume::Seamless), Released::Live);
    publish(&hub, &topic(), [3, 4]);
    assert_eq!(received(&connection), ["3", "4"]);

    let other = subscribe(&hub, &connection, &topic());
    flood();
    assert_eq!(other.release(Resume::Lost), Released::Live);
    hub.detach(&subscription);
    publish(&hub, &topic(), [9]);
    assert_eq!(received(&connection), ["9?"]);
}

#[test]
fn a_revoked_subscription_gets_what_was_published_before_and_nothing_after() {
    let hub = Hub::new();
    let (live, held) = (connect(&hub, "u", ROOMY), connect(&hub, "u", ROOMY));
    let other = connect(&hub, "v", ROOMY);
    let admin = hub.admit(user("u"), true, Outbox::new(ROOMY), 20).unwrap();
    for connection in [&live, &other, &admin] {
        subscribe(&hub, connection, &topic()).release(Resume::Seamless);
    }
    let subscription = subscribe(&hub, &held, &topic());
    publish(&hub, &topic(), [1]);
    hub.revoke(&topic(), &user("u"));
    publish(&hub, &topic(), [2]);
    assert_eq!(subscription.release(Resume::Seamless), Released::Ended);
    publish(&hub, &topic(), [3]);
    assert_eq!((received(&live), received(&held)), (vec!["1".to_owned()], vec!["1".to_owned()]));
    assert_eq!((received(&other), received(&admin).len()), (vec!["1".into(), "2".into(), "3".into()], 3));
    assert!(live.outbox().take_attention() && !live.outbox().take_attention());
}

#[test]
fn one_slow_connection_is_cut_off_alone() {
    let hub = Hub::new();
    let (slow, quick) = (connect(&hub, "slow", 150), connect(&hub, "quick", ROOMY));
    for connection in [&slow, &quick] {
        subscribe(&hub, connection, &topic()).release(Resume::Seamless);
    }
    publish(&hub, &topic(), 1..=3);
    let why = slow.outbox().disconnect_reason();
    assert_eq!((why, received(&slow)), (Some(Disconnect::TooSlow), vec![]));
    assert_eq!(received(&quick), ["1", "2", "3"]);
    assert_eq!(hub.counts().subscriptions, 1);
}

#[test]
fn sockets_are_counted_per_user_and_nothing_is_left_behind() {
    let hub = Hub::new();
    let connections: Vec<_> = (0..2).map(|_| connect(&hub, "u", ROOMY)).collect();
    assert!(hub.admit(user("u"), false, Outbox::new(ROOMY), 2).is_err());
    assert!(hub.admit(user("v"), false, Outbox::new(ROOMY), 2).is_ok());
    let subscriptions: Vec<_> = connections.iter().map(|c| subscribe(&hub, c, &topic())).collect();
    assert_eq!(hub.counts(), Counts { connections: 2, users: 1, topics: 1, subscriptions: 2 });
    for subscription in &subscriptions {
        hub.detach(subscription);
        hub.detach(subscription);
    }
    drop((connections, subscriptions));
    assert_eq!(hub.counts(), Counts::default());
}

#[test]
fn a_users_topic_takes_everything_that_was_held_in_any_order() {
    let hub = Hub::new();
    let topic = Topic::UserSessions(user("u"));
    let connection = connect(&hub, "u", ROOMY);
    let subscription = subscribe(&hub, &connection, &topic);
    publish(&hub, &topic, [5]);
    subscription.replay(&message(9, 1), Resume::Seamless).unwrap();
    subscription.release(Resume::Seamless);
    publish(&hub, &topic, [2]);
    assert_eq!(received(&connection), ["9", "5", "2"]);
}
