//! What the kinds share: the row with its defaults, the places, the time zone, and the end of every creation.

use mockly_data::{Store, UnitOfWork};
use mockly_domain::view::SessionView;
use mockly_domain::{
    Admission, ErrorCode, EventType, MediaPolicy, Participant, ParticipantId, ParticipantRole, ParticipantStatus,
    Session, SessionId, SessionKind, SessionStatus, Timestamp, User, UserId, lifecycle,
};

use super::request::CreateSession;
use crate::jobs::Work;
use crate::sessions::Change;
use crate::{Principal, ServiceError, Services};

/// Minutes a session is planned to last where nobody says.
const DURATION_MIN_DEFAULT: u32 = 60;

/// What a kind has where the request says nothing.
#[derive(Clone, Copy)]
pub(super) struct Defaults {
    pub(super) kind: SessionKind,
    pub(super) title: &'static str,
    pub(super) scheduled_at: Timestamp,
    pub(super) max_participants: u32,
    pub(super) media: MediaPolicy,
}

/// The row of a new session.
///
/// # Errors
/// `validation-failed` for an unknown time zone.
pub(super) fn new_session(
    services: &Services,
    caller: &Principal,
    request: CreateSession,
    defaults: Defaults,
) -> Result<Session, ServiceError> {
    let now = services.now();
    Ok(Session {
        id: SessionId(services.inner.ids.uuid()),
        kind: defaults.kind,
        status: SessionStatus::Scheduled,
        title: request.title.unwrap_or_else(|| defaults.title.to_owned()),
        description: request.description,
        created_by: caller.user_id().clone(),
        scheduled_at: request.scheduled_at.unwrap_or(defaults.scheduled_at),
        rescheduled_at: now,
        started_at: None,
        ended_at: None,
        end_reason: None,
        duration_min: request.duration_min.unwrap_or(DURATION_MIN_DEFAULT),
        time_zone: time_zone(request.time_zone.as_deref())?,
        max_participants: request.max_participants.unwrap_or(defaults.max_participants),
        admission: request.admission.unwrap_or(Admission::Open),
        media: defaults.media.with(request.media.unwrap_or_default()),
        lesson: None,
        first_connected_at: None,
        version: 1,
        last_sequence: 0,
        created_at: now,
        updated_at: now,
    })
}

/// An invited user's place.
pub(in crate::sessions) fn place(
    services: &Services,
    id: SessionId,
    user_id: UserId,
    role: ParticipantRole,
    holds: bool,
) -> Participant {
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
        denied_at: None,
    }
}

/// The user whom the caller names.
///
/// # Errors
/// `same-user`, `unknown-user`.
pub(super) async fn find_other(work: &UnitOfWork, caller: &Principal, other: &UserId) -> Result<User, ServiceError> {
    if other == caller.user_id() {
        return Err(ErrorCode::SameUser.into());
    }
    work.users().find(other).await?.ok_or_else(|| unknown_user(other))
}

/// The refusal of a user whom nobody knows.
pub(super) fn unknown_user(id: &UserId) -> ServiceError {
    ServiceError::refused(
        ErrorCode::UnknownUser,
        format!(
            "There is no user with the id {id}; GET /api/users lists those who can be named, with their ids. Users \
             appear there when they first sign in."
        ),
    )
}

/// Ends a creation, once the session and its places are inserted: its deadline and reminder,
/// who is told, the commit. `invited` are all who have a part in it but the caller.
pub(super) async fn announce(
    mut change: Change<'_>,
    caller: &Principal,
    invited: &[UserId],
) -> Result<SessionView, ServiceError> {
    let session_id = change.session.id;
    change.schedule(Work::Expire { session_id }, lifecycle::scheduled_expiry(&change.session)).await?;
    change.schedule_reminder().await?;
    change.notify_invited(invited, caller).await?;
    change.tell(EventType::SessionCreated, &[], &[]).await?;
    change.commit_and_view().await
}

/// The IANA name in its proper spelling.
///
/// # Errors
/// `validation-failed`.
pub(in crate::sessions) fn time_zone(name: Option<&str>) -> Result<String, ServiceError> {
    let Some(name) = name else { return Ok("UTC".to_owned()) };
    let known = jiff::tz::TimeZone::get(name).ok();
    known
        .as_ref()
        .and_then(jiff::tz::TimeZone::iana_name)
        .map(str::to_owned)
        .ok_or_else(|| ServiceError::field("timeZone", "must be an IANA time zone such as Europe/Berlin or UTC"))
}
