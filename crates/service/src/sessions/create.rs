//! `POST /api/sessions`.

use mockly_data::{DataError, Store};
use mockly_domain::view::SessionView;
use mockly_domain::{
    Admission, ErrorCode, EventType, MediaPolicy, Participant, ParticipantId, ParticipantRole, ParticipantStatus,
    Session, SessionId, SessionKind, SessionStatus, Timestamp, UserId, lifecycle,
};

use super::Change;
use crate::jobs::Work;
use crate::{Principal, ServiceError, Services};

/// Minutes a session is planned to last where nobody says.
const DURATION_MIN_DEFAULT: u32 = 60;
/// Seats of an INTERVIEW where nobody says.
const INTERVIEW_SEATS_DEFAULT: u32 = 2;

/// A session to be made. Which fields are there decides its kind.
#[derive(Debug, Clone, Default)]
pub struct CreateSession {
    /// INTERVIEW: who asks; the caller is the candidate.
    pub interviewer_id: Option<UserId>,
    /// INTERVIEW: who is asked; the caller is the interviewer.
    pub candidate_id: Option<UserId>,
    /// When it is planned to start; now where absent.
    pub scheduled_at: Option<Timestamp>,
    /// Heading.
    pub title: Option<String>,
    /// Text below it.
    pub description: Option<String>,
    /// Planned length in minutes.
    pub duration_min: Option<u32>,
    /// Seats.
    pub max_participants: Option<u32>,
    /// IANA time zone; UTC where absent.
    pub time_zone: Option<String>,
    /// Who gets in without being asked for.
    pub admission: Option<Admission>,
    /// What those who are not host may publish.
    pub media: Option<MediaPolicy>,
}

impl Services {
    /// Makes a session, which its creator holds from now on.
    ///
    /// # Errors
    /// `ambiguous-kind`, `same-user`, `unknown-user`, `active-session-exists`, `validation-failed`.
    pub async fn create_session(
        &self,
        caller: &Principal,
        request: CreateSession,
    ) -> Result<SessionView, ServiceError> {
        let (other, own_role, other_role) = match (request.interviewer_id.clone(), request.candidate_id.clone()) {
            (Some(interviewer), None) => (interviewer, ParticipantRole::Candidate, ParticipantRole::Interviewer),
            (None, Some(candidate)) => (candidate, ParticipantRole::Interviewer, ParticipantRole::Candidate),
            (Some(_), Some(_)) | (None, None) => {
                return Err(ServiceError::refused(
                    ErrorCode::AmbiguousKind,
                    "Name exactly one of `interviewerId` (you are the candidate) and `candidateId` (you are the \
                     interviewer).",
                ));
            }
        };
        if other == *caller.user_id() {
            return Err(ErrorCode::SameUser.into());
        }
        let time_zone = time_zone(request.time_zone.as_deref())?;

        let work = self.begin().await?;
        if work.users().find(&other).await?.is_none() {
            return Err(ServiceError::refused(
                ErrorCode::UnknownUser,
                format!("There is no user with the id {other}; users appear here when they first sign in."),
            ));
        }
        if let Some(held) = work.participants().held_by(caller.user_id()).await? {
            return Err(ServiceError::already_holds(Some(held)));
        }
        let session = new_session(self, caller, request, time_zone);
        let id = session.id;
        work.sessions().insert(&session).await?;
        let creator = place(self, id, caller.user_id().clone(), own_role, true);
        match work.participants().insert(&creator).await {
            Ok(()) => {}
            // Somebody else's request of the same user was quicker: the index decides (R1).
            Err(DataError::Conflict(_)) => {
                drop(work);
                let held = self.db().participants().held_by(caller.user_id()).await?;
                return Err(ServiceError::already_holds(held));
            }
            Err(error) => return Err(error.into()),
        }
        work.participants().insert(&place(self, id, other, other_role, false)).await?;

        let mut change = Change::on(self, work, session);
        change.schedule(Work::Expire { session_id: id }, lifecycle::scheduled_expiry(&change.session)).await?;
        change.tell(EventType::SessionCreated, &[], &[]).await?;
        change.commit_and_view().await
    }
}

fn new_session(services: &Services, caller: &Principal, request: CreateSession, time_zone: String) -> Session {
    let now = services.now();
    Session {
        id: SessionId(services.inner.ids.uuid()),
        kind: SessionKind::Interview,
        status: SessionStatus::Scheduled,
        title: request.title.unwrap_or_else(|| "Interview".to_owned()),
        description: request.description,
        created_by: caller.user_id().clone(),
        scheduled_at: request.scheduled_at.unwrap_or(now),
        rescheduled_at: now,
        started_at: None,
        ended_at: None,
        end_reason: None,
        duration_min: request.duration_min.unwrap_or(DURATION_MIN_DEFAULT),
        time_zone,
        max_participants: request.max_participants.unwrap_or(INTERVIEW_SEATS_DEFAULT),
        admission: request.admission.unwrap_or(Admission::Open),
        media: request.media.unwrap_or_default(),
        first_connected_at: None,
        version: 1,
        last_sequence: 0,
        created_at: now,
        updated_at: now,
    }
}

fn place(services: &Services, id: SessionId, user_id: UserId, role: ParticipantRole, holds: bool) -> Participant {
    Participant {
        id: ParticipantId(services.inner.ids.uuid()),
        session_id: id,
        user_id,
        role,
        status: ParticipantStatus::Invited,
        admitted: false,
        holds,
        joined_at: None,
        left_at: None,
        last_seen_at: None,
    }
}

/// The IANA name in its proper spelling.
pub(super) fn time_zone(name: Option<&str>) -> Result<String, ServiceError> {
    let Some(name) = name else { return Ok("UTC".to_owned()) };
    let known = jiff::tz::TimeZone::get(name).ok();
    known
        .as_ref()
        .and_then(jiff::tz::TimeZone::iana_name)
        .map(str::to_owned)
        .ok_or_else(|| ServiceError::field("timeZone", "must be an IANA time zone such as Europe/Berlin or UTC"))
}
