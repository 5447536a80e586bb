//! How many sockets each node has, and whose.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{boolean, string_len, text_null, uuid};

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Room for the longest user id, 128 Unicode scalar values.
const USER_ID_CHARS: u32 = 128;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sockets = Table::alter().table(col("nodes")).add_column(text_null(col("sockets"))).to_owned();
        manager.alter_table(sockets).await?;
        let users = Table::create()
            .table(col("node_users"))
            .col(uuid(col("node_id")))
            .col(string_len(col("user_id"), USER_ID_CHARS))
            .col(boolean(col("hears")))
            .primary_key(Index::create().col(col("user_id")).col(col("node_id")))
            .foreign_key(
                ForeignKey::create()
                    .from(col("node_users"), col("node_id"))
                    .to(col("nodes"), col("id"))
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(users).await?;
        let by_node =
            Index::create().name("idx_node_users_node_id").table(col("node_users")).col(col("node_id")).to_owned();
        manager.create_index(by_node).await
    }
}

fn col(name: &'static str) -> Alias {
    Alias::new(name)
}
