//! R7: presence is per user over many tabs; a lost connection has 15 s to come back.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mockly_data::Store;
use mockly_domain::ParticipantStatus::{Joined, Left, Waiting};
use mockly_domain::room::{Door, RoomCommand as Do, RoomRole, Target};
use mockly_domain::{Admission, EventType, Participant, ParticipantId, ParticipantStatus, SessionId};
use mockly_realtime::Disconnect;
use mockly_service::{IdSource, NoMedia, SystemIds};

use super::hall::{GRACE, SECOND, ended, ids, session_key};
use crate::sessions::lists::all;
use crate::sessions::stage::Stage;
use crate::support::{TestWorld, on_both_databases};

on_both_databases! {
    async fn r7_tabs_and_doors_of_one_user_are_one_presence(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let mut ear = stage.listen(host.room_id()).await;
        let mut tabs = Vec::new();
        for door in [Door::Zoom, Door::Chat, Door::Screenshare, Door::Class] {
            tabs.push(stage.try_enter(&stage.ada, &room, door).await.unwrap());
        }
        assert_eq!(stage.news(&mut ear).await, ["connect ada participant > everyone (ada=participant)"]);
        assert_eq!(tabs[3].entered.welcome.participant_count, 2);
        // What was told as she joined counts her.
        let told = stage.told(id).await;
        assert_eq!((told.participant_count, told.participants.iter().all(|place| place.online)), (2, true));
        let shown = stage.services().read_session(&stage.bob, id).await.unwrap();
        assert_eq!((shown.participant_count, shown.participants.iter().all(|place| place.online)), (2, true));
        for tab in &tabs[..3] {
            stage.close(tab).await;
        }
        stage.pass(GRACE * 2).await;
        assert!(stage.news(&mut ear).await.is_empty());
        stage.close(&tabs[3]).await;
        assert_eq!(stage.news(&mut ear).await, ["presence ada offline > everyone"]);
        let shown = stage.services().read_session(&stage.bob, id).await.unwrap();
        assert_eq!(shown.participant_count, 1);
    }

    async fn those_present_are_counted_whether_or_not_all_are_shown(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        for who in [&stage.bob, &stage.ada] {
            stage.enter(who, &room).await;
        }
        let mut places = Vec::new();
        for n in 0..48 {
            let user_id = stage.user(&format!("absent {n}")).await.user_id().clone();
            let pattern = stage.place(id, &stage.ada).await;
            let status = ParticipantStatus::Invited;
            places.push(Participant { id: ParticipantId(SystemIds.uuid()), user_id, status, ..pattern });
        }
        let work = stage.world.database.begin().await.unwrap();
        work.participants().insert_many(&places).await.unwrap();
        work.commit().await.unwrap();
        let counted = async |expected| {
            let read = stage.services().read_session(&stage.bob, id).await.unwrap();
            let listed = stage.services().list_sessions(&stage.bob, all(0, 20)).await.unwrap().items.remove(0);
            assert_eq!(read, listed);
            assert_eq!((read.participant_count, read.participants.len()), (expected, 50));
        };
        counted(2).await;
        // One more than are shown; the event of it names whom it is about.
        stage.enter(&stage.eve, &room).await;
        counted(3).await;
        let told = stage.told(id).await;
        assert_eq!((told.participant_count, told.participants.len()), (3, 1));
        assert_eq!(told.participants[0].user_id, *stage.eve.user_id());
    }

    /// After a restart everybody comes back at once.
    async fn who_comes_back_asks_for_nothing_twice(database) {
        let statements = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&statements);
        let stage = Stage::new(&database.watched(move |statement| seen.lock().unwrap().push(statement.to_owned()))).await;
        let id = stage.running_interview().await;
        let room = session_key(id);
        let tab = stage.enter(&stage.ada, &room).await;
        stage.close(&tab).await;
        let mut ear = stage.listen(tab.room_id()).await;
        statements.lock().unwrap().clear();
        stage.enter(&stage.ada, &room).await;
        let asked = std::mem::take(&mut *statements.lock().unwrap());
        assert_eq!(stage.news(&mut ear).await, ["presence ada online > everyone"]);
        assert_eq!(asked.iter().collect::<HashSet<_>>().len(), asked.len(), "{asked:#?}");
        assert!(!asked.iter().any(|statement| statement.starts_with("UPDATE \"sessions\"")), "{asked:#?}");
    }

    async fn r7_after_the_grace_one_who_did_not_come_back_has_left(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        stage.send(&ada, Do::RaiseHand).await;
        let mut ear = stage.listen(host.room_id()).await;
        let went = stage.now();
        stage.close(&ada).await;
        stage.pass_short_of(GRACE).await;
        // Until then the place and the hand survive.
        assert_eq!(stage.news(&mut ear).await, ["presence ada offline > everyone"]);
        let state = stage.state(&stage.bob, &room).await;
        assert_eq!((ids(&state.participants), ids(&state.hands_raised)), (vec!["ada", "auth0|bob"], vec!["ada"]));
        assert!(!state.participants[0].online);
        assert_eq!(stage.status(id, &stage.ada).await, Joined);
        stage.pass(SECOND).await;
        assert_eq!(stage.news(&mut ear).await, ["disconnect ada 1 left > everyone (ada=gone)"]);
        let place = stage.place(id, &stage.ada).await;
        assert_eq!((place.status, place.left_at), (Left, Some(went)));
        assert_eq!(stage.story(id).await.last(), Some(&EventType::ParticipantLeft));
        assert!(stage.state(&stage.bob, &room).await.hands_raised.is_empty());
        // Back after it is coming in anew.
        let ada = stage.enter(&stage.ada, &room).await;
        assert_eq!(stage.news(&mut ear).await, ["connect ada participant > everyone (ada=participant)"]);
        assert!(ada.entered.state.hands_raised.is_empty());
    }

    async fn r7_back_in_time_nothing_was_lost(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let mut ada = stage.enter(&stage.ada, &room).await;
        stage.send(&ada, Do::RaiseHand).await;
        let mut ear = stage.listen(host.room_id()).await;
        for _ in 0..3 {
            stage.close(&ada).await;
            stage.pass_short_of(GRACE).await;
            ada = stage.enter(&stage.ada, &room).await;
            assert_eq!(ids(&ada.entered.state.hands_raised), ["ada"]);
            let back = ["presence ada offline > everyone", "presence ada online > everyone"];
            assert_eq!(stage.news(&mut ear).await, back);
        }
        stage.pass(GRACE * 3).await;
        assert!(stage.news(&mut ear).await.is_empty());
    }

    // Once one who was told by REST that they are in was out a moment later.
    async fn joining_by_rest_within_the_grace_begins_it_anew(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Knock, &[&stage.eve]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        stage.close(&stage.enter(&stage.ada, &room).await).await;
        stage.send(&host, Do::AcceptWaiting(Target::All)).await;
        stage.close(&stage.enter(&stage.eve, &room).await).await;
        let went = stage.now();
        for _ in 0..2 {
            stage.pass_short_of(GRACE).await;
            for (who, status) in [(&stage.ada, Joined), (&stage.eve, Waiting)] {
                let answer = stage.services().join_session(who, id, None).await.unwrap();
                let own = answer.participants.iter().find(|place| place.user_id == *who.user_id()).unwrap();
                assert_eq!((own.status, own.online), (status, false));
            }
        }
        stage.pass_short_of(GRACE).await;
        assert_eq!(stage.enter(&stage.eve, &room).await.role(), RoomRole::Waiting);
        stage.pass(SECOND).await;
        // That is not being back.
        let ada = stage.place(id, &stage.ada).await;
        assert_eq!((ada.status, ada.left_at), (Left, Some(went)));
        stage.pass(GRACE * 2).await;
        assert_eq!(stage.status(id, &stage.eve).await, Waiting);
        // Where none runs, none begins.
        stage.services().join_session(&stage.bob, id, None).await.unwrap();
        stage.pass(GRACE * 2).await;
        assert_eq!(stage.status(id, &stage.bob).await, Joined);
    }

    /// Cleaning up after an old connection goes by its id: the new one of the same user stays.
    async fn r7_an_old_connection_that_is_closed_late_takes_nobody_along(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        let room = session_key(id);
        let old = stage.enter(&stage.ada, &room).await;
        let new = stage.enter(&stage.ada, &room).await;
        let mut ear = stage.listen(new.room_id()).await;
        stage.close(&old).await;
        stage.close(&old).await;
        stage.pass(GRACE * 2).await;
        assert!(stage.news(&mut ear).await.is_empty());
        assert_eq!(stage.status(id, &stage.ada).await, Joined);
    }

    async fn in_the_media_room_one_is_present_without_a_door(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        stage.joined(id, &stage.ada, "PA_1").await;
        let mut ear = stage.listen(host.room_id()).await;
        stage.close(&ada).await;
        stage.pass(GRACE * 2).await;
        assert!(stage.news(&mut ear).await.is_empty());
        assert_eq!(stage.status(id, &stage.ada).await, Joined);
        // Leaving it without a door is the same as losing the last connection.
        stage.left(id, &stage.ada, "PA_1").await;
        assert_eq!(stage.news(&mut ear).await, ["presence ada offline > everyone"]);
        stage.pass_short_of(GRACE).await;
        stage.joined(id, &stage.ada, "PA_2").await;
        stage.joined(id, &stage.ada, "PA_3").await;
        assert_eq!(stage.news(&mut ear).await, ["presence ada online > everyone"]);
        stage.left(id, &stage.ada, "PA_2").await;
        stage.pass(GRACE).await;
        assert!(stage.news(&mut ear).await.is_empty());
        stage.left(id, &stage.ada, "PA_3").await;
        stage.pass(GRACE).await;
        let gone = ["presence ada offline > everyone", "disconnect ada 1 left > everyone (ada=gone)"];
        assert_eq!(stage.news(&mut ear).await, gone);
        assert_eq!(stage.status(id, &stage.ada).await, Left);
        // And so is coming into it, for one who joined without a door.
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        stage.joined(id, &stage.ada, "PA_4").await;
        let back = ["connect ada participant > everyone (ada=participant)", "presence ada online > everyone"];
        assert_eq!(stage.news(&mut ear).await, back);
    }

    async fn leaving_by_choice_closes_the_own_connections(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let tabs = [stage.enter(&stage.ada, &room).await, stage.enter(&stage.ada, &room).await];
        let mut ear = stage.listen(host.room_id()).await;
        stage.services().leave_session(&stage.ada, id).await.unwrap();
        assert_eq!(stage.news(&mut ear).await, ["disconnect ada 1 left > everyone [left ada]"]);
        for tab in &tabs {
            stage.close(tab).await;
        }
        stage.pass(GRACE * 2).await;
        assert!(stage.news(&mut ear).await.is_empty());
    }

    /// Of a node that is silent the connections count as lost; where it lives after all, its people are sent back in.
    async fn a_node_that_is_taken_for_dead_has_its_people_come_in_anew(database) {
        let stage = Stage::new(&database).await;
        let other = TestWorld::with(&database, Arc::new(NoMedia), |_settings| ());
        let id: SessionId = stage.class(Admission::Open, &[]).await;
        let room = session_key(id);
        let ada = stage.enter(&stage.ada, &room).await;
        stage.services().follow_presence().await.unwrap();
        let mut ear = stage.listen(ada.room_id()).await;
        other.outlive().await;
        assert_eq!(stage.news(&mut ear).await, ["presence ada offline > everyone"]);
        assert_eq!(ended(&ada), None);
        stage.sleep(Duration::from_secs(7));
        stage.services().follow_presence().await.unwrap();
        assert!(matches!(ended(&ada), Some(Disconnect::GoingAway { .. })));
    }
}
