//! Refresh tokens and their families.

use std::time::Duration;

use futures_util::future::join_all;
use mockly_domain::ErrorCode;
use mockly_service::SignedIn;

use super::refusal;
use crate::support::{TestWorld, on_both_databases};

impl TestWorld {
    async fn sign_ada_in(&self) -> SignedIn {
        let made = self.services.create_account("ada@example.org", "correct horse", "Ada", Vec::new()).await;
        assert!(made.as_ref().map_or_else(|error| error.code() == ErrorCode::EmailTaken, |_| true));
        self.services.sign_in("ada@example.org", "correct horse").await.unwrap()
    }

    async fn refused(&self, refresh_token: &str) -> bool {
        match self.services.refresh(refresh_token).await {
            Ok(_) => false,
            refused => refusal(refused) == ErrorCode::InvalidRefreshToken,
        }
    }
}

on_both_databases! {
    async fn each_refresh_gives_the_next_token(database) {
        let world = TestWorld::new(&database);
        let first = world.sign_ada_in().await;
        world.clock.advance(Duration::from_mins(20));
        assert_eq!(refusal(world.services.authenticate(&first.access_token).await), ErrorCode::TokenExpired);
        let second = world.services.refresh(&first.refresh_token).await.unwrap();
        assert_ne!(second.refresh_token, first.refresh_token);
        assert_eq!(second.refresh_expires_at, world.now().plus(Duration::from_hours(30 * 24)));
        world.services.authenticate(&second.access_token).await.unwrap();
        world.services.refresh(&second.refresh_token).await.unwrap();
    }

    async fn using_a_spent_token_ends_its_family_and_no_other(database) {
        let world = TestWorld::new(&database);
        let (stolen, other) = (world.sign_ada_in().await, world.sign_ada_in().await);
        let thiefs = world.services.refresh(&stolen.refresh_token).await.unwrap();
        assert!(world.refused(&stolen.refresh_token).await);
        assert!(world.refused(&thiefs.refresh_token).await, "the family is over");
        world.services.refresh(&other.refresh_token).await.unwrap();
    }

    async fn of_several_uses_at_once_one_wins_and_the_family_ends(database) {
        let world = TestWorld::new(&database);
        let first = world.sign_ada_in().await;
        let answers = join_all((0..8).map(|_| world.services.refresh(&first.refresh_token))).await;
        let won: Vec<SignedIn> = answers.into_iter().filter_map(Result::ok).collect();
        assert_eq!(won.len(), 1);
        assert!(world.refused(&won[0].refresh_token).await);
    }

    /// A family's end must reach the token that a refresh at the same moment is about to make.
    async fn no_token_escapes_the_end_of_its_family(database) {
        let world = TestWorld::new(&database);
        for round in 0..10 {
            let first = world.sign_ada_in().await;
            let second = world.services.refresh(&first.refresh_token).await.unwrap();
            let (third, reuse) = futures_util::join!(
                world.services.refresh(&second.refresh_token),
                world.services.refresh(&first.refresh_token),
            );
            assert_eq!(refusal(reuse), ErrorCode::InvalidRefreshToken);
            if let Ok(third) = third {
                assert!(world.refused(&third.refresh_token).await, "round {round}");
            }
        }
    }

    async fn tokens_end_by_time_and_by_signing_out(database) {
        let world = TestWorld::new(&database);
        let signed_in = world.sign_ada_in().await;
        let next = world.services.refresh(&signed_in.refresh_token).await.unwrap();
        world.services.sign_out(&next.refresh_token).await.unwrap();
        world.services.sign_out(&next.refresh_token).await.unwrap();
        assert!(world.refused(&next.refresh_token).await);

        let late = world.sign_ada_in().await;
        world.clock.advance(Duration::from_hours(30 * 24));
        assert!(world.refused(&late.refresh_token).await);
    }

    async fn texts_that_are_no_tokens_are_refused(database) {
        let world = TestWorld::new(&database);
        for text in [String::new(), "x".repeat(43), "x".repeat(1 << 20), "\0".to_owned()] {
            assert!(world.refused(&text).await);
            world.services.sign_out(&text).await.unwrap();
        }
    }
}
