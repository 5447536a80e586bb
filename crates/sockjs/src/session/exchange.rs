//! What goes into a session, and what comes out of it for the driver and the application.

use crate::error::Disconnect;
use crate::frame::EncodedMessage;

/// What happens to a session.
#[derive(Debug)]
pub enum Input {
    /// An `xhr_send` brought these messages ([`decode_body`](crate::payload::decode_body)).
    ///
    /// Dropped once the session is closed; the request is answered by 204 all the same, because the client learns of
    /// the close, with its reason, from its receiver.
    Received(Vec<String>),
    /// The application sends a message. Dropped once the session is closed.
    Send(EncodedMessage),
    /// The application closes the session. What is queued is delivered before the close frame.
    Close(Disconnect),
    /// The time of [`ProtocolSession::next_deadline`](super::ProtocolSession::next_deadline) has come. Harmless when it has not.
    Timeout,
}

/// What a session wants done.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// A message of the client for the application, in the order of sending.
    Message(String),
    /// The receiver that was last told [`Delivery::Pending`](crate::Delivery::Pending) must be polled again.
    Wake,
    /// The session closed by itself. The application must stop sending; it hears of no more messages.
    ///
    /// Not told after [`Input::Close`].
    Closed(CloseCause),
    /// Nobody needs the session any more: drop it, so that its id is unknown again. The last output of all.
    Forget,
}

/// Why a session closed without the application's doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCause {
    /// A response broke off or stalled for the time between two heartbeats, and messages may be lost with it.
    Interrupted,
    /// The queue was full when the application sent. The client is too slow; what was queued is dropped.
    Overflow,
    /// No receiver came for the disconnect delay.
    TimedOut,
}
