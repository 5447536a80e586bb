//! STOMP with destinations that clients may send to: the hub relays what they send to all who subscribed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use mockly_api::socket::{Application, Ending, Framing, Message, Opening, Protocol};
use mockly_domain::{EventId, UserId};
use mockly_realtime::{Connection, Disconnect, Encoding, Hub, Outbox, Resume, Subscription, Topic};
use mockly_service::{IdSource as _, SystemIds};
use mockly_stomp::{
    Accept, AckMode, CloseReason, Connect, HeartBeat, Input, Limits, MessageHead, Output, Receipt, Refusal, Send,
    Session, SharedMessage, Subscribe, Version,
};

const DESTINATIONS: &str = "/topic/conf";
const PASSCODE: &str = "guest";
/// What is decoded of a message at once.
const SLICE_BYTES: usize = 16 * 1024;
/// Most bytes that the open transactions of a connection hold.
const TRANSACTION_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What all connections share.
pub(crate) struct Relay(Arc<Shared>);

struct Shared {
    hub: Hub,
    guests: AtomicU64,
    /// Held while a message is published, which keeps their order where there are several workers.
    order: Mutex<()>,
    heart_beat: HeartBeat,
    limits: Limits,
}

impl Relay {
    pub(crate) fn new(heart_beat: Duration, frame_bytes_max: usize) -> Self {
        let beat_ms = u32::try_from(heart_beat.as_millis()).unwrap_or(u32::MAX);
        let buffered_bytes_max = frame_bytes_max.saturating_add(2 * SLICE_BYTES);
        Self(Arc::new(Shared {
            hub: Hub::new(),
            guests: AtomicU64::new(0),
            order: Mutex::new(()),
            heart_beat: HeartBeat { send_ms: beat_ms, receive_ms: beat_ms },
            limits: Limits { frame_bytes_max, buffered_bytes_max, ..Limits::default() },
        }))
    }
}

impl Application for Relay {
    type Protocol = RelayConnection;

    fn open(&self, opening: Opening) -> RelayConnection {
        let Opening { framing, outbox, now, .. } = opening;
        let shared = Arc::clone(&self.0);
        RelayConnection {
            session: Session::new(shared.limits, shared.heart_beat, now),
            shared,
            framing,
            outbox,
            inbox: Vec::new(),
            fed: 0,
            connection: None,
            subscriptions: HashMap::new(),
            transactions: HashMap::new(),
            transaction_bytes: 0,
        }
    }

    fn subprotocol(&self, offered: &str) -> Option<&'static str> {
        mockly_stomp::select_subprotocol(offered).map(Version::subprotocol)
    }
}

pub(crate) struct RelayConnection {
    shared: Arc<Shared>,
    framing: Framing,
    outbox: Outbox,
    session: Session,
    /// The message that came and is not decoded yet, but for so many bytes of it.
    inbox: Vec<u8>,
    fed: usize,
    connection: Option<Arc<Connection>>,
    subscriptions: HashMap<String, Arc<Subscription>>,
    transactions: HashMap<String, Vec<Publication>>,
    transaction_bytes: usize,
}

/// A message on its way: the topic that stands for its destination, and what goes through the hub.
struct Publication {
    topic: Topic,
    body: Bytes,
}

/// Why a command is refused: a code and a sentence.
type Refused = (&'static str, &'static str);

impl RelayConnection {
    fn carry_out(&mut self, now: u64, output: Output) -> Option<Ending> {
        let done = match output {
            Output::Transmit(bytes) => {
                // The outbox itself remembers the overload.
                let _cut_off = self.outbox.push(self.framing.frame(&bytes));
                return None;
            }
            Output::Close(reason) => return Some(ending_of(reason)),
            Output::Connect(connect) => (self.connect(now, &connect), None),
            Output::Subscribe(mut frame) => {
                let receipt = frame.receipt.take();
                (self.subscribe(frame), receipt)
            }
            Output::Unsubscribe(frame) => {
                if let Some(subscription) = self.subscriptions.remove(&frame.id) {
                    self.shared.hub.detach(&subscription);
                }
                (Ok(()), frame.receipt)
            }
            Output::Send(mut frame) => {
                let receipt = frame.receipt.take();
                (self.send(frame), receipt)
            }
            // Every subscriber has its own copy, so there is nobody else to give a message to.
            Output::Ack(frame) | Output::Nack(frame) => (Ok(()), frame.receipt),
            Output::Begin(frame) => {
                self.transactions.insert(frame.id, Vec::new());
                (Ok(()), frame.receipt)
            }
            Output::Commit(frame) => {
                for publication in self.take_transaction(&frame.id) {
                    self.shared.publish(publication);
                }
                (Ok(()), frame.receipt)
            }
            Output::Abort(frame) => {
                self.take_transaction(&frame.id);
                (Ok(()), frame.receipt)
            }
            Output::Disconnect { receipt } => {
                self.leave();
                (Ok(()), receipt)
            }
        };
        match done {
            (Ok(()), Some(receipt)) => self.session.complete(receipt),
            (Ok(()), None) => {}
            (Err(refused), receipt) => self.refuse(refused, receipt.as_ref()),
        }
        None
    }

    fn connect(&mut self, now: u64, connect: &Connect) -> Result<(), Refused> {
        if connect.credentials.passcode.as_deref().is_some_and(|passcode| passcode != PASSCODE) {
            return Err(("invalid-credentials", "Send the passcode `guest` or none."));
        }
        let guest = format!("guest-{}", self.shared.guests.fetch_add(1, Ordering::Relaxed));
        let user = UserId::new(guest.clone()).map_err(|_long| ("internal", "No such user."))?;
        let connection = self.shared.hub.admit(user, false, self.outbox.clone(), 1);
        self.connection = Some(connection.map_err(|_twice| ("internal", "This guest is here already."))?);
        let server = concat!("mockly-conformance/", env!("CARGO_PKG_VERSION"));
        self.session.accept(now, Accept { session: Some(&guest), server: Some(server), user_name: None });
        Ok(())
    }

    fn subscribe(&mut self, frame: Subscribe) -> Result<(), Refused> {
        let (Some(connection), Some(version)) = (&self.connection, self.session.version()) else { return Ok(()) };
        let topic = topic_of(&frame.destination)?;
        let encoding = RelayEncoding::new(self.framing, version, &frame);
        let subscription = self.shared.hub.attach(&topic, Arc::clone(connection), Arc::new(encoding));
        subscription.release(Resume::Seamless);
        self.subscriptions.insert(frame.id, subscription);
        Ok(())
    }

    fn send(&mut self, frame: Send) -> Result<(), Refused> {
        let publication = Publication { topic: topic_of(&frame.destination)?, body: pack(&frame) };
        let Some(transaction) = frame.transaction.and_then(|id| self.transactions.get_mut(&id)) else {
            self.shared.publish(publication);
            return Ok(());
        };
        self.transaction_bytes = self.transaction_bytes.saturating_add(publication.body.len());
        if self.transaction_bytes > TRANSACTION_BYTES_MAX {
            return Err(("limit-exceeded", "Commit the transaction sooner."));
        }
        transaction.push(publication);
        Ok(())
    }

    fn take_transaction(&mut self, id: &str) -> Vec<Publication> {
        let held = self.transactions.remove(id).unwrap_or_default();
        let bytes: usize = held.iter().map(|publication| publication.body.len()).sum();
        self.transaction_bytes = self.transaction_bytes.saturating_sub(bytes);
        held
    }

    fn refuse(&mut self, (code, detail): Refused, receipt: Option<&Receipt>) {
        self.session.refuse(Refusal { code, detail, receipt });
    }

    fn leave(&mut self) {
        for (_, subscription) in self.subscriptions.drain() {
            self.shared.hub.detach(&subscription);
        }
        self.transactions = HashMap::new();
    }

    /// Decodes the next slice of what came; `false` when there is none.
    fn feed(&mut self, now: u64) -> bool {
        if self.inbox.is_empty() {
            return false;
        }
        let end = self.inbox.len().min(self.fed.saturating_add(SLICE_BYTES));
        let slice = self.inbox.get(self.fed..end).unwrap_or_default();
        self.session.input(now, Input::Bytes(slice));
        self.fed = end;
        if end == self.inbox.len() {
            (self.inbox, self.fed) = (Vec::new(), 0);
        }
        true
    }
}

impl Protocol for RelayConnection {
    fn wants_message(&self) -> bool {
        self.inbox.is_empty()
    }

    fn message(&mut self, _now: u64, message: Message) -> Result<(), Ending> {
        self.inbox = message.into_bytes();
        Ok(())
    }

    fn received(&mut self, now: u64) {
        self.session.input(now, Input::Bytes(&[]));
    }

    fn sent(&mut self, now: u64) {
        self.session.input(now, Input::Sent);
    }

    fn poll(&mut self, _cx: &mut Context<'_>, now: u64) -> Poll<Ending> {
        if self.session.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.session.input(now, Input::Timeout);
        }
        loop {
            while let Some(output) = self.session.poll_output() {
                if let Some(ending) = self.carry_out(now, output) {
                    return Poll::Ready(ending);
                }
            }
            if !self.feed(now) {
                return Poll::Pending;
            }
        }
    }

    fn next_deadline(&self) -> Option<u64> {
        self.session.next_deadline()
    }

    fn disconnect(&mut self, why: Disconnect) -> Ending {
        Ending { frames: Vec::new(), code: why.close_code(), reason: why.close_reason(), label: why.label() }
    }

    fn is_idle(&self) -> bool {
        self.inbox.is_empty()
    }
}

impl Drop for RelayConnection {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Shared {
    fn publish(&self, publication: Publication) {
        let message = mockly_realtime::Message {
            event_id: EventId(SystemIds.uuid()),
            sequence: 0,
            position: 0,
            body: publication.body,
            room: None,
        };
        let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        self.hub.publish(&publication.topic, &Arc::new(message));
    }
}

fn ending_of(reason: CloseReason) -> Ending {
    let (code, label) = match reason {
        CloseReason::Disconnected => (1000, "disconnected"),
        CloseReason::Refused => (1008, "refused"),
        CloseReason::Protocol(code) => (1002, code),
        CloseReason::ConnectTimeout => (1008, "connect_timeout"),
        CloseReason::HeartBeatTimeout => (1008, "timed_out"),
    };
    Ending { frames: Vec::new(), code, reason: label.into(), label }
}

/// The topic that stands for a destination: the hub knows those of the product alone, so that of a user's notifications
/// is taken, whose name can be anything.
fn topic_of(destination: &str) -> Result<Topic, Refused> {
    let known = destination.starts_with(DESTINATIONS).then(|| UserId::new(destination).ok()).flatten();
    known.map(Topic::UserNotifications).ok_or(("unknown-destination", "Destinations begin with /topic/conf."))
}

/// What goes through the hub: the headers that are passed on as one line of JSON, the content type as the first of them,
/// then the body.
fn pack(frame: &Send) -> Bytes {
    let content_type = frame.headers.find("content-type").unwrap_or_default();
    let headers: Vec<(&str, &str)> =
        std::iter::once(("content-type", content_type)).chain(frame.headers.user_defined()).collect();
    let mut packed = serde_json::to_vec(&headers).unwrap_or_default();
    packed.push(b'\n');
    packed.extend_from_slice(&frame.body);
    Bytes::from(packed)
}

/// How one kind of subscription wants its MESSAGE frames.
struct RelayEncoding {
    key: String,
    framing: Framing,
    version: Version,
    subscription: String,
    destination: String,
    acknowledged: bool,
}

impl RelayEncoding {
    fn new(framing: Framing, version: Version, frame: &Subscribe) -> Self {
        let acknowledged = frame.ack != AckMode::Auto;
        Self {
            key: format!("{}/{version}/{acknowledged}/{}", framing.label(), frame.id),
            framing,
            version,
            subscription: frame.id.clone(),
            destination: frame.destination.clone(),
            acknowledged,
        }
    }
}

impl Encoding for RelayEncoding {
    fn key(&self) -> &str {
        &self.key
    }

    fn encode(&self, _topic: &Topic, message: &mockly_realtime::Message, _resume: Resume) -> Bytes {
        let (head, body) = match message.body.iter().position(|byte| *byte == b'\n') {
            Some(at) => (message.body.slice(..at), message.body.slice(at + 1..)),
            None => (Bytes::new(), message.body.clone()),
        };
        let headers: Vec<(String, String)> = serde_json::from_slice(&head).unwrap_or_default();
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let (first, rest) = headers.split_first().map_or((None, &headers[..]), |(first, rest)| (Some(first), rest));
        let content_type = first.map(|(_, value)| *value).filter(|value| !value.is_empty());
        let message_id = message.event_id.to_string();
        let head = MessageHead { destination: &self.destination, message_id: &message_id, content_type, headers: rest };
        let ack = self.acknowledged.then(|| format!("{}:{message_id}", self.subscription));
        let frame = SharedMessage::new(self.version, &head, &body).frame(&self.subscription, ack.as_deref());
        // A text message of a WebSocket holds UTF-8 alone.
        if str::from_utf8(&frame).is_ok() { self.framing.frame(&frame) } else { self.framing.frame_binary(&frame) }
    }
}
