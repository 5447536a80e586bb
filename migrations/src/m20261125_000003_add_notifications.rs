//! Notifications to users, and whether admins were told of a media room that cannot be made.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string_len, text, uuid};

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(notifications()).await?;
        manager.create_index(index("idx_notifications_user_id_position", &["user_id", "position"])).await?;
        manager.create_index(index("idx_notifications_created_at", &["created_at"])).await?;
        let told = Table::alter()
            .table(Alias::new("livekit_rooms"))
            .add_column(big_integer_null(Alias::new("failure_told_at")))
            .to_owned();
        manager.alter_table(told).await
    }
}

/// Numbered as they are stored, so that every node reads them in one order.
fn notifications() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("notifications"))
        .col(big_integer(Alias::new("position")).primary_key().auto_increment())
        .col(uuid(Alias::new("id")).unique_key())
        .col(string_len(Alias::new("user_id"), 128))
        .col(string_len(Alias::new("event"), 128))
        .col(text(Alias::new("payload")))
        .col(big_integer(Alias::new("created_at")))
        .col(big_integer_null(Alias::new("read_at")))
        .foreign_key(
            ForeignKey::create()
                .from(Alias::new("notifications"), Alias::new("user_id"))
                .to(Alias::new("users"), Alias::new("id")),
        )
        .to_owned()
}

fn index(name: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(Alias::new("notifications"));
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}
