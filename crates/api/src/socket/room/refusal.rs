//! What a refusal looks like at a door: an `error` event, and where it ends the connection, its close code.

use mockly_domain::ErrorCode;
use mockly_service::ServiceError;

/// The code of an error and what its peer is told. A failure goes to the log, the peer learns only that it was one.
pub(super) fn explain(error: ServiceError) -> (ErrorCode, String) {
    match error {
        ServiceError::Refused(refused) => (refused.code, refused.detail),
        ServiceError::Data(_) | ServiceError::Media(_) | ServiceError::Internal(_) => {
            let cause: &dyn std::error::Error = &error;
            tracing::error!(error.code = %error.code(), error.cause = cause, "a command in a room failed");
            (error.code(), "The command could not be carried out. Try again in a few seconds.".to_owned())
        }
    }
}

/// The close code (contract, section 7; RFC 6455, section 7.4, for what is not the application's).
#[expect(clippy::too_many_lines, reason = "one line a code, so that a new one has to be decided here")]
pub(crate) const fn close_code(code: ErrorCode) -> u16 {
    match code {
        ErrorCode::ProtocolError
        | ErrorCode::FrameTooLarge
        | ErrorCode::HeaderLineTooLong
        | ErrorCode::TooManyHeaders
        | ErrorCode::InputOverflow
        | ErrorCode::UnknownCommand
        | ErrorCode::InvalidContentLength
        | ErrorCode::BodyNotAllowed
        | ErrorCode::MalformedFrame
        | ErrorCode::NotConnected
        | ErrorCode::AlreadyConnected
        | ErrorCode::UnsupportedVersion
        | ErrorCode::InvalidHeartBeat
        | ErrorCode::MissingHeader
        | ErrorCode::InvalidAckMode
        | ErrorCode::DuplicateSubscription
        | ErrorCode::TooManySubscriptions
        | ErrorCode::UnknownSubscription
        | ErrorCode::DuplicateTransaction
        | ErrorCode::TooManyTransactions
        | ErrorCode::UnknownTransaction
        | ErrorCode::UnexpectedCommand => 1002,
        ErrorCode::MalformedBody
        | ErrorCode::NotATeacher
        | ErrorCode::InvalidEmail
        | ErrorCode::NotTheTeacher
        | ErrorCode::ClassNotFound
        | ErrorCode::NotAMentor
        | ErrorCode::TimeConflict
        | ErrorCode::ValidationFailed
        | ErrorCode::InvalidId
        | ErrorCode::InvalidParameter
        | ErrorCode::AmbiguousKind
        | ErrorCode::SameUser
        | ErrorCode::ConnectTimeout
        | ErrorCode::HeartBeatTimeout
        | ErrorCode::InvalidTransition
        | ErrorCode::SessionActive
        | ErrorCode::JobNotDead
        | ErrorCode::JobNotFound
        | ErrorCode::NotificationNotFound
        | ErrorCode::ServiceKeyNotFound
        | ErrorCode::InvalidServiceKey
        | ErrorCode::ServiceKeyScope
        | ErrorCode::MalformedWebhook
        | ErrorCode::InvalidCredentials
        | ErrorCode::InvalidRefreshToken
        | ErrorCode::InvalidSignature
        | ErrorCode::RegistrationClosed
        | ErrorCode::NoActiveSession
        | ErrorCode::MethodNotAllowed
        | ErrorCode::NotAcceptable
        | ErrorCode::RequestTimeout
        | ErrorCode::EmailTaken
        | ErrorCode::IdempotencyKeyReused
        | ErrorCode::RequestInProgress
        | ErrorCode::StaleVersion
        | ErrorCode::BodyTooLarge
        | ErrorCode::UnsupportedMediaType
        | ErrorCode::UnknownDestination
        | ErrorCode::SendNotAllowed
        | ErrorCode::UnknownEvent
        | ErrorCode::WrongDoor
        | ErrorCode::PollClosed
        | ErrorCode::DigestMismatch
        | ErrorCode::NotARecording
        | ErrorCode::AnalysisNotAwaited
        | ErrorCode::RangeNotSatisfiable
        | ErrorCode::InsufficientStorage
        | ErrorCode::QuotaExceeded => 1008,
        ErrorCode::Internal => 1011,
        ErrorCode::Unavailable | ErrorCode::LivekitNotConfigured | ErrorCode::LivekitUnavailable => 1013,
        ErrorCode::Unauthenticated
        | ErrorCode::InvalidToken
        | ErrorCode::TokenExpired
        | ErrorCode::WrongIssuer
        | ErrorCode::InvalidTicket
        | ErrorCode::InvalidLink => 4401,
        ErrorCode::ActiveSessionExists
        | ErrorCode::RoleMismatch
        | ErrorCode::AccessDenied
        | ErrorCode::Forbidden
        | ErrorCode::Denied
        | ErrorCode::Removed
        | ErrorCode::Waiting
        | ErrorCode::WindowClosed
        | ErrorCode::OriginNotAllowed
        | ErrorCode::ForgedIdentity => 4403,
        ErrorCode::NotFound
        | ErrorCode::SessionNotFound
        | ErrorCode::UnknownUser
        | ErrorCode::ParticipantNotFound
        | ErrorCode::ArtifactNotFound
        | ErrorCode::AnalysisNotFound
        | ErrorCode::MessageNotFound
        | ErrorCode::PollNotFound => 4404,
        ErrorCode::SessionFull => 4409,
        ErrorCode::SessionClosed => 4410,
        ErrorCode::NotOpenYet => 4425,
        ErrorCode::RateLimited | ErrorCode::LimitExceeded => 4429,
    }
}
