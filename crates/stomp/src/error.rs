//! What a client can do wrong. Every text says what to do, and none repeats a value of the client's frame.

use thiserror::Error;

use crate::Version;

/// Bytes that are not STOMP, or more of it than the limits allow. The connection cannot go on after one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Section "Size Limits".
    #[error("The frame is longer than {max} bytes. Send smaller frames.")]
    FrameTooLarge {
        /// [`Limits::frame_bytes_max`](crate::Limits::frame_bytes_max).
        max: usize,
    },
    /// Section "Size Limits".
    #[error("A command or header line is longer than {max} bytes. Shorten it.")]
    LineTooLong {
        /// [`Limits::header_line_bytes_max`](crate::Limits::header_line_bytes_max).
        max: usize,
    },
    /// Section "Size Limits".
    #[error("The frame has more than {max} headers. Send fewer.")]
    TooManyHeaders {
        /// [`Limits::headers_max`](crate::Limits::headers_max).
        max: usize,
    },
    /// More was pushed than is allowed to wait.
    #[error(
        "More than {max} bytes wait to be processed. Wait for CONNECTED before sending frames, and send less at once."
    )]
    InputOverflow {
        /// [`Limits::buffered_bytes_max`](crate::Limits::buffered_bytes_max).
        max: usize,
    },
    /// The first line of a frame names no command.
    #[error(
        "{} is not a STOMP command. Commands are written in capitals, and a body that contains NUL needs a \
         content-length header.",
        .command.as_deref().unwrap_or("The first line of the frame")
    )]
    UnknownCommand {
        /// The line, when it is a short word of letters; anything else might be part of a body or of a URL.
        command: Option<String>,
    },
    /// Section "Augmented BNF": a line ends with LF or CR LF.
    #[error("A carriage return stands outside a line end. End lines with LF or CR LF, and escape others as \\r.")]
    StrayCarriageReturn,
    /// A NUL before the blank line that ends the headers.
    #[error(
        "Line {line} of the frame contains NUL. End the headers with a blank line, and send NUL only in or after a body."
    )]
    NulInHead {
        /// The line of the frame, the command being line 1.
        line: usize,
    },
    /// Section "Value Encoding": commands and headers are UTF-8.
    #[error("Line {line} of the frame is not valid UTF-8. Encode headers in UTF-8.")]
    InvalidUtf8 {
        /// The line of the frame, the command being line 1.
        line: usize,
    },
    /// Section "STOMP Frames".
    #[error("Line {line} of the frame has no colon. Write headers as name:value, and a blank line before the body.")]
    MissingColon {
        /// The line of the frame, the command being line 1.
        line: usize,
    },
    /// Section "Augmented BNF": a header name has at least one octet.
    #[error("Line {line} of the frame has an empty header name. Write headers as name:value.")]
    EmptyHeaderName {
        /// The line of the frame, the command being line 1.
        line: usize,
    },
    /// Section "Value Encoding".
    #[error("Line {line} of the frame has an undefined escape sequence. Use {} only.", escapes(*.version))]
    UndefinedEscape {
        /// The line of the frame, the command being line 1.
        line: usize,
        /// The version that the connection speaks.
        version: Version,
    },
    /// Section "Header content-length".
    #[error("The content-length header is not a number of bytes. Send decimal digits only, or leave it out.")]
    InvalidContentLength,
    /// Section "Header content-length": a NUL ends the frame in any case.
    #[error(
        "No NUL follows the {length} bytes of body that content-length announces. Count the bytes, not the characters, \
         of the body, and end the frame with NUL."
    )]
    WrongContentLength {
        /// What the header announced.
        length: usize,
    },
    /// Section "Body".
    #[error("A {command} frame must not have a body. End it with NUL right after the blank line.")]
    BodyNotAllowed {
        /// The command of the frame.
        command: &'static str,
    },
}

const fn escapes(version: Version) -> &'static str {
    match version {
        Version::V1_2 => "\\r, \\n, \\c and \\\\",
        Version::V1_0 | Version::V1_1 => "\\n, \\c and \\\\",
    }
}

impl DecodeError {
    /// The code that stands in the `message` header of the ERROR frame.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FrameTooLarge { .. } => "frame-too-large",
            Self::LineTooLong { .. } => "header-line-too-long",
            Self::TooManyHeaders { .. } => "too-many-headers",
            Self::InputOverflow { .. } => "input-overflow",
            Self::UnknownCommand { .. } => "unknown-command",
            Self::InvalidContentLength | Self::WrongContentLength { .. } => "invalid-content-length",
            Self::BodyNotAllowed { .. } => "body-not-allowed",
            Self::StrayCarriageReturn
            | Self::NulInHead { .. }
            | Self::InvalidUtf8 { .. }
            | Self::MissingColon { .. }
            | Self::EmptyHeaderName { .. }
            | Self::UndefinedEscape { .. } => "malformed-frame",
        }
    }
}

/// Every code that [`ProtocolError::code`] can give, for whoever keeps a registry of codes.
pub const CODES: &[&str] = &[
    "frame-too-large",
    "header-line-too-long",
    "too-many-headers",
    "input-overflow",
    "unknown-command",
    "invalid-content-length",
    "body-not-allowed",
    "malformed-frame",
    "not-connected",
    "already-connected",
    "unsupported-version",
    "invalid-heart-beat",
    "missing-header",
    "invalid-ack-mode",
    "duplicate-subscription",
    "too-many-subscriptions",
    "unknown-subscription",
    "duplicate-transaction",
    "too-many-transactions",
    "unknown-transaction",
    "unexpected-command",
    "connect-timeout",
    "heart-beat-timeout",
];

/// A frame that is well formed and wrong at this point of the session, or a client that keeps silent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProtocolError {
    /// The bytes are not STOMP.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Section "Connecting": a client initiates the stream by CONNECT.
    #[error("The first frame is {command}. Send CONNECT or STOMP first.")]
    NotConnected {
        /// The command of the frame.
        command: &'static str,
    },
    /// A second CONNECT or STOMP frame.
    #[error("The session is already open. Send CONNECT once, or open another connection.")]
    AlreadyConnected,
    /// Section "Protocol Negotiation"; this text is the section's own.
    #[error("Supported protocol versions are 1.0 1.1 1.2")]
    UnsupportedVersion,
    /// Section "Heart-beating".
    #[error("The heart-beat header is malformed. Send two numbers of milliseconds, such as heart-beat:10000,10000.")]
    InvalidHeartBeat,
    /// A required header is missing or empty.
    #[error("The {command} frame has no {header} header. Add it.")]
    MissingHeader {
        /// The command of the frame.
        command: &'static str,
        /// The name of the header.
        header: &'static str,
    },
    /// Section "SUBSCRIBE ack Header".
    #[error("The ack header is unknown. Use auto, client or client-individual (the last not in STOMP 1.0).")]
    InvalidAckMode,
    /// Section "SUBSCRIBE id Header": ids are unique within a connection.
    #[error("A subscription with this id is open. Give each subscription of the connection its own id.")]
    DuplicateSubscription,
    /// [`Limits::subscriptions_max`](crate::Limits::subscriptions_max).
    #[error("The connection has {max} subscriptions, which is the most. Unsubscribe from one first.")]
    TooManySubscriptions {
        /// The limit.
        max: usize,
    },
    /// Section "UNSUBSCRIBE": the id must match an existing subscription.
    #[error("No subscription has this id. Unsubscribe with the id of a SUBSCRIBE frame, once.")]
    UnknownSubscription,
    /// Section "BEGIN": ids are unique within a connection.
    #[error("A transaction with this id is open. Commit or abort it first, or choose another id.")]
    DuplicateTransaction,
    /// [`Limits::transactions_max`](crate::Limits::transactions_max).
    #[error("The connection has {max} open transactions, which is the most. Commit or abort one first.")]
    TooManyTransactions {
        /// The limit.
        max: usize,
    },
    /// Sections "BEGIN", "COMMIT" and "ABORT".
    #[error("No open transaction has this id. Send BEGIN first.")]
    UnknownTransaction,
    /// Section "Once Connected": a frame that is not a client's, or not one of this version.
    #[error("A client does not send {command} in STOMP {version}. See the specification for the client frames.")]
    UnexpectedCommand {
        /// The command of the frame.
        command: &'static str,
        /// The version that the connection speaks.
        version: Version,
    },
    /// [`Limits::connect_timeout_ms`](crate::Limits::connect_timeout_ms).
    #[error("No CONNECT frame came within {timeout_ms} ms. Send it right after the connection is open.")]
    ConnectTimeout {
        /// The limit.
        timeout_ms: u32,
    },
    /// Section "Heart-beating".
    #[error("Nothing came for twice the agreed heart-beat of {interval_ms} ms. Send a line end in each interval.")]
    HeartBeatTimeout {
        /// The agreed interval from client to server.
        interval_ms: u32,
    },
}

impl ProtocolError {
    /// The code that stands in the `message` header of the ERROR frame.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.code(),
            Self::NotConnected { .. } => "not-connected",
            Self::AlreadyConnected => "already-connected",
            Self::UnsupportedVersion => "unsupported-version",
            Self::InvalidHeartBeat => "invalid-heart-beat",
            Self::MissingHeader { .. } => "missing-header",
            Self::InvalidAckMode => "invalid-ack-mode",
            Self::DuplicateSubscription => "duplicate-subscription",
            Self::TooManySubscriptions { .. } => "too-many-subscriptions",
            Self::UnknownSubscription => "unknown-subscription",
            Self::DuplicateTransaction => "duplicate-transaction",
            Self::TooManyTransactions { .. } => "too-many-transactions",
            Self::UnknownTransaction => "unknown-transaction",
            Self::UnexpectedCommand { .. } => "unexpected-command",
            Self::ConnectTimeout { .. } => "connect-timeout",
            Self::HeartBeatTimeout { .. } => "heart-beat-timeout",
        }
    }
}
