//! Hands: in the order of raising, of those who are in, down with whoever leaves.

use mockly_domain::room::{RoomCommand as Do, Target};
use mockly_domain::{Admission, ErrorCode};

use super::hall::{GRACE, SECOND, ids, session_key};
use crate::sessions::stage::{Stage, code};
use crate::support::on_both_databases;

on_both_databases! {
    async fn hands_are_raised_once_in_order_and_lowered_by_their_owner_or_a_host(database) {
        let stage = Stage::new(&database).await;
        let carol = stage.user("carol").await;
        let id = stage.class(Admission::Open, &[&stage.eve, &carol]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let eve = stage.enter(&stage.eve, &room).await;
        let mut ear = stage.listen(host.room_id()).await;
        for tab in [&eve, &ada, &eve, &host] {
            stage.sleep(SECOND);
            stage.send(tab, Do::RaiseHand).await;
        }
        let raised = ["eve", "ada", "auth0|bob"];
        assert_eq!(stage.news(&mut ear).await, raised.map(|who| format!("raise_hand {who} > admitted")));
        assert_eq!(ids(&stage.state(&stage.ada, &room).await.hands_raised), raised);
        let shown = stage.services().read_session(&stage.bob, id).await.unwrap();
        let up = shown.participants.iter().filter(|place| place.is_hand_raised);
        assert_eq!(up.map(|place| place.user_id.as_str()).collect::<Vec<_>>(), ["auth0|bob", "ada", "eve"]);

        let of = |who: &mockly_service::Principal| Some(Target::User(who.user_id().clone()));
        for (target, refusal) in
            [(of(&stage.eve), ErrorCode::ForgedIdentity), (Some(Target::All), ErrorCode::Forbidden)]
        {
            assert_eq!(code(stage.try_send(&ada, Do::LowerHand(target)).await), refusal);
        }
        assert!(stage.news(&mut ear).await.is_empty());
        for (tab, target) in [(&ada, None), (&ada, of(&stage.ada)), (&host, of(&stage.eve)), (&host, of(&stage.eve))] {
            stage.send(tab, Do::LowerHand(target)).await;
        }
        assert_eq!(stage.news(&mut ear).await, ["lower_hand ada > admitted", "lower_hand eve > admitted"]);
        stage.send(&eve, Do::RaiseHand).await;
        stage.send(&host, Do::LowerHand(Some(Target::All))).await;
        assert_eq!(
            stage.news(&mut ear).await,
            ["raise_hand eve > admitted", "lower_hand auth0|bob > admitted", "lower_hand eve > admitted"]
        );
        assert!(stage.state(&stage.ada, &room).await.hands_raised.is_empty());
        // One who is not in raises nothing.
        let refused = stage.services().room_command(&carol, &room, host.door, Do::RaiseHand).await;
        assert_eq!(code(refused), ErrorCode::Forbidden);
    }

    async fn a_hand_goes_down_with_whoever_leaves(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let eve = stage.enter(&stage.eve, &room).await;
        for tab in [&ada, &eve] {
            stage.send(tab, Do::RaiseHand).await;
        }
        stage.services().leave_session(&stage.ada, id).await.unwrap();
        assert_eq!(ids(&stage.state(&stage.bob, &room).await.hands_raised), ["eve"]);
        stage.close(&eve).await;
        assert_eq!(ids(&stage.state(&stage.bob, &room).await.hands_raised), ["eve"]);
        stage.pass(GRACE).await;
        assert!(stage.state(&stage.bob, &room).await.hands_raised.is_empty());
        let shown = stage.services().read_session(&stage.bob, id).await.unwrap();
        assert!(shown.participants.iter().all(|place| !place.is_hand_raised));
        stage.close(&host).await;
    }
}
