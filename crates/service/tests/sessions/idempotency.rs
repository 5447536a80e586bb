//! Idempotency keys: one effect and one answer for a day.

use std::time::Duration;

use futures_util::future::join_all;
use mockly_domain::ErrorCode;
use mockly_service::{Claim, ClaimedKey, IdempotencyKey, KeyOwner, StoredAnswer};

use super::stage::{Stage, code, refused};
use crate::support::on_both_databases;

fn key(user: &str, path: &str, key: &str) -> IdempotencyKey {
    IdempotencyKey { owner: KeyOwner::User(user.parse().unwrap()), path: path.to_owned(), key: key.to_owned() }
}

fn answer() -> StoredAnswer {
    StoredAnswer {
        status: 201,
        headers: vec![("location".to_owned(), "/api/sessions/1".to_owned()), ("etag".to_owned(), "\"1\"".to_owned())],
        body: br#"{"id":1}"#.to_vec(),
    }
}

#[track_caller]
fn fresh(claim: Claim) -> ClaimedKey {
    match claim {
        Claim::Fresh(token) => token,
        Claim::Replay(answer) => panic!("replayed {answer:?}"),
    }
}

const BODY: [u8; 32] = [1; 32];
const OTHER_BODY: [u8; 32] = [2; 32];

on_both_databases! {
    async fn the_same_request_gets_the_same_answer_for_a_day(database) {
        let stage = Stage::new(&database).await;
        let key = key("ada", "/api/sessions", "k");
        let token = fresh(stage.services().claim_key(&key, BODY).await.unwrap());
        stage.services().complete_key(token, answer()).await.unwrap();
        stage.sleep(Duration::from_hours(24) - Duration::from_secs(1));
        assert_eq!(stage.services().claim_key(&key, BODY).await.unwrap(), Claim::Replay(answer()));
        let reused = stage.services().claim_key(&key, OTHER_BODY).await;
        assert_eq!(code(reused), ErrorCode::IdempotencyKeyReused);
        stage.sleep(Duration::from_secs(1));
        fresh(stage.services().claim_key(&key, OTHER_BODY).await.unwrap());
    }

    async fn a_key_is_the_users_and_the_paths(database) {
        let stage = Stage::new(&database).await;
        for (user, path, name) in [
            ("ada", "/api/sessions", "k"),
            ("bob", "/api/sessions", "k"),
            ("ada", "/api/sessions/1/join", "k"),
            ("ada", "/api/sessions", "kk"),
            // Parts that run together to the same text are different keys.
            ("ad", "a/api/sessions", "k"),
            ("ada", "/api/session", "sk"),
        ] {
            fresh(stage.services().claim_key(&key(user, path, name), BODY).await.unwrap());
        }
    }

    async fn of_many_at_once_one_does_it_and_the_others_are_told_to_wait(database) {
        let stage = Stage::new(&database).await;
        let key = key("ada", "/api/sessions", "k");
        let claims = join_all((0..20).map(|_| stage.services().claim_key(&key, BODY))).await;
        assert_eq!(claims.iter().filter(|claim| claim.is_ok()).count(), 1);
        for claim in claims.into_iter().filter(Result::is_err) {
            let refused = refused(claim);
            assert_eq!((refused.code, refused.retry_after), (ErrorCode::RequestInProgress, Some(Duration::from_secs(1))));
        }
        assert_eq!(code(stage.services().claim_key(&key, OTHER_BODY).await), ErrorCode::IdempotencyKeyReused);
    }

    async fn a_claim_that_was_given_up_or_abandoned_is_free(database) {
        let stage = Stage::new(&database).await;
        let key = key("ada", "/api/sessions", "k");
        let given_up = fresh(stage.services().claim_key(&key, BODY).await.unwrap());
        stage.services().release_key(given_up).await.unwrap();
        let abandoned = fresh(stage.services().claim_key(&key, BODY).await.unwrap());
        stage.sleep(Duration::from_mins(2));
        assert_eq!(code(stage.services().claim_key(&key, BODY).await), ErrorCode::RequestInProgress);
        stage.sleep(Duration::from_micros(1));
        let taken_over = fresh(stage.services().claim_key(&key, BODY).await.unwrap());
        // The abandoned one comes back after all: too late to give the answer or the key away.
        stage.services().complete_key(abandoned, answer()).await.unwrap();
        stage.services().release_key(abandoned).await.unwrap();
        assert_eq!(code(stage.services().claim_key(&key, BODY).await), ErrorCode::RequestInProgress);
        stage.services().complete_key(taken_over, answer()).await.unwrap();
        assert_eq!(stage.services().claim_key(&key, BODY).await.unwrap(), Claim::Replay(answer()));
    }
}
