//! Letting in who waits (R3): one or all at a host's word, or everybody where nobody has to wait any more.

use std::collections::HashMap;

use mockly_data::Store;
use mockly_domain::event::PARTICIPANTS_INLINE_MAX;
use mockly_domain::join::{self, JoinQuestion, Refusal};
use mockly_domain::{
    ErrorCode, EventType, Participant, ParticipantId, ParticipantStatus, SessionId, SessionKind, Timestamp, UserId,
};

use super::Change;
use super::change::PLACES_MAX;
use super::join::Unjoined;
use crate::ServiceError;

impl Change<'_> {
    /// Nobody has to wait any more, because the class has started, the session is OPEN or a seat is free: lets everybody in
    /// who waits, as far as they may join. Where newcomers still wait, nothing changes.
    pub(crate) async fn admit_who_need_not_wait(&mut self) -> Result<(), ServiceError> {
        if join::waits(&self.session) {
            return Ok(());
        }
        let waiting = self.waiting().await?;
        self.admit(waiting).await?;
        Ok(())
    }

    /// Those who wait, the longest first.
    pub(crate) async fn waiting(&self) -> Result<Vec<Participant>, ServiceError> {
        let status = ParticipantStatus::Waiting;
        let mut waiting = self.work().participants().list_in_status(self.session.id, status).await?;
        let members = self.work().rooms().list_members(self.room_id(), PLACES_MAX).await?;
        let since: HashMap<UserId, Timestamp> =
            members.into_iter().map(|member| (member.user_id, member.entered_at)).collect();
        // Before anybody was at a door, the order of their places is all that is known.
        waiting.sort_by_key(|participant| since.get(&participant.user_id).copied());
        Ok(waiting)
    }

    /// Lets those in who wait, in their order: as far as there are seats and they hold no other session. Why the others
    /// go on waiting, a refusal each.
    pub(crate) async fn admit(&mut self, waiting: Vec<Participant>) -> Result<Vec<Refusal>, ServiceError> {
        let Some(first) = waiting.first() else { return Ok(Vec::new()) };
        // Those who wait take no seats, so the others of any one of them are everybody.
        let taken = self.work().participants().seats_taken_by_others(self.session.id, &first.user_id).await?;
        let mut seats_taken = u32::try_from(taken).unwrap_or(u32::MAX);
        let (mut admitted, mut refusals) = (Vec::new(), Vec::new());
        for participant in waiting {
            let participant = Participant { admitted: true, ..participant };
            let holds_other = self.holds_other(&participant).await?;
            let decided = join::decide(&JoinQuestion {
                session: &self.session,
                participant: Some(&participant),
                is_enrolled: false,
                wanted_role: None,
                seats_taken,
                holds_other,
                window: self.services().inner.settings.join_window,
                now: self.now,
            });
            match decided {
                Ok(_) => {
                    seats_taken = seats_taken.saturating_add(1);
                    admitted.push(participant);
                }
                Err(refusal) => refusals.push(refusal),
            }
        }
        if self.session.kind == SessionKind::Class {
            self.enter_many(admitted).await?;
        } else {
            // One of two: with them the session may begin, and they may hold it.
            for mut participant in admitted {
                let at = self.now;
                self.enter(&mut participant, at).await.map_err(refused)?;
            }
        }
        Ok(refusals)
    }

    /// Another INTERVIEW that somebody holds who waits in this one.
    async fn holds_other(&self, participant: &Participant) -> Result<Option<SessionId>, ServiceError> {
        if !join::asks_for_held(&self.session, Some(participant)) {
            return Ok(None);
        }
        let held = self.work().participants().held_by(&participant.user_id).await?;
        Ok(held.filter(|held| *held != self.session.id))
    }

    /// Lets students in, with few statements for many.
    async fn enter_many(&mut self, mut students: Vec<Participant>) -> Result<(), ServiceError> {
        let ids: Vec<ParticipantId> = students.iter().map(|student| student.id).collect();
        self.work().participants().admit_many(&ids, self.now).await?;
        for student in &mut students {
            student.status = ParticipantStatus::Joined;
        }
        let users: Vec<UserId> = students.iter().map(|student| student.user_id.clone()).collect();
        self.begin_presence(&users).await?;
        for group in students.chunks(PARTICIPANTS_INLINE_MAX) {
            let users: Vec<UserId> = group.iter().map(|student| student.user_id.clone()).collect();
            self.tell(EventType::ParticipantJoined, &users, &[]).await?;
        }
        self.room_admitted(&students).await
    }
}

/// Why somebody did not come in whom the decision let in.
fn refused(unjoined: Unjoined) -> ServiceError {
    match unjoined {
        Unjoined::Refused(refusal) => ServiceError::join(&refusal),
        Unjoined::HoldsAnother => ErrorCode::ActiveSessionExists.into(),
        Unjoined::Failed(error) => error,
    }
}
