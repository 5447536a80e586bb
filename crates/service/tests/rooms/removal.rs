//! R9: a removal that holds, by the door or by REST.

use std::time::Duration;

use mockly_domain::ParticipantStatus::Removed;
use mockly_domain::room::{Door, RoomCommand as Do, RoomRole, Target};
use mockly_domain::{Admission, ErrorCode, EventType};

use super::hall::{GRACE, named, session_key};
use crate::sessions::livekit::thrown_out;
use crate::sessions::stage::{Stage, code};
use crate::support::on_both_databases;

on_both_databases! {
    async fn r9_one_who_is_removed_is_out_everywhere_until_it_is_undone(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let chat = stage.try_enter(&stage.ada, &room, Door::Chat).await.unwrap();
        stage.services().media_token(&stage.ada, id).await.unwrap();
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.send(&ada, Do::RaiseHand).await;
        stage.livekit.take_calls();
        let mut ear = stage.listen(host.room_id()).await;
        let out = Target::User(stage.ada.user_id().clone());
        for _ in 0..2 {
            stage.send(&host, Do::RemoveParticipant(out.clone())).await;
        }
        assert_eq!(
            stage.news(&mut ear).await,
            [
                "remove_participant ada > hosts+ada",
                "disconnect ada 1 left > everyone (ada=gone) [turned away ada]",
            ]
        );
        assert_eq!(stage.story(id).await.last(), Some(&EventType::ParticipantLeft));
        stage.pass(Duration::ZERO).await;
        assert_eq!(stage.livekit.take_calls(), [thrown_out(id, stage.ada.user_id())]);
        // Its connections go, which nobody hears; frames that were under way do nothing.
        for tab in [&ada, &chat] {
            assert_eq!(code(stage.try_send(tab, Do::RaiseHand).await), ErrorCode::Forbidden);
            stage.close(tab).await;
        }
        stage.pass(GRACE * 2).await;
        assert!(stage.news(&mut ear).await.is_empty());
        let refused = stage.try_enter(&stage.ada, &room, Door::Zoom).await.map(|tab| tab.role());
        assert_eq!(code(refused), ErrorCode::Removed);
        assert_eq!(code(stage.services().media_token(&stage.ada, id).await.map(|token| token.url)), ErrorCode::Removed);
        // With an old token they are thrown out of the media room again.
        stage.livekit.take_calls();
        stage.joined(id, &stage.ada, "PA_2").await;
        stage.pass(Duration::ZERO).await;
        assert_eq!(stage.livekit.take_calls(), [thrown_out(id, stage.ada.user_id())]);
        assert_eq!(stage.status(id, &stage.ada).await, Removed);
        assert!(stage.news(&mut ear).await.is_empty());

        stage.send(&host, Do::AcceptWaiting(out)).await;
        assert_eq!(stage.news(&mut ear).await, ["accept_waiting ada > everyone"]);
        assert_eq!(stage.enter(&stage.ada, &room).await.role(), RoomRole::Participant);
    }

    async fn r9_removal_by_rest_is_the_same_command(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Knock, &[&stage.eve]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let mut ear = stage.listen(host.room_id()).await;
        stage.services().remove_participant(&stage.admin, id, stage.ada.user_id()).await.unwrap();
        assert_eq!(
            stage.news(&mut ear).await,
            [
                "remove_participant ada > hosts+ada",
                "disconnect ada 1 left > everyone (ada=gone) [turned away ada]",
            ]
        );
        assert_eq!(code(stage.try_send(&ada, Do::RequestWaiting).await), ErrorCode::Forbidden);
    }

    // Once everybody was told a second time that they are gone.
    async fn r9_of_one_who_is_not_in_only_hosts_hear(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Knock, &[&stage.eve]).await;
        for room in [session_key(id), named("talk")] {
            let host = stage.enter(&stage.bob, &room).await;
            stage.enter(&stage.ada, &room).await;
            let ada = Target::User(stage.ada.user_id().clone());
            stage.send(&host, Do::DenyWaiting(ada.clone())).await;
            let mut ear = stage.listen(host.room_id()).await;
            stage.send(&host, Do::RemoveParticipant(ada)).await;
            assert_eq!(stage.news(&mut ear).await, ["remove_participant ada > hosts+ada"]);
            stage.sleep(GRACE * 10);
            let refused = stage.try_enter(&stage.ada, &room, Door::Zoom).await.map(|tab| tab.role());
            assert_eq!(code(refused), ErrorCode::Removed);
        }
    }

    async fn r9_all_are_those_who_do_not_lead(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        stage.enter(&stage.eve, &room).await;
        assert_eq!(code(stage.try_send(&ada, Do::RemoveParticipant(Target::All)).await), ErrorCode::Forbidden);
        stage.send(&host, Do::RemoveParticipant(Target::All)).await;
        for who in [&stage.ada, &stage.eve] {
            assert_eq!(stage.status(id, who).await, Removed);
        }
        stage.send(&host, Do::RaiseHand).await;
        let oneself = Do::RemoveParticipant(Target::User(stage.bob.user_id().clone()));
        assert_eq!(code(stage.try_send(&host, oneself).await), ErrorCode::Forbidden);
        let nobody = Do::RemoveParticipant(Target::User(stage.admin.user_id().clone()));
        assert_eq!(code(stage.try_send(&host, nobody).await), ErrorCode::ParticipantNotFound);
    }
}
