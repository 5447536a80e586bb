//! What a session tells its driver.

use std::fmt;

use bytes::Bytes;

use crate::{Headers, HeartBeat, Version};

/// What the driver has to do next, in this order.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Check the credentials, then call [`Session::accept`](crate::Session::accept) or
    /// [`Session::refuse`](crate::Session::refuse). No further frame is read until then.
    Connect(Box<Connect>),
    /// Start the subscription; or refuse, which ends the connection.
    Subscribe(Subscribe),
    /// End the subscription.
    Unsubscribe(Unsubscribe),
    /// Send the message, now or with its transaction; or refuse.
    Send(Send),
    /// Take the message as consumed.
    Ack(Acknowledge),
    /// Take the message as not consumed.
    Nack(Acknowledge),
    /// Start a transaction.
    Begin(Transaction),
    /// Do at once what the transaction holds.
    Commit(Transaction),
    /// Forget what the transaction holds.
    Abort(Transaction),
    /// The client says good-bye. Open transactions are to be aborted (section "BEGIN"). Complete the receipt, if there
    /// is one, when all earlier commands have taken effect; [`Close`](Self::Close) follows.
    Disconnect {
        /// Completes the farewell.
        receipt: Option<Receipt>,
    },
    /// Write these bytes, after those of earlier outputs.
    Transmit(Bytes),
    /// Close the connection once everything to transmit is written. It is the last output.
    ///
    /// Section "Connection Lingering": give the client a moment to read the last frame.
    Close(CloseReason),
}

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The client sent DISCONNECT.
    Disconnected,
    /// The client broke the protocol or a limit; the code of the [`ProtocolError`](crate::ProtocolError).
    Protocol(&'static str),
    /// The driver refused a command or ended the session.
    Refused,
    /// No CONNECT frame came in time.
    ConnectTimeout,
    /// The client was silent for too long.
    HeartBeatTimeout,
}

/// A client's CONNECT or STOMP frame.
#[derive(Debug, PartialEq, Eq)]
pub struct Connect {
    /// The version that will be spoken.
    pub version: Version,
    /// The `host` header. Section "CONNECT or STOMP Frame" makes it a duty of clients since 1.1; common ones leave it
    /// out, and a server without virtual hosts has no use for it, so it may be missing.
    pub host: Option<String>,
    /// What the client authenticates with.
    pub credentials: Credentials,
    /// The heart-beats as agreed.
    pub heart_beat: HeartBeat,
    /// All headers.
    pub headers: Headers,
}

/// What a CONNECT frame says about who connects. `Debug` tells only what is there.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The `login` header.
    pub login: Option<String>,
    /// The `passcode` header.
    pub passcode: Option<String>,
    /// The `token` header.
    pub token: Option<String>,
    /// The `Authorization` or `authorization` header.
    pub authorization: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<String>| value.as_ref().map(|_| "[hidden]");
        formatter
            .debug_struct("Credentials")
            .field("login", &shown(&self.login))
            .field("passcode", &shown(&self.passcode))
            .field("token", &shown(&self.token))
            .field("authorization", &shown(&self.authorization))
            .finish()
    }
}

/// The duty to confirm a frame that had a `receipt` header.
///
/// Give it to [`Session::complete`](crate::Session::complete) when the frame has taken effect, not before (section
/// "RECEIPT"), or name it in a [`Refusal`](crate::Refusal). It can be completed once only.
#[must_use = "a client waits for its receipt"]
#[derive(Debug, PartialEq, Eq)]
pub struct Receipt {
    pub(crate) id: Box<str>,
    /// The receipt of DISCONNECT is the last thing the session says.
    pub(crate) is_last: bool,
}

impl Receipt {
    /// The value of the `receipt` header.
    pub fn as_str(&self) -> &str {
        &self.id
    }
}

/// How messages of a subscription are acknowledged, section "SUBSCRIBE ack Header".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AckMode {
    /// A message counts as consumed once it is sent.
    #[default]
    Auto,
    /// An ACK or NACK covers the message and all earlier ones of the subscription.
    Client,
    /// An ACK or NACK covers one message; since 1.1.
    ClientIndividual,
}

/// A SUBSCRIBE frame with an id that is new to the connection.
#[derive(Debug, PartialEq, Eq)]
pub struct Subscribe {
    /// The id to put in each MESSAGE. STOMP 1.0 allows SUBSCRIBE without one; it is the destination then, and such a
    /// client passes over the `subscription` header, which it does not know.
    pub id: String,
    /// What to listen to.
    pub destination: String,
    /// How messages are acknowledged.
    pub ack: AckMode,
    /// All headers, for those that the server adds to the protocol, such as `last-event-id`.
    pub headers: Headers,
    /// Confirms that the subscription stands.
    pub receipt: Option<Receipt>,
}

/// An UNSUBSCRIBE frame that names an existing subscription.
#[derive(Debug, PartialEq, Eq)]
pub struct Unsubscribe {
    /// The id as [`Subscribe`] had it.
    pub id: String,
    /// Confirms that no more messages come.
    pub receipt: Option<Receipt>,
}

/// A SEND frame.
#[derive(Debug, PartialEq, Eq)]
pub struct Send {
    /// Where the message goes.
    pub destination: String,
    /// An open transaction that the message belongs to.
    pub transaction: Option<String>,
    /// All headers; [`Headers::user_defined`] are to be passed on.
    pub headers: Headers,
    /// The message.
    pub body: Bytes,
    /// Confirms that the message is taken over.
    pub receipt: Option<Receipt>,
}

/// An ACK or NACK frame. Whether it names a message that awaits it is for the driver to say.
#[derive(Debug, PartialEq, Eq)]
pub struct Acknowledge {
    /// The message.
    pub target: AckTarget,
    /// An open transaction that the acknowledgement belongs to.
    pub transaction: Option<String>,
    /// Confirms that the acknowledgement is noted.
    pub receipt: Option<Receipt>,
}

/// Which message an ACK or NACK is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AckTarget {
    /// STOMP 1.2: the value of the `ack` header of the MESSAGE.
    Ack(String),
    /// STOMP 1.1 and 1.0: the message's id.
    Message {
        /// The `message-id` header of the MESSAGE.
        message_id: String,
        /// The subscription that received it; always there in 1.1.
        subscription: Option<String>,
    },
}

/// A BEGIN, COMMIT or ABORT frame with a valid transaction id.
#[derive(Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The transaction.
    pub id: String,
    /// Confirms the effect.
    pub receipt: Option<Receipt>,
}
