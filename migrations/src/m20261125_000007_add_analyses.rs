//! Analyses of recordings: what was asked for, how far it is, and what came out.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::uuid_null;
use sea_orm_migration::schema::{big_integer, big_integer_null, integer, string_len, string_len_null, text_null, uuid};

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(analyses()).await?;
        manager.create_index(index("idx_analyses_artifact_id", &["artifact_id"])).await?;
        manager.create_index(index("idx_analyses_session_id", &["session_id"])).await?;
        manager.create_index(index("idx_analyses_requested_by_status", &["requested_by", "status"])).await?;
        manager.create_index(index("idx_analyses_status_id", &["status", "id"])).await
    }
}

fn analyses() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("analyses"))
        .col(uuid(Alias::new("id")).primary_key())
        .col(uuid(Alias::new("session_id")))
        .col(uuid(Alias::new("artifact_id")))
        .col(string_len(Alias::new("requested_by"), 128))
        .col(string_len(Alias::new("status"), 32))
        .col(text_null(Alias::new("report")))
        .col(string_len_null(Alias::new("error_code"), 64))
        .col(text_null(Alias::new("error")))
        .col(integer(Alias::new("attempts")))
        .col(big_integer_null(Alias::new("locked_until")))
        .col(uuid_null(Alias::new("lock_token")))
        .col(big_integer(Alias::new("created_at")))
        .col(big_integer_null(Alias::new("started_at")))
        .col(big_integer_null(Alias::new("finished_at")))
        .foreign_key(&mut cascade("session_id", "sessions"))
        .foreign_key(&mut cascade("artifact_id", "artifacts"))
        .to_owned()
}

fn cascade(column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(Alias::new("analyses"), Alias::new(column))
        .to(Alias::new(to), Alias::new("id"))
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

fn index(name: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(Alias::new("analyses"));
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}
