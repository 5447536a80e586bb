//! Session events and who gets them on the user topic.

use std::ops::RangeInclusive;

use mockly_domain::{EventId, EventType, SessionEvent, SessionId, Timestamp, UserId};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::by_position::{self, NewRows};
use crate::DataError;
use crate::convert::{parse, user_id};
use crate::entity::session_event::{ActiveModel, Column, Entity, Model};
use crate::entity::session_event_recipient as recipient;

/// An event to be stored.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Session.
    pub session_id: SessionId,
    /// Its place in the session.
    pub sequence: i64,
    /// Id.
    pub event_id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// The session as of now, as JSON text.
    pub data: String,
    /// When it happened, which is when it is stored.
    pub occurred_at: Timestamp,
    /// Whose user topic carries it.
    pub recipients: Vec<UserId>,
    /// Whose right to the session's topic ends with it.
    pub revokes: Vec<UserId>,
}

/// Recipients in one INSERT; far below both databases' limits on parameters.
const RECIPIENTS_PER_STATEMENT: usize = 500;

super::repository!(
    /// Session events.
    EventRepository
);

by_position::by_position!(EventRepository);

impl EventRepository<'_> {
    /// Stores an event. Its session must be locked by this unit of work, so that positions and sequences of one
    /// session rise together.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn append(&self, event: &NewEvent) -> Result<(), DataError> {
        let revokes = (!event.revokes.is_empty()).then(|| serde_json::json!(event.revokes).to_string());
        let row = ActiveModel {
            session_id: Set(event.session_id.0),
            sequence: Set(event.sequence),
            event_id: Set(event.event_id.0),
            event_type: Set(event.event_type.to_string()),
            data: Set(event.data.clone()),
            occurred_at: Set(event.occurred_at.as_micros()),
            stored_at: Set(event.occurred_at.as_micros()),
            revokes: Set(revokes),
            ..ActiveModel::default()
        };
        let position = Entity::insert(row).exec(&self.db).await?.last_insert_id;
        for chunk in event.recipients.chunks(RECIPIENTS_PER_STATEMENT) {
            let rows = chunk
                .iter()
                .map(|user| recipient::ActiveModel { user_id: Set(user.to_string()), position: Set(position) });
            recipient::Entity::insert_many(rows).exec_without_returning(&self.db).await?;
        }
        Ok(())
    }

    /// Events that this node has not seen: those after `after`, and those at `holes`, places that were empty when the
    /// node last looked. In the order of positions, at most `limit`.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_new(
        &self,
        after: i64,
        holes: &[RangeInclusive<i64>],
        limit: u64,
    ) -> Result<NewRows<SessionEvent>, DataError> {
        let read = |row: Model| (row.position, to_domain(row));
        by_position::list_new::<Entity, _>(&self.db, Column::Position, (after, holes), limit, read).await
    }

    /// Who gets events on the user topic, as pairs of position and user.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn recipients(&self, positions: &[i64]) -> Result<Vec<(i64, UserId)>, DataError> {
        let rows = recipient::Entity::find()
            .filter(recipient::Column::Position.is_in(positions.iter().copied()))
            .all(&self.db)
            .await?;
        rows.into_iter().map(|row| Ok((row.position, user_id(row.user_id)?))).collect()
    }

    /// One event by its id.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, id: EventId) -> Result<Option<SessionEvent>, DataError> {
        Entity::find().filter(Column::EventId.eq(id.0)).one(&self.db).await?.map(to_domain).transpose()
    }

    /// A session's events after a sequence, oldest first.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_of_session(
        &self,
        session_id: SessionId,
        after: i64,
        limit: u64,
    ) -> Result<Vec<SessionEvent>, DataError> {
        let rows = Entity::find()
            .filter(Column::SessionId.eq(session_id.0))
            .filter(Column::Sequence.gt(after))
            .order_by_asc(Column::Sequence)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_domain).collect()
    }

    /// The events of a user's topic that were stored at `since` or later and stand after `after`, oldest first.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_of_user(
        &self,
        user: &UserId,
        since: Timestamp,
        after: i64,
        limit: u64,
    ) -> Result<Vec<SessionEvent>, DataError> {
        let of_user = Query::select()
            .column(recipient::Column::Position)
            .from(recipient::Entity)
            .and_where(recipient::Column::UserId.eq(user.as_str()))
            .and_where(recipient::Column::Position.gt(after))
            .to_owned();
        let rows = Entity::find()
            .filter(Column::Position.in_subquery(of_user))
            .filter(Column::StoredAt.gte(since.as_micros()))
            .order_by_asc(Column::Position)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_domain).collect()
    }

    /// Deletes at most `limit` events that were stored before an instant; how many they were.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn purge(&self, before: Timestamp, limit: u64) -> Result<u64, DataError> {
        let old = Query::select()
            .column(Column::Position)
            .from(Entity)
            .and_where(Column::StoredAt.lt(before.as_micros()))
            .limit(limit)
            .to_owned();
        let gone = Entity::delete_many().filter(Column::Position.in_subquery(old)).exec(&self.db).await?;
        Ok(gone.rows_affected)
    }
}

fn to_domain(row: Model) -> Result<SessionEvent, DataError> {
    let revokes = match row.revokes {
        Some(text) => serde_json::from_str(&text).map_err(|error| DataError::Corrupt(error.to_string()))?,
        None => Vec::new(),
    };
    Ok(SessionEvent {
        position: row.position,
        session_id: SessionId(row.session_id),
        sequence: row.sequence,
        event_id: EventId(row.event_id),
        event_type: parse(&row.event_type)?,
        data: row.data,
        occurred_at: Timestamp::from_micros(row.occurred_at),
        revokes,
    })
}
