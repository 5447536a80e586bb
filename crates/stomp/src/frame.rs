//! Commands and frames.

use bytes::Bytes;

use crate::Headers;

/// The command of a frame, of a client or of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Opens a session.
    Connect,
    /// Opens a session, as CONNECT does (section "CONNECT or STOMP Frame").
    Stomp,
    /// Sends a message to a destination.
    Send,
    /// Listens to a destination.
    Subscribe,
    /// Ends a subscription.
    Unsubscribe,
    /// Acknowledges messages.
    Ack,
    /// Tells that messages were not consumed; since 1.1.
    Nack,
    /// Starts a transaction.
    Begin,
    /// Commits a transaction.
    Commit,
    /// Rolls a transaction back.
    Abort,
    /// Ends the session.
    Disconnect,
    /// The server's answer to CONNECT.
    Connected,
    /// The server delivers a message.
    Message,
    /// The server has processed a frame that asked for a receipt.
    Receipt,
    /// The server reports an error and ends the connection.
    Error,
}

impl Command {
    const ALL: [Self; 15] = [
        Self::Connect,
        Self::Stomp,
        Self::Send,
        Self::Subscribe,
        Self::Unsubscribe,
        Self::Ack,
        Self::Nack,
        Self::Begin,
        Self::Commit,
        Self::Abort,
        Self::Disconnect,
        Self::Connected,
        Self::Message,
        Self::Receipt,
        Self::Error,
    ];

    /// The command as the wire has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::Stomp => "STOMP",
            Self::Send => "SEND",
            Self::Subscribe => "SUBSCRIBE",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::Ack => "ACK",
            Self::Nack => "NACK",
            Self::Begin => "BEGIN",
            Self::Commit => "COMMIT",
            Self::Abort => "ABORT",
            Self::Disconnect => "DISCONNECT",
            Self::Connected => "CONNECTED",
            Self::Message => "MESSAGE",
            Self::Receipt => "RECEIPT",
            Self::Error => "ERROR",
        }
    }

    /// The command of a line. Section "STOMP Frames": commands are case sensitive.
    pub(crate) fn find(line: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.as_str().as_bytes() == line)
    }

    /// Section "Body": only SEND, MESSAGE and ERROR may have one.
    pub const fn may_have_body(self) -> bool {
        matches!(self, Self::Send | Self::Message | Self::Error)
    }

    /// Section "Value Encoding": CONNECT and CONNECTED are never escaped, for the sake of 1.0.
    /// A STOMP frame is handled as CONNECT is, hence it is read the same way.
    pub(crate) const fn is_escaped(self) -> bool {
        !matches!(self, Self::Connect | Self::Stomp | Self::Connected)
    }
}

/// One frame: a command, header entries and a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The command.
    pub command: Command,
    /// The header entries, unescaped.
    pub headers: Headers,
    /// The body; empty for commands that must not have one.
    pub body: Bytes,
}

impl Frame {
    /// A frame without a body.
    pub const fn new(command: Command, headers: Headers) -> Self {
        Self { command, headers, body: Bytes::new() }
    }
}
