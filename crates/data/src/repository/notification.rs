//! Notifications, one row a recipient.

use mockly_domain::{Notification, NotificationId, Timestamp, UserId};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::by_position;
use crate::DataError;
use crate::convert::{time, user_id};
use crate::entity::notification::{ActiveModel, Column, Entity, Model};

super::repository!(
    /// What was told to single users.
    NotificationRepository
);

by_position::by_position!(NotificationRepository);

impl NotificationRepository<'_> {
    /// Stores a notification, whose `position` the database gives. Its user must be there.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn append(&self, notification: &Notification) -> Result<(), DataError> {
        let row = ActiveModel {
            id: Set(notification.id.0),
            user_id: Set(notification.user_id.to_string()),
            event: Set(notification.event.clone()),
            payload: Set(notification.payload.clone()),
            created_at: Set(notification.created_at.as_micros()),
            read_at: Set(None),
            ..ActiveModel::default()
        };
        Entity::insert(row).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// Notifications that this node has not seen: those after `after`, and those at `holes`, places that were empty when
    /// the node last looked. In the order of positions, at most `limit`.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_new(&self, after: i64, holes: &[i64], limit: u64) -> Result<Vec<Notification>, DataError> {
        let rows = by_position::list_new::<Entity>(&self.db, Column::Position, after, holes, limit).await?;
        rows.into_iter().map(to_domain).collect()
    }

    /// One notification by its id.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, id: NotificationId) -> Result<Option<Notification>, DataError> {
        Entity::find().filter(Column::Id.eq(id.0)).one(&self.db).await?.map(to_domain).transpose()
    }

    /// A user's notifications that were stored at `since` or later and stand after `after`, oldest first.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_of_user(
        &self,
        user: &UserId,
        since: Timestamp,
        after: i64,
        limit: u64,
    ) -> Result<Vec<Notification>, DataError> {
        let rows = Entity::find()
            .filter(Column::UserId.eq(user.as_str()))
            .filter(Column::Position.gt(after))
            .filter(Column::CreatedAt.gte(since.as_micros()))
            .order_by_asc(Column::Position)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_domain).collect()
    }

    /// Deletes at most `limit` notifications that were stored before an instant; how many they were.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn purge(&self, before: Timestamp, limit: u64) -> Result<u64, DataError> {
        let old = Query::select()
            .column(Column::Position)
            .from(Entity)
            .and_where(Column::CreatedAt.lt(before.as_micros()))
            .limit(limit)
            .to_owned();
        let gone = Entity::delete_many().filter(Column::Position.in_subquery(old)).exec(&self.db).await?;
        Ok(gone.rows_affected)
    }
}

fn to_domain(row: Model) -> Result<Notification, DataError> {
    Ok(Notification {
        position: row.position,
        id: NotificationId(row.id),
        user_id: user_id(row.user_id)?,
        event: row.event,
        payload: row.payload,
        created_at: Timestamp::from_micros(row.created_at),
        read_at: time(row.read_at),
    })
}
