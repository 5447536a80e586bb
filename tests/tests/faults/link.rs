//! A stretch of network between the server and its database or its client that can be harmed while it is in use.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long a piece takes over a [`Fault::Lossy`] link.
const ONE_WAY: Duration = Duration::from_millis(200);
/// The same where it is lost: TCP waits for its acknowledgement for a second before it sends it again (RFC 6298, where
/// the way there and back takes less).
const FOUND_LOST: Duration = Duration::from_millis(1_200);

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Nobody listens any more, and what was open has ended.
    Down,
    /// What was open is reset, and so is whatever is opened.
    Reset,
    /// What is sent comes so much later.
    Latency(Duration),
    /// Nothing comes through, and nobody is told; what waits comes through when this is over.
    BlackHole,
    /// A connection ends when so many bytes of answers have come through.
    Limit(usize),
    /// The COMMIT that follows a statement with this text comes through, its answer does not: the connection ends
    /// instead. Then all is well again.
    LoseCommit(&'static str),
    /// Everything comes 200 ms later, but for one in five pieces, which is lost and comes when TCP has noticed; what
    /// follows it waits for it.
    Lossy,
}

/// A listening address that leads to another one.
pub(crate) struct Link {
    address: SocketAddr,
    fault: watch::Sender<Fault>,
    /// Ends with this.
    _running: JoinSet<()>,
}

impl Link {
    /// Opens one, without a fault.
    pub(crate) fn to(target: SocketAddr) -> Self {
        let listener = listen(([127, 0, 0, 1], 0).into());
        let address = listener.local_addr().unwrap();
        let fault = watch::Sender::new(Fault::None);
        let mut running = JoinSet::new();
        running.spawn(accept(listener, address, target, fault.clone()));
        Self { address, fault, _running: running }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does it harm, or heals it.
    pub(crate) fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// How many connections its users hold just now. The system is asked: what is held up on the way is noticed late here.
    pub(crate) fn open(&self) -> usize {
        let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
        // proc_pid_net(5): the addresses of both ends in hexadecimal, and the state, of which 01 is ESTABLISHED.
        let end = format!(":{:04X}", self.address.port());
        let rows = table.lines().map(|line| line.split_whitespace().skip(2).take(2).collect::<Vec<_>>());
        rows.filter(|row| matches!(row[..], [remote, "01"] if remote.ends_with(&end))).count()
    }

    /// Whether the answer to the COMMIT has been lost.
    pub(crate) fn has_lost_commit(&self) -> bool {
        *self.fault.borrow() == Fault::None
    }
}

fn listen(address: SocketAddr) -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    socket.listen(1_024).unwrap()
}

async fn accept(listener: TcpListener, address: SocketAddr, target: SocketAddr, fault: watch::Sender<Fault>) {
    let mut changes = fault.subscribe();
    let mut connections = JoinSet::new();
    let mut listener = Some(listener);
    loop {
        let now = *changes.borrow_and_update();
        match now {
            Fault::Down => listener = None,
            _ if listener.is_none() => listener = Some(listen(address)),
            _ => {}
        }
        let Some(listening) = &listener else {
            let _ = changes.changed().await;
            continue;
        };
        tokio::select! {
            _ = changes.changed() => {}
            accepted = listening.accept() => {
                let (client, _) = accepted.unwrap();
                connections.spawn(carry(client, target, fault.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn carry(mut client: TcpStream, target: SocketAddr, fault: watch::Sender<Fault>) {
    let mut ends = fault.subscribe();
    if let Ok(mut server) = TcpStream::connect(target).await {
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let committing = AtomicBool::new(false);
        let mut asked =
            Pipe { fault: fault.clone(), committing: &committing, is_answers: false, is_marked: false, count: 0 };
        let mut answered = Pipe { is_answers: true, ..asked.clone() };
        tokio::select! {
            () = asked.run(from_client, to_server) => {}
            () = answered.run(from_server, to_client) => {}
            _ = ends.wait_for(|fault| matches!(fault, Fault::Down | Fault::Reset)) => {}
        }
    }
    if *fault.borrow() == Fault::Reset {
        client.set_zero_linger().unwrap();
    }
}

/// One direction of a connection.
#[derive(Clone)]
struct Pipe<'c> {
    fault: watch::Sender<Fault>,
    /// Whether the answer that comes next is the one that is to be lost.
    committing: &'c AtomicBool,
    is_answers: bool,
    /// Whether the text that announces the COMMIT has come through.
    is_marked: bool,
    /// Pieces or bytes that have come through, whichever the fault counts.
    count: usize,
}

impl Pipe<'_> {
    async fn run(&mut self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) {
        let mut buffer = vec![0; 64 * 1_024];
        loop {
            let Ok(length @ 1..) = from.read(&mut buffer).await else { return self.end().await };
            let Some(more) = self.pass(&mut from, &buffer[..length]).await else { return };
            if to.write_all(&buffer[..length]).await.is_err() || to.write_all(&more).await.is_err() {
                return;
            }
        }
    }

    /// What asks may give up; that what answers has done so does not come through a black hole either.
    async fn end(&self) {
        if self.is_answers {
            let _ = self.fault.subscribe().wait_for(|fault| *fault != Fault::BlackHole).await;
        }
    }

    /// Holds a piece up as the fault says, and returns what came after it meanwhile; `None` where it is lost with its
    /// connection.
    async fn pass(&mut self, from: &mut ReadHalf<'_>, piece: &[u8]) -> Option<Vec<u8>> {
        let mut changes = self.fault.subscribe();
        let mut more = Vec::new();
        let fault = *changes.borrow_and_update();
        match fault {
            Fault::None | Fault::Down | Fault::Reset => {}
            Fault::Latency(later) => tokio::time::sleep(later).await,
            Fault::Lossy => {
                self.count += 1;
                // Spread evenly rather than at random, so that each run meets the same.
                let is_lost = self.count % 5 == 2;
                tokio::time::sleep(if is_lost { FOUND_LOST } else { ONE_WAY }).await;
            }
            Fault::BlackHole => loop {
                let read = tokio::select! {
                    _ = changes.wait_for(|fault| *fault != Fault::BlackHole) => break,
                    read = from.read_buf(&mut more) => read,
                };
                if !matches!(read, Ok(1..)) {
                    self.end().await;
                    return None;
                }
            },
            Fault::Limit(bytes) => {
                self.count += piece.len();
                if self.is_answers && self.count > bytes {
                    return None;
                }
            }
            Fault::LoseCommit(mark) if self.is_answers => {
                if self.committing.load(Ordering::Relaxed) {
                    self.fault.send_if_modified(|now| std::mem::replace(now, Fault::None) == Fault::LoseCommit(mark));
                    return None;
                }
            }
            Fault::LoseCommit(mark) => {
                self.is_marked |= contains(piece, mark);
                self.committing.store(self.is_marked && contains(piece, "COMMIT"), Ordering::Relaxed);
            }
        }
        Some(more)
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
