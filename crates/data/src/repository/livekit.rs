//! What LiveKit told of its rooms and participants.

use mockly_domain::{SessionId, Timestamp, UserId};
use sea_orm::sea_query::{ExprTrait, OnConflict};
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, TryInsertResult};

use crate::DataError;
use crate::convert::{micros, time, user_id};
use crate::entity::{livekit_participant as participant, livekit_room as room};

/// A media room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LivekitRoom {
    /// The session whose media it carries.
    pub session_id: SessionId,
    /// `session-<id>`.
    pub name: String,
    /// LiveKit's id of its present life.
    pub sid: Option<String>,
    /// When it was first made.
    pub created_at: Timestamp,
    /// When LiveKit said that it is gone; `None` while it is there.
    pub finished_at: Option<Timestamp>,
}

/// One connection of one user to a media room; attendance is kept per `sid` (R8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LivekitParticipant {
    /// LiveKit's id of the connection.
    pub sid: String,
    /// Session.
    pub session_id: SessionId,
    /// User.
    pub user_id: UserId,
    /// When it came.
    pub joined_at: Timestamp,
    /// When it went; `None` while it is there.
    pub left_at: Option<Timestamp>,
    /// When it was last known to be there.
    pub last_seen_at: Timestamp,
}

super::repository!(
    /// LiveKit's rooms and participants.
    LivekitRepository
);

impl LivekitRepository<'_> {
    /// Notes a room's present life.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn upsert_room(&self, row: &LivekitRoom) -> Result<(), DataError> {
        let model = room::ActiveModel {
            session_id: Set(row.session_id.0),
            name: Set(row.name.clone()),
            sid: Set(row.sid.clone()),
            created_at: Set(row.created_at.as_micros()),
            finished_at: Set(micros(row.finished_at)),
            failure_told_at: ActiveValue::NotSet,
        };
        let changing = [room::Column::Sid, room::Column::FinishedAt];
        room::Entity::insert(model)
            .on_conflict(OnConflict::column(room::Column::SessionId).update_columns(changing).to_owned())
            .exec_without_returning(&self.db)
            .await?;
        Ok(())
    }

    /// Notes that admins are told of a session's room that cannot be made; `false` where they were told before, or the
    /// session has no room.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn note_failure_told(&self, session_id: SessionId, now: Timestamp) -> Result<bool, DataError> {
        let told = room::Entity::update_many()
            .set(room::ActiveModel { failure_told_at: Set(Some(now.as_micros())), ..room::ActiveModel::default() })
            .filter(room::Column::SessionId.eq(session_id.0))
            .filter(room::Column::FailureToldAt.is_null())
            .exec(&self.db)
            .await?;
        Ok(told.rows_affected == 1)
    }

    /// The media room of a session.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_room(&self, session_id: SessionId) -> Result<Option<LivekitRoom>, DataError> {
        let row = room::Entity::find_by_id(session_id.0).one(&self.db).await?;
        Ok(row.map(|row| LivekitRoom {
            session_id,
            name: row.name,
            sid: row.sid,
            created_at: Timestamp::from_micros(row.created_at),
            finished_at: time(row.finished_at),
        }))
    }

    /// Notes a connection; `false` where its `sid` is known already, open or closed.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn insert_participant(&self, row: &LivekitParticipant) -> Result<bool, DataError> {
        let model = participant::ActiveModel {
            sid: Set(row.sid.clone()),
            session_id: Set(row.session_id.0),
            user_id: Set(row.user_id.to_string()),
            joined_at: Set(row.joined_at.as_micros()),
            left_at: Set(micros(row.left_at)),
            last_seen_at: Set(row.last_seen_at.as_micros()),
        };
        let result = participant::Entity::insert(model)
            .on_conflict(OnConflict::column(participant::Column::Sid).do_nothing().to_owned())
            .try_insert()
            .exec_without_returning(&self.db)
            .await?;
        Ok(matches!(result, TryInsertResult::Inserted(1)))
    }

    /// Closes a connection's interval; `false` where it is unknown or closed already.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn close_participant(&self, sid: &str, left_at: Timestamp) -> Result<bool, DataError> {
        let closed = participant::Entity::update_many()
            .set(participant::ActiveModel {
                left_at: Set(Some(left_at.as_micros())),
                last_seen_at: Set(left_at.as_micros()),
                ..participant::ActiveModel::default()
            })
            .filter(participant::Column::Sid.eq(sid))
            .filter(participant::Column::LeftAt.is_null())
            .exec(&self.db)
            .await?;
        Ok(closed.rows_affected == 1)
    }

    /// Notes that connections are still there.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn touch_participants(&self, sids: &[String], now: Timestamp) -> Result<(), DataError> {
        participant::Entity::update_many()
            .set(participant::ActiveModel {
                last_seen_at: Set(now.as_micros()),
                sid: ActiveValue::NotSet,
                ..participant::ActiveModel::default()
            })
            .filter(participant::Column::Sid.is_in(sids))
            .filter(participant::Column::LeftAt.is_null())
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Every connection of a session, in the order of joining.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_participants(&self, session_id: SessionId) -> Result<Vec<LivekitParticipant>, DataError> {
        self.list_where(participant::Column::SessionId.eq(session_id.0)).await
    }

    /// Every connection of one user to a session, in the order of joining.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_of_user(
        &self,
        session_id: SessionId,
        user: &UserId,
    ) -> Result<Vec<LivekitParticipant>, DataError> {
        let of_session = participant::Column::SessionId.eq(session_id.0);
        self.list_where(ExprTrait::and(of_session, participant::Column::UserId.eq(user.as_str()))).await
    }

    /// When somebody last left a session's media room, as far as is known.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn last_left(&self, session_id: SessionId) -> Result<Option<Timestamp>, DataError> {
        let last: Option<Option<i64>> = participant::Entity::find()
            .select_only()
            .column_as(participant::Column::LeftAt.max(), "last")
            .filter(participant::Column::SessionId.eq(session_id.0))
            .into_tuple()
            .one(&self.db)
            .await?;
        Ok(time(last.flatten()))
    }

    /// The open connections of several sessions.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_present(&self, session_ids: &[SessionId]) -> Result<Vec<LivekitParticipant>, DataError> {
        let ids: Vec<_> = session_ids.iter().map(|id| id.0).collect();
        let of_sessions = participant::Column::SessionId.is_in(ids);
        self.list_where(ExprTrait::and(of_sessions, participant::Column::LeftAt.is_null())).await
    }

    async fn list_where(&self, condition: sea_orm::sea_query::Expr) -> Result<Vec<LivekitParticipant>, DataError> {
        let rows = participant::Entity::find()
            .filter(condition)
            .order_by_asc(participant::Column::JoinedAt)
            .order_by_asc(participant::Column::Sid)
            .all(&self.db)
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(LivekitParticipant {
                    sid: row.sid,
                    session_id: SessionId(row.session_id),
                    user_id: user_id(row.user_id)?,
                    joined_at: Timestamp::from_micros(row.joined_at),
                    left_at: time(row.left_at),
                    last_seen_at: Timestamp::from_micros(row.last_seen_at),
                })
            })
            .collect()
    }
}
