//! Participants, and who holds what.

use std::collections::HashSet;

use mockly_domain::{Participant, ParticipantId, ParticipantRole, ParticipantStatus, SessionId, Timestamp, UserId};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::DataError;
use crate::convert::{micros, parse, time, user_id};
use crate::entity::participant::{ActiveModel, Column, Entity, Model};

/// Rows in one statement; far below both databases' limits on parameters.
const ROWS_PER_STATEMENT: usize = 500;

super::repository!(
    /// Users in their places in sessions.
    ParticipantRepository
);

impl ParticipantRepository<'_> {
    /// The place of a user in a session.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, session_id: SessionId, user: &UserId) -> Result<Option<Participant>, DataError> {
        let row = Entity::find()
            .filter(Column::SessionId.eq(session_id.0))
            .filter(Column::UserId.eq(user.as_str()))
            .one(&self.db)
            .await?;
        row.map(to_domain).transpose()
    }

    /// Everyone in a session in the order of their invitation, at most `limit`.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list(&self, session_id: SessionId, limit: u64) -> Result<Vec<Participant>, DataError> {
        let rows = Entity::find()
            .filter(Column::SessionId.eq(session_id.0))
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_domain).collect()
    }

    /// How many places a session has.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count(&self, session_id: SessionId) -> Result<u64, DataError> {
        Ok(Entity::find().filter(Column::SessionId.eq(session_id.0)).count(&self.db).await?)
    }

    /// Of these sessions, those from whose records a user is kept by the own status.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn kept_from_records(
        &self,
        user: &UserId,
        sessions: &[SessionId],
    ) -> Result<HashSet<SessionId>, DataError> {
        let kept = ParticipantStatus::ALL.iter().filter(|status| status.is_kept_from_records());
        let ids: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::SessionId)
            .filter(Column::UserId.eq(user.as_str()))
            .filter(Column::SessionId.is_in(sessions.iter().map(|id| id.0)))
            .filter(Column::Status.is_in(kept.map(|status| status.as_str())))
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(ids.into_iter().map(SessionId).collect())
    }

    /// How many users other than `user` are in, or were and keep their seat (R6).
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn seats_taken_by_others(&self, session_id: SessionId, user: &UserId) -> Result<u64, DataError> {
        let seated = [ParticipantStatus::Joined.as_str(), ParticipantStatus::Left.as_str()];
        Ok(Entity::find()
            .filter(Column::SessionId.eq(session_id.0))
            .filter(Column::UserId.ne(user.as_str()))
            .filter(Column::Status.is_in(seated))
            .filter(Column::JoinedAt.is_not_null())
            .count(&self.db)
            .await?)
    }

    /// The session that a user holds.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn held_by(&self, user: &UserId) -> Result<Option<SessionId>, DataError> {
        let row = Entity::find().filter(Column::HoldsUserId.eq(user.as_str())).one(&self.db).await?;
        Ok(row.map(|row| SessionId(row.session_id)))
    }

    /// Adds a place.
    ///
    /// # Errors
    /// [`DataError::Conflict`] where the user has a place already or holds another session.
    pub async fn insert(&self, participant: &Participant) -> Result<(), DataError> {
        Entity::insert(to_row(participant)).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// Adds places, with one statement for many.
    ///
    /// # Errors
    /// [`DataError::Conflict`] where a user has a place already or holds another session.
    pub async fn insert_many(&self, participants: &[Participant]) -> Result<(), DataError> {
        for chunk in participants.chunks(ROWS_PER_STATEMENT) {
            Entity::insert_many(chunk.iter().map(to_row)).exec_without_returning(&self.db).await?;
        }
        Ok(())
    }

    /// The hosts of a session who were not turned away, in the order of their ids.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn host_ids(&self, session_id: SessionId) -> Result<Vec<UserId>, DataError> {
        let roles = ParticipantRole::ALL.iter().filter(|role| role.is_host()).map(|role| role.as_str());
        let turned_away = [ParticipantStatus::Denied.as_str(), ParticipantStatus::Removed.as_str()];
        let ids: Vec<String> = Entity::find()
            .select_only()
            .column(Column::UserId)
            .filter(Column::SessionId.eq(session_id.0))
            .filter(Column::Role.is_in(roles))
            .filter(Column::Status.is_not_in(turned_away))
            .order_by_asc(Column::UserId)
            .into_tuple()
            .all(&self.db)
            .await?;
        ids.into_iter().map(user_id).collect()
    }

    /// Lets several in who have waited: JOINED and admitted, since `at` where they have not been in before. With one
    /// statement for many.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn admit_many(&self, ids: &[ParticipantId], at: Timestamp) -> Result<(), DataError> {
        let since = Func::coalesce([Expr::col(Column::JoinedAt), Expr::value(at.as_micros())]);
        for chunk in ids.chunks(ROWS_PER_STATEMENT) {
            Entity::update_many()
                .col_expr(Column::Status, Expr::value(ParticipantStatus::Joined.as_str()))
                .col_expr(Column::Admitted, Expr::value(true))
                .col_expr(Column::JoinedAt, Expr::expr(since.clone()))
                .col_expr(Column::LeftAt, Expr::value(None::<i64>))
                .col_expr(Column::LastSeenAt, Expr::value(at.as_micros()))
                .filter(Column::Id.is_in(chunk.iter().map(|id| id.0)))
                .exec(&self.db)
                .await?;
        }
        Ok(())
    }

    /// Those in one status, in the order of their invitation.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_in_status(
        &self,
        session_id: SessionId,
        status: ParticipantStatus,
    ) -> Result<Vec<Participant>, DataError> {
        let rows = Entity::find()
            .filter(Column::SessionId.eq(session_id.0))
            .filter(Column::Status.eq(status.as_str()))
            .order_by_asc(Column::Id)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_domain).collect()
    }

    /// Writes everything about a place that can change.
    ///
    /// # Errors
    /// [`DataError::Conflict`] where it should hold and the user holds another session.
    pub async fn update(&self, participant: &Participant) -> Result<(), DataError> {
        let mut row = to_row(participant);
        row.id = ActiveValue::NotSet;
        Entity::update_many().set(row).filter(Column::Id.eq(participant.id.0)).exec(&self.db).await?;
        Ok(())
    }
}

fn to_row(participant: &Participant) -> ActiveModel {
    ActiveModel {
        id: Set(participant.id.0),
        session_id: Set(participant.session_id.0),
        user_id: Set(participant.user_id.to_string()),
        role: Set(participant.role.to_string()),
        status: Set(participant.status.to_string()),
        admitted: Set(participant.admitted),
        holds_user_id: Set(participant.holds.then(|| participant.user_id.to_string())),
        joined_at: Set(micros(participant.joined_at)),
        left_at: Set(micros(participant.left_at)),
        last_seen_at: Set(micros(participant.last_seen_at)),
        denied_at: Set(micros(participant.denied_at)),
    }
}

pub(super) fn to_domain(row: Model) -> Result<Participant, DataError> {
    Ok(Participant {
        id: ParticipantId(row.id),
        session_id: SessionId(row.session_id),
        user_id: user_id(row.user_id)?,
        role: parse(&row.role)?,
        status: parse(&row.status)?,
        admitted: row.admitted,
        holds: row.holds_user_id.is_some(),
        joined_at: time(row.joined_at),
        left_at: time(row.left_at),
        last_seen_at: time(row.last_seen_at),
        denied_at: time(row.denied_at),
    })
}
