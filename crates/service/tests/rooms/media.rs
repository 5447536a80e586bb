//! LiveKit obeys the room: screens are shared by a host's leave alone, and what hosts mute is muted.

use std::time::Duration;

use mockly_domain::room::{Door, MediaSource, RoomCommand as Do, RoomRole, Target};
use mockly_domain::{Admission, ErrorCode};
use mockly_service::Principal;
use mockly_service::media::Grant;

use super::hall::{GRACE, SECOND, ids, named, session_key};
use crate::sessions::livekit::Call;
use crate::sessions::stage::{Stage, code};
use crate::sessions::tokens::claims;
use crate::sessions::webhook::connection;
use crate::support::on_both_databases;

fn user(who: &Principal) -> Target {
    Target::User(who.user_id().clone())
}

impl Stage {
    /// What LiveKit was asked to do by follow-up work.
    async fn asked_of_livekit(&self) -> Vec<Call> {
        self.pass(Duration::ZERO).await;
        self.livekit.take_calls()
    }

    /// What somebody may publish by a fresh token; `null` and nothing are everything.
    async fn may_publish(&self, id: mockly_domain::SessionId, who: &Principal) -> serde_json::Value {
        let token = self.services().media_token(who, id).await.unwrap().token;
        claims(&token)["video"]["canPublishSources"].clone()
    }
}

fn granted(who: &Principal, screen_share: bool) -> Call {
    let grant = Grant { microphone: true, camera: true, screen_share };
    Call::UpdateParticipant { identity: who.user_id().to_string(), grant }
}

on_both_databases! {
    async fn a_screen_is_shared_by_a_hosts_leave_and_no_longer(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.try_enter(&stage.ada, &room, Door::Screenshare).await.unwrap();
        let mut ear = stage.listen(host.room_id()).await;
        assert_eq!(stage.may_publish(id, &stage.ada).await, serde_json::json!(["microphone", "camera"]));
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.livekit.take_calls();
        assert_eq!(code(stage.try_send(&ada, Do::StopScreenshare).await), ErrorCode::Forbidden);
        stage.send(&ada, Do::RequestScreenshare).await;
        assert_eq!(stage.news(&mut ear).await, ["request_screenshare ada > hosts"]);
        assert!(stage.asked_of_livekit().await.is_empty());

        stage.send(&host, Do::AcceptScreenshare(user(&stage.ada))).await;
        let accepted = ["accept_screenshare ada > hosts+ada (ada=screenshare)", "room_state > everyone"];
        assert_eq!(stage.news(&mut ear).await, accepted);
        assert_eq!(stage.asked_of_livekit().await, [granted(&stage.ada, true)]);
        let sources = stage.may_publish(id, &stage.ada).await;
        assert!(sources.is_null() || sources == serde_json::json!([]), "{sources}");
        assert_eq!(ids(&stage.state(&stage.bob, &room).await.sharing_screen), ["ada"]);
        // Once more is heard and changes nothing; one who may share does not ask.
        stage.livekit.take_calls();
        stage.send(&host, Do::AcceptScreenshare(user(&stage.ada))).await;
        assert_eq!(stage.news(&mut ear).await, ["accept_screenshare ada > hosts+ada"]);
        assert_eq!(code(stage.try_send(&ada, Do::RequestScreenshare).await), ErrorCode::Forbidden);
        assert!(stage.asked_of_livekit().await.is_empty());

        stage.send(&ada, Do::StopScreenshare).await;
        let stopped = ["stop_screenshare ada > everyone (ada=participant)", "room_state > everyone"];
        assert_eq!(stage.news(&mut ear).await, stopped);
        assert_eq!(stage.asked_of_livekit().await, [granted(&stage.ada, false)]);
        assert_eq!(stage.may_publish(id, &stage.ada).await, serde_json::json!(["microphone", "camera"]));
    }

    async fn a_host_takes_the_leave_back(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        stage.enter(&stage.ada, &room).await;
        stage.enter(&stage.eve, &room).await;
        stage.joined(id, &stage.ada, "PA_1").await;
        let mut ear = stage.listen(host.room_id()).await;
        stage.send(&host, Do::DenyScreenshare(user(&stage.ada))).await;
        assert_eq!(stage.news(&mut ear).await, ["deny_screenshare ada > hosts+ada"]);
        assert!(stage.asked_of_livekit().await.is_empty());
        stage.send(&host, Do::AcceptScreenshare(Target::All)).await;
        assert_eq!(stage.asked_of_livekit().await, [granted(&stage.ada, true)]);
        stage.news(&mut ear).await;
        stage.send(&host, Do::DenyScreenshare(user(&stage.ada))).await;
        let denied = ["deny_screenshare ada > hosts+ada (ada=participant)", "room_state > everyone"];
        assert_eq!(stage.news(&mut ear).await, denied);
        assert_eq!(stage.asked_of_livekit().await, [granted(&stage.ada, false)]);
        // A host's stop stops everybody's.
        stage.send(&host, Do::StopScreenshare).await;
        assert_eq!(
            stage.news(&mut ear).await,
            [
                "stop_screenshare eve > everyone (eve=participant)",
                "stop_screenshare auth0|bob > everyone",
                "room_state > everyone",
            ]
        );
        assert!(stage.state(&stage.bob, &room).await.sharing_screen.is_empty());
    }

    // Once whoever left and came back with an old token went on sharing.
    async fn an_old_token_grants_what_holds_now(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        stage.enter(&stage.ada, &room).await;
        // A token that says what holds is left alone.
        stage.joined(id, &stage.ada, "PA_1").await;
        assert!(stage.asked_of_livekit().await.is_empty());
        // One that says more, or nothing that is known.
        let everything = serde_json::json!({ "canPublish": true, "canPublishSources": [] });
        for (sid, permission) in [("PA_2", everything), ("PA_3", serde_json::Value::Null)] {
            let mut someone = connection(&stage.ada, sid, stage.now());
            someone["permission"] = permission;
            stage.deliver(&stage.webhook("participant_joined", id, someone)).await.unwrap();
            assert_eq!(stage.asked_of_livekit().await, [granted(&stage.ada, false)], "{sid}");
        }
        // One that says less: the leave to share was given after it was signed.
        stage.send(&host, Do::AcceptScreenshare(user(&stage.ada))).await;
        stage.asked_of_livekit().await;
        stage.joined(id, &stage.ada, "PA_4").await;
        assert_eq!(stage.asked_of_livekit().await, [granted(&stage.ada, true)]);
        // The same where no webhook tells of it.
        stage.send(&host, Do::StopScreenshare).await;
        stage.asked_of_livekit().await;
        stage.services().media_token(&stage.ada, id).await.unwrap();
        stage.livekit.take_calls();
        stage.livekit.put(id, "PA_5", "ada", stage.now());
        stage.services().reconcile().await.unwrap();
        assert_eq!(stage.asked_of_livekit().await, [granted(&stage.ada, false)]);
    }

    /// Leaving ends the leave to share: whoever comes back asks again.
    async fn the_leave_to_share_does_not_outlive_leaving(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        stage.send(&host, Do::AcceptScreenshare(user(&stage.ada))).await;
        stage.close(&ada).await;
        stage.pass_short_of(GRACE).await;
        let ada = stage.enter(&stage.ada, &room).await;
        assert_eq!(ada.role(), RoomRole::Screenshare);
        stage.close(&ada).await;
        stage.pass(GRACE).await;
        assert_eq!(stage.enter(&stage.ada, &room).await.role(), RoomRole::Participant);
        assert_eq!(stage.may_publish(id, &stage.ada).await, serde_json::json!(["microphone", "camera"]));
    }

    async fn sound_and_picture_are_told_by_their_owner_and_turned_off_by_a_host(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let mut ear = stage.listen(host.room_id()).await;
        for command in [
            Do::ToggleAudio { enabled: true },
            Do::ToggleAudio { enabled: true },
            Do::ToggleVideo { enabled: true },
            Do::ToggleVideo { enabled: false },
        ] {
            stage.send(&ada, command).await;
        }
        let told = ["toggle_audio ada on", "toggle_video ada on", "toggle_video ada off"];
        assert_eq!(stage.news(&mut ear).await, told.map(|what| format!("{what} > admitted")));
        let state = stage.state(&stage.bob, &room).await;
        assert_eq!((ids(&state.unmuted), state.camera_on.len()), (vec!["ada"], 0));

        let mute = |source| Do::MuteParticipant { target: user(&stage.ada), source };
        // Without media there is nothing to mute but what is shown.
        stage.send(&host, mute(MediaSource::Microphone)).await;
        let muted = ["mute_participant ada MICROPHONE > hosts+ada", "toggle_audio ada off > admitted"];
        assert_eq!(stage.news(&mut ear).await, muted);
        assert!(stage.asked_of_livekit().await.is_empty());
        stage.joined(id, &stage.ada, "PA_1").await;
        for source in [MediaSource::Microphone, MediaSource::Camera, MediaSource::Screen] {
            stage.send(&host, mute(source)).await;
            let calls = stage.asked_of_livekit().await;
            assert_eq!(calls, [Call::MuteTracks { identity: "ada".to_owned(), source }]);
        }
        assert_eq!(
            stage.news(&mut ear).await,
            ["MICROPHONE", "CAMERA", "SCREEN"].map(|source| format!("mute_participant ada {source} > hosts+ada"))
        );
        stage.send(&host, Do::AskUnmute(user(&stage.ada))).await;
        assert_eq!(stage.news(&mut ear).await, ["ask_unmute ada > hosts+ada"]);
        let absent = Do::MuteParticipant { target: user(&stage.eve), source: MediaSource::Camera };
        assert_eq!(code(stage.try_send(&host, absent).await), ErrorCode::ParticipantNotFound);
        assert_eq!(code(stage.try_send(&ada, mute(MediaSource::Camera)).await), ErrorCode::Forbidden);
    }

    // Once a mute that failed was made up for hours later, whatever was wanted by then.
    async fn a_mute_that_failed_is_made_up_for_while_it_is_wanted(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        stage.joined(id, &stage.ada, "PA_1").await;
        let mute = |source| Do::MuteParticipant { target: user(&stage.ada), source };
        let muted = |source| Call::MuteTracks { identity: "ada".to_owned(), source };
        let both = async || {
            stage.livekit.set_down(true);
            stage.send(&host, mute(MediaSource::Microphone)).await;
            stage.send(&host, mute(MediaSource::Camera)).await;
            assert!(stage.asked_of_livekit().await.is_empty());
        };
        // Ada has turned the microphone on again since.
        both().await;
        stage.send(&ada, Do::ToggleAudio { enabled: true }).await;
        stage.livekit.set_down(false);
        stage.sleep(SECOND * 2);
        assert_eq!(stage.asked_of_livekit().await, [muted(MediaSource::Camera)]);
        // After a minute nobody remembers.
        both().await;
        stage.sleep(SECOND * 61);
        stage.livekit.set_down(false);
        assert!(stage.asked_of_livekit().await.is_empty());
        stage.sleep(SECOND * 3_600);
        assert!(stage.asked_of_livekit().await.is_empty());
    }

    async fn screens_of_an_ad_hoc_room_are_signals(database) {
        let stage = Stage::new(&database).await;
        let room = named("screens");
        let host = stage.try_enter(&stage.bob, &room, Door::Screenshare).await.unwrap();
        let ada = stage.try_enter(&stage.ada, &room, Door::Screenshare).await.unwrap();
        stage.send(&host, Do::AcceptWaiting(Target::All)).await;
        let mut ear = stage.listen(host.room_id()).await;
        stage.send(&ada, Do::RequestScreenshare).await;
        stage.send(&host, Do::AcceptScreenshare(user(&stage.ada))).await;
        stage.send(&ada, Do::StopScreenshare).await;
        assert_eq!(
            stage.news(&mut ear).await,
            [
                "request_screenshare ada > hosts",
                "accept_screenshare ada > hosts+ada (ada=screenshare)",
                "room_state > everyone",
                "stop_screenshare ada > everyone (ada=participant)",
                "room_state > everyone",
            ]
        );
        assert!(stage.asked_of_livekit().await.is_empty());
    }
}
