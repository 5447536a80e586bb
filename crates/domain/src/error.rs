//! The one registry of error codes. Each edge (problem documents, STOMP ERROR frames, close codes) maps a code in one
//! exhaustive `match`, so that a new one does not compile until every edge has decided.

use serde::Serialize;
use utoipa::ToSchema;

/// Text that is none of an enum's values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is `{given}` and must be one of {known}")]
pub struct UnknownValue {
    given: String,
    known: String,
}

impl UnknownValue {
    /// Names what was given (its first 40 characters) and what would have been known.
    pub fn new(given: &str, known: impl Iterator<Item = &'static str>) -> Self {
        Self { given: given.chars().take(40).collect(), known: known.collect::<Vec<_>>().join(", ") }
    }
}

/// Text that is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Neither hyphenated nor a UUID.
    #[error("must be a UUID in its hyphenated form")]
    NotAUuid,
    /// Empty, too long or with control characters.
    #[error("must be 1 to 128 characters without control characters")]
    NotAUserId,
    /// Neither the id of a session nor a name that an ad-hoc room can have.
    #[error("must be a session's UUID, or 1 to 128 characters of A-Z a-z 0-9 . _ ~ -")]
    NotARoom,
}

/// One fault of one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field, in dots: `participants.0.userId`.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl FieldError {
    /// A fault of a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

macro_rules! error_codes {
    ($($(#[$meta:meta])* $variant:ident = $status:literal $code:literal $title:literal;)+) => {
        /// Everything that can be refused or go wrong, in one list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ErrorCode { $($(#[$meta])* $variant),+ }

        impl ErrorCode {
            /// Every code, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable kebab-case identifier on every wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The HTTP status of its problem document.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// A short title that does not change from case to case.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }
        }
    };
}

error_codes! {
    /// The body is not what its content type says.
    MalformedBody = 400 "malformed-body" "The body cannot be read";
    /// One or more fields are wrong; `errors` lists them.
    ValidationFailed = 400 "validation-failed" "Some fields are not valid";
    /// An id in the path has a wrong form.
    InvalidId = 400 "invalid-id" "An id has a wrong form";
    /// A query parameter or header is wrong.
    InvalidParameter = 400 "invalid-parameter" "A parameter is not valid";
    /// The body fits no kind of session, or more than one.
    AmbiguousKind = 400 "ambiguous-kind" "The kind of session is not clear";
    /// A session with oneself.
    SameUser = 400 "same-user" "A session needs two different users";
    /// Booked as mentor without the role.
    NotAMentor = 400 "not-a-mentor" "That user cannot be booked as a mentor";
    /// The user already holds an INTERVIEW.
    ActiveSessionExists = 400 "active-session-exists" "You already hold an active session";
    /// Ended or canceled.
    SessionClosed = 400 "session-closed" "The session is over";
    /// Another role was assigned.
    RoleMismatch = 400 "role-mismatch" "That is not your role in this session";
    /// The status cannot change that way.
    InvalidTransition = 400 "invalid-transition" "The session cannot change to that status";
    /// Who is to teach a class has not the role for it.
    NotATeacher = 400 "not-a-teacher" "The user is not a teacher";
    /// An e-mail address that is none.
    InvalidEmail = 400 "invalid-email" "The e-mail address has a wrong form";
    /// Only a dead job is tried again by hand.
    JobNotDead = 400 "job-not-dead" "The job is not dead";
    /// An ACTIVE session cannot be deleted.
    SessionActive = 400 "session-active" "The session is active";
    /// A webhook body that is no webhook.
    MalformedWebhook = 400 "malformed-webhook" "The webhook cannot be read";
    /// The bytes that arrived are not those whose SHA-256 was given.
    DigestMismatch = 400 "digest-mismatch" "The file is not the one that was announced";
    /// A file that no recording is in.
    NotARecording = 400 "not-a-recording" "The file is not a recording";

    /// No token where one is needed.
    Unauthenticated = 401 "unauthenticated" "A token is needed";
    /// A token that is not valid.
    InvalidToken = 401 "invalid-token" "The token is not valid";
    /// A token that was valid.
    TokenExpired = 401 "token-expired" "The token has expired";
    /// The user id belongs to another issuer.
    WrongIssuer = 401 "wrong-issuer" "The user id belongs to another issuer";
    /// E-mail and password do not fit.
    InvalidCredentials = 401 "invalid-credentials" "E-mail or password is wrong";
    /// A refresh token that is unknown, expired or revoked.
    InvalidRefreshToken = 401 "invalid-refresh-token" "The refresh token is not valid";
    /// A ticket that is unknown, used or expired.
    InvalidTicket = 401 "invalid-ticket" "The ticket is not valid";
    /// A link to a file's bytes that is forged, of another file, or expired.
    InvalidLink = 401 "invalid-link" "The link is not valid";
    /// A service key that is unknown or revoked.
    InvalidServiceKey = 401 "invalid-service-key" "The service key is not valid";
    /// A webhook that nobody we know has signed.
    InvalidSignature = 401 "invalid-signature" "The webhook's signature is not valid";

    /// There, but not yours.
    AccessDenied = 403 "access-denied" "You have no access to this";
    /// Yours to see, not to do.
    Forbidden = 403 "forbidden" "You may not do this";
    /// Only the class's teacher and admins do that.
    NotTheTeacher = 403 "not-the-teacher" "You do not teach this class";
    /// A host did not let you in.
    Denied = 403 "denied" "You were not let in";
    /// A host removed you.
    Removed = 403 "removed" "You were removed from this session";
    /// You wait to be let in.
    Waiting = 403 "waiting" "You are waiting to be let in";
    /// Before the window.
    NotOpenYet = 403 "not-open-yet" "The session is not open yet";
    /// After the window.
    WindowClosed = 403 "window-closed" "The session can no longer be joined";
    /// Accounts are not given to everyone here.
    RegistrationClosed = 403 "registration-closed" "Registration is closed";
    /// More than a service key may do.
    ServiceKeyScope = 403 "service-key-scope" "The service key does not reach that far";
    /// An Origin that is not allowed.
    OriginNotAllowed = 403 "origin-not-allowed" "This origin is not allowed";

    /// No such path.
    NotFound = 404 "not-found" "There is nothing here";
    /// No such session.
    SessionNotFound = 404 "session-not-found" "No such session";
    /// No such class.
    ClassNotFound = 404 "class-not-found" "No such class";
    /// No such user in this request's body.
    UnknownUser = 404 "unknown-user" "No such user";
    /// No such participant.
    ParticipantNotFound = 404 "participant-not-found" "No such participant";
    /// No such service key.
    ServiceKeyNotFound = 404 "service-key-not-found" "No such service key";
    /// No such notification.
    NotificationNotFound = 404 "notification-not-found" "No such notification";
    /// No such job.
    JobNotFound = 404 "job-not-found" "No such job";
    /// No such file in this session.
    ArtifactNotFound = 404 "artifact-not-found" "No such file";
    /// No such analysis.
    AnalysisNotFound = 404 "analysis-not-found" "No such analysis";
    /// The caller holds and runs nothing.
    NoActiveSession = 404 "no-active-session" "You have no active session";
    /// The path knows other methods.
    MethodNotAllowed = 405 "method-not-allowed" "The method is not allowed here";
    /// No representation that `Accept` allows.
    NotAcceptable = 406 "not-acceptable" "No acceptable representation";
    /// The request took too long to arrive.
    RequestTimeout = 408 "request-timeout" "The request took too long";

    /// An account with that address exists.
    EmailTaken = 409 "email-taken" "The e-mail address is taken";
    /// No seat left.
    SessionFull = 409 "session-full" "The session is full";
    /// One of the two has another MENTORING at that time.
    TimeConflict = 409 "time-conflict" "The time is taken";
    /// Nobody waits for a report on the analysis: it has ended, or was never given to an analyser of another service.
    AnalysisNotAwaited = 409 "analysis-not-awaited" "No report on the analysis is awaited";
    /// The key was used with another body.
    IdempotencyKeyReused = 409 "idempotency-key-reused" "The idempotency key was used for another request";
    /// The key's first request has not been answered yet.
    RequestInProgress = 409 "request-in-progress" "The same request is in progress";
    /// `If-Match` names an old version.
    StaleVersion = 412 "stale-version" "The session has changed in between";
    /// Too many bytes.
    BodyTooLarge = 413 "body-too-large" "The body is too large";
    /// Another content type is needed.
    UnsupportedMediaType = 415 "unsupported-media-type" "The content type is not supported";
    /// The file has no such bytes.
    RangeNotSatisfiable = 416 "range-not-satisfiable" "The file has no such bytes";
    /// Too many requests.
    RateLimited = 429 "rate-limited" "Too many requests";

    /// Ours to mend; the log has the cause under the request id.
    Internal = 500 "internal" "Something went wrong";
    /// The database or another part is away for the moment.
    Unavailable = 503 "unavailable" "The service is not available at the moment";
    /// No LiveKit key is configured.
    LivekitNotConfigured = 503 "livekit-not-configured" "Media is not configured";
    /// LiveKit does not answer.
    LivekitUnavailable = 503 "livekit-unavailable" "Media is not available at the moment";

    /// The disk is full.
    InsufficientStorage = 507 "insufficient-storage" "There is no room for the file";
    /// The session or the user has as many or as large files as are allowed.
    QuotaExceeded = 507 "quota-exceeded" "The quota for files is used up";

    /// A destination that does not exist.
    UnknownDestination = 404 "unknown-destination" "No such destination";
    /// Clients do not send to topics.
    SendNotAllowed = 403 "send-not-allowed" "Sending is not allowed here";
    /// A frame that breaks the protocol.
    ProtocolError = 400 "protocol-error" "The frame breaks the protocol";
    /// A bound of the protocol was passed.
    LimitExceeded = 400 "limit-exceeded" "A limit was exceeded";
    // What STOMP's frames can do wrong. `mockly-stomp` uses nothing of ours, so a test of the edge compares its list.
    /// The frame is longer than the bound.
    FrameTooLarge = 400 "frame-too-large" "The frame is too long";
    /// A command or header line is longer than the bound.
    HeaderLineTooLong = 400 "header-line-too-long" "A line of the frame is too long";
    /// More headers than the bound.
    TooManyHeaders = 400 "too-many-headers" "The frame has too many headers";
    /// More was sent than may wait.
    InputOverflow = 400 "input-overflow" "Too much waits to be processed";
    /// The first line of the frame names no command.
    UnknownCommand = 400 "unknown-command" "No such command";
    /// No number, or not the length of the body.
    InvalidContentLength = 400 "invalid-content-length" "The content-length header is wrong";
    /// A body where the command has none.
    BodyNotAllowed = 400 "body-not-allowed" "This frame has no body";
    /// The head of the frame breaks the grammar.
    MalformedFrame = 400 "malformed-frame" "The frame cannot be read";
    /// A frame before CONNECT.
    NotConnected = 400 "not-connected" "CONNECT comes first";
    /// A second CONNECT.
    AlreadyConnected = 400 "already-connected" "The session is open already";
    /// The client speaks no version that the server does.
    UnsupportedVersion = 400 "unsupported-version" "No common version";
    /// The header `heart-beat` is not two numbers.
    InvalidHeartBeat = 400 "invalid-heart-beat" "The heart-beat header is wrong";
    /// A required header is missing or empty.
    MissingHeader = 400 "missing-header" "A header is missing";
    /// The header `ack` is unknown in this version.
    InvalidAckMode = 400 "invalid-ack-mode" "No such ack mode";
    /// A subscription's id that is in use.
    DuplicateSubscription = 400 "duplicate-subscription" "The subscription is open already";
    /// The connection has as many as it may.
    TooManySubscriptions = 400 "too-many-subscriptions" "Too many subscriptions";
    /// No subscription of the connection has the id.
    UnknownSubscription = 400 "unknown-subscription" "No such subscription";
    /// A transaction's id that is in use.
    DuplicateTransaction = 400 "duplicate-transaction" "The transaction is open already";
    /// The connection has as many as it may.
    TooManyTransactions = 400 "too-many-transactions" "Too many transactions";
    /// No open transaction of the connection has the id.
    UnknownTransaction = 400 "unknown-transaction" "No such transaction";
    /// A server's frame, or one of another version.
    UnexpectedCommand = 400 "unexpected-command" "Clients do not send this command";
    /// No CONNECT within the time that it may take.
    ConnectTimeout = 408 "connect-timeout" "CONNECT did not come in time";
    /// Nothing came for twice the agreed interval.
    HeartBeatTimeout = 408 "heart-beat-timeout" "The heart-beat stopped";

    /// A frame of a room that speaks for somebody else.
    ForgedIdentity = 403 "forged-identity" "The frame speaks for somebody else";
    /// An event that rooms do not know, or that clients do not send.
    UnknownEvent = 400 "unknown-event" "No such event";
    /// An event that this door does not carry.
    WrongDoor = 400 "wrong-door" "This door does not carry the event";
    /// No such chat message in this room.
    MessageNotFound = 404 "message-not-found" "No such message";
    /// No such poll in this room.
    PollNotFound = 404 "poll-not-found" "No such poll";
    /// The poll takes no more votes.
    PollClosed = 400 "poll-closed" "The poll is closed";
}

impl Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for ErrorCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let known = Self::ALL.iter().copied().find(|code| code.as_str() == text);
        known.ok_or_else(|| serde::de::Error::custom(format!("unknown code `{text}`")))
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_kebab_case_and_never_422() {
        let mut seen = std::collections::HashSet::new();
        for code in ErrorCode::ALL {
            assert!(seen.insert(code.as_str()), "{code} stands twice");
            assert!(code.as_str().chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{code}");
            assert!((400..=599).contains(&code.status()) && code.status() != 422, "{code}");
        }
    }
}
