//! R9: removal that holds.

use std::time::Duration;

use mockly_domain::EventType::ParticipantLeft;
use mockly_domain::{ErrorCode, ParticipantStatus, SessionStatus, UserId};
use mockly_realtime::Topic;

use super::livekit::thrown_out;
use super::stage::{Stage, code};
use crate::support::on_both_databases;

on_both_databases! {
    async fn r9_one_who_is_removed_hears_it_last_and_is_thrown_out(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        stage.services().media_token(&stage.ada, id).await.unwrap();
        stage.livekit.put(id, "PA_1", "ada", stage.now());
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.livekit.take_calls();
        stage.sleep(Duration::from_secs(30));
        stage.services().remove_participant(&stage.bob, id, stage.ada.user_id()).await.unwrap();
        let ada = stage.place(id, &stage.ada).await;
        assert_eq!((ada.status, ada.admitted, ada.left_at), (ParticipantStatus::Removed, false, Some(stage.now())));
        let event = stage.events(id).await.pop().unwrap();
        assert_eq!((event.event_type, event.revokes), (ParticipantLeft, vec![stage.ada.user_id().clone()]));
        let told = stage.told(id).await;
        let own = told.participants.iter().find(|place| place.user_id == *stage.ada.user_id()).unwrap();
        assert_eq!(own.status, ParticipantStatus::Removed);
        assert_eq!(stage.recipients_of_last(id).await, ["ada", "auth0|bob"]);
        stage.pass(Duration::ZERO).await;
        assert_eq!(stage.livekit.take_calls(), [thrown_out(id, stage.ada.user_id())]);

        // A repeat is a no-op, and from now on nothing of it stands on her topic.
        let story = stage.story(id).await;
        stage.services().remove_participant(&stage.bob, id, stage.ada.user_id()).await.unwrap();
        assert_eq!(stage.story(id).await, story);
        stage.services().end_session(&stage.bob, id).await.unwrap();
        assert_eq!(stage.recipients_of_last(id).await, ["auth0|bob"]);
    }

    /// A self-hosted LiveKit does not revoke a token when it throws somebody out.
    async fn r9_one_who_was_removed_and_shows_up_is_thrown_out_again(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        stage.services().media_token(&stage.ada, id).await.unwrap();
        stage.services().remove_participant(&stage.bob, id, stage.ada.user_id()).await.unwrap();
        stage.pass(Duration::ZERO).await;
        stage.livekit.take_calls();
        let story = stage.story(id).await;
        for sid in ["PA_2", "PA_3"] {
            stage.joined(id, &stage.ada, sid).await;
            stage.pass(Duration::ZERO).await;
            assert_eq!(stage.livekit.take_calls(), [thrown_out(id, stage.ada.user_id())]);
            stage.left(id, &stage.ada, sid).await;
        }
        assert_eq!(stage.status(id, &stage.ada).await, ParticipantStatus::Removed);
        assert_eq!(stage.story(id).await, story);
    }

    async fn r9_the_removed_keep_reading_and_asking_alone(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        stage.services().remove_participant(&stage.admin, id, stage.bob.user_id()).await.unwrap();
        let (services, bob) = (stage.services(), &stage.bob);
        assert_eq!(services.read_session(bob, id).await.unwrap().id, id);
        let can_join = services.can_join(bob, id).await.unwrap();
        assert_eq!((can_join.allowed, can_join.code), (false, Some(ErrorCode::Removed)));
        for refused in [
            code(services.join_session(bob, id, None).await),
            code(services.leave_session(bob, id).await),
            code(services.end_session(bob, id).await),
            code(services.media_token(bob, id).await),
            code(services.list_events(bob, id, 0, 9).await),
            code(services.list_participants(bob, id, mockly_service::Page { page: 0, size: 20 }).await),
            code(services.attendance(bob, id).await),
            code(services.authorize_topic(bob, &Topic::Session(id)).await),
            code(services.patch_session(bob, id, None, mockly_service::PatchSession::default()).await),
            code(services.remove_participant(bob, id, stage.ada.user_id()).await),
        ] {
            assert_eq!(refused, ErrorCode::Removed);
        }
    }

    async fn r9_a_creator_who_was_removed_keeps_ending_and_canceling(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        stage.services().remove_participant(&stage.bob, id, stage.ada.user_id()).await.unwrap();
        assert_eq!(code(stage.services().delete_session(&stage.ada, id).await), ErrorCode::Removed);
        stage.services().end_session(&stage.ada, id).await.unwrap();
        stage.assert_status(id, SessionStatus::Ended).await;
    }

    async fn only_hosts_and_admins_remove_and_never_themselves(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let remove = async |who, user: &UserId| code(stage.services().remove_participant(who, id, user).await);
        assert_eq!(remove(&stage.ada, stage.bob.user_id()).await, ErrorCode::Forbidden);
        assert_eq!(remove(&stage.eve, stage.bob.user_id()).await, ErrorCode::AccessDenied);
        assert_eq!(remove(&stage.bob, stage.bob.user_id()).await, ErrorCode::Forbidden);
        assert_eq!(remove(&stage.bob, stage.eve.user_id()).await, ErrorCode::ParticipantNotFound);
        assert_eq!(stage.story(id).await.len(), 1);
        // One who never came can be removed too, and then cannot come.
        stage.services().remove_participant(&stage.bob, id, stage.ada.user_id()).await.unwrap();
        assert_eq!(code(stage.services().join_session(&stage.ada, id, None).await), ErrorCode::Removed);
        assert_eq!(stage.place(id, &stage.ada).await.left_at, None);
    }

    /// Whoever had attended could be struck from the list after the end, and lost what it recorded of them.
    async fn nobody_is_removed_from_what_is_over(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        stage.services().end_session(&stage.bob, id).await.unwrap();
        let story = stage.story(id).await;
        for who in [&stage.bob, &stage.admin] {
            let removed = stage.services().remove_participant(who, id, stage.ada.user_id()).await;
            assert_eq!(code(removed), ErrorCode::SessionClosed);
        }
        assert_eq!(stage.story(id).await, story);
        stage.services().list_events(&stage.ada, id, 0, 9).await.unwrap();
    }
}
