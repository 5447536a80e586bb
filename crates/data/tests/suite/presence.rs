//! Nodes and who is connected to them.

use mockly_data::{NodeRow, Store};
use mockly_domain::{NodeId, ParticipantStatus, SessionId};

use crate::support::{at, id, on_both_databases, participant, user_id, with_session, with_users, write};

const ONE: u128 = 101;
const TWO: u128 = 102;

fn node(number: u128) -> NodeId {
    NodeId(id(number))
}

on_both_databases! {
    async fn only_those_who_take_part_and_were_not_turned_away_are_somebody(database) {
        let session_id = with_session(&database, 1).await;
        with_users(&database, &["bob", "admin"]).await;
        write(&database, async |work| {
            work.participants().insert(&participant(1, 1, "ada")).await?;
            work.participants().insert(&participant(1, 2, "bob")).await?;
            work.presence().beat(node(ONE), at(0)).await
        })
        .await;
        let anybody = async || database.presence().is_anybody_there(session_id).await.unwrap();
        let enter = async |user: &str| {
            write(&database, async |work| {
                work.presence().enter(session_id, &user_id(user), node(ONE), at(0)).await
            })
            .await;
        };
        assert!(!anybody().await);
        enter("admin").await;
        assert!(!anybody().await, "an admin who looks in");
        for status in ParticipantStatus::ALL {
            let mut bob = participant(1, 2, "bob");
            bob.status = *status;
            write(&database, async |work| work.participants().update(&bob).await).await;
            enter("bob").await;
            let turned_away = matches!(status, ParticipantStatus::Denied | ParticipantStatus::Removed);
            assert_eq!(anybody().await, !turned_away, "{status}");
        }
        enter("ada").await;
        assert!(anybody().await);
    }

    async fn presence_is_per_node_and_goes_with_the_node(database) {
        let session_id = with_session(&database, 1).await;
        write(&database, async |work| {
            work.participants().insert(&participant(1, 1, "ada")).await?;
            for (number, secs) in [(ONE, 0), (TWO, 30)] {
                work.presence().beat(node(number), at(secs)).await?;
                // Twice is once.
                for _ in 0..2 {
                    work.presence().enter(session_id, &user_id("ada"), node(number), at(secs)).await?;
                }
            }
            Ok(())
        })
        .await;
        let anybody = async || database.presence().is_anybody_there(session_id).await.unwrap();
        let others = async |number| database.presence().list_other_nodes(node(number)).await.unwrap();
        assert_eq!(others(TWO).await, [NodeRow { id: node(ONE), started_at: at(0), seen_at: at(0) }]);
        assert_eq!(database.presence().sessions_of_node(node(ONE)).await.unwrap(), [session_id]);
        write(&database, async |work| work.presence().leave(session_id, &user_id("ada"), node(TWO)).await).await;
        assert!(anybody().await, "the other node has a tab of hers");
        write(&database, async |work| work.presence().delete_node(node(ONE)).await).await;
        assert!(!anybody().await);
        assert!(database.presence().sessions_of_node(node(ONE)).await.unwrap().is_empty());
        assert_eq!(others(ONE).await, [NodeRow { id: node(TWO), started_at: at(30), seen_at: at(30) }]);
        assert!(write(&database, async |work| work.presence().beat(node(TWO), at(99)).await).await);
        assert_eq!(others(ONE).await, [NodeRow { id: node(TWO), started_at: at(30), seen_at: at(99) }]);
    }

    async fn users_are_counted_once_and_go_with_their_node(database) {
        let (ada, bob) = (user_id("ada"), user_id("bob"));
        write(&database, async |work| {
            for number in [ONE, TWO] {
                work.presence().beat(node(number), at(0)).await?;
                work.presence().set_users(node(number), &[(ada.clone(), false), (bob.clone(), number == TWO)]).await?;
            }
            work.presence().set_sockets(node(TWO), "three").await
        })
        .await;
        let counted = async || database.presence().count_users().await.unwrap();
        let heard = async |user, from| database.presence().is_heard_elsewhere(user, node(from)).await.unwrap();
        assert_eq!(counted().await, 2);
        assert_eq!((heard(&ada, ONE).await, heard(&bob, ONE).await, heard(&bob, TWO).await), (false, true, false));
        assert_eq!(database.presence().list_sockets().await.unwrap(), [(node(TWO), "three".to_owned())]);
        // What is noted again is changed.
        write(&database, async |work| work.presence().set_users(node(ONE), &[(ada.clone(), true)]).await).await;
        write(&database, async |work| work.presence().remove_users(node(TWO), std::slice::from_ref(&ada)).await).await;
        assert_eq!((heard(&ada, TWO).await, heard(&ada, ONE).await), (true, false));
        write(&database, async |work| work.presence().delete_node(node(ONE)).await).await;
        assert_eq!((counted().await, heard(&ada, TWO).await), (1, false));
    }

    async fn the_first_start_is_that_of_those_who_still_live(database) {
        let first = async |seen_since| database.presence().first_started(at(seen_since)).await.unwrap();
        assert_eq!(first(0).await, None);
        write(&database, async |work| {
            for (number, secs) in [(ONE, 0), (TWO, 30), (TWO, 60), (ONE, 70)] {
                work.presence().beat(node(number), at(secs)).await?;
            }
            Ok(())
        })
        .await;
        assert_eq!((first(60).await, first(70).await, first(71).await), (Some(at(0)), Some(at(0)), None));
        write(&database, async |work| work.presence().beat(node(TWO), at(80)).await.map(|_known| ())).await;
        assert_eq!(first(71).await, Some(at(30)));
    }

    async fn presence_goes_with_its_session(database) {
        let session_id = with_session(&database, 1).await;
        write(&database, async |work| {
            work.presence().beat(node(ONE), at(0)).await?;
            work.presence().enter(session_id, &user_id("ada"), node(ONE), at(0)).await
        })
        .await;
        write(&database, async |work| work.sessions().delete(session_id).await).await;
        assert!(database.presence().sessions_of_node(node(ONE)).await.unwrap().is_empty());
        assert!(!database.presence().is_anybody_there(SessionId(id(1))).await.unwrap());
    }
}
