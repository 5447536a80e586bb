//! `PATCH /api/sessions/{id}`.

use mockly_data::Store;
use mockly_domain::access::Action;
use mockly_domain::view::SessionView;
use mockly_domain::{Admission, ErrorCode, EventType, MediaPatch, SessionId, SessionStatus, Timestamp, lifecycle};

use super::Change;
use super::create::time_zone;
use crate::jobs::Work;
use crate::{Principal, ServiceError, Services};

/// What is to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct PatchSession {
    /// Heading.
    pub title: Option<String>,
    /// Text below it; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// When it is planned to start; only while it is SCHEDULED.
    pub scheduled_at: Option<Timestamp>,
    /// Planned length in minutes.
    pub duration_min: Option<u32>,
    /// Seats; more of them admit those who wait for one.
    pub max_participants: Option<u32>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// Who gets in without being asked for; OPEN admits everyone who waits.
    pub admission: Option<Admission>,
    /// What those who are not host may publish; reaches those who are connected.
    pub media: Option<MediaPatch>,
}

impl Services {
    /// Edits an open session. An edit that changes nothing causes no event and no new version.
    ///
    /// # Errors
    /// `access-denied`, `forbidden`, `stale-version`, `session-closed`, `validation-failed`, `time-conflict`.
    pub async fn patch_session(
        &self,
        caller: &Principal,
        id: SessionId,
        if_match: Option<i64>,
        patch: PatchSession,
    ) -> Result<SessionView, ServiceError> {
        let mut change = Change::begin(self, id).await?;
        change.authorize(caller, Action::Edit).await?;
        if if_match.is_some_and(|version| version != change.session.version) {
            return Err(ServiceError::refused(
                ErrorCode::StaleVersion,
                format!("The session is at version {}; read it again and repeat your edit.", change.session.version),
            ));
        }
        change.require_open()?;
        let before = change.session.clone();
        apply(&mut change, patch)?;
        if change.session == before {
            return change.commit_and_view().await;
        }
        change.move_slot(&before).await?;
        change.bump_version();
        if change.session.scheduled_at != before.scheduled_at {
            change.session.rescheduled_at = change.now;
            let due = lifecycle::scheduled_expiry(&change.session);
            change.schedule(Work::Expire { session_id: id }, due).await?;
            change.unschedule(&[Work::Remind { session_id: id }]).await?;
            change.schedule_reminder().await?;
            change.notify_rescheduled(caller.user_id(), before.scheduled_at).await?;
        }
        change.tell(EventType::SessionUpdated, &[], &[]).await?;
        let opened = before.admission == Admission::Knock && change.session.admission == Admission::Open;
        if opened || change.session.max_participants > before.max_participants {
            change.admit_who_need_not_wait().await?;
        }
        if change.session.media != before.media {
            change.reach_the_connected().await?;
        }
        change.commit_and_view().await
    }
}

fn apply(change: &mut Change<'_>, patch: PatchSession) -> Result<(), ServiceError> {
    let session = &mut change.session;
    if let Some(scheduled_at) = patch.scheduled_at.filter(|at| *at != session.scheduled_at) {
        if session.status != SessionStatus::Scheduled {
            return Err(ServiceError::field("scheduledAt", "cannot change once the session has started"));
        }
        session.scheduled_at = scheduled_at;
    }
    if let Some(name) = &patch.time_zone {
        session.time_zone = time_zone(Some(name))?;
    }
    session.title = patch.title.unwrap_or_else(|| std::mem::take(&mut session.title));
    session.description = patch.description.unwrap_or_else(|| session.description.take());
    session.duration_min = patch.duration_min.unwrap_or(session.duration_min);
    session.max_participants = patch.max_participants.unwrap_or(session.max_participants);
    session.admission = patch.admission.unwrap_or(session.admission);
    session.media = session.media.with(patch.media.unwrap_or_default());
    Ok(())
}

impl Change<'_> {
    /// Has LiveKit give everyone in the media room what they may publish now (R10).
    async fn reach_the_connected(&mut self) -> Result<(), ServiceError> {
        let (session_id, now) = (self.session.id, self.now);
        let present = self.work().livekit().list_present(&[session_id]).await?;
        for connection in present {
            self.schedule(Work::UpdateGrant { session_id, user_id: connection.user_id }, now).await?;
        }
        Ok(())
    }
}
