//! The schema comes up on both databases, whoever asks for it and how often.

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
