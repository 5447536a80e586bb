//! Hands that were raised in rooms.

use mockly_domain::{RoomId, Timestamp, UserId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::DataError;
use crate::convert::{time, user_id};
use crate::entity::room_hand::{ActiveModel, Column, Entity};

/// One hand, from its raising to its lowering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomHand {
    /// Whose.
    pub user_id: UserId,
    /// When it went up.
    pub raised_at: Timestamp,
    /// When it went down; `None` while it is up.
    pub lowered_at: Option<Timestamp>,
}

super::repository!(
    /// Hands.
    RoomHandRepository
);

impl RoomHandRepository<'_> {
    /// Raises a hand.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn raise(&self, room_id: RoomId, user: &UserId, at: Timestamp) -> Result<(), DataError> {
        Entity::insert(ActiveModel {
            room_id: Set(room_id.0),
            user_id: Set(user.to_string()),
            raised_at: Set(at.as_micros()),
            lowered_at: Set(None),
        })
        .exec_without_returning(&self.db)
        .await?;
        Ok(())
    }

    /// Lowers a user's hand; `false` where it is not up.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn lower(&self, room_id: RoomId, user: &UserId, at: Timestamp) -> Result<bool, DataError> {
        let lowered = Entity::update_many()
            .set(ActiveModel { lowered_at: Set(Some(at.as_micros())), ..ActiveModel::default() })
            .filter(Column::RoomId.eq(room_id.0))
            .filter(Column::UserId.eq(user.as_str()))
            .filter(Column::LoweredAt.is_null())
            .exec(&self.db)
            .await?;
        Ok(lowered.rows_affected > 0)
    }

    /// Lowers every hand of a room.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn lower_all(&self, room_id: RoomId, at: Timestamp) -> Result<(), DataError> {
        Entity::update_many()
            .set(ActiveModel { lowered_at: Set(Some(at.as_micros())), ..ActiveModel::default() })
            .filter(Column::RoomId.eq(room_id.0))
            .filter(Column::LoweredAt.is_null())
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Whether a user's hand is up.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn is_raised(&self, room_id: RoomId, user: &UserId) -> Result<bool, DataError> {
        let raised = Entity::find()
            .filter(Column::RoomId.eq(room_id.0))
            .filter(Column::UserId.eq(user.as_str()))
            .filter(Column::LoweredAt.is_null());
        Ok(raised.one(&self.db).await?.is_some())
    }

    /// The raised hands of several rooms as pairs of room and user, the first raised first.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_raised(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>, DataError> {
        let rows = Entity::find()
            .filter(Column::RoomId.is_in(rooms.iter().map(|room| room.0)))
            .filter(Column::LoweredAt.is_null())
            .order_by_asc(Column::RaisedAt)
            .order_by_asc(Column::UserId)
            .all(&self.db)
            .await?;
        rows.into_iter().map(|row| Ok((RoomId(row.room_id), user_id(row.user_id)?))).collect()
    }

    /// Every hand that was raised in a room.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list(&self, room_id: RoomId) -> Result<Vec<RoomHand>, DataError> {
        let rows =
            Entity::find().filter(Column::RoomId.eq(room_id.0)).order_by_asc(Column::RaisedAt).all(&self.db).await?;
        rows.into_iter()
            .map(|row| {
                Ok(RoomHand {
                    user_id: user_id(row.user_id)?,
                    raised_at: Timestamp::from_micros(row.raised_at),
                    lowered_at: time(row.lowered_at),
                })
            })
            .collect()
    }
}
