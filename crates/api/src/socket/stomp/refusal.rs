//! What a refusal looks like on STOMP: an ERROR frame with the code in its `message` header, then the close.

use std::borrow::Cow;

use mockly_domain::ErrorCode;
use mockly_service::ServiceError;

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: ErrorCode,
    /// A sentence that says what to do.
    pub(super) detail: Cow<'static, str>,
}

impl Refused {
    pub(super) fn new(code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl From<ServiceError> for Refused {
    /// A refusal is told in full; a failure goes to the log, the client learns only that it was one.
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(refused) => Self::new(refused.code, refused.detail),
            ServiceError::Data(_) | ServiceError::Media(_) | ServiceError::Internal(_) => {
                let cause: &dyn std::error::Error = &error;
                tracing::error!(error.code = %error.code(), error.cause = cause, "socket command failed");
                Self::new(error.code(), "The command could not be carried out. Connect again in a few seconds.")
            }
        }
    }
}

/// The close code that follows the ERROR frame.
///
/// What the client did wrong is 1008 (policy, RFC 6455, section 7.4.1), but for its token, which has the code of the
/// doors; what we did is 1011, and what passes by itself 1013.
#[expect(clippy::too_many_lines, reason = "one line a code, so that a new one has to be decided here")]
pub(crate) const fn close_code(code: ErrorCode) -> u16 {
    match code {
        ErrorCode::Unauthenticated
        | ErrorCode::InvalidToken
        | ErrorCode::TokenExpired
        | ErrorCode::WrongIssuer
        | ErrorCode::InvalidTicket
        | ErrorCode::InvalidLink => 4401,
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
        ErrorCode::Internal => 1011,
        ErrorCode::Unavailable | ErrorCode::LivekitUnavailable => 1013,
        ErrorCode::MalformedBody
        | ErrorCode::NotATeacher
        | ErrorCode::InvalidEmail
        | ErrorCode::NotTheTeacher
        | ErrorCode::ClassNotFound
        | ErrorCode::ValidationFailed
        | ErrorCode::InvalidId
        | ErrorCode::InvalidParameter
        | ErrorCode::AmbiguousKind
        | ErrorCode::SameUser
        | ErrorCode::ConnectTimeout
        | ErrorCode::HeartBeatTimeout
        | ErrorCode::NotAMentor
        | ErrorCode::ActiveSessionExists
        | ErrorCode::SessionClosed
        | ErrorCode::RoleMismatch
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
        | ErrorCode::AccessDenied
        | ErrorCode::Forbidden
        | ErrorCode::Denied
        | ErrorCode::Removed
        | ErrorCode::Waiting
        | ErrorCode::NotOpenYet
        | ErrorCode::WindowClosed
        | ErrorCode::RegistrationClosed
        | ErrorCode::OriginNotAllowed
        | ErrorCode::NotFound
        | ErrorCode::SessionNotFound
        | ErrorCode::UnknownUser
        | ErrorCode::ParticipantNotFound
        | ErrorCode::NoActiveSession
        | ErrorCode::MethodNotAllowed
        | ErrorCode::NotAcceptable
        | ErrorCode::RequestTimeout
        | ErrorCode::EmailTaken
        | ErrorCode::SessionFull
        | ErrorCode::TimeConflict
        | ErrorCode::IdempotencyKeyReused
        | ErrorCode::RequestInProgress
        | ErrorCode::StaleVersion
        | ErrorCode::BodyTooLarge
        | ErrorCode::UnsupportedMediaType
        | ErrorCode::RateLimited
        | ErrorCode::LivekitNotConfigured
        | ErrorCode::UnknownDestination
        | ErrorCode::SendNotAllowed
        | ErrorCode::LimitExceeded
        | ErrorCode::ForgedIdentity
        | ErrorCode::UnknownEvent
        | ErrorCode::WrongDoor
        | ErrorCode::MessageNotFound
        | ErrorCode::PollNotFound
        | ErrorCode::PollClosed
        | ErrorCode::DigestMismatch
        | ErrorCode::NotARecording
        | ErrorCode::ArtifactNotFound
        | ErrorCode::AnalysisNotFound
        | ErrorCode::AnalysisNotAwaited
        | ErrorCode::RangeNotSatisfiable
        | ErrorCode::InsufficientStorage
        | ErrorCode::QuotaExceeded => 1008,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_has_every_code_of_the_protocol() {
        for text in mockly_stomp::CODES {
            let code = ErrorCode::ALL.iter().find(|code| code.as_str() == *text).unwrap_or_else(|| panic!("{text}"));
            assert!(matches!(close_code(*code), 1002 | 1008), "{text}");
        }
    }
}
