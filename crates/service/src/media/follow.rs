//! What LiveKit tells: webhooks, each taking effect once, and the work that goes the other way.

use mockly_data::{LivekitParticipant, LivekitRoom, Store};
use mockly_domain::join::JoinOutcome;
use mockly_domain::room::MediaSource;
use mockly_domain::session::session_of_livekit_room;
use mockly_domain::{ParticipantStatus, RoomId, Session, SessionId, Timestamp, UserId};

use super::{Grant, WebhookEvent, WebhookParticipant, WebhookRoom};
use crate::jobs::Work;
use crate::rooms::{actor_of, presence};
use crate::services::Wakes;
use crate::sessions::{Arrival, Change, Joining, Unjoined};
use crate::{ServiceError, Services};

/// A connection to a media room.
pub(crate) struct Connection<'a> {
    pub(crate) sid: &'a str,
    pub(crate) identity: &'a str,
}

impl Services {
    /// Takes a webhook of LiveKit. Unknown events and rooms are fine; a repeat has no second effect.
    ///
    /// # Errors
    /// `invalid-signature`, `malformed-webhook`; [`ServiceError::Data`] where it could not be stored, so that LiveKit
    /// sends it again.
    pub async fn receive_webhook(&self, authorization: &str, body: &[u8]) -> Result<(), ServiceError> {
        let event = self.inner.media.read_webhook(authorization, body, self.now()).inspect_err(|_refused| {
            // Whatever it would have told is found out by asking.
            self.want_reconciliation();
        })?;
        metrics::counter!("mockly_webhooks_total").increment(1);
        let session_id = event.room.as_ref().and_then(|room| session_of_livekit_room(&room.name));
        let work = self.begin().await?;
        // The session first, like every command: two orders of locking would wait for each other.
        let session = match session_id {
            Some(id) => work.sessions().lock(id).await?,
            None => None,
        };
        let fresh = work.inbox().insert(&event.id, &event.event, self.now()).await?;
        let (Some(session), true) = (session, fresh) else {
            return self.commit(work, Wakes::default()).await;
        };
        match self.follow(Change::on(self, work, session), &event).await {
            // The user took another session at the same moment: the same webhook again finds that and throws them out.
            Err(ServiceError::Refused(refused)) => {
                tracing::info!(webhook.id = %event.id, code = %refused.code, "a webhook is to be sent again");
                self.want_reconciliation();
                Err(ServiceError::Internal("a webhook lost a race".to_owned()))
            }
            outcome => outcome,
        }
    }

    async fn follow(&self, mut change: Change<'_>, event: &WebhookEvent) -> Result<(), ServiceError> {
        // Absent is nought in protojson.
        let told_at = (event.created_at > 0).then(|| Timestamp::from_secs(event.created_at));
        let at = told_at.map_or(change.now, |at| at.min(change.now));
        let room = event.room.as_ref();
        match (event.event.as_str(), room, event.participant.as_ref().filter(|someone| someone.is_person())) {
            ("room_started", Some(room), _) => change.note_room(room, None).await?,
            ("room_finished", Some(room), _) => change.room_finished(room, at).await?,
            ("participant_joined", _, Some(someone)) => {
                let joined_at = someone.joined_at().unwrap_or(at).min(change.now);
                change.media_joined(&connection(someone), someone.grant(), joined_at).await?;
            }
            ("participant_left" | "participant_connection_aborted", _, Some(someone)) => {
                change.media_left(&connection(someone), someone.joined_at(), at).await?;
            }
            _ => {}
        }
        change.commit().await
    }

    /// Closes the media room of a session that is over or gone.
    pub(crate) async fn delete_room(&self, id: SessionId) -> Result<(), ServiceError> {
        if self.db().sessions().find(id).await?.is_some_and(|session| session.status.is_open()) {
            return Ok(());
        }
        Ok(self.inner.media.delete_room(&mockly_domain::session::livekit_room_name(id)).await?)
    }

    /// Throws somebody out of a media room, unless they have joined the session again since.
    pub(crate) async fn remove_from_room(&self, id: SessionId, identity: &str) -> Result<(), ServiceError> {
        if let Ok(user) = UserId::new(identity)
            && self.db().sessions().find(id).await?.is_some_and(|session| session.status.is_open())
            && let Some(participant) = self.db().participants().find(id, &user).await?
            && participant.status == ParticipantStatus::Joined
        {
            return Ok(());
        }
        let room = mockly_domain::session::livekit_room_name(id);
        Ok(self.inner.media.remove_participant(&room, identity).await?)
    }

    /// Mutes somebody in the media room, unless they have turned the source on again since or LiveKit was away for too long.
    pub(crate) async fn mute_track(
        &self,
        id: SessionId,
        user: &UserId,
        source: MediaSource,
        until: Timestamp,
    ) -> Result<(), ServiceError> {
        let member = self.db().rooms().find_member(RoomId(id.0), user).await?;
        let is_on_again = member.is_some_and(|member| match source {
            MediaSource::Microphone => member.audio,
            MediaSource::Camera => member.video,
            MediaSource::Screen => false,
        });
        if is_on_again || self.now() > until {
            return Ok(());
        }
        let room = mockly_domain::session::livekit_room_name(id);
        Ok(self.inner.media.mute_tracks(&room, user.as_str(), source).await?)
    }

    pub(crate) async fn update_grant(&self, id: SessionId, user: &UserId) -> Result<(), ServiceError> {
        let Some(session) = self.db().sessions().find(id).await? else { return Ok(()) };
        let Some(grant) = grant_of(self.db(), &session, user).await? else { return Ok(()) };
        Ok(self.inner.media.update_grant(&session.livekit_room_name(), user.as_str(), grant).await?)
    }
}

/// What a participant may publish now.
async fn grant_of(store: &impl Store, session: &Session, user: &UserId) -> Result<Option<Grant>, ServiceError> {
    let Some(participant) = store.participants().find(session.id, user).await? else { return Ok(None) };
    let member = store.rooms().find_member(RoomId(session.id.0), user).await?;
    let may_share = member.is_some_and(|member| member.may_share);
    Ok(Some(Grant::of(participant.role, session.media, may_share)))
}

fn connection(someone: &WebhookParticipant) -> Connection<'_> {
    Connection { sid: &someone.sid, identity: &someone.identity }
}

impl Change<'_> {
    /// Somebody is in the media room: the same join as any other, or out they go (R9). `granted` is what their token
    /// lets them publish, where it is told: an old one may say more than what holds by now, or less.
    pub(crate) async fn media_joined(
        &mut self,
        who: &Connection<'_>,
        granted: Option<Grant>,
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        let session_id = self.session.id;
        let Ok(user_id) = UserId::new(who.identity) else { return self.throw_out(who).await };
        let was_online = self.is_connected(&user_id).await?;
        let row = LivekitParticipant {
            sid: who.sid.to_owned(),
            session_id,
            user_id: user_id.clone(),
            joined_at: at,
            left_at: None,
            last_seen_at: self.now,
        };
        // A sid that is known was seen before, or has left before this late word of its coming (R8).
        if !self.work().livekit().insert_participant(&row).await? {
            let participant = self.participant(&user_id).await?;
            let may_stay = participant.is_some_and(|participant| !participant.status.is_turned_away());
            return if may_stay && self.session.status.is_open() { Ok(()) } else { self.throw_out(who).await };
        }
        let Some(arrival) = self.media_join(&user_id, at).await? else {
            // Never in: a connection without length is no attendance (R12).
            self.work().livekit().close_participant(who.sid, at).await?;
            return self.throw_out(who).await;
        };
        if arrival.outcome == JoinOutcome::AlreadyIn && !was_online {
            let actor = actor_of(self.work(), &user_id).await?;
            self.tell_room(presence(actor, true)).await?;
        }
        if granted.is_none() || granted != grant_of(self.work(), &self.session, &user_id).await? {
            let now = self.now;
            self.schedule(Work::UpdateGrant { session_id, user_id: user_id.clone() }, now).await?;
        }
        self.note_connection(&user_id, at).await
    }

    async fn throw_out(&mut self, who: &Connection<'_>) -> Result<(), ServiceError> {
        let (session_id, now) = (self.session.id, self.now);
        self.schedule(Work::RemoveFromRoom { session_id, identity: who.identity.to_owned() }, now).await
    }

    /// The join of one who is in the media room; `None` where they may not be there.
    async fn media_join(&mut self, user: &UserId, at: Timestamp) -> Result<Option<Arrival>, ServiceError> {
        match self.join(Joining { user, role: None, at }).await {
            Ok(arrival) => Ok(Some(arrival).filter(|arrival| arrival.participant.status == ParticipantStatus::Joined)),
            Err(Unjoined::Refused(_)) => Ok(None),
            Err(Unjoined::HoldsAnother) => Err(mockly_domain::ErrorCode::ActiveSessionExists.into()),
            Err(Unjoined::Failed(error)) => Err(error),
        }
    }

    /// Somebody has left the media room: only their own interval closes. Unless they come back within the grace, they
    /// have left the session.
    pub(crate) async fn media_left(
        &mut self,
        who: &Connection<'_>,
        joined_at: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        let Ok(user_id) = UserId::new(who.identity) else { return Ok(()) };
        let Some(mut participant) = self.participant(&user_id).await? else { return Ok(()) };
        let session_id = self.session.id;
        let was_online = self.is_connected(&user_id).await?;
        let connections = self.work().livekit().list_of_user(session_id, &user_id).await?;
        let (own, others): (Vec<_>, Vec<_>) = connections.iter().partition(|connection| connection.sid == who.sid);
        let at = match own.first() {
            Some(known) if known.left_at.is_some() => return Ok(()),
            // Goings are told in whole seconds and comings in milliseconds.
            Some(known) => at.max(known.joined_at),
            None => at,
        };
        if own.is_empty() {
            self.services().want_reconciliation();
            // Told of the going before the coming: the interval is known all the same, and the late word is ignored.
            let row = LivekitParticipant {
                sid: who.sid.to_owned(),
                session_id,
                user_id: user_id.clone(),
                joined_at: joined_at.unwrap_or(at).min(at),
                left_at: Some(at),
                last_seen_at: at,
            };
            self.work().livekit().insert_participant(&row).await?;
        } else {
            self.work().livekit().close_participant(who.sid, at).await?;
        }
        participant.last_seen_at = participant.last_seen_at.max(Some(at));
        self.work().participants().update(&participant).await?;
        let still_there = self.is_connected(&user_id).await?;
        if participant.status == ParticipantStatus::Joined && !still_there {
            if was_online {
                let actor = actor_of(self.work(), &user_id).await?;
                self.tell_room(presence(actor, false)).await?;
            }
            // What is told last need not have happened last.
            let left_at = others.iter().filter_map(|connection| connection.left_at).fold(at, Timestamp::max);
            let due = left_at.plus(self.services().inner.settings.leave_grace);
            self.schedule(Work::EndGrace { session_id, user_id, left_at }, due).await?;
        }
        self.note_absence(at).await
    }

    async fn note_room(&self, room: &WebhookRoom, finished_at: Option<Timestamp>) -> Result<(), ServiceError> {
        let row = LivekitRoom {
            session_id: self.session.id,
            name: room.name.clone(),
            sid: Some(room.sid.clone()),
            created_at: self.now,
            finished_at,
        };
        Ok(self.work().livekit().upsert_room(&row).await?)
    }

    /// The media room is gone, which says nothing of the session (R5).
    async fn room_finished(&mut self, room: &WebhookRoom, at: Timestamp) -> Result<(), ServiceError> {
        let known = self.work().livekit().find_room(self.session.id).await?;
        let of_an_earlier_life =
            known.is_some_and(|known| known.sid.is_some_and(|sid| sid != room.sid && !room.sid.is_empty()));
        if of_an_earlier_life {
            self.services().want_reconciliation();
            return Ok(());
        }
        self.note_room(room, Some(at)).await?;
        self.nobody_in_room(at).await
    }

    /// Closes every interval that is open since before `at`.
    async fn nobody_in_room(&mut self, at: Timestamp) -> Result<(), ServiceError> {
        let present = self.work().livekit().list_present(&[self.session.id]).await?;
        for connection in present.iter().filter(|connection| connection.joined_at <= at) {
            let who = Connection { sid: &connection.sid, identity: connection.user_id.as_str() };
            self.media_left(&who, None, at).await?;
        }
        self.note_absence(at).await
    }
}
