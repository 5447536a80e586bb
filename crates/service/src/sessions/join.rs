//! Joining: the decision, `can-join`, and the join itself, which REST, LiveKit's webhooks and reconciliation share.

use mockly_data::{DataError, Store};
use mockly_domain::access::{self, Action, Caller};
use mockly_domain::join::{self, JoinOutcome, JoinQuestion, Refusal};
use mockly_domain::view::SessionView;
use mockly_domain::{
    ErrorCode, EventType, Participant, ParticipantRole, ParticipantStatus, Session, SessionId, SessionKind,
    SessionStatus, Timestamp, UserId,
};

use super::create::place;
use super::{Change, is_enrolled};
use crate::error::explain;
use crate::jobs::Work;
use crate::rooms::actor_of;
use crate::{Principal, ServiceError, Services};

/// What joining would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanJoin {
    /// Whether it would be let in, or let wait.
    pub allowed: bool,
    /// Why not; `waiting` where a host has to admit first, or a seat has to become free for one who waits.
    pub code: Option<ErrorCode>,
    /// The same in a sentence.
    pub message: String,
    /// When the session opens, where it has a window.
    pub opens_at: Option<Timestamp>,
    /// When it closes.
    pub closes_at: Option<Timestamp>,
}

/// The answer to the join question, with what it was asked of.
pub(crate) struct Asked {
    pub(crate) session: Session,
    pub(crate) participant: Option<Participant>,
    /// Whether one without a place is enrolled in the session's class.
    pub(crate) is_enrolled: bool,
    pub(crate) outcome: Result<JoinOutcome, Refusal>,
}

/// Who asks, and what is known of them.
struct Asking<'a> {
    session: &'a Session,
    participant: Option<&'a Participant>,
    is_enrolled: bool,
    user: &'a UserId,
    wanted_role: Option<ParticipantRole>,
}

/// Who joins, in which role if one is named, and when.
pub(crate) struct Joining<'a> {
    pub(crate) user: &'a UserId,
    pub(crate) role: Option<ParticipantRole>,
    pub(crate) at: Timestamp,
}

impl Services {
    /// Joins a session.
    ///
    /// # Errors
    /// What the join decision refuses.
    pub async fn join_session(
        &self,
        caller: &Principal,
        id: SessionId,
        role: Option<ParticipantRole>,
    ) -> Result<SessionView, ServiceError> {
        let mut change = Change::begin(self, id).await?;
        let joining = Joining { user: caller.user_id(), role, at: change.now };
        match change.join(joining).await {
            Ok(Arrival { outcome, participant, .. }) => {
                if matches!(outcome, JoinOutcome::AlreadyIn | JoinOutcome::AlreadyWaiting) {
                    change.renew_grace(&participant).await?;
                }
                let mut view = change.commit_and_view().await?;
                if matches!(outcome, JoinOutcome::Wait | JoinOutcome::AlreadyWaiting) {
                    // As whoever waits reads it.
                    view.artifacts.clear();
                }
                Ok(view)
            }
            Err(unjoined) => {
                drop(change);
                Err(self.unjoined(unjoined, caller.user_id()).await)
            }
        }
    }

    /// What one is told who did not get in; the unit of work must be over.
    pub(crate) async fn unjoined(&self, unjoined: Unjoined, user: &UserId) -> ServiceError {
        match unjoined {
            Unjoined::Refused(refusal) => ServiceError::join(&refusal),
            Unjoined::HoldsAnother => match self.db().participants().held_by(user).await {
                Ok(active_session_id) => ServiceError::join(&Refusal {
                    code: ErrorCode::ActiveSessionExists,
                    opens_at: None,
                    closes_at: None,
                    active_session_id,
                }),
                Err(error) => error.into(),
            },
            Unjoined::Failed(error) => error,
        }
    }

    /// Tells what joining would do.
    ///
    /// # Errors
    /// `session-not-found`, `access-denied`.
    pub async fn can_join(&self, caller: &Principal, id: SessionId) -> Result<CanJoin, ServiceError> {
        let asked = self.ask_to_join(self.db(), caller.user_id(), id, None).await?;
        let asks = Caller {
            user_id: caller.user_id(),
            is_admin: caller.is_admin(),
            participant: asked.participant.as_ref(),
            is_enrolled: asked.is_enrolled,
        };
        access::authorize(Action::AskToJoin, &asked.session, asks)?;
        let window = self.inner.settings.join_window.of(&asked.session);
        let (allowed, code, message) = match &asked.outcome {
            Ok(JoinOutcome::Enter) => (true, None, "You can join.".to_owned()),
            Ok(JoinOutcome::AlreadyIn) => (true, None, "You have joined.".to_owned()),
            Ok(JoinOutcome::Wait | JoinOutcome::AlreadyWaiting) => {
                (true, Some(ErrorCode::Waiting), waiting_for(&asked.session).to_owned())
            }
            Err(refusal) => (false, Some(refusal.code), explain(refusal)),
        };
        Ok(CanJoin {
            allowed,
            code,
            message,
            opens_at: window.map(|(opens, _)| opens),
            closes_at: window.map(|(_, closes)| closes),
        })
    }

    /// Asks the join question.
    ///
    /// # Errors
    /// `session-not-found`; a refusal is part of the answer.
    pub(crate) async fn ask_to_join(
        &self,
        store: &impl Store,
        user: &UserId,
        id: SessionId,
        role: Option<ParticipantRole>,
    ) -> Result<Asked, ServiceError> {
        let session = store.sessions().find(id).await?.ok_or(ErrorCode::SessionNotFound)?;
        let participant = store.participants().find(id, user).await?;
        let is_enrolled = is_enrolled(store, &session, user, participant.as_ref()).await?;
        let asking =
            Asking { session: &session, participant: participant.as_ref(), is_enrolled, user, wanted_role: role };
        let outcome = self.decide(store, asking).await?;
        Ok(Asked { session, participant, is_enrolled, outcome })
    }

    async fn decide(
        &self,
        store: &impl Store,
        asking: Asking<'_>,
    ) -> Result<Result<JoinOutcome, Refusal>, ServiceError> {
        let Asking { session, participant, is_enrolled, user, wanted_role } = asking;
        let (asks_for_seats, asks_for_held) =
            (join::asks_for_seats(participant), join::asks_for_held(session, participant));
        let participants = store.participants();
        let seats_taken = if asks_for_seats { participants.seats_taken_by_others(session.id, user).await? } else { 0 };
        let held = if asks_for_held { participants.held_by(user).await? } else { None };
        Ok(join::decide(&JoinQuestion {
            session,
            participant,
            is_enrolled,
            wanted_role,
            seats_taken: u32::try_from(seats_taken).unwrap_or(u32::MAX),
            holds_other: held.filter(|held| *held != session.id),
            window: self.inner.settings.join_window,
            now: self.now(),
        }))
    }
}

/// What one waits for who may join and is not let in at once.
fn waiting_for(session: &Session) -> &'static str {
    if session.kind == SessionKind::Class && session.status == SessionStatus::Scheduled {
        "You can come in and wait; the class has not started yet."
    } else if !join::waits(session) {
        "You wait for a seat; you are let in as soon as one is free."
    } else {
        "You can ask to join; a host has to admit you."
    }
}

/// One who has come: they are in, or wait.
pub(crate) struct Arrival {
    pub(crate) outcome: JoinOutcome,
    /// Their place as it is now.
    pub(crate) participant: Participant,
    /// Their status before; `None` where they had no place.
    pub(crate) was: Option<ParticipantStatus>,
}

/// Why a join did not happen.
pub(crate) enum Unjoined {
    /// The decision said no.
    Refused(Refusal),
    /// The index said that the user holds another session; the unit of work cannot go on.
    HoldsAnother,
    /// Something failed.
    Failed(ServiceError),
}

impl<E: Into<ServiceError>> From<E> for Unjoined {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Change<'_> {
    /// Joins a user, or lets them wait, or finds that they have done so before.
    pub(crate) async fn join(&mut self, joining: Joining<'_>) -> Result<Arrival, Unjoined> {
        let participant = self.participant(joining.user).await?;
        let was = participant.as_ref().map(|participant| participant.status);
        let services = self.services();
        let is_enrolled = is_enrolled(self.work(), &self.session, joining.user, participant.as_ref()).await?;
        let asking = Asking {
            session: &self.session,
            participant: participant.as_ref(),
            is_enrolled,
            user: joining.user,
            wanted_role: joining.role,
        };
        let outcome = services.decide(self.work(), asking).await?.map_err(Unjoined::Refused)?;
        let mut participant = match participant {
            Some(participant) => participant,
            None => self.seat_student(joining.user).await?,
        };
        match outcome {
            JoinOutcome::AlreadyIn | JoinOutcome::AlreadyWaiting => {}
            JoinOutcome::Enter => self.enter(&mut participant, joining.at).await?,
            JoinOutcome::Wait => {
                participant.status = ParticipantStatus::Waiting;
                participant.last_seen_at = Some(self.now);
                participant.denied_at = None;
                self.work().participants().update(&participant).await?;
                self.tell(EventType::SessionUpdated, std::slice::from_ref(&participant.user_id), &[]).await?;
                self.room_waits(&participant).await?;
                let who = actor_of(self.work(), &participant.user_id).await?;
                self.notify_waiting(&who).await?;
            }
        }
        Ok(Arrival { outcome, participant, was })
    }

    /// Gives one who is enrolled a place: they come for the first time.
    async fn seat_student(&self, user: &UserId) -> Result<Participant, ServiceError> {
        let student = place(self.services(), self.session.id, user.clone(), ParticipantRole::Student, false);
        self.work().participants().insert(&student).await?;
        Ok(student)
    }

    /// Lets a participant in. The first one in makes an INTERVIEW or MENTORING ACTIVE.
    pub(crate) async fn enter(&mut self, participant: &mut Participant, at: Timestamp) -> Result<(), Unjoined> {
        let was = participant.status;
        participant.status = ParticipantStatus::Joined;
        participant.admitted = true;
        participant.joined_at = Some(participant.joined_at.map_or(at, |first| first.min(at)));
        participant.left_at = None;
        participant.last_seen_at = participant.last_seen_at.max(Some(at));
        participant.holds = self.session.kind == SessionKind::Interview;
        match self.work().participants().update(participant).await {
            Ok(()) => {}
            Err(DataError::Conflict(_)) => return Err(Unjoined::HoldsAnother),
            Err(error) => return Err(error.into()),
        }
        // What was to follow a connection that was lost, or an earlier leave, is over.
        let (session_id, user_id) = (self.session.id, participant.user_id.clone());
        let identity = user_id.to_string();
        let over = [Work::EndGrace { session_id, user_id, left_at: at }, Work::RemoveFromRoom { session_id, identity }];
        self.unschedule(&over).await?;
        let starts = self.session.status == SessionStatus::Scheduled && self.session.kind != SessionKind::Class;
        if starts {
            self.activate(at).await?;
        }
        let concerned = [participant.user_id.clone()];
        self.begin_presence(&concerned).await?;
        self.tell(EventType::ParticipantJoined, &concerned, &[]).await?;
        if starts {
            self.tell(EventType::SessionUpdated, &concerned, &[]).await?;
        }
        self.room_entered(participant, was).await?;
        if starts {
            self.tell_started(&participant.user_id).await?;
        }
        self.watch_host(at).await?;
        Ok(())
    }
}
