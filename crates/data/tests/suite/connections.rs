//! Connections that many use after one another, some of whom go before they have their answer.

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use mockly_data::{DataError, Store as _};
use sea_orm::ConnectionTrait as _;

use crate::support::{Backend, on_both_databases, run, user, user_id, write};

on_both_databases! {
    async fn whoever_gives_up_spoils_no_connection(database) {
        write(&database, async |work| work.users().insert(&user("ada", "Ada", &[])).await).await;
        let ada = user_id("ada");
        for _ in 0..100 {
            let _given_up_unless_sqlite_was_faster = database.users().find(&ada).now_or_never();
        }
        // More than there are connections, so that each of them is used again.
        for found in join_all((0..100).map(|_| async { database.users().find(&ada).await })).await {
            assert_eq!(found.unwrap().unwrap().display_name, "Ada");
        }
    }

    async fn a_transaction_that_is_given_up_in_the_middle_leaves_nothing_and_holds_up_nobody(database) {
        for round in 0..50 {
            let work = database.begin().await.unwrap();
            assert!(work.users().insert(&user("ada", "Ada", &[])).await.unwrap(), "an earlier one was kept: {round}");
            let _given_up_unless_sqlite_was_faster = work.users().find(&user_id("ada")).now_or_never();
        }
        assert!(write(&database, async |work| work.users().insert(&user("ada", "", &[])).await).await);
        assert_eq!(database.users().find(&user_id("ada")).await.unwrap().unwrap().display_name, "");
    }

    async fn a_beginning_that_is_given_up_leaves_no_transaction_open(database) {
        for _ in 0..50 {
            assert!(database.begin().now_or_never().is_none(), "it has not given up");
        }
        for number in 0..50 {
            let id = format!("user-{number}");
            assert!(write(&database, async |work| work.users().insert(&user(&id, "", &[])).await).await);
        }
    }

    async fn closing_waits_for_what_is_under_way(database) {
        let work = database.begin().await.unwrap();
        assert!(work.users().insert(&user("ada", "Ada", &[])).await.unwrap());
        let mut closing = std::pin::pin!(database.close());
        assert!((&mut closing).now_or_never().is_none(), "it closed over a transaction");
        work.commit().await.unwrap();
        closing.await.unwrap();
        let late = database.users().find(&user_id("ada")).await;
        assert!(matches!(late, Err(DataError::Unavailable(_))), "{late:?}");
    }
}

/// An administrator ends them, or the server restarts: whoever uses one then is told so, and the next gets another.
#[test]
fn connections_that_the_server_has_ended_are_replaced() {
    run(Backend::Postgres, async |home| {
        let (database, raw) = (home.migrated().await, home.raw().await);
        write(&database, async |work| work.users().insert(&user("ada", "Ada", &[])).await).await;
        let ada = user_id("ada");
        join_all((0..100).map(|_| async { database.users().find(&ada).await })).await;
        raw.execute_unprepared(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE pid <> pg_backend_pid() AND datname = current_database()",
        )
        .await
        .unwrap();
        let mut failed = 0;
        // Eight connections at most, so that the ninth is a new one.
        for _ in 0..9 {
            match database.users().find(&ada).await {
                Ok(found) => assert_eq!(found.unwrap().display_name, "Ada"),
                Err(DataError::Unavailable(_)) => failed += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        assert!(failed <= 8, "a connection failed twice");
        assert!(database.users().find(&ada).await.unwrap().is_some());
        raw.close().await.unwrap();
    });
}
