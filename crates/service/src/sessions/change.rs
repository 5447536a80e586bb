//! A change of one session: its row locked, its events in order, its follow-up work, and one commit.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

use mockly_data::{NewEvent, Store, UnitOfWork};
use mockly_domain::access::{self, Action, Caller};
use mockly_domain::event::PARTICIPANTS_INLINE_MAX;
use mockly_domain::view::SessionView;
use mockly_domain::{ErrorCode, EventId, EventType, Participant, Session, SessionId, SessionKind, Timestamp, UserId};

use super::enrolled::{enrolled, is_enrolled};
use super::view::{Cast, view_of};
use crate::jobs::{self, Work};
use crate::notifications::{self, Notice};
use crate::rooms::RoomSlot;
use crate::services::Wakes;
use crate::{Principal, ServiceError, Services};

/// Sessions have at most this many places, so that one change stays one bounded piece of work.
pub(crate) const PLACES_MAX: u64 = 10_000;

/// A change under way. Nothing of it shows before [`Change::commit`]; dropping it undoes it.
pub(crate) struct Change<'s> {
    services: &'s Services,
    work: UnitOfWork,
    /// The session as it will be.
    pub(crate) session: Session,
    /// Its row as it is, which nobody else may write until [`Change::write`]: what is the same is not written again.
    /// In a box, since a change is part of every command's future.
    stored: Box<Session>,
    /// The instant of the change.
    pub(crate) now: Timestamp,
    /// The room's row, once it was looked at.
    pub(crate) room: RoomSlot,
    /// Whose role in the room is new and not announced yet.
    pub(crate) new_roles: Vec<UserId>,
    wakes: Wakes,
    /// The session as the last event showed it to everyone, where that was all of it.
    last_told: Option<Box<(Session, SessionView)>>,
    /// Whether anyone has reached for the unit of work since, and so may have changed what a view shows.
    touched: AtomicBool,
}

impl<'s> Change<'s> {
    /// Locks a session.
    ///
    /// # Errors
    /// `session-not-found`.
    pub(crate) async fn begin(services: &'s Services, id: SessionId) -> Result<Self, ServiceError> {
        Self::find(services, id).await?.ok_or_else(|| ErrorCode::SessionNotFound.into())
    }

    /// Locks a session, if there is one.
    pub(crate) async fn find(services: &'s Services, id: SessionId) -> Result<Option<Self>, ServiceError> {
        let work = services.begin().await?;
        let session = work.sessions().lock(id).await?;
        Ok(session.map(|session| Self::on(services, work, session)))
    }

    /// Begins a session, whose row counts the event that will tell of it.
    pub(crate) async fn create(
        services: &'s Services,
        work: UnitOfWork,
        session: Session,
    ) -> Result<Self, ServiceError> {
        let stored = Box::new(Session { last_sequence: session.last_sequence + 1, ..session.clone() });
        work.sessions().insert(&stored).await?;
        Ok(Self { stored, ..Self::on(services, work, session) })
    }

    /// Goes on with a session that the unit of work has locked.
    pub(crate) fn on(services: &'s Services, work: UnitOfWork, session: Session) -> Self {
        Self {
            services,
            work,
            stored: Box::new(session.clone()),
            session,
            now: services.now(),
            room: RoomSlot::default(),
            new_roles: Vec::new(),
            wakes: Wakes::default(),
            last_told: None,
            touched: AtomicBool::new(true),
        }
    }

    pub(crate) fn services(&self) -> &'s Services {
        self.services
    }

    pub(crate) fn work(&self) -> &UnitOfWork {
        self.touched.store(true, Ordering::Relaxed);
        &self.work
    }

    /// Checks the caller's right; what the caller is in the session.
    pub(crate) async fn authorize(
        &self,
        caller: &Principal,
        action: Action,
    ) -> Result<Option<Participant>, ServiceError> {
        let participant = self.participant(caller.user_id()).await?;
        let is_enrolled = is_enrolled(&self.work, &self.session, caller.user_id(), participant.as_ref()).await?;
        let asks = Caller {
            user_id: caller.user_id(),
            is_admin: caller.is_admin(),
            participant: participant.as_ref(),
            is_enrolled,
        };
        access::authorize(action, &self.session, asks)?;
        Ok(participant)
    }

    pub(crate) async fn participant(&self, user: &UserId) -> Result<Option<Participant>, ServiceError> {
        Ok(self.work.participants().find(self.session.id, user).await?)
    }

    pub(crate) async fn participants(&self) -> Result<Vec<Participant>, ServiceError> {
        Ok(self.work.participants().list(self.session.id, PLACES_MAX).await?)
    }

    /// Everyone who may hear the session's topic but admins and its creator: participants who were not turned away, and
    /// the enrolled.
    pub(crate) async fn everyone(&self) -> Result<Vec<UserId>, ServiceError> {
        let participants = self.participants().await?;
        let places: HashSet<&UserId> = participants.iter().map(|participant| &participant.user_id).collect();
        let mut everyone = enrolled(&self.work, &self.session).await?;
        everyone.retain(|user| !places.contains(user));
        let kept = participants.iter().filter(|participant| !participant.status.is_turned_away());
        everyone.extend(kept.map(|participant| participant.user_id.clone()));
        Ok(everyone)
    }

    /// Notes an edit or a change of status, which `If-Match` counts.
    pub(crate) fn bump_version(&mut self) {
        self.session.version += 1;
        self.session.updated_at = self.now;
    }

    /// Stores an event that carries the session as it is now. `concerned` are those whom an event of a large session
    /// still names; the rights of `revokes` to the session's topic end with it.
    pub(crate) async fn tell(
        &mut self,
        event_type: EventType,
        concerned: &[UserId],
        revokes: &[UserId],
    ) -> Result<(), ServiceError> {
        self.session.last_sequence += 1;
        let Told { cast, recipients } = self.told(event_type, concerned, revokes).await?;
        let view = view_of(self.services, &self.work, &self.session, &cast).await?;
        let data = serde_json::to_string(&view)
            .map_err(|error| ServiceError::Internal(format!("a session cannot be written as JSON: {error}")))?;
        self.work
            .events()
            .append(&NewEvent {
                session_id: self.session.id,
                sequence: self.session.last_sequence,
                event_id: EventId(self.services.inner.ids.uuid()),
                event_type,
                data,
                occurred_at: self.now,
                recipients,
                revokes: revokes.to_vec(),
            })
            .await?;
        self.wakes.events = true;
        self.last_told = cast.is_everyone.then(|| Box::new((self.session.clone(), view)));
        self.touched.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Whom an event shows and reaches. What concerns one of very many reads those concerned and nobody else: a thousand
    /// who come one by one would read a million rows.
    async fn told(
        &self,
        event_type: EventType,
        concerned: &[UserId],
        revokes: &[UserId],
    ) -> Result<Told, ServiceError> {
        // Only a CLASS gets large.
        let may_be_large = is_of_one(event_type) && self.session.kind == SessionKind::Class;
        let few = &concerned[..concerned.len().min(PARTICIPANTS_INLINE_MAX)];
        if may_be_large && self.work.participants().count(self.session.id).await? > PARTICIPANTS_INLINE_MAX as u64 {
            return Ok(Told { cast: self.cast_of(few).await?, recipients: revokes.to_vec() });
        }
        let cast = Cast::first(&self.work, self.session.id).await?;
        if cast.is_everyone {
            let participants: Vec<Participant> = cast.shown.iter().map(|one| one.place.clone()).collect();
            let recipients = self.recipients_among(event_type, &participants, concerned, revokes).await?;
            return Ok(Told { cast, recipients });
        }
        let cast = self.cast_of(few).await?;
        let participants = self.participants().await?;
        let recipients = self.recipients_among(event_type, &participants, concerned, revokes).await?;
        Ok(Told { cast, recipients })
    }

    /// Those of a large session whom an event names.
    async fn cast_of(&self, users: &[UserId]) -> Result<Cast, ServiceError> {
        let shown = self.work.roll().shown_among(self.session.id, users).await?;
        Ok(Cast { shown, is_everyone: false })
    }

    async fn recipients_among(
        &self,
        event_type: EventType,
        participants: &[Participant],
        concerned: &[UserId],
        revokes: &[UserId],
    ) -> Result<Vec<UserId>, ServiceError> {
        let enrolled = enrolled(&self.work, &self.session).await?;
        let people = People { participants, enrolled: &enrolled };
        Ok(recipients(event_type, &self.session, people, concerned, revokes))
    }

    /// Tells single users something, one notification each.
    pub(crate) async fn notify(&mut self, recipients: &[UserId], notice: &Notice<'_>) -> Result<(), ServiceError> {
        self.wakes.notifications |= notifications::write(&self.work, self.services, recipients, notice).await?;
        Ok(())
    }

    /// Writes follow-up work down.
    pub(crate) async fn schedule(&mut self, work: Work, run_at: Timestamp) -> Result<(), ServiceError> {
        jobs::schedule(&self.work, self.services, work, run_at).await?;
        self.wakes.jobs = true;
        Ok(())
    }

    /// Crosses follow-up work out.
    pub(crate) async fn unschedule(&self, work: &[Work]) -> Result<(), ServiceError> {
        Ok(self.work.jobs().cancel(work.iter().map(Work::unique_key)).await?)
    }

    /// The session as everyone sees it: the last event's view while it still holds, which saves the statements that read
    /// it.
    pub(crate) async fn view(&mut self) -> Result<SessionView, ServiceError> {
        let untouched = !self.touched.load(Ordering::Relaxed);
        if let Some(told) = self.last_told.take()
            && untouched
            && told.0 == self.session
        {
            return Ok(told.1);
        }
        let cast = Cast::first(&self.work, self.session.id).await?;
        view_of(self.services, &self.work, &self.session, &cast).await
    }

    /// Makes it so, and tells everyone.
    pub(crate) async fn commit(mut self) -> Result<(), ServiceError> {
        self.write().await?;
        self.services.commit(self.work, self.wakes).await
    }

    async fn write(&mut self) -> Result<(), ServiceError> {
        self.announce_roles().await?;
        if let RoomSlot::Here(log) = &self.room {
            log.save(&self.work).await?;
            self.wakes.rooms |= log.has_told();
        }
        if self.session != *self.stored {
            self.work.sessions().update(&self.session).await?;
        }
        Ok(())
    }

    /// Makes it so and answers with the session.
    pub(crate) async fn commit_and_view(mut self) -> Result<SessionView, ServiceError> {
        let view = self.view().await?;
        self.commit().await?;
        Ok(view)
    }

    /// Writes the session and gives the unit of work back, for a change of several sessions. Whoever takes it commits it
    /// with [`Wakes::ALL`].
    pub(crate) async fn put_down(mut self) -> Result<UnitOfWork, ServiceError> {
        self.write().await?;
        Ok(self.work)
    }

    /// Makes it so without the session's row, which is gone.
    pub(crate) async fn commit_deleted(mut self) -> Result<(), ServiceError> {
        self.wakes.rooms |= matches!(&self.room, RoomSlot::Here(log) if log.has_told());
        self.services.commit(self.work, self.wakes).await
    }
}

/// Whom an event shows and reaches.
struct Told {
    cast: Cast,
    recipients: Vec<UserId>,
}

/// Whether an event tells of single participants alone.
const fn is_of_one(event_type: EventType) -> bool {
    matches!(event_type, EventType::ParticipantJoined | EventType::ParticipantLeft)
}

/// Whom a session concerns besides its creator.
#[derive(Clone, Copy)]
struct People<'a> {
    participants: &'a [Participant],
    enrolled: &'a [UserId],
}

/// Whose user topic carries an event: the creator's, every participant's and every enrolled student's, but of those who
/// were turned away only theirs whose right ends with it.
///
/// What concerns single users of a session of many people goes to them and the hosts alone: a thousand who come one by
/// one would be a million entries.
fn recipients(
    event_type: EventType,
    session: &Session,
    people: People<'_>,
    concerned: &[UserId],
    revokes: &[UserId],
) -> Vec<UserId> {
    let places: HashMap<&UserId, &Participant> =
        people.participants.iter().map(|participant| (&participant.user_id, participant)).collect();
    let without_place = || people.enrolled.iter().filter(|user| !places.contains_key(user));
    let large = places.len() + without_place().count() > PARTICIPANTS_INLINE_MAX;
    if is_of_one(event_type) && large {
        return revokes.to_vec();
    }
    let revoked: HashSet<&UserId> = revokes.iter().collect();
    let turned_away =
        |participant: &&Participant| participant.status.is_turned_away() && !revoked.contains(&participant.user_id);
    let of_few = large && event_type == EventType::SessionUpdated && !concerned.is_empty();
    let mut recipients: Vec<UserId> = people
        .participants
        .iter()
        .filter(|participant| !turned_away(participant))
        .filter(|participant| !of_few || participant.role.is_host() || concerned.contains(&participant.user_id))
        .map(|participant| participant.user_id.clone())
        .collect();
    if !of_few {
        recipients.extend(without_place().cloned());
    }
    let others = [&session.created_by].into_iter().chain(revokes);
    for user in others.filter(|user| !places.contains_key(user)) {
        if !recipients.contains(user) {
            recipients.push(user.clone());
        }
    }
    recipients
}
