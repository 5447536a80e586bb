//! The schema, one dated file per change, for SQLite and PostgreSQL alike.
//!
//! Times are `BIGINT` microseconds since the epoch: SQLite would compare date texts as texts and sort fractions of a
//! second wrongly. A change is expand, migrate, contract: the code of the version before must work on the new schema.
//!
//! To add a change: a new file `mYYYYMMDD_NNNNNN_what_it_does.rs`, and its line in [`Migrator`].

use std::collections::HashSet;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, EntityTrait as _, QueryOrder as _};
use sea_orm_migration::seaql_migrations;

mod m20261125_000001_create_schema;
mod m20261125_000002_add_classes;
mod m20261125_000003_add_notifications;
mod m20261125_000004_add_rooms;
mod m20261125_000005_add_service_keys;
mod m20261125_000006_add_uploads;
mod m20261125_000007_add_analyses;
mod m20261125_000009_index_due_jobs;
mod m20261125_000010_add_external_analyses;
mod m20261126_000011_count_sockets_of_nodes;
mod m20261127_000012_index_what_is_listed;

/// All changes in their order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261125_000001_create_schema::Migration),
            Box::new(m20261125_000002_add_classes::Migration),
            Box::new(m20261125_000003_add_notifications::Migration),
            Box::new(m20261125_000004_add_rooms::Migration),
            Box::new(m20261125_000005_add_service_keys::Migration),
            Box::new(m20261125_000006_add_uploads::Migration),
            Box::new(m20261125_000007_add_analyses::Migration),
            Box::new(m20261125_000009_index_due_jobs::Migration),
            Box::new(m20261125_000010_add_external_analyses::Migration),
            Box::new(m20261126_000011_count_sockets_of_nodes::Migration),
            Box::new(m20261127_000012_index_what_is_listed::Migration),
        ]
    }

    /// The changes that were made and that this version knows. Those of a later version are left out, since every schema
    /// works with the version before: it must start on it.
    async fn get_migration_models<C>(db: &C) -> Result<Vec<seaql_migrations::Model>, DbErr>
    where
        C: ConnectionTrait,
    {
        Self::install(db).await?;
        let made = seaql_migrations::Entity::find().order_by_asc(seaql_migrations::Column::Version).all(db).await?;
        let changes = Self::migrations();
        let known: HashSet<&str> = changes.iter().map(|change| change.name()).collect();
        let (made, later): (Vec<_>, Vec<_>) = made.into_iter().partition(|made| known.contains(made.version.as_str()));
        if !later.is_empty() && made.len() < known.len() {
            let text = "the schema has changes that this version does not know, and lacks some that it does: \
                        it is of another line of versions";
            return Err(DbErr::Custom(text.to_owned()));
        }
        Ok(made)
    }
}

/// Runs statements that the builder does not know, one after the other.
async fn execute_all(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}
