//! The schema, one dated file per change, for SQLite and PostgreSQL alike.
//!
//! Times are `BIGINT` microseconds since the epoch: SQLite would compare date texts as texts and sort fractions of a
//! second wrongly. A change is expand, migrate, contract: the code of the version before must work on the new schema.
//!
//! To add a change: a new file `mYYYYMMDD_NNNNNN_what_it_does.rs`, and its line in [`Migrator`].

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

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
}
