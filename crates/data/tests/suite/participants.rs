//! Places in sessions, and the index that keeps the one-active-session rule.

use futures_util::future::join_all;
use mockly_data::{DataError, Store};
use mockly_domain::{ParticipantStatus, SessionId};

use crate::support::{at, id, on_both_databases, participant, session, user_id, with_users, write};

on_both_databases! {
    async fn a_place_comes_back_as_stored_and_a_user_has_one_in_a_session(database) {
        with_users(&database, &["ada"]).await;
        write(&database, async |work| work.sessions().insert(&session(1, "ada")).await).await;
        let mut ada = participant(1, 1, "ada");
        write(&database, async |work| work.participants().insert(&ada).await).await;
        assert_eq!(database.participants().find(ada.session_id, &ada.user_id).await.unwrap(), Some(ada.clone()));
        let (session, place) = database.find_session_with_place(ada.session_id, &ada.user_id).await.unwrap().unwrap();
        assert_eq!((session.id, place), (ada.session_id, Some(ada.clone())));
        let (session, place) = database.find_session_with_place(ada.session_id, &user_id("nobody")).await.unwrap().unwrap();
        assert_eq!((session.id, place), (ada.session_id, None));
        (ada.status, ada.admitted, ada.holds) = (ParticipantStatus::Left, true, true);
        (ada.joined_at, ada.left_at, ada.last_seen_at) = (Some(at(1)), Some(at(2)), Some(at(3)));
        write(&database, async |work| work.participants().update(&ada).await).await;
        assert_eq!(database.participants().find(ada.session_id, &ada.user_id).await.unwrap(), Some(ada));

        let work = database.begin().await.unwrap();
        let twice = work.participants().insert(&participant(1, 2, "ada")).await;
        assert!(matches!(twice, Err(DataError::Conflict(_))), "{twice:?}");
    }

    async fn places_that_are_asked_for_at_once_are_each_ones_own(database) {
        with_users(&database, &["ada", "bob", "cyd"]).await;
        for number in [1, 2] {
            write(&database, async |work| work.sessions().insert(&session(number, "ada")).await).await;
        }
        for (number, place, user) in [(1, 1, "ada"), (1, 2, "bob"), (2, 3, "bob")] {
            write(&database, async |work| work.participants().insert(&participant(number, place, user)).await).await;
        }
        let asked = (1..=3).flat_map(|number| ["ada", "bob", "cyd"].map(|user| (SessionId(id(number)), user_id(user))));
        let asked: Vec<_> = asked.collect();
        let found = join_all(asked.iter().map(|(session, user)| database.find_session_with_place(*session, user))).await;
        let found: Vec<_> = found
            .into_iter()
            .map(|found| found.unwrap().map(|(session, place)| (session.id, place.map(|place| place.user_id))))
            .collect();
        let (one, two) = (SessionId(id(1)), SessionId(id(2)));
        let (ada, bob) = (Some(user_id("ada")), Some(user_id("bob")));
        let expected = [(one, ada), (one, bob.clone()), (one, None), (two, None), (two, bob), (two, None)];
        assert_eq!(found[..6], expected.map(Some));
        assert_eq!(found[6..], [None, None, None]);
    }

    /// R1: one partial unique index decides who holds, however many do not hold.
    async fn r1_a_user_holds_one_session(database) {
        with_users(&database, &["ada", "bob"]).await;
        write(&database, async |work| {
            for number in 1..=3 {
                work.sessions().insert(&session(number, "ada")).await?;
            }
            for number in 1..=2 {
                work.participants().insert(&participant(number, 1, "ada")).await?;
            }
            Ok(())
        })
        .await;
        let held = async || database.participants().held_by(&user_id("ada")).await.unwrap();
        assert_eq!(held().await, None);
        let mut first = participant(1, 1, "ada");
        first.holds = true;
        write(&database, async |work| work.participants().update(&first).await).await;
        assert_eq!(held().await, Some(SessionId(id(1))));

        let mut second = participant(2, 1, "ada");
        second.holds = true;
        let work = database.begin().await.unwrap();
        let update = work.participants().update(&second).await;
        assert!(matches!(update, Err(DataError::Conflict(_))), "{update:?}");
        drop(work);
        let mut third = participant(3, 1, "ada");
        third.holds = true;
        let work = database.begin().await.unwrap();
        let insert = work.participants().insert(&third).await;
        assert!(matches!(insert, Err(DataError::Conflict(_))), "{insert:?}");
        drop(work);
        // Another user is not concerned.
        let mut bob = participant(1, 2, "bob");
        bob.holds = true;
        write(&database, async |work| work.participants().insert(&bob).await).await;

        first.holds = false;
        write(&database, async |work| {
            work.participants().update(&first).await?;
            work.participants().update(&second).await
        })
        .await;
        assert_eq!(held().await, Some(SessionId(id(2))));
    }

    async fn r1_of_many_at_once_one_gets_the_hold(database) {
        with_users(&database, &["ada"]).await;
        write(&database, async |work| {
            for number in 1..=20 {
                work.sessions().insert(&session(number, "ada")).await?;
            }
            Ok(())
        })
        .await;
        let outcomes = join_all((1..=20).map(async |number| {
            let mut ada = participant(number, 1, "ada");
            ada.holds = true;
            let work = database.begin().await.unwrap();
            let outcome = work.participants().insert(&ada).await;
            if outcome.is_ok() {
                work.commit().await.unwrap();
            }
            outcome
        }))
        .await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(DataError::Conflict(_)))), "{outcomes:?}");
    }

    async fn at_most_so_many_of_each_session_are_shown(database) {
        with_users(&database, &["ada"]).await;
        let ids: Vec<String> = (0..60).map(|n| format!("user {n}")).collect();
        with_users(&database, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
        write(&database, async |work| {
            for (number, places) in [(1, 60), (2, 50), (3, 3), (4, 0), (5, 9)] {
                work.sessions().insert(&session(number, "ada")).await?;
                // Not in the order of their ids.
                for place in (1..=places).rev() {
                    work.participants().insert(&participant(number, place, &ids[usize::try_from(place).unwrap() - 1])).await?;
                }
            }
            Ok(())
        })
        .await;
        let asked = [4, 3, 1, 2].map(|number| SessionId(id(number)));
        let shown = database.roll().shown_of_many(&asked, 50).await.unwrap();
        for (number, expected) in [(1, 50), (2, 50), (3, 3), (4, 0), (5, 0)] {
            let own: Vec<u128> = shown
                .iter()
                .map(|shown| &shown.place)
                .filter(|place| place.session_id == SessionId(id(number)))
                .map(|place| place.id.0.as_u128() & 0xffff_ffff)
                .collect();
            assert_eq!(own, (1..=expected).collect::<Vec<_>>(), "session {number}");
        }
        assert_eq!(database.participants().count(SessionId(id(1))).await.unwrap(), 60);
        let page = database.roll().shown(SessionId(id(1)), 55, 20).await.unwrap();
        let page: Vec<u128> = page.iter().map(|shown| shown.place.id.0.as_u128() & 0xffff_ffff).collect();
        assert_eq!(page, [56, 57, 58, 59, 60]);
        assert!(database.roll().shown_of_many(&[], 50).await.unwrap().is_empty());
    }

    async fn r6_seats_are_distinct_others_who_were_let_in(database) {
        with_users(&database, &["ada", "1", "2", "3", "4", "5", "6"]).await;
        write(&database, async |work| {
            work.sessions().insert(&session(1, "ada")).await?;
            for (place, status) in [
                (1, ParticipantStatus::Joined),
                (2, ParticipantStatus::Left),
                (3, ParticipantStatus::Invited),
                (4, ParticipantStatus::Waiting),
                (5, ParticipantStatus::Removed),
                (6, ParticipantStatus::Joined),
            ] {
                let mut someone = participant(1, place, &place.to_string());
                someone.status = status;
                someone.joined_at = matches!(place, 1 | 2 | 5 | 6).then(|| at(0));
                work.participants().insert(&someone).await?;
            }
            Ok(())
        })
        .await;
        for (user, taken) in [("3", 3), ("1", 2), ("stranger", 3)] {
            let seats = database.participants().seats_taken_by_others(SessionId(id(1)), &user_id(user)).await.unwrap();
            assert_eq!(seats, taken, "{user}");
        }
    }
}
