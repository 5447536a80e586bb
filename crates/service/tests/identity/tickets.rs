//! Tickets for sockets.

use std::time::Duration;

use futures_util::future::join_all;
use mockly_domain::ErrorCode;
use serde_json::json;

use super::refusal;
use super::token::sign_hs256;
use crate::support::{TestWorld, on_both_databases};

on_both_databases! {
    async fn of_many_who_show_a_ticket_one_gets_in(database) {
        let world = TestWorld::new(&database);
        let token = sign_hs256(world.secret, &json!({ "sub": "ada", "exp": world.now().as_secs() + 600 }));
        let buyer = world.services.authenticate(&token).await.unwrap();
        let ticket = world.services.issue_ticket(&buyer).await.unwrap();
        assert_eq!(ticket.expires_at, world.now().plus(Duration::from_secs(30)));
        assert!(!format!("{ticket:?}").contains(&ticket.ticket));

        let answers = join_all((0..8).map(|_| world.services.redeem_ticket(&ticket.ticket))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 7));
        // User and end are those of the token that bought it.
        assert_eq!(won.into_iter().next().unwrap().unwrap(), buyer);
        for lost in lost {
            assert_eq!(refusal(lost), ErrorCode::InvalidTicket);
        }
    }

    async fn late_and_made_up_tickets_are_refused(database) {
        let world = TestWorld::new(&database);
        let token = sign_hs256(world.secret, &json!({ "sub": "ada", "exp": world.now().as_secs() + 600 }));
        let buyer = world.services.authenticate(&token).await.unwrap();
        let ticket = world.services.issue_ticket(&buyer).await.unwrap().ticket;
        world.clock.advance(Duration::from_secs(30));
        for text in [ticket, String::new(), "x".repeat(43), token] {
            assert_eq!(refusal(world.services.redeem_ticket(&text).await), ErrorCode::InvalidTicket);
        }
    }

    /// A ticket of a token in its last second outlived the token by half a minute.
    async fn a_ticket_does_not_outlive_its_token(database) {
        let world = TestWorld::new(&database);
        let token = sign_hs256(world.secret, &json!({ "sub": "ada", "exp": world.now().as_secs() + 1 }));
        world.clock.advance(Duration::from_secs(50));
        let buyer = world.services.authenticate(&token).await.unwrap();
        let ticket = async || world.services.issue_ticket(&buyer).await.unwrap().ticket;
        let (in_time, late) = (ticket().await, ticket().await);
        world.clock.advance(Duration::from_secs(10));
        assert_eq!(world.services.redeem_ticket(&in_time).await.unwrap(), buyer);
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(refusal(world.services.redeem_ticket(&late).await), ErrorCode::InvalidTicket);
    }
}
