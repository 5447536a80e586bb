//! Notifications, one row a recipient.

use std::ops::RangeInclusive;

use mockly_domain::{Notification, NotificationId, Timestamp, UserId};
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set};

use super::by_position::{self, NewRows};
use crate::DataError;
use crate::convert::{time, user_id};
use crate::entity::notification::{ActiveModel, Column, Entity, Model};

/// Rows of one statement; both databases take this many.
const ROWS_PER_STATEMENT: usize = 500;

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
        self.append_many(std::slice::from_ref(notification), None).await?;
        Ok(())
    }

    /// Stores several, with one statement for many; how many they were. What has a `subject` (at most 255 characters) is
    /// left out for those who have not read the last of that subject.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn append_many(&self, notifications: &[Notification], subject: Option<&str>) -> Result<u64, DataError> {
        let mut stored = 0;
        for chunk in notifications.chunks(ROWS_PER_STATEMENT) {
            let rows = chunk.iter().map(|notification| ActiveModel {
                id: Set(notification.id.0),
                user_id: Set(notification.user_id.to_string()),
                event: Set(notification.event.clone()),
                subject: Set(subject.map(str::to_owned)),
                payload: Set(notification.payload.clone()),
                created_at: Set(notification.created_at.as_micros()),
                read_at: Set(None),
                ..ActiveModel::default()
            });
            let insert = Entity::insert_many(rows);
            stored += match subject {
                Some(_) => {
                    let unread = OnConflict::new().do_nothing().to_owned();
                    insert.on_conflict(unread).exec_without_returning(&self.db).await?
                }
                None => insert.exec_without_returning(&self.db).await?,
            };
        }
        Ok(stored)
    }

    /// One page of a user's notifications, newest first.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_newest(
        &self,
        user: &UserId,
        unread_only: bool,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<Notification>, DataError> {
        let rows = of_user(user, unread_only)
            .order_by_desc(Column::Position)
            .offset(offset)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_domain).collect()
    }

    /// How many notifications a user has.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count(&self, user: &UserId, unread_only: bool) -> Result<u64, DataError> {
        Ok(of_user(user, unread_only).count(&self.db).await?)
    }

    /// Notes that one was read; one that was read before keeps its time.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn mark_read(&self, id: NotificationId, now: Timestamp) -> Result<(), DataError> {
        let read = ActiveModel { read_at: Set(Some(now.as_micros())), ..ActiveModel::default() };
        let unread = Entity::update_many().set(read).filter(Column::Id.eq(id.0)).filter(Column::ReadAt.is_null());
        unread.exec(&self.db).await?;
        Ok(())
    }

    /// Notes that a user has read everything; how many were unread.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn mark_all_read(&self, user: &UserId, now: Timestamp) -> Result<u64, DataError> {
        let read = ActiveModel { read_at: Set(Some(now.as_micros())), ..ActiveModel::default() };
        let unread =
            Entity::update_many().set(read).filter(Column::UserId.eq(user.as_str())).filter(Column::ReadAt.is_null());
        Ok(unread.exec(&self.db).await?.rows_affected)
    }

    /// Notifications that this node has not seen: those after `after`, and those at `holes`, places that were empty when
    /// the node last looked. In the order of positions, at most `limit`.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_new(
        &self,
        after: i64,
        holes: &[RangeInclusive<i64>],
        limit: u64,
    ) -> Result<NewRows<Notification>, DataError> {
        let read = |row: Model| (row.position, to_domain(row));
        by_position::list_new::<Entity, _>(&self.db, Column::Position, (after, holes), limit, read).await
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

fn of_user(user: &UserId, unread_only: bool) -> Select<Entity> {
    let own = Entity::find().filter(Column::UserId.eq(user.as_str()));
    if unread_only { own.filter(Column::ReadAt.is_null()) } else { own }
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
