//! Keys of other services, and what a notification is about, so that one at a time of a kind is unread.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, string_len, string_len_null, uuid};

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(service_keys()).await?;
        let subject = Table::alter()
            .table(Alias::new("notifications"))
            .add_column(string_len_null(Alias::new("subject"), 255))
            .to_owned();
        manager.alter_table(subject).await?;
        // The builder knows no conditions of an index; both databases know this text.
        let one_unread = "CREATE UNIQUE INDEX idx_notifications_user_id_subject ON notifications (user_id, subject) \
                          WHERE read_at IS NULL AND subject IS NOT NULL";
        manager.get_connection().execute_unprepared(one_unread).await?;
        Ok(())
    }
}

fn service_keys() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("service_keys"))
        .col(uuid(Alias::new("id")).primary_key())
        .col(string_len(Alias::new("name"), 100))
        .col(string_len(Alias::new("scopes"), 255))
        .col(binary(Alias::new("key_hash")).unique_key())
        .col(string_len(Alias::new("created_by"), 128))
        .col(big_integer(Alias::new("created_at")))
        .foreign_key(
            ForeignKey::create()
                .from(Alias::new("service_keys"), Alias::new("created_by"))
                .to(Alias::new("users"), Alias::new("id")),
        )
        .to_owned()
}
