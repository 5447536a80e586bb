//! The beginning and the end of a session at its doors, and what keeps it from ending.

use std::time::Duration;

use mockly_domain::ParticipantStatus::Left;
use mockly_domain::room::{Door, RoomCommand as Do, RoomRole};
use mockly_domain::{Admission, EndReason, ErrorCode, SessionId, SessionStatus};
use mockly_service::{IdSource, SystemIds};

use super::hall::{GRACE, SECOND, session_key};
use crate::sessions::stage::{Stage, code};
use crate::support::on_both_databases;

/// The world's `EMPTY_ROOM_TIMEOUT`.
const EMPTY: Duration = Duration::from_mins(2);

on_both_databases! {
    async fn coming_to_a_door_is_joining(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let room = session_key(id);
        let bob = stage.enter(&stage.bob, &room).await;
        let mut ear = stage.listen(bob.room_id()).await;
        assert_eq!(bob.entered.welcome.status, Some(SessionStatus::Active));
        assert_eq!(stage.held_by(&stage.bob).await, Some(id));
        stage.enter(&stage.ada, &room).await;
        assert_eq!(stage.news(&mut ear).await, ["connect ada participant > everyone (ada=participant)"]);
        let refused = stage.try_enter(&stage.eve, &room, Door::Zoom).await.map(|tab| tab.role());
        assert_eq!(code(refused), ErrorCode::AccessDenied);
        let refused = stage.try_enter(&stage.admin, &room, Door::Zoom).await.map(|tab| tab.role());
        assert_eq!(code(refused), ErrorCode::AccessDenied);
        let nowhere = session_key(SessionId(SystemIds.uuid()));
        let refused = stage.try_enter(&stage.ada, &nowhere, Door::Zoom).await.map(|tab| tab.role());
        assert_eq!(code(refused), ErrorCode::SessionNotFound);
        assert!(stage.news(&mut ear).await.is_empty());
        assert_eq!(stage.services().open_doors(), 2);
    }

    /// Who joined by another way is in when the first comes to a door.
    async fn a_room_opens_with_everybody_who_has_joined(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        let ada = stage.enter(&stage.ada, &session_key(id)).await;
        let state = &ada.entered.state;
        let seen: Vec<_> = state.participants.iter().map(|member| (member.client_id.as_str(), member.online)).collect();
        assert_eq!(seen, [("ada", true), ("auth0|bob", false)]);
        assert_eq!(ada.entered.welcome.participant_count, 1);
    }

    async fn r11_the_end_is_told_once_and_closes_every_door(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        let room = session_key(id);
        let ada = stage.enter(&stage.ada, &room).await;
        let bob = stage.try_enter(&stage.bob, &room, Door::Chat).await.unwrap();
        stage.send(&ada, Do::RaiseHand).await;
        let mut ear = stage.listen(ada.room_id()).await;
        for _ in 0..2 {
            stage.services().end_session(&stage.ada, id).await.unwrap();
        }
        assert_eq!(stage.news(&mut ear).await, ["session_ended ENDED > everyone [ended]"]);
        for who in [&stage.ada, &stage.bob] {
            assert_eq!(stage.status(id, who).await, Left);
        }
        let shown = stage.services().read_session(&stage.ada, id).await.unwrap();
        assert_eq!(shown.participant_count, 0);
        assert!(shown.participants.iter().all(|place| !place.is_hand_raised && !place.online));
        for tab in [&ada, &bob] {
            assert_eq!(code(stage.try_send(tab, Do::RaiseHand).await), ErrorCode::Forbidden);
            stage.close(tab).await;
        }
        stage.pass(GRACE * 4).await;
        assert!(stage.news(&mut ear).await.is_empty());
        assert_eq!(stage.services().open_doors(), 0);
    }

    async fn a_start_and_a_cancellation_are_told_at_the_doors(database) {
        let stage = Stage::new(&database).await;
        let id = stage.lesson(Admission::Open, &[]).await;
        let ada = stage.enter(&stage.ada, &session_key(id)).await;
        assert_eq!(ada.role(), RoomRole::Waiting);
        let mut ear = stage.listen(ada.room_id()).await;
        stage.services().start_session(&stage.bob, id).await.unwrap();
        assert_eq!(
            stage.news(&mut ear).await,
            [
                "session_started > everyone",
                "accept_waiting ada > everyone (ada=participant)",
                "room_state > everyone",
            ]
        );
        let other = stage.lesson(Admission::Open, &[]).await;
        let ada = stage.enter(&stage.ada, &session_key(other)).await;
        let mut ear = stage.listen(ada.room_id()).await;
        stage.services().cancel_session(&stage.bob, other).await.unwrap();
        assert_eq!(stage.news(&mut ear).await, ["session_ended CANCELED > everyone [ended]"]);
    }

    async fn a_door_keeps_a_session_from_ending_as_empty(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        let room = session_key(id);
        let ada = stage.enter(&stage.ada, &room).await;
        stage.pass(EMPTY * 3).await;
        stage.assert_status(id, SessionStatus::Active).await;
        stage.close(&ada).await;
        stage.pass_short_of(EMPTY).await;
        let ada = stage.try_enter(&stage.ada, &room, Door::Screenshare).await.unwrap();
        stage.pass(EMPTY * 3).await;
        stage.assert_status(id, SessionStatus::Active).await;
        stage.close(&ada).await;
        stage.pass_short_of(EMPTY).await;
        stage.assert_status(id, SessionStatus::Active).await;
        stage.pass(SECOND).await;
        assert_eq!(stage.session(id).await.end_reason, Some(EndReason::Empty));
    }

    /// A session that was deleted takes its room along, whoever is at its doors.
    async fn doors_of_a_session_that_is_deleted_are_closed(database) {
        let stage = Stage::new(&database).await;
        let id = stage.lesson(Admission::Open, &[]).await;
        let ada = stage.enter(&stage.ada, &session_key(id)).await;
        let mut ear = stage.listen(ada.room_id()).await;
        stage.services().delete_session(&stage.bob, id).await.unwrap();
        assert_eq!(stage.news(&mut ear).await, ["session_ended CANCELED > everyone [ended]"]);
        assert_eq!(code(stage.try_send(&ada, Do::RaiseHand).await), ErrorCode::SessionNotFound);
        stage.close(&ada).await;
        stage.pass(GRACE).await;
    }
}
