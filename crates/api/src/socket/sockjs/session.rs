//! What the requests of one SockJS session share, and where they find it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use mockly_sockjs::{CloseCause, Delivery, EncodedMessage, Input, Output, ProtocolSession, Receiver};

/// Most bytes that a client may have sent and that are not taken yet; a client that sends more is asked to wait.
const INBOUND_BYTES_MAX: usize = 512 * 1024;
/// Below this, the session's own queue is filled up from the outbox.
const QUEUE_LOW_BYTES: usize = 64 * 1024;

/// The sessions of a node by their ids.
#[derive(Default)]
pub(crate) struct SessionTable(Mutex<HashMap<Box<str>, Arc<HttpSession>>>);

impl SessionTable {
    pub(crate) fn find(&self, sid: &str) -> Option<Arc<HttpSession>> {
        self.table().get(sid).cloned()
    }

    /// Puts a new session in; gives back the one that another request has made meanwhile, if so.
    pub(super) fn insert(&self, sid: &str, session: &Arc<HttpSession>) -> Result<(), Arc<HttpSession>> {
        let mut table = self.table();
        if let Some(present) = table.get(sid) {
            return Err(Arc::clone(present));
        }
        table.insert(sid.into(), Arc::clone(session));
        Ok(())
    }

    pub(super) fn remove(&self, sid: &str) {
        self.table().remove(sid);
    }

    /// Wakes the tasks that run sessions, so that they see that the node shuts down.
    pub(crate) fn wake_all(&self) {
        for session in self.table().values() {
            session.driver.wake();
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Box<str>, Arc<HttpSession>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One session, between the requests that carry it and the task that runs it.
pub(crate) struct HttpSession {
    state: Mutex<State>,
    /// The response that waits for something to carry.
    receiver: AtomicWaker,
    driver: AtomicWaker,
}

struct State {
    session: ProtocolSession,
    inbound: VecDeque<String>,
    inbound_bytes: usize,
    closed: Option<CloseCause>,
    is_forgotten: bool,
    wakes_receiver: bool,
}

/// The client sends faster than its messages are taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InboundFull;

impl HttpSession {
    pub(super) fn new(session: ProtocolSession) -> Self {
        let state = State {
            session,
            inbound: VecDeque::new(),
            inbound_bytes: 0,
            closed: None,
            is_forgotten: false,
            wakes_receiver: false,
        };
        Self { state: Mutex::new(state), receiver: AtomicWaker::new(), driver: AtomicWaker::new() }
    }

    /// Takes in what an `xhr_send` brought.
    ///
    /// # Errors
    /// [`InboundFull`]; nothing was taken.
    pub(crate) fn send(&self, now: u64, messages: Vec<String>) -> Result<(), InboundFull> {
        let bytes: usize = messages.iter().map(String::len).sum();
        let fits = |state: &State| state.inbound_bytes == 0 || state.inbound_bytes + bytes <= INBOUND_BYTES_MAX;
        self.change(|state| {
            if !fits(state) {
                return Err(InboundFull);
            }
            state.session.input(now, Input::Received(messages));
            Ok(())
        })
    }

    pub(super) fn attach(&self, now: u64, kind: mockly_sockjs::ReceiverKind) -> Receiver {
        self.change(|state| state.session.attach(now, kind))
    }

    pub(super) fn detach(&self, now: u64, receiver: &mut Receiver) {
        self.change(|state| state.session.detach(now, receiver));
    }

    /// What a response carries next. The task is registered under the lock, so no wake can slip through.
    pub(super) fn poll_receiver(&self, cx: &Context<'_>, now: u64, receiver: &mut Receiver) -> Poll<Option<Bytes>> {
        self.change(|state| match state.session.poll_receiver(now, receiver) {
            Delivery::Chunk(chunk) => Poll::Ready(Some(chunk)),
            Delivery::End => Poll::Ready(None),
            Delivery::Pending => {
                self.receiver.register(cx.waker());
                Poll::Pending
            }
        })
    }

    /// Registers the task that runs the session; requests wake it whenever they change something.
    pub(super) fn register(&self, cx: &Context<'_>) {
        self.driver.register(cx.waker());
    }

    pub(super) fn take_inbound(&self) -> Option<String> {
        let mut state = self.state();
        let message = state.inbound.pop_front()?;
        state.inbound_bytes = state.inbound_bytes.saturating_sub(message.len());
        Some(message)
    }

    /// Whether a message waits to be taken.
    pub(super) fn has_inbound(&self) -> bool {
        !self.state().inbound.is_empty()
    }

    pub(super) fn wants_more(&self) -> bool {
        let state = self.state();
        state.session.is_open() && state.session.queued_bytes() < QUEUE_LOW_BYTES
    }

    pub(super) fn deliver(&self, now: u64, chunks: &[Bytes]) {
        self.drive(|state| {
            for chunk in chunks {
                let message = EncodedMessage::new(&String::from_utf8_lossy(chunk));
                state.session.input(now, Input::Send(message));
            }
        });
    }

    pub(super) fn input(&self, now: u64, input: Input) {
        self.drive(|state| state.session.input(now, input));
    }

    pub(super) fn next_deadline(&self) -> Option<u64> {
        self.state().session.next_deadline()
    }

    /// Why the session closed by itself, if it did.
    pub(super) fn closed(&self) -> Option<CloseCause> {
        self.state().closed
    }

    pub(super) fn is_forgotten(&self) -> bool {
        self.state().is_forgotten
    }

    /// A change by a request: the driver has to look at what came of it.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = self.drive(change);
        self.driver.wake();
        result
    }

    /// One mutation, then the drain; the wake comes after the lock is given back.
    fn drive<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let result = change(&mut state);
        state.drain();
        let wakes_receiver = std::mem::take(&mut state.wakes_receiver);
        drop(state);
        if wakes_receiver {
            self.receiver.wake();
        }
        result
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Message(message) => {
                    self.inbound_bytes = self.inbound_bytes.saturating_add(message.len());
                    self.inbound.push_back(message);
                }
                Output::Wake => self.wakes_receiver = true,
                Output::Closed(cause) => self.closed = Some(cause),
                Output::Forget => self.is_forgotten = true,
            }
        }
    }
}
