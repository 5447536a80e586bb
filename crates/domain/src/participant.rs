//! Participants: users in their place in one session.

use crate::wire_enum::wire_enum;
use crate::{ParticipantId, SessionId, SessionKind, Timestamp, UserId};

wire_enum!(
    /// What a user is in a session. The first of each pair is the session's host.
    ParticipantRole {
        /// Host of an INTERVIEW.
        Interviewer = "INTERVIEWER",
        /// The one who is asked.
        Candidate = "CANDIDATE",
        /// Host of a MENTORING.
        Mentor = "MENTOR",
        /// The one who booked.
        Mentee = "MENTEE",
        /// Host of a CLASS.
        Teacher = "TEACHER",
        /// One of many.
        Student = "STUDENT",
    }
);

impl ParticipantRole {
    /// Whether the role leads its session.
    pub const fn is_host(self) -> bool {
        matches!(self, Self::Interviewer | Self::Mentor | Self::Teacher)
    }

    /// The kind of session that has this role.
    pub const fn kind(self) -> SessionKind {
        match self {
            Self::Interviewer | Self::Candidate => SessionKind::Interview,
            Self::Mentor | Self::Mentee => SessionKind::Mentoring,
            Self::Teacher | Self::Student => SessionKind::Class,
        }
    }
}

wire_enum!(
    /// Where a participant stands.
    ParticipantStatus {
        /// May come, has not.
        Invited = "INVITED",
        /// Has come, waits to be let in.
        Waiting = "WAITING",
        /// Is in.
        Joined = "JOINED",
        /// Was in.
        Left = "LEFT",
        /// Was not let in.
        Denied = "DENIED",
        /// Was thrown out.
        Removed = "REMOVED",
    }
);

impl ParticipantStatus {
    /// Whether a host has kept or thrown the participant out.
    pub const fn is_turned_away(self) -> bool {
        matches!(self, Self::Denied | Self::Removed)
    }

    /// Whether what comes of the session (files, messages, attendance, analytics) is kept from the participant.
    pub const fn is_kept_from_records(self) -> bool {
        matches!(self, Self::Waiting | Self::Denied | Self::Removed)
    }
}

/// A participant as the rules see one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Id of this place.
    pub id: ParticipantId,
    /// Session.
    pub session_id: SessionId,
    /// User.
    pub user_id: UserId,
    /// Role.
    pub role: ParticipantRole,
    /// Status.
    pub status: ParticipantStatus,
    /// Whether a host or an OPEN session has let them in once; admitted stays admitted.
    pub admitted: bool,
    /// Whether the user *holds* this session (the one-active-session rule).
    pub holds: bool,
    /// When they first joined.
    pub joined_at: Option<Timestamp>,
    /// When they last left.
    pub left_at: Option<Timestamp>,
    /// When they were last seen anywhere.
    pub last_seen_at: Option<Timestamp>,
    /// When a host last turned them away at the door; they may ask again after a while (R3).
    pub denied_at: Option<Timestamp>,
}
