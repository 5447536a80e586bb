//! The one kind of transaction.

use futures_util::future::join_all;
use mockly_data::Store;

use crate::support::{on_both_databases, user, user_id, with_session, write};

on_both_databases! {
    async fn what_is_not_committed_did_not_happen(database) {
        let work = database.begin().await.unwrap();
        assert!(work.users().insert(&user("ada", "Ada", &[])).await.unwrap());
        assert!(work.users().find(&user_id("ada")).await.unwrap().is_some());
        drop(work);
        assert_eq!(database.users().find(&user_id("ada")).await.unwrap(), None);
        write(&database, async |work| work.users().insert(&user("ada", "Ada", &[])).await).await;
        assert!(database.users().find(&user_id("ada")).await.unwrap().is_some());
    }

    /// A deferred transaction of SQLite that reads before it writes fails under load with "database is locked", and on
    /// PostgreSQL an unlocked read loses updates: every command reads, decides and writes.
    async fn two_hundred_that_read_before_they_write_all_succeed(database) {
        let id = with_session(&database, 1).await;
        let counted = join_all((0..200).map(|_| {
            write(&database, async |work| {
                let mut session = work.sessions().lock(id).await?.unwrap();
                session.last_sequence += 1;
                work.sessions().update(&session).await?;
                Ok(session.last_sequence)
            })
        }));
        let mut counted = counted.await;
        counted.sort_unstable();
        assert_eq!(counted, (1..=200).collect::<Vec<_>>());
        assert_eq!(database.sessions().find(id).await.unwrap().unwrap().last_sequence, 200);
    }

    async fn users_are_locked_too(database) {
        write(&database, async |work| work.users().insert(&user("ada", "", &[])).await).await;
        join_all((0..20).map(|_| {
            write(&database, async |work| {
                let mut ada = work.users().lock(&user_id("ada")).await?.unwrap();
                ada.display_name.push('x');
                work.users().update(&ada).await
            })
        }))
        .await;
        let ada = database.users().find(&user_id("ada")).await.unwrap().unwrap();
        assert_eq!(ada.display_name, "x".repeat(20));
    }
}
