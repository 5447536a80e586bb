//! What a command answers when it does not do what was asked.

use std::time::Duration;

use mockly_data::DataError;
use mockly_domain::join::Refusal;
use mockly_domain::{ErrorCode, FieldError, SessionId, Timestamp};

use crate::media::MediaError;

/// A command that did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A rule said no; the caller is told which and what to do.
    #[error("{}: {}", .0.code, .0.detail)]
    Refused(Box<Refused>),
    /// Storage failed.
    #[error("storage failed")]
    Data(#[from] DataError),
    /// LiveKit failed.
    #[error("media failed")]
    Media(#[from] MediaError),
    /// Something of ours failed.
    #[error("{0}")]
    Internal(String),
}

/// Why a rule said no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The code.
    pub code: ErrorCode,
    /// What is wrong and what to do, in a sentence.
    pub detail: String,
    /// Faults of single fields.
    pub fields: Vec<FieldError>,
    /// When trying again may help.
    pub retry_after: Option<Duration>,
    /// When the session opens.
    pub opens_at: Option<Timestamp>,
    /// When it closes.
    pub closes_at: Option<Timestamp>,
    /// The session that stands in the way.
    pub active_session_id: Option<SessionId>,
    /// Whether this is a refused join, whose problem document has the members of `can-join` too.
    pub of_join: bool,
}

impl Refused {
    /// A refusal with a code and a sentence.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            fields: Vec::new(),
            retry_after: None,
            opens_at: None,
            closes_at: None,
            active_session_id: None,
            of_join: false,
        }
    }
}

impl ServiceError {
    /// A refusal with a code and a sentence.
    pub fn refused(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::Refused(Box::new(Refused::new(code, detail)))
    }

    /// A refusal of one field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        let field = FieldError::new(field, message);
        let mut refused = Refused::new(ErrorCode::ValidationFailed, format!("{} {}.", field.field, field.message));
        refused.fields.push(field);
        Self::Refused(Box::new(refused))
    }

    /// A refused join.
    pub fn join(refusal: &Refusal) -> Self {
        let mut refused = Refused::new(refusal.code, explain(refusal));
        refused.opens_at = refusal.opens_at;
        refused.closes_at = refusal.closes_at;
        refused.active_session_id = refusal.active_session_id;
        refused.of_join = true;
        Self::Refused(Box::new(refused))
    }

    /// A session that cannot be made, because its maker holds another one; which one is not known where it was
    /// released just now.
    pub fn already_holds(held: Option<SessionId>) -> Self {
        let code = ErrorCode::ActiveSessionExists;
        let refusal = Refusal { code, opens_at: None, closes_at: None, active_session_id: held };
        let mut refused = Refused::new(code, explain(&refusal));
        refused.active_session_id = held;
        Self::Refused(Box::new(refused))
    }

    /// A class that cannot start, because its teacher has another one running.
    pub fn teaches_already(active: SessionId) -> Self {
        let detail = format!("The teacher has session {active} running: end it first, then start this one.");
        let mut refused = Refused::new(ErrorCode::ActiveSessionExists, detail);
        refused.active_session_id = Some(active);
        Self::Refused(Box::new(refused))
    }

    /// The code that every edge maps.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(refused) => refused.code,
            Self::Data(DataError::Unavailable(_)) => ErrorCode::Unavailable,
            Self::Data(_) | Self::Internal(_) => ErrorCode::Internal,
            Self::Media(MediaError::NotConfigured) => ErrorCode::LivekitNotConfigured,
            Self::Media(MediaError::Unavailable(_)) => ErrorCode::LivekitUnavailable,
        }
    }
}

impl From<ErrorCode> for ServiceError {
    /// A refusal whose code says everything there is to say.
    fn from(code: ErrorCode) -> Self {
        Self::refused(code, explain_code(code))
    }
}

/// What a refused join should tell the one who wanted in.
pub(crate) fn explain(refusal: &Refusal) -> String {
    match (refusal.code, refusal.opens_at, refusal.closes_at, refusal.active_session_id) {
        (ErrorCode::NotOpenYet, Some(opens), _, _) => format!("The session can be joined from {opens}."),
        (ErrorCode::WindowClosed, _, Some(closes), _) => format!("The session could be joined until {closes}."),
        (ErrorCode::ActiveSessionExists, _, _, Some(id)) => {
            format!("You hold session {id}: end, cancel or leave it first, then try again.")
        }
        (code, ..) => explain_code(code),
    }
}

/// What a code says by itself.
pub(crate) fn explain_code(code: ErrorCode) -> String {
    let text = match code {
        ErrorCode::AccessDenied => {
            "Its creator, its participants, enrolled students and admins may look at this, and only those with a place in \
             it may join; ask its creator for one."
        }
        ErrorCode::SameUser => "You named yourself; name the other user, whom GET /api/users finds.",
        ErrorCode::Denied => "A host did not let you in; a host can undo it.",
        ErrorCode::Removed => "A host removed you from this session; a host can undo it.",
        ErrorCode::Waiting => "A host has to admit you first.",
        ErrorCode::SessionClosed => "The session has ended or was canceled; create a new one.",
        ErrorCode::RoleMismatch => "Join without `role`, or with the role you were given in this session.",
        ErrorCode::SessionFull => "Every seat is taken; try again when somebody has left.",
        ErrorCode::Forbidden => "You take part in this session, but this needs its host or creator.",
        ErrorCode::NotTheTeacher => "Only the class's teacher and admins do this.",
        ErrorCode::ClassNotFound => "There is no class with this id.",
        ErrorCode::SessionNotFound => "There is no session with this id.",
        code => code.title(),
    };
    text.to_owned()
}

pub(crate) fn log_failure(result: Result<(), ServiceError>, what: &'static str) {
    if let Err(error) = result {
        tracing::warn!(error = &error as &dyn std::error::Error, "{what}");
    }
}

/// Keeps the first of several failures for the caller to report; the others are logged.
pub(crate) fn keep_failure(kept: &mut Result<(), ServiceError>, result: Result<(), ServiceError>) {
    if kept.is_ok() {
        *kept = result;
    } else {
        log_failure(result, "and another step failed");
    }
}
