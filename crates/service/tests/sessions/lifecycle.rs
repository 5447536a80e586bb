//! Starting, ending, canceling, deleting (R11).

use std::time::Duration;

use mockly_data::Store;
use mockly_domain::EventType::{ParticipantJoined, SessionCreated, SessionEnded, SessionUpdated};
use mockly_domain::ParticipantStatus::{Invited, Left};
use mockly_domain::{Admission, EndReason, ErrorCode, SessionStatus, UserId};

use super::livekit::closed;
use super::stage::{Stage, code, refused};
use crate::support::on_both_databases;

on_both_databases! {
    async fn starting_is_told_once(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        for (who, expected) in [(&stage.eve, ErrorCode::AccessDenied), (&stage.admin, ErrorCode::Forbidden)] {
            assert_eq!(code(stage.services().start_session(who, id).await), expected);
        }
        stage.sleep(Duration::from_secs(9));
        let view = stage.services().start_session(&stage.bob, id).await.unwrap();
        assert_eq!((view.status, view.version, view.started_at), (SessionStatus::Active, 2, Some(stage.now())));
        let again = stage.services().start_session(&stage.ada, id).await.unwrap();
        assert_eq!(again.version, 2);
        assert_eq!(stage.story(id).await, [SessionCreated, SessionUpdated]);
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        assert_eq!(stage.story(id).await, [SessionCreated, SessionUpdated, ParticipantJoined]);
    }

    async fn r11_ending_is_one_command_and_a_repeat_tells_nothing(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        stage.services().media_token(&stage.ada, id).await.unwrap();
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.livekit.take_calls();
        stage.sleep(Duration::from_mins(3));
        assert_eq!(code(stage.services().cancel_session(&stage.ada, id).await), ErrorCode::InvalidTransition);
        let view = stage.services().end_session(&stage.bob, id).await.unwrap();
        assert_eq!((view.status, view.end_reason), (SessionStatus::Ended, Some(EndReason::Ended)));
        assert_eq!((view.ended_at, view.ends_at, view.version), (Some(stage.now()), Some(stage.now()), 3));
        assert_eq!(view.participant_count, 0);
        for who in [&stage.ada, &stage.bob] {
            let place = stage.place(id, who).await;
            assert_eq!((place.status, place.left_at, place.holds), (Left, Some(stage.now()), false));
        }
        let connections = stage.world.database.livekit().list_participants(id).await.unwrap();
        assert_eq!(connections[0].left_at, Some(stage.now()));
        let story = stage.story(id).await;
        assert_eq!(story.last(), Some(&SessionEnded));
        assert_eq!(stage.told(id).await.status, SessionStatus::Ended);
        assert_eq!(stage.recipients_of_last(id).await, ["ada", "auth0|bob"]);

        stage.sleep(Duration::from_mins(3));
        let again = stage.services().end_session(&stage.ada, id).await.unwrap();
        assert_eq!((again.version, again.ended_at), (3, view.ended_at));
        assert_eq!(stage.story(id).await, story);
        // No deadline is left, and LiveKit is told once.
        stage.pass(Duration::from_hours(1_000)).await;
        assert_eq!(stage.livekit.take_calls(), [closed(id)]);
        assert_eq!(stage.story(id).await, story);
        for (answer, expected) in [
            (stage.services().join_session(&stage.ada, id, None).await, ErrorCode::SessionClosed),
            (stage.services().start_session(&stage.ada, id).await, ErrorCode::InvalidTransition),
            (stage.services().cancel_session(&stage.ada, id).await, ErrorCode::InvalidTransition),
        ] {
            assert_eq!(code(answer), expected);
        }
    }

    async fn r11_ending_answers_those_who_wait(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview_with(|request| request.admission = Some(Admission::Knock)).await;
        stage.services().join_session(&stage.bob, id, None).await.unwrap();
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        stage.services().end_session(&stage.bob, id).await.unwrap();
        let ada = stage.place(id, &stage.ada).await;
        assert_eq!((ada.status, ada.joined_at, ada.left_at), (Left, None, None));
    }

    async fn r11_livekit_being_away_delays_nothing_and_is_told_later(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        stage.services().media_token(&stage.ada, id).await.unwrap();
        stage.livekit.take_calls();
        stage.livekit.set_down(true);
        stage.services().end_session(&stage.bob, id).await.unwrap();
        assert_eq!(stage.pass(Duration::ZERO).await, 1);
        assert_eq!(stage.livekit.take_calls(), []);
        stage.livekit.set_down(false);
        // The pause is at most 2 s after the first try.
        assert_eq!(stage.pass(Duration::from_secs(2)).await, 1);
        assert_eq!(stage.livekit.take_calls(), [closed(id)]);
    }

    async fn a_scheduled_session_is_canceled_and_not_ended(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let wrong = refused(stage.services().end_session(&stage.bob, id).await);
        assert_eq!(wrong.code, ErrorCode::InvalidTransition);
        assert!(wrong.detail.contains("Cancel"), "{}", wrong.detail);
        for _ in 0..2 {
            let view = stage.services().cancel_session(&stage.bob, id).await.unwrap();
            assert_eq!((view.status, view.version), (SessionStatus::Canceled, 2));
            assert_eq!(view.end_reason, Some(EndReason::Canceled));
        }
        assert_eq!(stage.story(id).await, [SessionCreated, SessionEnded]);
        assert_eq!(stage.told(id).await.status, SessionStatus::Canceled);
        assert_eq!(stage.status(id, &stage.bob).await, Invited);
    }

    async fn admins_end_cancel_and_delete_everywhere(database) {
        let stage = Stage::new(&database).await;
        let services = stage.services();
        let id = stage.running_interview().await;
        assert!(services.read_session(&stage.admin, id).await.is_ok());
        assert!(services.attendance(&stage.admin, id).await.is_ok());
        let can_join = services.can_join(&stage.admin, id).await.unwrap();
        assert_eq!((can_join.allowed, can_join.code), (false, Some(ErrorCode::AccessDenied)));
        assert_eq!(code(services.media_token(&stage.admin, id).await), ErrorCode::AccessDenied);
        services.end_session(&stage.admin, id).await.unwrap();
        services.delete_session(&stage.admin, id).await.unwrap();
        let id = stage.interview().await;
        services.cancel_session(&stage.admin, id).await.unwrap();
    }

    async fn strangers_get_at_nothing(database) {
        let stage = Stage::new(&database).await;
        let (id, services, eve) = (stage.running_interview().await, stage.services(), &stage.eve);
        let story = stage.story(id).await;
        for denied in [
            code(services.read_session(eve, id).await),
            code(services.can_join(eve, id).await),
            code(services.end_session(eve, id).await),
            code(services.cancel_session(eve, id).await),
            code(services.delete_session(eve, id).await),
            code(services.attendance(eve, id).await),
            code(services.list_events(eve, id, 0, 9).await),
            code(services.patch_session(eve, id, None, mockly_service::PatchSession::default()).await),
            code(services.remove_participant(eve, id, stage.bob.user_id()).await),
        ] {
            assert_eq!(denied, ErrorCode::AccessDenied);
        }
        assert_eq!(stage.story(id).await, story);
    }

    async fn deleting_a_scheduled_session_tells_everyone_and_ends_their_right(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        assert_eq!(code(stage.services().delete_session(&stage.bob, id).await), ErrorCode::Forbidden);
        stage.services().delete_session(&stage.ada, id).await.unwrap();
        assert_eq!(code(stage.services().read_session(&stage.ada, id).await), ErrorCode::SessionNotFound);
        assert_eq!(stage.story(id).await, [SessionCreated, SessionEnded]);
        assert_eq!(stage.recipients_of_last(id).await, ["ada", "auth0|bob"]);
        let mut revoked = stage.events(id).await.pop().unwrap().revokes;
        revoked.sort_unstable();
        assert_eq!(revoked, ["ada", "auth0|bob"].map(|id| UserId::new(id).unwrap()));
        // What was written down for later finds nothing to do.
        stage.pass(Duration::from_hours(1_000)).await;
        assert_eq!(stage.story(id).await.len(), 2);
    }

    /// Deleting ended the right of everyone, those among them who had lost it before: they heard on their own topic of a
    /// session that had turned them away.
    async fn deleting_does_not_tell_those_who_were_turned_away(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.services().remove_participant(&stage.admin, id, stage.bob.user_id()).await.unwrap();
        stage.services().delete_session(&stage.ada, id).await.unwrap();
        assert_eq!(stage.recipients_of_last(id).await, ["ada"]);
    }

    async fn an_active_session_is_not_deleted_and_an_ended_one_without_a_word(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        assert_eq!(code(stage.services().delete_session(&stage.ada, id).await), ErrorCode::SessionActive);
        stage.services().end_session(&stage.ada, id).await.unwrap();
        let story = stage.story(id).await;
        stage.services().delete_session(&stage.ada, id).await.unwrap();
        assert_eq!(stage.story(id).await, story);
        assert_eq!(stage.world.database.participants().count(id).await.unwrap(), 0);
    }
}
