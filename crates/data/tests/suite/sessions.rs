//! Sessions and their lists.

use std::sync::{Arc, Mutex};

use mockly_data::{NewEvent, SessionFilter, SessionSort, Store};
use mockly_domain::{
    Admission, EndReason, EventId, EventType, MediaPolicy, ParticipantStatus, SessionId, SessionKind, SessionStatus,
};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use crate::support::{Backend, at, id, on_both_databases, participant, run, session, user_id, with_users, write};

async fn numbers(database: &mockly_data::Database, user: &str, filter: &SessionFilter, sort: SessionSort) -> Vec<u128> {
    let (sessions, total) = database.sessions().list_of_user(&user_id(user), filter, sort, 0, 100).await.unwrap();
    assert_eq!(total, sessions.len() as u64, "{filter:?}");
    sessions.iter().map(|session| session.id.0.as_u128()).collect()
}

on_both_databases! {
    async fn a_session_comes_back_as_stored(database) {
        with_users(&database, &["ada"]).await;
        let mut stored = session(1, "ada");
        stored.description = Some("Überblick".to_owned());
        write(&database, async |work| work.sessions().insert(&stored).await).await;
        assert_eq!(database.sessions().find(stored.id).await.unwrap(), Some(stored.clone()));

        stored.kind = SessionKind::Mentoring;
        stored.status = SessionStatus::Ended;
        "Second".clone_into(&mut stored.title);
        stored.description = None;
        (stored.scheduled_at, stored.rescheduled_at) = (at(-9_999_999_999), at(7));
        (stored.started_at, stored.ended_at) = (Some(at(1)), Some(at(2)));
        stored.end_reason = Some(EndReason::Empty);
        (stored.duration_min, stored.max_participants) = (1_440, 7);
        "Europe/Berlin".clone_into(&mut stored.time_zone);
        stored.admission = Admission::Knock;
        stored.media = MediaPolicy { microphone: false, camera: true, screen_share: false };
        stored.first_connected_at = Some(at(3));
        (stored.version, stored.last_sequence, stored.updated_at) = (4, 5, at(6));
        write(&database, async |work| work.sessions().update(&stored).await).await;
        assert_eq!(database.sessions().find(stored.id).await.unwrap(), Some(stored));
        assert_eq!(database.sessions().find(SessionId(id(2))).await.unwrap(), None);
    }

    async fn a_list_has_what_was_made_and_taken_part_in_but_not_what_one_was_turned_away_from(database) {
        with_users(&database, &["ada", "bob", "eve"]).await;
        write(&database, async |work| {
            for (number, status) in [
                (1, ParticipantStatus::Invited),
                (2, ParticipantStatus::Left),
                (3, ParticipantStatus::Waiting),
                (4, ParticipantStatus::Denied),
                (5, ParticipantStatus::Removed),
            ] {
                let mut listed = session(number, "ada");
                listed.scheduled_at = at(i64::try_from(number).unwrap());
                work.sessions().insert(&listed).await?;
                let mut bob = participant(number, 1, "bob");
                bob.status = status;
                work.participants().insert(&bob).await?;
            }
            Ok(())
        })
        .await;
        let all = SessionFilter::default();
        assert_eq!(numbers(&database, "ada", &all, SessionSort::ScheduledAt).await, [1, 2, 3, 4, 5]);
        assert_eq!(numbers(&database, "bob", &all, SessionSort::ScheduledAtDesc).await, [3, 2, 1]);
        assert_eq!(numbers(&database, "eve", &all, SessionSort::Live).await, Vec::<u128>::new());
    }

    async fn a_list_is_filtered_and_its_bounds_are_inclusive(database) {
        with_users(&database, &["ada"]).await;
        write(&database, async |work| {
            for (number, title, description) in
                [(1, "Rust_1", None), (2, "RustX1", Some("50% OFF")), (3, "Go", Some("rust")), (4, "50 OFF", None)]
            {
                let mut listed = session(number, "ada");
                listed.title = title.to_owned();
                listed.description = description.map(str::to_owned);
                listed.scheduled_at = at(i64::try_from(number).unwrap() * 10);
                if number == 3 {
                    (listed.kind, listed.status) = (SessionKind::Mentoring, SessionStatus::Active);
                }
                work.sessions().insert(&listed).await?;
            }
            Ok(())
        })
        .await;
        let text = |text: &str| SessionFilter { text: Some(text.to_owned()), ..SessionFilter::default() };
        for (filter, expected) in [
            (SessionFilter::default(), vec![1, 2, 3, 4]),
            (text("RUST"), vec![1, 2, 3]),
            (text("t_1"), vec![1]),
            (text("50%"), vec![2]),
            (text("nothing"), vec![]),
            (SessionFilter { status: Some(SessionStatus::Active), ..SessionFilter::default() }, vec![3]),
            (SessionFilter { kind: Some(SessionKind::Interview), ..text("rust") }, vec![1, 2]),
            (SessionFilter { from: Some(at(20)), ..SessionFilter::default() }, vec![2, 3, 4]),
            (SessionFilter { to: Some(at(20)), ..SessionFilter::default() }, vec![1, 2]),
            (SessionFilter { from: Some(at(20)), to: Some(at(20)), ..SessionFilter::default() }, vec![2]),
        ] {
            assert_eq!(numbers(&database, "ada", &filter, SessionSort::ScheduledAt).await, expected, "{filter:?}");
        }
    }

    async fn what_is_live_comes_first_then_what_is_next_then_what_was_last(database) {
        use SessionStatus::{Active, Canceled, Ended, Scheduled};
        with_users(&database, &["ada"]).await;
        write(&database, async |work| {
            for (number, status) in (1..).zip([Ended, Active, Scheduled, Canceled, Scheduled, Active]) {
                let mut listed = session(number, "ada");
                (listed.status, listed.scheduled_at) = (status, at(i64::try_from(number).unwrap() * 10));
                work.sessions().insert(&listed).await?;
            }
            Ok(())
        })
        .await;
        let listed = numbers(&database, "ada", &SessionFilter::default(), SessionSort::Live).await;
        assert_eq!(listed, [6, 2, 3, 5, 4, 1]);
    }

    async fn pages_follow_each_other_without_gap_or_repeat_and_have_the_total(database) {
        with_users(&database, &["ada"]).await;
        write(&database, async |work| {
            for number in 1..=7 {
                // All at the same time: the id decides.
                work.sessions().insert(&session(number, "ada")).await?;
            }
            Ok(())
        })
        .await;
        for sort in [SessionSort::ScheduledAt, SessionSort::ScheduledAtDesc, SessionSort::Live] {
            let mut seen = Vec::new();
            for page in 0..4 {
                let (sessions, total) = database
                    .sessions()
                    .list_of_user(&user_id("ada"), &SessionFilter::default(), sort, page * 3, 3)
                    .await
                    .unwrap();
                assert_eq!(total, 7);
                assert!(sessions.len() <= 3);
                seen.extend(sessions.iter().map(|session| session.id.0.as_u128()));
            }
            if sort != SessionSort::ScheduledAt {
                seen.reverse();
            }
            assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7], "{sort:?}");
        }
    }

    async fn the_newest_active_session_that_a_user_is_in(database) {
        with_users(&database, &["ada"]).await;
        write(&database, async |work| {
            for (number, status, place) in [
                (1, SessionStatus::Active, ParticipantStatus::Joined),
                (2, SessionStatus::Active, ParticipantStatus::Joined),
                (3, SessionStatus::Active, ParticipantStatus::Left),
                (4, SessionStatus::Ended, ParticipantStatus::Joined),
            ] {
                let mut active = session(number, "ada");
                (active.status, active.started_at) = (status, Some(at(i64::try_from(number).unwrap())));
                work.sessions().insert(&active).await?;
                let mut ada = participant(number, 1, "ada");
                ada.status = place;
                work.participants().insert(&ada).await?;
            }
            Ok(())
        })
        .await;
        let newest = database.sessions().newest_active_joined(&user_id("ada")).await.unwrap().unwrap();
        assert_eq!(newest.id, SessionId(id(2)));
        assert_eq!(database.sessions().newest_active_joined(&user_id("bob")).await.unwrap(), None);
    }

    async fn deleting_takes_everything_but_the_events(database) {
        with_users(&database, &["ada"]).await;
        let deleted = SessionId(id(1));
        write(&database, async |work| {
            work.sessions().insert(&session(1, "ada")).await?;
            work.participants().insert(&participant(1, 1, "ada")).await?;
            work.events()
                .append(&NewEvent {
                    session_id: deleted,
                    sequence: 1,
                    event_id: EventId(id(9)),
                    event_type: EventType::SessionCreated,
                    data: "{}".to_owned(),
                    occurred_at: at(0),
                    recipients: vec![user_id("ada")],
                    revokes: Vec::new(),
                })
                .await
        })
        .await;
        write(&database, async |work| work.sessions().delete(deleted).await).await;
        assert_eq!(database.sessions().find(deleted).await.unwrap(), None);
        assert_eq!(database.participants().count(deleted).await.unwrap(), 0);
        assert_eq!(database.events().list_of_session(deleted, 0, 10).await.unwrap().len(), 1);
        assert_eq!(database.events().list_of_user(&user_id("ada"), at(0), 0, 10).await.unwrap().len(), 1);
    }

    /// Half-open: what ends when another begins is beside it. The longest duration does not overflow.
    async fn mentoring_takes_time_while_it_is_open(database) {
        with_users(&database, &["ada", "bob", "eve"]).await;
        let stored = |number, kind, status, minutes| {
            let mut stored = session(number, "ada");
            (stored.kind, stored.status, stored.duration_min) = (kind, status, minutes);
            stored
        };
        write(&database, async |work| {
            let booked = stored(1, SessionKind::Mentoring, SessionStatus::Scheduled, 1_440);
            let canceled = stored(2, SessionKind::Mentoring, SessionStatus::Canceled, 1_440);
            let interview = stored(3, SessionKind::Interview, SessionStatus::Scheduled, 1_440);
            for (session, users) in [(booked, ["ada", "bob"]), (canceled, ["ada", "eve"]), (interview, ["bob", "eve"])] {
                work.sessions().insert(&session).await?;
                for (place, user) in (1..).zip(users) {
                    work.participants().insert(&participant(session.id.0.as_u128(), place, user)).await?;
                }
            }
            Ok(())
        })
        .await;
        let end = 1_440 * 60;
        for (user, from, until, except, taken) in [
            ("ada", 0, 60, 9, true),
            ("bob", end - 1, end, 9, true),
            ("bob", end, end + 60, 9, false),
            ("ada", -60, 0, 9, false),
            ("ada", -60, 1, 9, true),
            ("ada", 0, 60, 1, false),
            ("eve", 0, 60, 9, false),
        ] {
            let found = database.sessions();
            let found = found.has_mentoring_between(&user_id(user), at(from), at(until), SessionId(id(except))).await;
            assert_eq!(found.unwrap(), taken, "{user} from {from} until {until} but {except}");
        }
    }
}

/// A platform's many sessions cost nothing to whoever has few of them, whatever the planner knows of the tables.
#[test]
fn lists_do_not_read_what_is_not_listed_on_sqlite() {
    run(Backend::Sqlite, async |home| {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let database = home.migrated().await;
        with_users(&database, &["ada", "bob"]).await;
        write(&database, async |work| {
            for (number, status) in (1..=300).zip(SessionStatus::ALL.iter().cycle()) {
                let mut listed = session(number, "ada");
                listed.status = *status;
                work.sessions().insert(&listed).await?;
            }
            work.participants().insert(&participant(7, 1, "bob")).await
        })
        .await;
        let raw = home.raw().await;
        raw.execute_unprepared("ANALYZE").await.unwrap();
        let watching = Arc::clone(&seen);
        let database =
            home.connect().await.watched(move |statement| watching.lock().unwrap().push(statement.to_owned()));
        for sort in [SessionSort::ScheduledAt, SessionSort::ScheduledAtDesc, SessionSort::Live] {
            assert_eq!(numbers(&database, "bob", &SessionFilter::default(), sort).await, [7]);
        }
        database.sessions().list_with_media(Some(SessionId(id(9))), 10).await.unwrap();
        database.sessions().list_deserted(Some(SessionId(id(9))), 10).await.unwrap();
        let seen = std::mem::take(&mut *seen.lock().unwrap());
        assert_eq!(seen.len(), 8, "{seen:#?}");
        for statement in seen {
            let explain = Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {statement}"));
            for step in raw.query_all_raw(explain).await.unwrap() {
                let step: String = step.try_get("", "detail").unwrap();
                assert!(!step.starts_with("SCAN sessions"), "{step}: {statement}");
            }
        }
        raw.close().await.unwrap();
    });
}
