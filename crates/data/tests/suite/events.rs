//! Events: their order, their readers, their end.

use mockly_data::{ByPosition, DataError, NewEvent, Store};
use mockly_domain::{EventId, EventType, SessionEvent, SessionId};

use crate::support::{at, id, on_both_databases, user_id, write};

fn event(session: u128, sequence: i64, recipients: &[&str]) -> NewEvent {
    NewEvent {
        session_id: SessionId(id(session)),
        sequence,
        event_id: EventId(id(session << 32 | u128::try_from(sequence).unwrap())),
        event_type: EventType::SessionUpdated,
        data: format!(r#"{{"sequence":{sequence}}}"#),
        occurred_at: at(sequence),
        recipients: recipients.iter().map(|user| user_id(user)).collect(),
        revokes: Vec::new(),
    }
}

fn places(events: &[SessionEvent]) -> Vec<(u128, i64)> {
    events.iter().map(|event| (event.session_id.0.as_u128(), event.sequence)).collect()
}

on_both_databases! {
    async fn an_event_comes_back_as_stored_and_its_sequence_is_taken_once(database) {
        assert_eq!(database.events().newest_position().await.unwrap(), 0);
        let mut stored = event(1, 1, &["ada", "bob"]);
        stored.revokes = vec![user_id("auth0|bob"), user_id(r#"q"uote"#)];
        write(&database, async |work| work.events().append(&stored).await).await;
        let found = database.events().find(stored.event_id).await.unwrap().unwrap();
        assert_eq!(
            (found.session_id, found.sequence, found.event_type, found.data.as_str(), found.occurred_at, &found.revokes),
            (stored.session_id, 1, stored.event_type, stored.data.as_str(), stored.occurred_at, &stored.revokes),
        );
        assert_eq!(database.events().newest_position().await.unwrap(), found.position);
        assert_eq!(database.events().find(EventId(id(7))).await.unwrap(), None);

        let mut twice = event(1, 1, &[]);
        twice.event_id = EventId(id(8));
        let work = database.begin().await.unwrap();
        let refused = work.events().append(&twice).await;
        assert!(matches!(refused, Err(DataError::Conflict(_))), "{refused:?}");
    }

    async fn new_events_come_in_the_order_of_storing_and_holes_are_looked_at_again(database) {
        write(&database, async |work| {
            for (session, sequence) in [(1, 1), (2, 1), (1, 2), (1, 3)] {
                work.events().append(&event(session, sequence, &[])).await?;
            }
            Ok(())
        })
        .await;
        let all = database.events().list_new(0, &[], 10).await.unwrap().rows;
        assert_eq!(places(&all), [(1, 1), (2, 1), (1, 2), (1, 3)]);
        let positions: Vec<i64> = all.iter().map(|event| event.position).collect();
        let [first, second, third, fourth] = positions[..] else { panic!("four events") };
        assert!(first < second && second < third && third < fourth, "{positions:?}");
        assert_eq!(places(&database.events().list_new(0, &[], 2).await.unwrap().rows), [(1, 1), (2, 1)]);
        assert_eq!(places(&database.events().list_new(third, &[], 9).await.unwrap().rows), [(1, 3)]);
        assert!(database.events().list_new(fourth, &[], 9).await.unwrap().rows.is_empty());
        // A hole that was filled comes before what is new; one that is empty still is nothing.
        let with_hole = database.events().list_new(third, &[second..=second, fourth + 100..=fourth + 200], 9).await.unwrap().rows;
        assert_eq!(places(&with_hole), [(2, 1), (1, 3)]);
        assert_eq!(database.events().positions_between(second, third).await.unwrap(), [second, third]);
        assert!(database.events().positions_between(fourth + 1, fourth + 9).await.unwrap().is_empty());
    }

    /// PostgreSQL hands a position out before its transaction commits, so that a later one may show first.
    async fn a_position_that_shows_late_is_found_by_its_hole(database) {
        if database.is_sqlite() {
            // It has one writer: positions show in their order.
            return;
        }
        let slow = database.begin().await.unwrap();
        slow.events().append(&event(1, 1, &[])).await.unwrap();
        write(&database, async |work| work.events().append(&event(2, 1, &[])).await).await;
        let seen = database.events().list_new(0, &[], 9).await.unwrap().rows;
        assert_eq!(places(&seen), [(2, 1)]);
        let (newest, hole) = (seen[0].position, seen[0].position - 1);
        assert!(database.events().list_new(newest, &[hole..=hole], 9).await.unwrap().rows.is_empty());
        slow.commit().await.unwrap();
        assert_eq!(places(&database.events().list_new(newest, &[hole..=hole], 9).await.unwrap().rows), [(1, 1)]);
    }

    async fn readers_of_a_session_go_on_after_a_sequence(database) {
        write(&database, async |work| {
            for sequence in 1..=5 {
                work.events().append(&event(1, sequence, &[])).await?;
                work.events().append(&event(2, sequence, &[])).await?;
            }
            Ok(())
        })
        .await;
        let after = async |after, limit| {
            places(&database.events().list_of_session(SessionId(id(1)), after, limit).await.unwrap())
        };
        assert_eq!(after(0, 2).await, [(1, 1), (1, 2)]);
        assert_eq!(after(2, 9).await, [(1, 3), (1, 4), (1, 5)]);
        assert!(after(5, 9).await.is_empty());
    }

    async fn a_user_topic_has_its_recipients_events_only(database) {
        let many: Vec<String> = (0..1_200).map(|n| format!("user {n}")).collect();
        let mut large = event(3, 4, &[]);
        large.recipients = many.iter().map(|user| user_id(user)).collect();
        write(&database, async |work| {
            work.events().append(&event(1, 1, &["ada", "bob"])).await?;
            work.events().append(&event(2, 2, &["bob"])).await?;
            work.events().append(&event(1, 3, &["ada"])).await?;
            work.events().append(&large).await
        })
        .await;
        let of = async |user: &str, since, after| {
            database.events().list_of_user(&user_id(user), at(since), after, 9).await.unwrap()
        };
        let all = of("ada", 0, 0).await;
        assert_eq!(places(&all), [(1, 1), (1, 3)]);
        // Stored at this instant is in; a position is gone past.
        assert_eq!(places(&of("ada", 3, 0).await), [(1, 3)]);
        assert_eq!(places(&of("ada", 0, all[0].position).await), [(1, 3)]);
        assert_eq!(places(&of("bob", 0, 0).await), [(1, 1), (2, 2)]);
        assert!(of("ada", 4, 0).await.is_empty());
        let newest = database.events().newest_position().await.unwrap();
        let recipients = database.events().recipients(&[newest]).await.unwrap();
        assert_eq!(recipients.len(), 1_200);
        assert_eq!(places(&of("user 1199", 0, 0).await), [(3, 4)]);
        let pairs = database.events().recipients(&[all[0].position, all[1].position]).await.unwrap();
        assert_eq!(pairs.len(), 3);
    }

    async fn old_events_go_in_batches_with_their_recipients(database) {
        write(&database, async |work| {
            for sequence in 1..=7 {
                work.events().append(&event(1, sequence, &["ada"])).await?;
            }
            Ok(())
        })
        .await;
        let purge = async || write(&database, async |work| work.events().purge(at(6), 2).await).await;
        // Stored at 6 and later stay.
        assert_eq!([purge().await, purge().await, purge().await, purge().await], [2, 2, 1, 0]);
        let left = database.events().list_of_session(SessionId(id(1)), 0, 9).await.unwrap();
        assert_eq!(places(&left), [(1, 6), (1, 7)]);
        assert_eq!(database.events().list_of_user(&user_id("ada"), at(0), 0, 9).await.unwrap().len(), 2);
        assert!(database.events().recipients(&[left[0].position - 1]).await.unwrap().is_empty());
        // Positions are never given twice, whatever was deleted.
        write(&database, async |work| work.events().purge(at(99), 99).await).await;
        write(&database, async |work| work.events().append(&event(1, 8, &[])).await).await;
        assert!(database.events().newest_position().await.unwrap() > left[1].position);
    }
}
