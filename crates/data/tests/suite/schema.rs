//! The schema comes up on both databases, whoever asks for it and how often.

use mockly_migrations::{Migrator, MigratorTrait as _};
use sea_orm::ConnectionTrait as _;

use crate::support::{Backend, TestDatabase, run};

async fn comes_up(home: &TestDatabase) {
    let database = home.connect().await;
    database.ping().await.unwrap();
    assert!(!database.is_up_to_date().await.unwrap());
    database.migrate().await.unwrap();
    assert!(database.is_up_to_date().await.unwrap());
    database.migrate().await.unwrap();
    assert!(home.connect().await.is_up_to_date().await.unwrap());
}

#[test]
fn comes_up_on_sqlite() {
    run(Backend::Sqlite, comes_up);
}

#[test]
fn comes_up_on_postgres() {
    run(Backend::Postgres, comes_up);
}

#[test]
fn nodes_that_start_together_wait_for_each_other_on_postgres() {
    run(Backend::Postgres, async |home| {
        let (one, two, three) = (home.connect().await, home.connect().await, home.connect().await);
        let (first, second, third) = tokio::join!(one.migrate(), two.migrate(), three.migrate());
        for outcome in [first, second, third] {
            outcome.unwrap();
        }
        assert!(one.is_up_to_date().await.unwrap());
    });
}

/// A node of this version starts beside those of the next one, and after them.
async fn the_next_schema_serves_this_version(home: &TestDatabase) {
    let database = home.migrated().await;
    let raw = home.raw().await;
    raw.execute_unprepared("INSERT INTO seaql_migrations VALUES ('m20991231_000001_of_the_next_version', 1)")
        .await
        .unwrap();
    assert!(database.is_up_to_date().await.unwrap());
    database.migrate().await.unwrap();
    // What lacks changes of this version, too, is no later one.
    let last = Migrator::migrations().pop().unwrap().name().to_owned();
    raw.execute_unprepared(&format!("DELETE FROM seaql_migrations WHERE version = '{last}'")).await.unwrap();
    let told = database.migrate().await.unwrap_err();
    assert!(format!("{told:?}").contains("another line of versions"), "{told:?}");
    raw.close().await.unwrap();
}

#[test]
fn the_next_schema_serves_this_version_on_sqlite() {
    run(Backend::Sqlite, the_next_schema_serves_this_version);
}

#[test]
fn the_next_schema_serves_this_version_on_postgres() {
    run(Backend::Postgres, the_next_schema_serves_this_version);
}

/// Whatever ends it halfway, the next one finds what was there before.
async fn a_change_is_made_wholly_or_not_at_all(home: &TestDatabase) {
    let raw = home.raw().await;
    let before_the_last = u32::try_from(Migrator::migrations().len()).unwrap() - 1;
    Migrator::up(&raw, Some(before_the_last)).await.unwrap();
    // One of the indexes that the last change makes.
    raw.execute_unprepared("CREATE INDEX idx_refresh_tokens_open ON users (id)").await.unwrap();
    let database = home.connect().await;
    database.migrate().await.unwrap_err();
    assert!(!database.is_up_to_date().await.unwrap());
    raw.execute_unprepared("DROP INDEX idx_refresh_tokens_open").await.unwrap();
    database.migrate().await.unwrap();
    raw.close().await.unwrap();
}

#[test]
fn a_change_is_made_wholly_or_not_at_all_on_sqlite() {
    run(Backend::Sqlite, a_change_is_made_wholly_or_not_at_all);
}

#[test]
fn a_change_is_made_wholly_or_not_at_all_on_postgres() {
    run(Backend::Postgres, a_change_is_made_wholly_or_not_at_all);
}

#[test]
fn processes_that_start_together_wait_for_each_other_on_sqlite() {
    run(Backend::Sqlite, async |home| {
        let (one, two, three) = (home.connect().await, home.connect().await, home.connect().await);
        let (first, second, third) = tokio::join!(one.migrate(), two.migrate(), three.migrate());
        for outcome in [first, second, third] {
            outcome.unwrap();
        }
        assert!(one.is_up_to_date().await.unwrap());
    });
}
