//! What LiveKit told: rooms, connections, and webhooks that took effect.

use futures_util::future::join_all;
use mockly_data::{LivekitParticipant, LivekitRoom, Store};
use mockly_domain::{SessionId, SessionStatus};

use crate::support::{at, id, on_both_databases, session, user_id, with_session, write};

fn connection(sid: &str, session_id: SessionId, user: &str) -> LivekitParticipant {
    LivekitParticipant {
        sid: sid.to_owned(),
        session_id,
        user_id: user_id(user),
        joined_at: at(1),
        left_at: None,
        last_seen_at: at(1),
    }
}

on_both_databases! {
    async fn r8_a_sid_is_known_once_and_closes_once(database) {
        let session_id = with_session(&database, 1).await;
        let row = connection("PA_1", session_id, "ada");
        let insert = async |row: LivekitParticipant| {
            write(&database, async |work| work.livekit().insert_participant(&row).await).await
        };
        let close = async |sid: &str, secs| {
            write(&database, async |work| work.livekit().close_participant(sid, at(secs)).await).await
        };
        assert!(insert(row.clone()).await);
        assert!(!insert(LivekitParticipant { joined_at: at(5), ..row.clone() }).await);
        assert!(!close("PA_2", 7).await);
        assert!(close("PA_1", 7).await);
        assert!(!close("PA_1", 8).await);
        // Closed is known too: a late word of its coming changes nothing.
        assert!(!insert(row.clone()).await);
        let known = database.livekit().list_participants(session_id).await.unwrap();
        assert_eq!(known, [LivekitParticipant { left_at: Some(at(7)), last_seen_at: at(7), ..row }]);
    }

    async fn who_is_present_and_when_they_were_last_seen(database) {
        let one = with_session(&database, 1).await;
        let two = with_session(&database, 2).await;
        write(&database, async |work| {
            for (sid, session_id, user) in [("a", one, "ada"), ("b", one, "bob"), ("c", two, "ada"), ("d", one, "ada")] {
                work.livekit().insert_participant(&connection(sid, session_id, user)).await?;
            }
            work.livekit().close_participant("b", at(2)).await?;
            work.livekit().touch_participants(&["a".to_owned(), "b".to_owned()], at(9)).await
        })
        .await;
        let sids = |rows: Vec<LivekitParticipant>| rows.into_iter().map(|row| row.sid).collect::<Vec<_>>();
        assert_eq!(sids(database.livekit().list_present(&[one]).await.unwrap()), ["a", "d"]);
        assert_eq!(sids(database.livekit().list_present(&[one, two]).await.unwrap()), ["a", "c", "d"]);
        assert!(database.livekit().list_present(&[]).await.unwrap().is_empty());
        let all = database.livekit().list_participants(one).await.unwrap();
        let seen: Vec<_> = all.iter().map(|row| (row.sid.as_str(), row.last_seen_at, row.left_at)).collect();
        assert_eq!(seen, [("a", at(9), None), ("b", at(2), Some(at(2))), ("d", at(1), None)]);
    }

    async fn a_room_has_one_row_that_follows_its_present_life(database) {
        let session_id = with_session(&database, 1).await;
        let room = LivekitRoom {
            session_id,
            name: format!("session-{session_id}"),
            sid: Some("RM_1".to_owned()),
            created_at: at(1),
            finished_at: None,
        };
        assert_eq!(database.livekit().find_room(session_id).await.unwrap(), None);
        write(&database, async |work| work.livekit().upsert_room(&room).await).await;
        assert_eq!(database.livekit().find_room(session_id).await.unwrap(), Some(room.clone()));
        let later = LivekitRoom { sid: Some("RM_2".to_owned()), created_at: at(5), finished_at: Some(at(6)), ..room };
        write(&database, async |work| work.livekit().upsert_room(&later).await).await;
        let stored = database.livekit().find_room(session_id).await.unwrap();
        assert_eq!(stored, Some(LivekitRoom { created_at: at(1), ..later }));
    }

    async fn r8_a_webhook_takes_effect_once_however_often_it_comes(database) {
        let fresh = join_all((0..10).map(|_| {
            write(&database, async |work| work.inbox().insert("EV_1", &"x".repeat(500), at(5)).await)
        }))
        .await;
        assert_eq!(fresh.iter().filter(|fresh| **fresh).count(), 1);
        assert_eq!(write(&database, async |work| work.inbox().purge(at(5)).await).await, 0);
        assert_eq!(write(&database, async |work| work.inbox().purge(at(6)).await).await, 1);
        assert!(write(&database, async |work| work.inbox().insert("EV_1", "room_started", at(7)).await).await);
    }

    async fn r8_an_undone_effect_forgets_its_webhook(database) {
        let work = database.begin().await.unwrap();
        assert!(work.inbox().insert("EV_1", "room_started", at(0)).await.unwrap());
        drop(work);
        assert!(write(&database, async |work| work.inbox().insert("EV_1", "room_started", at(0)).await).await);
    }

    async fn sessions_to_be_compared_come_in_batches_by_id(database) {
        with_session(&database, 1).await;
        write(&database, async |work| {
            for (number, status) in [
                (2, SessionStatus::Active),
                (3, SessionStatus::Active),
                (4, SessionStatus::Ended),
                (5, SessionStatus::Ended),
            ] {
                let mut row = session(number, "ada");
                row.status = status;
                work.sessions().insert(&row).await?;
            }
            work.livekit().insert_participant(&connection("open", SessionId(id(4)), "ada")).await?;
            work.livekit().insert_participant(&connection("closed", SessionId(id(5)), "ada")).await?;
            work.livekit().close_participant("closed", at(2)).await
        })
        .await;
        let batch = async |after: Option<u128>, limit| {
            let after = after.map(|number| SessionId(id(number)));
            let sessions = database.sessions().list_with_media(after, limit).await.unwrap();
            sessions.iter().map(|id| id.0.as_u128()).collect::<Vec<_>>()
        };
        assert_eq!(batch(None, 9).await, [2, 3, 4]);
        assert_eq!(batch(None, 2).await, [2, 3]);
        assert_eq!(batch(Some(3), 2).await, [4]);
        assert!(batch(Some(4), 2).await.is_empty());
    }

    async fn admins_are_told_of_a_room_once_whatever_becomes_of_it(database) {
        let session = with_session(&database, 1).await;
        let told = async || write(&database, async |work| work.livekit().note_failure_told(session, at(1)).await).await;
        assert!(!told().await, "there is no room");
        let mut room = LivekitRoom {
            session_id: session,
            name: format!("session-{session}"),
            sid: None,
            created_at: at(0),
            finished_at: None,
        };
        write(&database, async |work| work.livekit().upsert_room(&room).await).await;
        assert!(told().await);
        assert!(!told().await);
        room.sid = Some("RM_1".to_owned());
        write(&database, async |work| work.livekit().upsert_room(&room).await).await;
        assert!(!told().await);
        assert_eq!(database.livekit().find_room(session).await.unwrap(), Some(room));
    }
}
