//! The hub: who listens to what on this node, and the fan-out to them.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use mockly_domain::UserId;

use crate::connection::{TooManySockets, Users};
use crate::subscription::Delivery;
use crate::{Connection, Encoding, Listener, Message, Outbox, Subscription, Topic};

/// Locks the map of topics is spread over, so that workers that subscribe do not wait for each other.
const SHARDS: usize = 16;

/// What is connected to this node at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Authenticated connections.
    pub connections: usize,
    /// Different users among them.
    pub users: usize,
    /// Topics with at least one subscription.
    pub topics: usize,
    /// Subscriptions, held ones among them.
    pub subscriptions: usize,
}

/// The fan-out of one node. Clones are the same hub.
///
/// No method awaits or waits for a peer; each takes at most one topic's lock at a time.
/// Messages of one topic reach every subscription in the order of the calls of [`publish`](Self::publish); calls for one
/// topic must not run at the same time where that order matters, which the relay's single task sees to.
#[derive(Clone, Default)]
pub struct Hub(Arc<Inner>);

#[derive(Default)]
struct Inner {
    hasher: RandomState,
    topics: [Mutex<HashMap<Topic, Arc<TopicEntry>>>; SHARDS],
    users: Arc<Users>,
}

/// One topic and everyone who listens to it.
struct TopicEntry {
    topic: Arc<Topic>,
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    /// By key of encoding: what one call of `encode` serves.
    groups: HashMap<Box<str>, Vec<Arc<Subscription>>>,
    /// The entry has left the map; a new subscription needs a new one.
    retired: bool,
}

impl Hub {
    /// A hub nobody is connected to.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in an authenticated connection. An admin's subscriptions are never revoked.
    ///
    /// # Errors
    /// [`TooManySockets`] when the user has `sockets_max` on this node already.
    pub fn admit(
        &self,
        user_id: UserId,
        is_admin: bool,
        outbox: Outbox,
        sockets_max: usize,
    ) -> Result<Arc<Connection>, TooManySockets> {
        Users::admit(&self.0.users, user_id, is_admin, outbox, sockets_max).map(Arc::new)
    }

    /// Subscribes a connection. The subscription is held until [`Subscription::release`]: attach it before asking for
    /// the right and reading what was missed, so that nothing falls in between.
    ///
    /// The caller ends it by [`detach`](Self::detach), also when it has ended by itself.
    pub fn attach(&self, topic: &Topic, connection: Arc<Connection>, encoding: Arc<dyn Encoding>) -> Arc<Subscription> {
        self.attach_listener(topic, connection, encoding, None)
    }

    /// As [`attach`](Self::attach), with a listener that decides what the subscription hears.
    pub fn attach_listener(
        &self,
        topic: &Topic,
        connection: Arc<Connection>,
        encoding: Arc<dyn Encoding>,
        listener: Option<Arc<dyn Listener>>,
    ) -> Arc<Subscription> {
        loop {
            let entry =
                Arc::clone(self.shard(topic).entry(topic.clone()).or_insert_with(|| {
                    Arc::new(TopicEntry { topic: Arc::new(topic.clone()), members: Mutex::default() })
                }));
            let mut members = lock(&entry.members);
            if members.retired {
                continue;
            }
            if members.groups.is_empty() {
                self.note_listening(topic);
            }
            let group = members.groups.entry(encoding.key().into()).or_default();
            // Equal keys mean equal bytes, so thousands of subscriptions keep one encoding alive, not one each.
            let encoding = group.first().map_or(encoding, |member| member.shared_encoding());
            let subscription = Arc::new(Subscription::new(connection, Arc::clone(&entry.topic), encoding, listener));
            group.push(Arc::clone(&subscription));
            return subscription;
        }
    }

    /// Ends a subscription; nothing comes after this call returned. Detaching twice is no fault.
    pub fn detach(&self, subscription: &Arc<Subscription>) {
        subscription.end();
        let Some(entry) = self.find(subscription.topic()) else { return };
        let mut members = lock(&entry.members);
        let key = subscription.encoding().key();
        let removed = members.groups.get_mut(key).and_then(|group| {
            let place = group.iter().position(|member| Arc::ptr_eq(member, subscription))?;
            Some(group.swap_remove(place))
        });
        members.groups.retain(|_, group| !group.is_empty());
        self.retire_if_empty(&entry, members);
        drop(removed);
    }

    /// Sends a message to everyone who listens to the topic, encoded once per distinct key of encoding.
    /// A connection that has no room for it is cut off; the others do not notice.
    pub fn publish(&self, topic: &Topic, message: &Arc<Message>) {
        let Some(entry) = self.find(topic) else { return };
        let mut sent: u64 = 0;
        let mut ended = Vec::new();
        let mut members = lock(&entry.members);
        for group in members.groups.values_mut() {
            let mut shared: Option<Bytes> = None;
            ended.extend(group.extract_if(.., |member| match member.deliver(message, &mut shared) {
                Delivery::Sent => {
                    sent += 1;
                    false
                }
                Delivery::Skipped => false,
                Delivery::Ended => true,
            }));
        }
        members.groups.retain(|_, group| !group.is_empty());
        self.retire_if_empty(&entry, members);
        metrics::counter!("mockly_messages_delivered_total").increment(sent);
    }

    /// Ends the user's subscriptions to the topic after everything that was published before this call; an admin's stay.
    /// The connections live on.
    pub fn revoke(&self, topic: &Topic, user_id: &UserId) {
        let Some(entry) = self.find(topic) else { return };
        let mut members = lock(&entry.members);
        let mut ended = Vec::new();
        for group in members.groups.values_mut() {
            ended.extend(group.extract_if(.., |member| {
                let connection = member.connection();
                connection.user_id == *user_id && !connection.is_admin && member.revoke()
            }));
        }
        members.groups.retain(|_, group| !group.is_empty());
        self.retire_if_empty(&entry, members);
    }

    /// Whether anybody on this node listens to the topic.
    pub fn is_heard(&self, topic: &Topic) -> bool {
        self.find(topic).is_some_and(|entry| !lock(&entry.members).groups.is_empty())
    }

    /// What is connected now. It walks over all topics: meant for a metrics page, not for every message.
    pub fn counts(&self) -> Counts {
        let (users, connections) = self.0.users.counts();
        let mut counts = Counts { connections, users, ..Counts::default() };
        for shard in &self.0.topics {
            let entries: Vec<_> = lock(shard).values().cloned().collect();
            counts.topics += entries.len();
            for entry in entries {
                counts.subscriptions += lock(&entry.members).groups.values().map(Vec::len).sum::<usize>();
            }
        }
        counts
    }

    /// From now on [`changed_users`](Self::changed_users) tells of whom something has changed, everybody who is there among
    /// them.
    pub fn follow_users(&self) {
        self.0.users.follow();
    }

    /// Waits until something has changed of a user.
    pub async fn user_changed(&self) {
        self.0.users.wait_for_change().await;
    }

    /// Of whom something has changed since the last call: whether they are connected, and if so, whether they listen to
    /// their notifications.
    pub fn changed_users(&self) -> Vec<(UserId, Option<bool>)> {
        let changed = self.0.users.take_changed().into_iter();
        let with_hearing = changed.map(|(user, is_there)| {
            let hears = is_there.then(|| self.is_heard(&Topic::UserNotifications(user.clone())));
            (user, hears)
        });
        with_hearing.collect()
    }

    /// Has what is known of a user told again.
    pub fn note_user(&self, user: &UserId) {
        self.0.users.note_change(user);
    }

    fn note_listening(&self, topic: &Topic) {
        if let Topic::UserNotifications(user) = topic {
            self.0.users.note_change(user);
        }
    }

    fn find(&self, topic: &Topic) -> Option<Arc<TopicEntry>> {
        self.shard(topic).get(topic).cloned()
    }

    /// Takes a topic nobody listens to off the map. The entry's lock is given back before the map's is taken, since
    /// everyone else takes them the other way round, if both at all.
    fn retire_if_empty(&self, entry: &Arc<TopicEntry>, mut members: MutexGuard<'_, Members>) {
        if !members.groups.is_empty() || members.retired {
            return;
        }
        members.retired = true;
        drop(members);
        self.note_listening(&entry.topic);
        let mut shard = self.shard(&entry.topic);
        if shard.get(&entry.topic).is_some_and(|current| Arc::ptr_eq(current, entry)) {
            shard.remove(&entry.topic);
        }
    }

    fn shard(&self, topic: &Topic) -> MutexGuard<'_, HashMap<Topic, Arc<TopicEntry>>> {
        let hash = self.0.hasher.hash_one(topic);
        let [first, ..] = &self.0.topics;
        let index = usize::try_from(hash).unwrap_or_default() % SHARDS;
        lock(self.0.topics.get(index).unwrap_or(first))
    }
}

/// A poisoned lock is taken as it is: what it guards is whole after every step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
