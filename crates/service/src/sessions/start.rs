//! `POST /api/sessions/{id}/start`, and becoming ACTIVE in general.

use mockly_data::Store;
use mockly_domain::access::Action;
use mockly_domain::lifecycle::{self, Transition};
use mockly_domain::room::{Audience, RoomEvent};
use mockly_domain::view::SessionView;
use mockly_domain::{ErrorCode, EventType, SessionId, SessionStatus, Timestamp, UserId};

use super::Change;
use crate::jobs::Work;
use crate::rooms::Draft;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// Starts a session before anybody has joined.
    ///
    /// # Errors
    /// `access-denied`, `forbidden`, `invalid-transition`; `active-session-exists` for a class whose teacher has another one
    /// running.
    pub async fn start_session(&self, caller: &Principal, id: SessionId) -> Result<SessionView, ServiceError> {
        let mut change = Change::begin(self, id).await?;
        change.authorize(caller, Action::Start).await?;
        match change.transition(SessionStatus::Active)? {
            Transition::Repeat => {}
            Transition::Apply => {
                change.require_no_other_lesson().await?;
                change.activate(change.now).await?;
                change.tell(EventType::SessionUpdated, &[], &[]).await?;
                change.tell_started(caller.user_id()).await?;
                change.admit_who_need_not_wait().await?;
                change.notify_still_waiting().await?;
                let now = change.now;
                change.watch_host(now).await?;
            }
        }
        change.commit_and_view().await
    }
}

impl Change<'_> {
    /// What a wanted status means for the present one.
    pub(crate) fn transition(&self, to: SessionStatus) -> Result<Transition, ServiceError> {
        let from = self.session.status;
        lifecycle::transition(from, to).map_err(|code| {
            let hint = match (from, to) {
                (SessionStatus::Scheduled, SessionStatus::Ended) => " Cancel it instead.",
                (SessionStatus::Active, SessionStatus::Canceled) => " End it instead.",
                _ => "",
            };
            ServiceError::refused(code, format!("The session is {from} and cannot become {to}.{hint}"))
        })
    }

    /// Makes a SCHEDULED session ACTIVE and sets the deadline for one to which nobody ever connects.
    pub(crate) async fn activate(&mut self, at: Timestamp) -> Result<(), ServiceError> {
        self.session.status = SessionStatus::Active;
        self.session.started_at = Some(at);
        self.bump_version();
        if self.is_anybody_connected().await? {
            self.session.first_connected_at = Some(at);
        }
        let session_id = self.session.id;
        self.unschedule(&[Work::Remind { session_id }]).await?;
        self.schedule(Work::Expire { session_id }, lifecycle::active_expiry(&self.session)).await
    }

    /// Tells the doors that the session is ACTIVE, and everyone but the one who began it.
    pub(crate) async fn tell_started(&mut self, by: &UserId) -> Result<(), ServiceError> {
        self.notify_started(by).await?;
        let started = RoomEvent::SessionStarted { started_at: self.session.started_at.unwrap_or(self.now) };
        self.tell_room(Draft::new(started, Audience::everyone())).await
    }

    /// A teacher has at most one ACTIVE class; the teacher's row is locked, so that of two starts at once one wins.
    async fn require_no_other_lesson(&self) -> Result<(), ServiceError> {
        let Some(lesson) = &self.session.lesson else { return Ok(()) };
        self.work().users().lock(&lesson.teacher_id).await?;
        match self.work().sessions().active_lesson_of(&lesson.teacher_id).await? {
            None => Ok(()),
            Some(active) => Err(ServiceError::teaches_already(active)),
        }
    }

    /// Whether a participant is connected: at a door or to the session's topic on any node, or in the media room.
    pub(crate) async fn is_anybody_connected(&self) -> Result<bool, ServiceError> {
        let id = self.session.id;
        if self.work().presence().is_anybody_there(id).await?
            || self.work().room_connections().is_anybody_there(id).await?
        {
            return Ok(true);
        }
        let present = self.work().livekit().list_present(&[id]).await?;
        if present.is_empty() {
            return Ok(false);
        }
        let participants = self.participants().await?;
        Ok(present.iter().any(|connection| {
            participants.iter().any(|participant| {
                participant.user_id == connection.user_id
                    && !matches!(
                        participant.status,
                        mockly_domain::ParticipantStatus::Denied | mockly_domain::ParticipantStatus::Removed
                    )
            })
        }))
    }

    /// The session, if it is still open.
    pub(crate) fn require_open(&self) -> Result<(), ServiceError> {
        if self.session.status.is_open() { Ok(()) } else { Err(ErrorCode::SessionClosed.into()) }
    }
}
