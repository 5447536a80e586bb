//! Sessions.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use mockly_domain::{
    ClassId, Lesson, MediaPolicy, Participant, ParticipantStatus, Session, SessionId, SessionKind, SessionStatus,
    Timestamp, UserId,
};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, IntoCondition as _, Query, SelectStatement, UnionType};
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, EntityTrait, JoinType, Order, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};

use super::few_lengths;
use super::user::contains;
use crate::DataError;
use crate::convert::{count, micros, parse, stored, time, user_id};
use crate::entity::session::{ActiveModel, Column, Entity, Model};
use crate::entity::{class_student, livekit_participant, livekit_room, participant, room_connection, session_presence};

/// In what order sessions are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SessionSort {
    /// Earliest first.
    ScheduledAt,
    /// Latest first.
    #[default]
    ScheduledAtDesc,
    /// As one looks for what is next: ACTIVE ones, then SCHEDULED ones with the earliest first, then what is over with the
    /// latest first.
    Live,
}

/// Which sessions are listed; all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    /// Only in this status.
    pub status: Option<SessionStatus>,
    /// Only of this kind.
    pub kind: Option<SessionKind>,
    /// Only of this class.
    pub class_id: Option<ClassId>,
    /// Title or description contain this text in any case.
    pub text: Option<String>,
    /// Scheduled at this instant or later.
    pub from: Option<Timestamp>,
    /// Scheduled at this instant or earlier.
    pub to: Option<Timestamp>,
}

const MICROS_PER_MIN: i64 = 60_000_000;

super::repository!(
    /// Sessions.
    SessionRepository
);

impl SessionRepository<'_> {
    /// One session.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, id: SessionId) -> Result<Option<Session>, DataError> {
        Entity::find_by_id(id.0).one(&self.db).await?.map(to_domain).transpose()
    }

    /// Several sessions, each with the place that a user has in it; what is not there is absent.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_with_places(
        &self,
        keys: Vec<(SessionId, UserId)>,
    ) -> Result<HashMap<(SessionId, UserId), (Session, Option<Participant>)>, DataError> {
        let ids = few_lengths(keys.iter().map(|(id, _)| id.0));
        let users = few_lengths(keys.iter().map(|(_, user)| user.as_str().to_owned()));
        let place =
            Entity::belongs_to(participant::Entity).from(Column::Id).to(participant::Column::SessionId).on_condition(
                move |_, place| Expr::col((place, participant::Column::UserId)).is_in(&users).into_condition(),
            );
        let rows = Entity::find()
            .filter(Column::Id.is_in(ids))
            .join(JoinType::LeftJoin, place.into())
            .select_also(participant::Entity)
            .all(&self.db)
            .await?;
        let (mut sessions, mut places) = (HashMap::new(), HashMap::new());
        for (session, place) in rows {
            // Each of the users may have a place in each of the sessions; only what is asked for is read of it.
            places.extend(place.map(|place| ((place.session_id, place.user_id.clone()), place)));
            if let Entry::Vacant(vacant) = sessions.entry(session.id) {
                vacant.insert(to_domain(session)?);
            }
        }
        let found = keys.into_iter().filter_map(|key| {
            let session = sessions.get(&key.0.0)?.clone();
            let place = places.remove(&(key.0.0, key.1.to_string())).map(super::participant::to_domain);
            Some(place.transpose().map(|place| (key, (session, place))))
        });
        found.collect()
    }

    /// One session, kept from others until the unit of work ends. Every command begins with it, so that a session's
    /// commands and the sequence of its events have one order.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn lock(&self, id: SessionId) -> Result<Option<Session>, DataError> {
        Entity::find_by_id(id.0).lock_exclusive().one(&self.db).await?.map(to_domain).transpose()
    }

    /// Adds a session.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn insert(&self, session: &Session) -> Result<(), DataError> {
        Entity::insert(to_row(session)).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// Writes everything about a session that can change.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn update(&self, session: &Session) -> Result<(), DataError> {
        let mut row = to_row(session);
        row.id = ActiveValue::NotSet;
        Entity::update_many().set(row).filter(Column::Id.eq(session.id.0)).exec(&self.db).await?;
        Ok(())
    }

    /// Deletes a session and all that hangs on it but its events.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn delete(&self, id: SessionId) -> Result<(), DataError> {
        Entity::delete_by_id(id.0).exec(&self.db).await?;
        Ok(())
    }

    /// The sessions that a user made, takes part in or is enrolled for, with their number.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_of_user(
        &self,
        user: &UserId,
        filter: &SessionFilter,
        sort: SessionSort,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<Session>, u64), DataError> {
        let found = Entity::find().filter(Column::Id.in_subquery(sessions_of(user))).filter(condition(filter));
        let total = found.clone().count(&self.db).await?;
        let ordered = match sort {
            SessionSort::ScheduledAt => found.order_by_asc(Column::ScheduledAt).order_by_asc(Column::Id),
            SessionSort::ScheduledAtDesc => found.order_by_desc(Column::ScheduledAt).order_by_desc(Column::Id),
            SessionSort::Live => {
                let is_scheduled = || Column::Status.eq(SessionStatus::Scheduled.as_str());
                let rank = CaseStatement::new()
                    .case(Column::Status.eq(SessionStatus::Active.as_str()), Expr::value(0))
                    .case(is_scheduled(), Expr::value(1))
                    .finally(Expr::value(2));
                let earliest = CaseStatement::new()
                    .case(is_scheduled(), Expr::col(Column::ScheduledAt))
                    .finally(Expr::value(0_i64));
                found
                    .order_by(Into::<Expr>::into(rank), Order::Asc)
                    .order_by(Into::<Expr>::into(earliest), Order::Asc)
                    .order_by_desc(Column::ScheduledAt)
                    .order_by_desc(Column::Id)
            }
        };
        let rows = ordered.offset(offset).limit(limit).all(&self.db).await?;
        Ok((rows.into_iter().map(to_domain).collect::<Result<_, _>>()?, total))
    }

    /// Whether a user is booked as mentor or mentee of another open MENTORING whose planned time overlaps
    /// `[from, until)`. The user's row must be locked by this unit of work, so that the answer holds until its end.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn has_mentoring_between(
        &self,
        user: &UserId,
        from: Timestamp,
        until: Timestamp,
        except: SessionId,
    ) -> Result<bool, DataError> {
        let open = [SessionStatus::Scheduled.as_str(), SessionStatus::Active.as_str()];
        // 64 bits on the right make it 64 bits in all: the column alone has 32.
        let duration = Expr::col(Column::DurationMin).mul(Expr::value(MICROS_PER_MIN));
        let found = Entity::find()
            .filter(Column::Kind.eq(SessionKind::Mentoring.as_str()))
            .filter(Column::Status.is_in(open))
            .filter(Column::Id.ne(except.0))
            .filter(Column::Id.in_subquery(sessions_taken_part_in(user)))
            .filter(Column::ScheduledAt.lt(until.as_micros()))
            .filter(Expr::col(Column::ScheduledAt).add(duration).gt(from.as_micros()))
            .one(&self.db)
            .await?;
        Ok(found.is_some())
    }

    /// The ACTIVE session of a teacher's classes.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn active_lesson_of(&self, teacher: &UserId) -> Result<Option<SessionId>, DataError> {
        let row = Entity::find()
            .filter(Column::TeacherId.eq(teacher.as_str()))
            .filter(Column::Status.eq(SessionStatus::Active.as_str()))
            .order_by_asc(Column::Id)
            .one(&self.db)
            .await?;
        Ok(row.map(|row| SessionId(row.id)))
    }

    /// The sessions of a class that are not over, each locked, in the order of their ids.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn lock_open_of_class(&self, class_id: ClassId) -> Result<Vec<Session>, DataError> {
        let open = [SessionStatus::Scheduled.as_str(), SessionStatus::Active.as_str()];
        let rows = Entity::find()
            .filter(Column::ClassId.eq(class_id.0))
            .filter(Column::Status.is_in(open))
            .order_by_asc(Column::Id)
            .lock_exclusive()
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_domain).collect()
    }

    /// How many sessions are in each status; a status that none is in is absent.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count_by_status(&self) -> Result<Vec<(SessionStatus, u64)>, DataError> {
        let counts: Vec<(String, i64)> = Entity::find()
            .select_only()
            .column(Column::Status)
            .column_as(Column::Id.count(), "sessions")
            .group_by(Column::Status)
            .into_tuple()
            .all(&self.db)
            .await?;
        let counts = counts.into_iter();
        counts.map(|(status, count)| Ok((parse(&status)?, u64::try_from(count).unwrap_or(0)))).collect()
    }

    /// Takes a class out of its sessions, which keep its name.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn leave_class(&self, class_id: ClassId, name: &str) -> Result<(), DataError> {
        let change =
            ActiveModel { class_id: Set(None), class_name: Set(Some(name.to_owned())), ..ActiveModel::default() };
        Entity::update_many().set(change).filter(Column::ClassId.eq(class_id.0)).exec(&self.db).await?;
        Ok(())
    }

    /// The newest ACTIVE session in which a user is JOINED.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn newest_active_joined(&self, user: &UserId) -> Result<Option<Session>, DataError> {
        let joined = Query::select()
            .column(participant::Column::SessionId)
            .from(participant::Entity)
            .and_where(participant::Column::UserId.eq(user.as_str()))
            .and_where(participant::Column::Status.eq(ParticipantStatus::Joined.as_str()))
            .to_owned();
        let row = Entity::find()
            .filter(Column::Status.eq(SessionStatus::Active.as_str()))
            .filter(Column::Id.in_subquery(joined))
            .order_by_desc(Column::StartedAt)
            .order_by_desc(Column::Id)
            .one(&self.db)
            .await?;
        row.map(to_domain).transpose()
    }

    /// Sessions with people in the media room by our account, ACTIVE ones, and SCHEDULED ones whose media room is there,
    /// since a token lets in before anybody has joined: what reconciliation compares with LiveKit. At most `limit`, after
    /// `after` in the order of ids.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_with_media(&self, after: Option<SessionId>, limit: u64) -> Result<Vec<SessionId>, DataError> {
        let occupied = Query::select()
            .column(livekit_participant::Column::SessionId)
            .from(livekit_participant::Entity)
            .and_where(livekit_participant::Column::LeftAt.is_null())
            .to_owned();
        let with_room = Query::select()
            .column(livekit_room::Column::SessionId)
            .from(livekit_room::Entity)
            // A booking's row stands before LiveKit has made the room.
            .and_where(livekit_room::Column::Sid.is_not_null())
            .and_where(livekit_room::Column::FinishedAt.is_null())
            .to_owned();
        let active = ids_where(Column::Status.eq(SessionStatus::Active.as_str()));
        let is_scheduled = Column::Status.eq(SessionStatus::Scheduled.as_str());
        let about_to_begin = ids_where(is_scheduled.and(Column::Id.in_subquery(with_room)));
        let found = Entity::find().filter(Column::Id.in_subquery(in_any_of([active, occupied, about_to_begin])));
        self.list_ids(found, after, limit).await
    }

    /// ACTIVE sessions that were connected to once and to which nobody is connected by our account, neither at a door nor
    /// by their topic nor in their media room: those that are, or should be, about to end as empty. At most `limit`, after
    /// `after` in the order of ids.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_deserted(&self, after: Option<SessionId>, limit: u64) -> Result<Vec<SessionId>, DataError> {
        let in_media = Query::select()
            .column(livekit_participant::Column::SessionId)
            .from(livekit_participant::Entity)
            .and_where(livekit_participant::Column::LeftAt.is_null())
            .to_owned();
        let at_a_door = Query::select()
            .column(room_connection::Column::RoomId)
            .from(room_connection::Entity)
            .and_where(room_connection::Column::ClosedAt.is_null())
            .to_owned();
        let found = Entity::find()
            .filter(Column::Status.eq(SessionStatus::Active.as_str()))
            .filter(Column::FirstConnectedAt.is_not_null())
            .filter(Column::Id.not_in_subquery(in_media))
            .filter(Column::Id.not_in_subquery(at_a_door))
            .filter(Column::Id.not_in_subquery(sessions_listened_to()));
        self.list_ids(found, after, limit).await
    }

    async fn list_ids(
        &self,
        mut found: sea_orm::Select<Entity>,
        after: Option<SessionId>,
        limit: u64,
    ) -> Result<Vec<SessionId>, DataError> {
        if let Some(after) = after {
            found = found.filter(Column::Id.gt(after.0));
        }
        let found = found.select_only().column(Column::Id).order_by_asc(Column::Id).limit(limit);
        let ids: Vec<sea_orm::prelude::Uuid> = found.into_tuple().all(&self.db).await?;
        Ok(ids.into_iter().map(SessionId).collect())
    }
}

/// Sessions with somebody connected to a node by a topic who takes part and was not turned away.
fn sessions_listened_to() -> SelectStatement {
    let turned_away = [ParticipantStatus::Denied.as_str(), ParticipantStatus::Removed.as_str()];
    let takes_part = Expr::col((participant::Entity, participant::Column::SessionId))
        .equals((session_presence::Entity, session_presence::Column::SessionId))
        .and(
            Expr::col((participant::Entity, participant::Column::UserId))
                .equals((session_presence::Entity, session_presence::Column::UserId)),
        );
    Query::select()
        .column((session_presence::Entity, session_presence::Column::SessionId))
        .from(session_presence::Entity)
        .inner_join(participant::Entity, takes_part)
        .and_where(Expr::col((participant::Entity, participant::Column::Status)).is_not_in(turned_away))
        .to_owned()
}

/// The sessions that a user made, takes part in or is enrolled for.
fn sessions_of(user: &UserId) -> SelectStatement {
    let made = ids_where(Column::CreatedBy.eq(user.as_str()));
    let is_enrolled = Column::ClassId.in_subquery(classes_enrolled_in(user));
    let of_classes = ids_where(is_enrolled.and(Column::Id.not_in_subquery(sessions_turned_away_from(user))));
    in_any_of([made, sessions_taken_part_in(user), of_classes])
}

fn ids_where(condition: Expr) -> SelectStatement {
    Query::select().column(Column::Id).from(Entity).and_where(condition).to_owned()
}

/// The ids that are in any of these. Not an OR of conditions, for which SQLite reads every session there is: each of these
/// has its index.
fn in_any_of([mut first, second, third]: [SelectStatement; 3]) -> SelectStatement {
    first.union(UnionType::Distinct, second).union(UnionType::Distinct, third).to_owned()
}

/// One who was denied or removed keeps the session itself, but not its place in the list.
fn sessions_taken_part_in(user: &UserId) -> SelectStatement {
    places_of(user).and_where(participant::Column::Status.is_not_in(TURNED_AWAY)).to_owned()
}

fn sessions_turned_away_from(user: &UserId) -> SelectStatement {
    places_of(user).and_where(participant::Column::Status.is_in(TURNED_AWAY)).to_owned()
}

const TURNED_AWAY: [&str; 2] = [ParticipantStatus::Denied.as_str(), ParticipantStatus::Removed.as_str()];

fn places_of(user: &UserId) -> SelectStatement {
    Query::select()
        .column(participant::Column::SessionId)
        .from(participant::Entity)
        .and_where(participant::Column::UserId.eq(user.as_str()))
        .to_owned()
}

fn classes_enrolled_in(user: &UserId) -> SelectStatement {
    Query::select()
        .column(class_student::Column::ClassId)
        .from(class_student::Entity)
        .and_where(class_student::Column::UserId.eq(user.as_str()))
        .to_owned()
}

fn condition(filter: &SessionFilter) -> Condition {
    let mut all = Condition::all();
    if let Some(status) = filter.status {
        all = all.add(Column::Status.eq(status.as_str()));
    }
    if let Some(kind) = filter.kind {
        all = all.add(Column::Kind.eq(kind.as_str()));
    }
    if let Some(class_id) = filter.class_id {
        all = all.add(Column::ClassId.eq(class_id.0));
    }
    if let Some(text) = &filter.text {
        all = all.add(contains(Column::Title, text).or(contains(Column::Description, text)));
    }
    if let Some(from) = filter.from {
        all = all.add(Column::ScheduledAt.gte(from.as_micros()));
    }
    if let Some(to) = filter.to {
        all = all.add(Column::ScheduledAt.lte(to.as_micros()));
    }
    all
}

fn to_row(session: &Session) -> ActiveModel {
    let lesson = session.lesson.as_ref();
    ActiveModel {
        id: Set(session.id.0),
        kind: Set(session.kind.to_string()),
        status: Set(session.status.to_string()),
        title: Set(session.title.clone()),
        description: Set(session.description.clone()),
        created_by: Set(session.created_by.to_string()),
        scheduled_at: Set(session.scheduled_at.as_micros()),
        rescheduled_at: Set(session.rescheduled_at.as_micros()),
        started_at: Set(micros(session.started_at)),
        ended_at: Set(micros(session.ended_at)),
        end_reason: Set(session.end_reason.map(|reason| reason.to_string())),
        duration_min: Set(stored(session.duration_min)),
        time_zone: Set(session.time_zone.clone()),
        max_participants: Set(stored(session.max_participants)),
        admission: Set(session.admission.to_string()),
        microphone: Set(session.media.microphone),
        camera: Set(session.media.camera),
        screen_share: Set(session.media.screen_share),
        class_id: Set(lesson.and_then(|lesson| lesson.class_id).map(|id| id.0)),
        class_type: Set(lesson.map(|lesson| lesson.class_type.to_string())),
        class_name: Set(lesson.and_then(|lesson| lesson.class_name.clone())),
        teacher_id: Set(lesson.map(|lesson| lesson.teacher_id.to_string())),
        first_connected_at: Set(micros(session.first_connected_at)),
        version: Set(session.version),
        last_sequence: Set(session.last_sequence),
        created_at: Set(session.created_at.as_micros()),
        updated_at: Set(session.updated_at.as_micros()),
    }
}

fn to_domain(row: Model) -> Result<Session, DataError> {
    let lesson = match (row.class_type, row.teacher_id) {
        (Some(class_type), Some(teacher)) => Some(Lesson {
            class_id: row.class_id.map(ClassId),
            class_type: parse(&class_type)?,
            class_name: row.class_name,
            teacher_id: user_id(teacher)?,
        }),
        (None, _) | (_, None) => None,
    };
    Ok(Session {
        id: SessionId(row.id),
        kind: parse(&row.kind)?,
        status: parse(&row.status)?,
        title: row.title,
        description: row.description,
        created_by: user_id(row.created_by)?,
        scheduled_at: Timestamp::from_micros(row.scheduled_at),
        rescheduled_at: Timestamp::from_micros(row.rescheduled_at),
        started_at: time(row.started_at),
        ended_at: time(row.ended_at),
        end_reason: row.end_reason.as_deref().map(parse).transpose()?,
        duration_min: count(row.duration_min),
        time_zone: row.time_zone,
        max_participants: count(row.max_participants),
        admission: parse(&row.admission)?,
        media: MediaPolicy { microphone: row.microphone, camera: row.camera, screen_share: row.screen_share },
        lesson,
        first_connected_at: time(row.first_connected_at),
        version: row.version,
        last_sequence: row.last_sequence,
        created_at: Timestamp::from_micros(row.created_at),
        updated_at: Timestamp::from_micros(row.updated_at),
    })
}
