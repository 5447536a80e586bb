//! Live fan-out on one node: topics, the hub, subscriptions that resume, and an outbox bounded in bytes per connection.
//!
//! A message is encoded once per distinct [`Encoding`] and its bytes are shared by everyone who gets it. The hub never
//! awaits and never waits for a peer: a connection that does not keep up is cut off by [`Disconnect::TooSlow`], alone.
//!
//! # What it must never do
//!
//! * Know a wire protocol: how bytes look is [`Encoding`]'s, and reading or writing sockets is the edge's.
//! * Read the database or decide a right: who may subscribe and what was missed is the service's answer.
//! * Grow without a bound: outboxes count bytes, a held subscription counts what it keeps, a user's sockets are counted.
//!
//! # How to add a topic
//!
//! One variant of [`Topic`] with its destination in `topic.rs`; the service then decides who may hear it, and whatever
//! publishes it calls [`Hub::publish`].

mod connection;
mod disconnect;
mod encoding;
mod hub;
mod listener;
mod message;
mod outbox;
mod percent;
mod subscription;
mod topic;

pub use connection::{Connection, TooManySockets};
pub use disconnect::Disconnect;
pub use encoding::{Encoding, Resume};
pub use hub::{Counts, Hub};
pub use listener::{Heard, Hearing, Listener};
pub use message::Message;
pub use outbox::{Outbox, Overload};
pub use subscription::{Released, Subscription};
pub use topic::{Topic, UnknownTopic};
