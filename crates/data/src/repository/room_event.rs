//! Events of rooms, for the doors on every node.

use std::ops::RangeInclusive;

use mockly_domain::room::{Audience, Closing, RoleChange, RoomEvent, RoomMessage};
use mockly_domain::{RoomId, Timestamp};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde::{Deserialize, Serialize};

use super::by_position::{self, NewRows};
use crate::DataError;
use crate::entity::room_event::{ActiveModel, Column, Entity, Model};

/// What goes with an event: who hears it and what it does to them.
#[derive(Serialize, Deserialize)]
struct Effects {
    audience: Audience,
    roles: Vec<RoleChange>,
    closing: Closing,
}

super::repository!(
    /// Events of rooms.
    RoomEventRepository
);

by_position::by_position!(RoomEventRepository);

impl RoomEventRepository<'_> {
    /// Stores a message; its `position` is given by the database. Its room must be locked by this unit of work, so that
    /// positions and sequences of one room rise together.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn append(&self, message: &RoomMessage, now: Timestamp) -> Result<(), DataError> {
        let effects = Effects {
            audience: message.audience.clone(),
            roles: message.roles.clone(),
            closing: message.closing.clone(),
        };
        Entity::insert(ActiveModel {
            room_id: Set(message.room_id.0),
            sequence: Set(message.sequence),
            event: Set(to_json(&message.event)?),
            effects: Set(to_json(&effects)?),
            stored_at: Set(now.as_micros()),
            ..ActiveModel::default()
        })
        .exec(&self.db)
        .await?;
        Ok(())
    }

    /// Events after `after` and those at `holes`, in the order of positions, at most `limit`.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_new(
        &self,
        after: i64,
        holes: &[RangeInclusive<i64>],
        limit: u64,
    ) -> Result<NewRows<RoomMessage>, DataError> {
        let read = |row: Model| (row.position, to_domain(&row));
        by_position::list_new::<Entity, _>(&self.db, Column::Position, (after, holes), limit, read).await
    }

    /// A room's events after a sequence, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_of_room(&self, room_id: RoomId, after: i64, limit: u64) -> Result<Vec<RoomMessage>, DataError> {
        let rows = Entity::find()
            .filter(Column::RoomId.eq(room_id.0))
            .filter(Column::Sequence.gt(after))
            .order_by_asc(Column::Sequence)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.iter().map(to_domain).collect()
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

fn to_json(value: &impl Serialize) -> Result<String, DataError> {
    serde_json::to_string(value).map_err(|error| DataError::Corrupt(error.to_string()))
}

fn to_domain(row: &Model) -> Result<RoomMessage, DataError> {
    let corrupt = |error: serde_json::Error| DataError::Corrupt(error.to_string());
    let event: RoomEvent = serde_json::from_str(&row.event).map_err(corrupt)?;
    let Effects { audience, roles, closing } = serde_json::from_str(&row.effects).map_err(corrupt)?;
    Ok(RoomMessage {
        position: row.position,
        room_id: RoomId(row.room_id),
        sequence: row.sequence,
        event,
        audience,
        roles,
        closing,
    })
}
