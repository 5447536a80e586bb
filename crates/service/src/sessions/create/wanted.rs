//! Which kind of session a request is marked for.

use mockly_domain::{ClassId, ErrorCode, ParticipantRole, UserId};

use super::request::CreateSession;
use crate::ServiceError;

/// The kind that is wanted, with what marks it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// An INTERVIEW of the caller with somebody.
    Interview(Pair),
    /// A MENTORING of the caller with somebody.
    Mentoring(Pair),
    /// A session of a class.
    Class(ClassId),
}

/// The one who is named, and who of the two is what.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// The user who is named.
    pub(super) other: UserId,
    /// Their role.
    pub(super) other_role: ParticipantRole,
    /// The caller's role.
    pub(super) own_role: ParticipantRole,
}

impl Wanted {
    /// Reads the markers.
    ///
    /// # Errors
    /// `ambiguous-kind` unless there is exactly one.
    pub(super) fn of(request: &CreateSession) -> Result<Self, ServiceError> {
        use ParticipantRole::{Candidate, Interviewer, Mentee, Mentor};
        let pair = |other: &UserId, other_role, own_role| Pair { other: other.clone(), other_role, own_role };
        let marked = [
            request.interviewer_id.as_ref().map(|id| Self::Interview(pair(id, Interviewer, Candidate))),
            request.candidate_id.as_ref().map(|id| Self::Interview(pair(id, Candidate, Interviewer))),
            request.mentor_id.as_ref().map(|id| Self::Mentoring(pair(id, Mentor, Mentee))),
            request.mentee_id.as_ref().map(|id| Self::Mentoring(pair(id, Mentee, Mentor))),
            request.class_id.map(Self::Class),
        ];
        let mut marked = marked.into_iter().flatten();
        match (marked.next(), marked.next()) {
            (Some(wanted), None) => Ok(wanted),
            (None, _) | (Some(_), Some(_)) => Err(ServiceError::refused(
                ErrorCode::AmbiguousKind,
                "Name exactly one of `interviewerId` and `candidateId` (an INTERVIEW), `mentorId` and `menteeId` (a \
                 MENTORING), and `classId` (a CLASS).",
            )),
        }
    }
}
