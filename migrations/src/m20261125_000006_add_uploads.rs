//! Who added a file, and an index to add up what a user has.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::string_len_null;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let uploader = Table::alter()
            .table(Alias::new("artifacts"))
            .add_column(string_len_null(Alias::new("uploaded_by"), 128))
            .to_owned();
        manager.alter_table(uploader).await?;
        let of_user = Index::create()
            .name("idx_artifacts_uploaded_by")
            .table(Alias::new("artifacts"))
            .col(Alias::new("uploaded_by"))
            .to_owned();
        manager.create_index(of_user).await
    }
}
