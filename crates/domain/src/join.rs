//! The join decision (R2): one pure function for join, token, sockets, meeting page and `can-join`.

use std::time::Duration;

use crate::room::ASK_AGAIN_AFTER;
use crate::{
    Admission, ErrorCode, Participant, ParticipantRole, ParticipantStatus, Session, SessionId, SessionKind,
    SessionStatus, Timestamp,
};

/// How long before and after its planned start a MENTORING can be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinWindow {
    /// Opens this long before `scheduledAt`.
    pub opens_before: Duration,
    /// Closes this long after `scheduledAt`.
    pub closes_after: Duration,
}

impl Default for JoinWindow {
    fn default() -> Self {
        Self { opens_before: Duration::from_mins(15), closes_after: Duration::from_hours(2) }
    }
}

/// A MENTORING longer than this stays open until 30 minutes after its planned end.
const LONG_MENTORING_MIN: u32 = 90;
const LONG_MENTORING_AFTER_END: Duration = Duration::from_mins(30);

impl JoinWindow {
    /// The first and the last instant at which the session can be joined, both inclusive; `None` where it has no
    /// window.
    pub fn of(&self, session: &Session) -> Option<(Timestamp, Timestamp)> {
        if session.kind != SessionKind::Mentoring {
            return None;
        }
        let closes = if session.duration_min > LONG_MENTORING_MIN {
            session.planned_end().plus(LONG_MENTORING_AFTER_END)
        } else {
            session.scheduled_at.plus(self.closes_after)
        };
        Some((session.scheduled_at.minus(self.opens_before), closes))
    }
}

/// Everything that the decision depends on.
#[derive(Debug, Clone, Copy)]
pub struct JoinQuestion<'a> {
    /// The session.
    pub session: &'a Session,
    /// The caller's place in it.
    pub participant: Option<&'a Participant>,
    /// Whether the caller is enrolled in the class that the session is of.
    pub is_enrolled: bool,
    /// The role the caller names, where one is named.
    pub wanted_role: Option<ParticipantRole>,
    /// How many other users are in or keep a seat, where [`asks_for_seats`] says that it matters.
    pub seats_taken: u32,
    /// Another INTERVIEW that the caller holds, where [`asks_for_held`] says that it matters.
    pub holds_other: Option<SessionId>,
    /// The window of MENTORING sessions.
    pub window: JoinWindow,
    /// Now.
    pub now: Timestamp,
}

/// What joining would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinOutcome {
    /// The caller gets in.
    Enter,
    /// The caller is in already.
    AlreadyIn,
    /// The caller waits for a host.
    Wait,
    /// The caller waits already.
    AlreadyWaiting,
}

/// Why the caller does not get in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The code.
    pub code: ErrorCode,
    /// When the window opens, where there is one.
    pub opens_at: Option<Timestamp>,
    /// When it closes.
    pub closes_at: Option<Timestamp>,
    /// The session that stands in the way, where one does.
    pub active_session_id: Option<SessionId>,
}

/// Decides whether the caller may join.
///
/// # Errors
/// A [`Refusal`] with the first reason found; the own status goes first, so that one who was removed is not told more.
pub fn decide(question: &JoinQuestion<'_>) -> Result<JoinOutcome, Refusal> {
    let session = question.session;
    let window = question.window.of(session);
    let refuse = |code| Refusal {
        code,
        opens_at: window.map(|(opens, _)| opens),
        closes_at: window.map(|(_, closes)| closes),
        active_session_id: if code == ErrorCode::ActiveSessionExists { question.holds_other } else { None },
    };

    let place = Place::of(question).ok_or_else(|| refuse(ErrorCode::AccessDenied))?;
    match place.status {
        // After a while one may ask again, and is asked for again (R3).
        ParticipantStatus::Denied if place.may_ask_from.is_none_or(|from| question.now < from) => {
            return Err(refuse(ErrorCode::Denied));
        }
        ParticipantStatus::Removed => return Err(refuse(ErrorCode::Removed)),
        ParticipantStatus::Invited
        | ParticipantStatus::Waiting
        | ParticipantStatus::Joined
        | ParticipantStatus::Left
        | ParticipantStatus::Denied => {}
    }
    if !session.status.is_open() {
        return Err(refuse(ErrorCode::SessionClosed));
    }
    if question.wanted_role.is_some_and(|role| role != place.role) {
        return Err(refuse(ErrorCode::RoleMismatch));
    }
    if let Some((opens, closes)) = window {
        if question.now < opens {
            return Err(refuse(ErrorCode::NotOpenYet));
        }
        if question.now > closes {
            return Err(refuse(ErrorCode::WindowClosed));
        }
    }
    if place.status == ParticipantStatus::Joined {
        return Ok(JoinOutcome::AlreadyIn);
    }
    if session.kind == SessionKind::Interview && question.holds_other.is_some() {
        return Err(refuse(ErrorCode::ActiveSessionExists));
    }
    let host = place.role.is_host();
    let was_denied = place.status == ParticipantStatus::Denied;
    if !host && !place.admitted && (was_denied || waits(session)) {
        let waiting = place.status == ParticipantStatus::Waiting;
        return Ok(if waiting { JoinOutcome::AlreadyWaiting } else { JoinOutcome::Wait });
    }
    // Hosts always get in, and whoever was in before keeps the seat (R6).
    let keeps_seat = host || place.was_in;
    if !keeps_seat && question.seats_taken >= session.max_participants {
        // For want of a seat one may have to go on waiting, which takes none and survives coming again (R3). Whom a host
        // lets in at this moment is another matter.
        if place.status == ParticipantStatus::Waiting && !place.admitted {
            return Ok(JoinOutcome::AlreadyWaiting);
        }
        return Err(refuse(ErrorCode::SessionFull));
    }
    Ok(JoinOutcome::Enter)
}

/// Whether the answer depends on the seats that others take: whoever is in is not asked for one.
pub fn asks_for_seats(participant: Option<&Participant>) -> bool {
    participant.is_none_or(|participant| participant.status != ParticipantStatus::Joined)
}

/// Whether the answer depends on what else the user holds: only an INTERVIEW that one is not in yet asks for it.
pub fn asks_for_held(session: &Session, participant: Option<&Participant>) -> bool {
    session.kind == SessionKind::Interview && asks_for_seats(participant)
}

/// Whether newcomers who are not host wait: for a host to admit them, or for a class to start.
pub fn waits(session: &Session) -> bool {
    let not_started = session.kind == SessionKind::Class && session.status == SessionStatus::Scheduled;
    session.admission == Admission::Knock || not_started
}

/// What of the caller's place the decision depends on.
struct Place {
    role: ParticipantRole,
    status: ParticipantStatus,
    admitted: bool,
    was_in: bool,
    /// When one who was denied may ask again.
    may_ask_from: Option<Timestamp>,
}

impl Place {
    /// The caller's place; one who is enrolled and has never come is a student who is invited.
    fn of(question: &JoinQuestion<'_>) -> Option<Self> {
        let own = question.participant.map(|participant| Self {
            role: participant.role,
            status: participant.status,
            admitted: participant.admitted,
            was_in: participant.joined_at.is_some(),
            may_ask_from: participant.denied_at.map(|denied| denied.plus(ASK_AGAIN_AFTER)),
        });
        own.or_else(|| {
            question.is_enrolled.then_some(Self {
                role: ParticipantRole::Student,
                status: ParticipantStatus::Invited,
                admitted: false,
                was_in: false,
                may_ask_from: None,
            })
        })
    }
}

#[cfg(test)]
mod tests;
