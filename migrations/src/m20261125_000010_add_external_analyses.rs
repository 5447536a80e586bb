//! How far an analysis is that was given to the analyser of another service.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::integer_null;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let progress = Table::alter()
            .table(Alias::new("analyses"))
            .add_column(integer_null(Alias::new("progress_percent")))
            .to_owned();
        manager.alter_table(progress).await
    }
}
