//! Whose time a MENTORING takes: no two of one user may overlap.

use mockly_data::{Store, UnitOfWork};
use mockly_domain::{ErrorCode, Session, SessionKind, Timestamp, User, UserId};

use super::Change;
use crate::jobs::Work;
use crate::{ServiceError, Services};

/// Locks the rows of two users until the unit of work ends, in the order of their ids: whoever books either of them waits
/// here, and nobody waits for somebody who waits for them. SQLite has one writer and needs no lock.
pub(super) async fn lock_pair(
    work: &UnitOfWork,
    one: &UserId,
    other: &UserId,
) -> Result<(Option<User>, Option<User>), ServiceError> {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    let first_row = work.users().lock(first).await?;
    let second_row = work.users().lock(second).await?;
    Ok(if one <= other { (first_row, second_row) } else { (second_row, first_row) })
}

/// Refuses a planned time at which one of these users has another MENTORING. Their rows must be locked.
///
/// # Errors
/// `time-conflict`.
pub(super) async fn require_free<'u>(
    work: &UnitOfWork,
    session: &Session,
    users: impl IntoIterator<Item = &'u UserId>,
) -> Result<(), ServiceError> {
    for user in users {
        let (from, until) = (session.scheduled_at, session.planned_end());
        if work.sessions().has_mentoring_between(user, from, until, session.id).await? {
            return Err(ServiceError::refused(
                ErrorCode::TimeConflict,
                format!("{user} has another MENTORING between {from} and {until}; choose another time."),
            ));
        }
    }
    Ok(())
}

impl Change<'_> {
    /// After an edit of the planned time of a MENTORING: the new one must be free for both, and the media room is made
    /// when it opens.
    pub(super) async fn move_slot(&mut self, before: &Session) -> Result<(), ServiceError> {
        let moved = self.session.scheduled_at != before.scheduled_at;
        if self.session.kind != SessionKind::Mentoring || !(moved || self.session.duration_min != before.duration_min) {
            return Ok(());
        }
        let participants = self.participants().await?;
        let mut users: Vec<&UserId> = participants
            .iter()
            .filter(|participant| !participant.status.is_turned_away())
            .map(|participant| &participant.user_id)
            .collect();
        users.sort_unstable();
        for user in &users {
            self.work().users().lock(user).await?;
        }
        require_free(self.work(), &self.session, users).await?;
        if moved && self.services().inner.media.is_configured() {
            let (session_id, at) = (self.session.id, self.services().opens_at(&self.session).max(self.now));
            self.schedule(Work::PrepareRoom { session_id }, at).await?;
        }
        Ok(())
    }
}

impl Services {
    /// When a session can first be joined; its planned start where it has no window.
    pub(crate) fn opens_at(&self, session: &Session) -> Timestamp {
        self.inner.settings.join_window.of(session).map_or(session.scheduled_at, |(opens, _)| opens)
    }
}
