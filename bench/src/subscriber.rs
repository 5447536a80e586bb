//! Subscribers that cost the generator as little as can be: after the handshake they look for stamps and nothing else.

use std::cell::RefCell;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;

use mockly_tests::{PATIENCE, StompClient, within};
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::tally::{Stamp, Tally};

/// Connections that are being opened at the same time.
pub(crate) const OPENING: usize = 64;
/// The one buffer that all of them read into.
const BUFFER_BYTES: usize = 256 * 1024;

/// Opens so many connections, each subscribed to all of the topics, at most [`OPENING`] at a time.
pub(crate) async fn open(address: SocketAddr, token: &str, topics: &[String], count: usize) -> Vec<StompClient> {
    let mut opened = Vec::with_capacity(count);
    let (token, topics): (Rc<str>, Rc<[String]>) = (token.into(), topics.into());
    let connections = (0..count).map(|_| connect(address, Rc::clone(&token), Rc::clone(&topics)));
    open_each(connections, OPENING, |client| opened.push(client)).await;
    opened
}

/// Opens connections, so many of them at a time, and hands each over as soon as it is there.
pub(crate) async fn open_each<T: 'static>(
    connections: impl Iterator<Item = impl Future<Output = T> + 'static>,
    at_a_time: usize,
    mut opened: impl FnMut(T),
) {
    let mut opening = JoinSet::new();
    for connection in connections {
        if opening.len() == at_a_time {
            opened(opening.join_next().await.unwrap().unwrap());
        }
        opening.spawn_local(connection);
    }
    while let Some(connection) = opening.join_next().await {
        opened(connection.unwrap());
    }
}

/// Connects to a server of topics and subscribes to them.
pub(crate) async fn connect(address: SocketAddr, token: Rc<str>, topics: Rc<[String]>) -> StompClient {
    let connected = async {
        let mut client = StompClient::connect(address, &token).await?;
        for (number, topic) in topics.iter().enumerate() {
            client.subscribe(&number.to_string(), topic, &[]).await?;
        }
        std::io::Result::Ok(client)
    };
    within(PATIENCE, "subscribed connection", connected).await.expect("the server lets everyone in")
}

/// Lets the connections note what comes, until the set is dropped.
pub(crate) fn listen(clients: Vec<StompClient>, topics: usize, tally: &Tally) -> Listeners {
    let mut listeners = Listeners::new(topics, tally);
    for client in clients {
        listeners.add(client.into_parts());
    }
    listeners
}

/// Those who listen, until this is dropped.
pub(crate) struct Listeners {
    tasks: JoinSet<()>,
    buffer: Rc<RefCell<Vec<u8>>>,
    topics: usize,
    tally: Tally,
}

impl Listeners {
    pub(crate) fn new(topics: usize, tally: &Tally) -> Self {
        let buffer = Rc::new(RefCell::new(vec![0; BUFFER_BYTES]));
        Self { tasks: JoinSet::new(), buffer, topics, tally: tally.clone() }
    }

    /// One more, by its stream and what was read of it already.
    pub(crate) fn add(&mut self, (mut stream, rest): (TcpStream, Vec<u8>)) {
        let (buffer, tally) = (Rc::clone(&self.buffer), self.tally.clone());
        let last = vec![(0, 0); self.topics];
        self.tasks.spawn_local(async move {
            let mut listener = Listener { rest, last, tally, is_asked: false };
            while listener.read(&mut stream, &buffer).await {
                if std::mem::take(&mut listener.is_asked) {
                    // So few bytes fit into a connection that otherwise only listens; one that is gone ends the next read.
                    let _ = stream.try_write(&PONG);
                }
            }
            listener.tally.connection_lost();
        });
    }
}

/// What a server gets that asks whether anybody is there (RFC 6455, sections 5.5.2 and 5.5.3): Mockly's question is empty.
const PONG: [u8; 6] = [0x8a, 0x80, 0, 0, 0, 0];

struct Listener {
    /// The beginning of a frame whose end has not come.
    rest: Vec<u8>,
    /// Run and number of the last message, by topic.
    last: Vec<(u32, u32)>,
    tally: Tally,
    /// Whether a ping waits for its answer.
    is_asked: bool,
}

impl Listener {
    /// Takes what is there; `false` at the end. The buffer is borrowed only while it is filled and looked through, and a
    /// read that leaves some of it free tells tokio that there is no more, which saves asking.
    async fn read(&mut self, stream: &mut TcpStream, buffer: &RefCell<Vec<u8>>) -> bool {
        poll_fn(|cx| {
            let mut bytes = buffer.borrow_mut();
            let mut buffer = ReadBuf::new(&mut bytes);
            Pin::new(&mut *stream).poll_read(cx, &mut buffer).map(|read| {
                self.take(buffer.filled());
                read.is_ok() && !buffer.filled().is_empty()
            })
        })
        .await
    }

    fn take(&mut self, bytes: &[u8]) {
        if self.rest.is_empty() {
            let taken = self.take_frames(bytes);
            self.rest.extend_from_slice(&bytes[taken..]);
        } else {
            let mut rest = std::mem::take(&mut self.rest);
            rest.extend_from_slice(bytes);
            let taken = self.take_frames(&rest);
            rest.drain(..taken);
            self.rest = rest;
        }
    }

    /// Notes whole frames (RFC 6455, section 5.2, unmasked), and returns how many bytes they were.
    fn take_frames(&mut self, bytes: &[u8]) -> usize {
        let mut taken = 0;
        while let Some(payload) = frame(&bytes[taken..]) {
            self.is_asked |= bytes[taken] == 0x89;
            if let Some(stamp) = Stamp::find(&bytes[taken + payload.start..taken + payload.end]) {
                let topic = usize::try_from(stamp.topic).unwrap_or(usize::MAX);
                if let Some(last) = self.last.get_mut(topic) {
                    self.tally.note(stamp, payload.len(), last);
                }
            }
            taken += payload.end;
        }
        taken
    }
}

/// Where the payload of the first frame is, when it is all there.
fn frame(bytes: &[u8]) -> Option<std::ops::Range<usize>> {
    let (head, length) = match bytes.get(1)? {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        length => (2, usize::from(*length)),
    };
    let end = head + length;
    (bytes.len() >= end).then_some(head..end)
}
