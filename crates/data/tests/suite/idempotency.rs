//! Idempotency keys.

use futures_util::future::join_all;
use mockly_data::{Database, IdempotencyClaim, Store};
use mockly_domain::Timestamp;

use crate::support::{at, id, on_both_databases, write};

fn claim(number: u128, now: i64) -> IdempotencyClaim {
    IdempotencyClaim {
        key_hash: [1; 32],
        body_sha256: [2; 32],
        claim: id(number),
        claimed_until: at(now + 120),
        expires_at: at(now + 86_400),
    }
}

async fn try_claim(database: &Database, number: u128, now: i64) -> bool {
    write(database, async |work| work.idempotency().claim(&claim(number, now), at(now)).await).await
}

async fn complete(database: &Database, number: u128, status: u16) {
    let answer = (status, "[]".to_owned(), b"\0body".to_vec());
    write(database, async |work| work.idempotency().complete(&[1; 32], id(number), answer).await).await;
}

async fn answer(database: &Database) -> Option<(u16, String, Vec<u8>)> {
    database.idempotency().find(&[1; 32]).await.unwrap().and_then(|row| row.answer)
}

on_both_databases! {
    async fn of_many_at_once_one_gets_the_key(database) {
        let won = join_all((1..=10).map(|number| try_claim(&database, number, 0))).await;
        assert_eq!(won.iter().filter(|won| **won).count(), 1);
        let row = database.idempotency().find(&[1; 32]).await.unwrap().unwrap();
        assert_eq!((row.body_sha256, row.claimed_until, row.expires_at, row.answer), ([2; 32], at(120), at(86_400), None));
        assert!(database.idempotency().find(&[9; 32]).await.unwrap().is_none());
    }

    async fn an_answer_is_kept_for_its_time(database) {
        assert!(try_claim(&database, 1, 0).await);
        complete(&database, 1, 201).await;
        assert_eq!(answer(&database).await, Some((201, "[]".to_owned(), b"\0body".to_vec())));
        // An answered request is not abandoned, however long ago it was claimed.
        assert!(!try_claim(&database, 2, 5_000).await);
        // Giving a claim up that has its answer takes nothing away.
        write(&database, async |work| work.idempotency().release(&[1; 32], id(1)).await).await;
        assert!(answer(&database).await.is_some());
        assert!(!try_claim(&database, 2, 86_399).await);
        assert!(try_claim(&database, 2, 86_400).await);
        assert_eq!(answer(&database).await, None);
    }

    async fn a_claim_given_up_or_abandoned_is_free_and_its_owner_is_too_late(database) {
        assert!(try_claim(&database, 1, 0).await);
        write(&database, async |work| work.idempotency().release(&[1; 32], id(1)).await).await;
        assert!(try_claim(&database, 2, 1).await);
        assert!(!try_claim(&database, 3, 121).await);
        assert!(try_claim(&database, 3, 122).await);
        complete(&database, 2, 200).await;
        assert_eq!(answer(&database).await, None);
        complete(&database, 3, 204).await;
        assert_eq!(answer(&database).await.unwrap().0, 204);
    }

    async fn what_expired_is_deleted(database) {
        assert!(try_claim(&database, 1, 0).await);
        let purge = async |before: Timestamp| {
            write(&database, async |work| work.idempotency().purge(before).await).await
        };
        assert_eq!([purge(at(86_400)).await, purge(at(86_401)).await], [0, 1]);
    }
}
