//! What every test of repositories needs: a database of its own on either kind, and rows to put into it.

mod database;
mod fixtures;

pub(crate) use database::{Backend, TestDatabase, run};
pub(crate) use fixtures::{at, id, job, participant, session, user, user_id, with_session, with_users, write};

/// Makes of each function two tests, on SQLite and on PostgreSQL. The function gets an empty, migrated database, which is
/// removed when it returns or panics.
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($database:ident) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn check($database: mockly_data::Database) $body

            #[test]
            fn on_sqlite() {
                $crate::support::run($crate::support::Backend::Sqlite, async |home| check(home.migrated().await).await);
            }

            #[test]
            fn on_postgres() {
                $crate::support::run($crate::support::Backend::Postgres, async |home| check(home.migrated().await).await);
            }
        }
    )+};
}

pub(crate) use on_both_databases;
