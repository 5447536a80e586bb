//! What every test of use cases needs: a database of its own on either kind, and the use cases on it with a clock that
//! the test sets.

mod clock;
mod database;
mod world;

pub(crate) use clock::TestClock;
pub(crate) use database::{Backend, TestDatabase, redis_url, run};
pub(crate) use world::TestWorld;

/// Makes of each function two tests, on SQLite and on PostgreSQL. The function gets an empty, migrated database, which is
/// removed when it returns or panics.
///
/// ```ignore
/// on_both_databases! {
///     async fn nothing_is_there_at_first(database) {
///         let world = TestWorld::new(&database);
///         // …
///     }
/// }
/// ```
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($database:ident) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn check($database: $crate::support::TestDatabase) $body

            #[test]
            fn on_sqlite() {
                $crate::support::run($crate::support::Backend::Sqlite, check);
            }

            #[test]
            fn on_postgres() {
                $crate::support::run($crate::support::Backend::Postgres, check);
            }
        }
    )+};
}

pub(crate) use on_both_databases;
