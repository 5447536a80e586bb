//! The next job is found by an index, and the dead ones by another.

use sea_orm_migration::prelude::*;

use crate::execute_all;

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The builder knows neither expressions nor conditions of an index; both databases know this text.
        let statements = [
            "CREATE INDEX idx_jobs_due_at ON jobs (coalesce(locked_until, run_at)) WHERE dead_at IS NULL",
            "CREATE INDEX idx_jobs_dead_at ON jobs (dead_at) WHERE dead_at IS NOT NULL",
        ];
        execute_all(manager, &statements).await
    }
}
