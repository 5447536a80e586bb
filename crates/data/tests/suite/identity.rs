//! Credentials, refresh tokens and tickets.

use futures_util::future::join_all;
use mockly_data::{Credential, DataError, RefreshToken, Store, Ticket};

use crate::support::{at, id, on_both_databases, user_id, with_users, write};

fn refresh_token(number: u8, family: u128) -> RefreshToken {
    RefreshToken {
        id: id(number.into()),
        family_id: id(family),
        user_id: user_id("ada"),
        token_hash: [number; 32],
        issued_at: at(0),
        expires_at: at(i64::from(number) * 100),
        spent_at: None,
        revoked_at: None,
    }
}

on_both_databases! {
    async fn an_address_belongs_to_one_own_account(database) {
        with_users(&database, &["ada", "bob"]).await;
        let credential = |user: &str| Credential {
            user_id: user_id(user),
            email: "ada@example.org".to_owned(),
            password_hash: "$argon2id$".to_owned(),
        };
        write(&database, async |work| work.credentials().insert(&credential("ada")).await).await;
        let found = database.credentials().find_by_email("ada@example.org").await.unwrap().unwrap();
        assert_eq!((found.user_id, found.password_hash), (user_id("ada"), "$argon2id$".to_owned()));
        assert!(database.credentials().find_by_email("eve@example.org").await.unwrap().is_none());
        let work = database.begin().await.unwrap();
        let taken = work.credentials().insert(&credential("bob")).await;
        assert!(matches!(taken, Err(DataError::Conflict(_))), "{taken:?}");
    }

    async fn a_refresh_token_is_spent_once_however_many_try(database) {
        with_users(&database, &["ada"]).await;
        let token = refresh_token(1, 9);
        write(&database, async |work| work.refresh_tokens().insert(&token).await).await;
        let spent = join_all((0..10).map(|_| {
            write(&database, async |work| work.refresh_tokens().spend(token.id, at(5)).await)
        }))
        .await;
        assert_eq!(spent.iter().filter(|won| **won).count(), 1);
        let found = database.refresh_tokens().find_by_hash(&[1; 32]).await.unwrap();
        assert_eq!(found, Some(RefreshToken { spent_at: Some(at(5)), ..token }));
        assert_eq!(database.refresh_tokens().find_by_hash(&[2; 32]).await.unwrap(), None);
    }

    async fn a_family_ends_as_one_and_only_it(database) {
        with_users(&database, &["ada"]).await;
        write(&database, async |work| {
            for (number, family) in [(1, 8), (2, 8), (3, 9)] {
                work.refresh_tokens().insert(&refresh_token(number, family)).await?;
            }
            work.refresh_tokens().revoke_family(id(8), at(1)).await?;
            // The first word counts.
            work.refresh_tokens().revoke_family(id(8), at(2)).await
        })
        .await;
        let spend = async |number| write(&database, async |work| work.refresh_tokens().spend(id(number), at(3)).await).await;
        assert_eq!([spend(1).await, spend(2).await, spend(3).await], [false, false, true]);
        let revoked = database.refresh_tokens().find_by_hash(&[1; 32]).await.unwrap().unwrap();
        assert_eq!(revoked.revoked_at, Some(at(1)));
        // What expires at this instant stays.
        assert_eq!(write(&database, async |work| work.refresh_tokens().purge(at(200)).await).await, 1);
    }

    async fn a_ticket_is_taken_once_however_many_try(database) {
        with_users(&database, &["ada"]).await;
        let ticket = Ticket {
            ticket_hash: [7; 32],
            user_id: user_id("ada"),
            token_expires_at: at(900),
            expires_at: at(30),
        };
        write(&database, async |work| work.tickets().insert(&ticket).await).await;
        let taken = join_all((0..10).map(|_| write(&database, async |work| work.tickets().take(&[7; 32]).await))).await;
        assert_eq!(taken.into_iter().flatten().collect::<Vec<_>>(), std::slice::from_ref(&ticket));
        write(&database, async |work| work.tickets().insert(&ticket).await).await;
        assert_eq!(write(&database, async |work| work.tickets().purge(at(30)).await).await, 0);
        assert_eq!(write(&database, async |work| work.tickets().purge(at(31)).await).await, 1);
        assert_eq!(write(&database, async |work| work.tickets().take(&[7; 32]).await).await, None);
    }
}
