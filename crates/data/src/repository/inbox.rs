//! Webhooks that took effect.

use mockly_domain::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set, TryInsertResult};

use crate::DataError;
use crate::entity::webhook_event::{ActiveModel, Column, Entity};

super::repository!(
    /// Ids of webhooks, stored in the transaction of their effect (R8).
    InboxRepository
);

impl InboxRepository<'_> {
    /// Notes a webhook; `false` where it took effect before.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn insert(&self, event_id: &str, event: &str, now: Timestamp) -> Result<bool, DataError> {
        let row = ActiveModel {
            event_id: Set(event_id.to_owned()),
            event: Set(event.chars().take(64).collect()),
            received_at: Set(now.as_micros()),
        };
        let result = Entity::insert(row)
            .on_conflict(OnConflict::column(Column::EventId).do_nothing().to_owned())
            .try_insert()
            .exec_without_returning(&self.db)
            .await?;
        Ok(matches!(result, TryInsertResult::Inserted(1)))
    }

    /// Forgets what arrived before an instant.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn purge(&self, before: Timestamp) -> Result<u64, DataError> {
        let gone = Entity::delete_many().filter(Column::ReceivedAt.lt(before.as_micros())).exec(&self.db).await?;
        Ok(gone.rows_affected)
    }
}
