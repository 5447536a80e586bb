//! Editing, and what counts as an edit.

use std::time::Duration;

use mockly_domain::EventType::{SessionCreated, SessionUpdated};
use mockly_domain::{Admission, ErrorCode, MediaPatch, MediaPolicy};
use mockly_service::PatchSession;
use mockly_service::media::Grant;

use super::livekit::Call;
use super::stage::{Stage, code, refused};
use crate::support::on_both_databases;

fn title(title: &str) -> PatchSession {
    PatchSession { title: Some(title.to_owned()), ..PatchSession::default() }
}

on_both_databases! {
    async fn an_edit_is_told_and_counted(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.sleep(Duration::from_secs(5));
        let media = MediaPolicy { microphone: true, camera: false, screen_share: true };
        let no_camera = MediaPatch { camera: Some(false), ..MediaPatch::default() };
        let later = stage.now().plus(Duration::from_hours(5));
        let patch = PatchSession {
            title: Some("Go".to_owned()),
            description: Some(Some("Channels".to_owned())),
            scheduled_at: Some(later),
            duration_min: Some(30),
            max_participants: Some(5),
            time_zone: Some("america/new_york".to_owned()),
            admission: Some(Admission::Knock),
            media: Some(no_camera),
        };
        let view = stage.services().patch_session(&stage.bob, id, Some(1), patch).await.unwrap();
        assert_eq!((view.title.as_str(), view.description.as_deref()), ("Go", Some("Channels")));
        assert_eq!((view.scheduled_at, view.duration, view.max_participants), (later, 30, 5));
        assert_eq!((view.time_zone.as_str(), view.admission, view.media), ("America/New_York", Admission::Knock, media));
        assert_eq!((view.version, view.updated_at), (2, stage.now()));
        assert_eq!(stage.story(id).await, [SessionCreated, SessionUpdated]);
        assert_eq!(stage.told(id).await, view);
        let none = PatchSession { description: Some(None), ..PatchSession::default() };
        let view = stage.services().patch_session(&stage.ada, id, Some(2), none).await.unwrap();
        assert_eq!((view.description, view.version), (None, 3));
    }

    async fn an_edit_that_changes_nothing_is_none(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.sleep(Duration::from_secs(5));
        let same = PatchSession {
            title: Some("Interview".to_owned()),
            description: Some(None),
            scheduled_at: Some(stage.session(id).await.scheduled_at),
            duration_min: Some(60),
            time_zone: Some("utc".to_owned()),
            admission: Some(Admission::Open),
            ..PatchSession::default()
        };
        for patch in [same, PatchSession::default()] {
            let view = stage.services().patch_session(&stage.ada, id, Some(1), patch).await.unwrap();
            assert_eq!((view.version, view.updated_at), (1, view.created_at));
        }
        assert_eq!(stage.story(id).await, [SessionCreated]);
    }

    async fn a_stale_version_is_refused_and_joins_make_none_stale(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        // Made, then started by the first join; the second join is no edit.
        stage.services().patch_session(&stage.ada, id, Some(2), title("One")).await.unwrap();
        let stale = refused(stage.services().patch_session(&stage.bob, id, Some(2), title("Two")).await);
        assert_eq!(stale.code, ErrorCode::StaleVersion);
        assert!(stale.detail.contains("version 3"), "{}", stale.detail);
        stage.services().leave_session(&stage.bob, id).await.unwrap();
        stage.services().patch_session(&stage.ada, id, Some(3), title("Two")).await.unwrap();
        assert_eq!(stage.services().patch_session(&stage.ada, id, None, title("Three")).await.unwrap().version, 5);
    }

    async fn of_two_edits_of_one_version_one_is_made(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let (one, two) = futures_util::join!(
            stage.services().patch_session(&stage.ada, id, Some(1), title("One")),
            stage.services().patch_session(&stage.bob, id, Some(1), title("Two")),
        );
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
        assert_eq!(stage.session(id).await.version, 2);
    }

    async fn what_cannot_change_is_refused_by_name(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let zone = PatchSession { time_zone: Some("Nowhere".to_owned()), ..PatchSession::default() };
        let wrong = refused(stage.services().patch_session(&stage.ada, id, None, zone).await);
        assert_eq!((wrong.code, wrong.fields[0].field.as_str()), (ErrorCode::ValidationFailed, "timeZone"));
        stage.services().start_session(&stage.ada, id).await.unwrap();
        let moved = PatchSession { scheduled_at: Some(stage.now().plus(Duration::from_secs(1))), ..title("x") };
        let wrong = refused(stage.services().patch_session(&stage.ada, id, None, moved).await);
        assert_eq!((wrong.code, wrong.fields[0].field.as_str()), (ErrorCode::ValidationFailed, "scheduledAt"));
        assert_eq!(code(stage.services().patch_session(&stage.admin, id, None, title("x")).await), ErrorCode::Forbidden);
        stage.services().end_session(&stage.ada, id).await.unwrap();
        assert_eq!(code(stage.services().patch_session(&stage.ada, id, None, title("x")).await), ErrorCode::SessionClosed);
        assert_eq!(stage.session(id).await.title, "Interview");
    }

    /// R10: a change of what may be published reaches those who are connected.
    async fn r10_a_change_of_media_reaches_the_connected(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.joined(id, &stage.bob, "PA_2").await;
        let media = MediaPatch { microphone: None, camera: Some(false), screen_share: Some(false) };
        let patch = PatchSession { media: Some(media), ..PatchSession::default() };
        stage.services().patch_session(&stage.bob, id, None, patch).await.unwrap();
        stage.pass(Duration::ZERO).await;
        let mut calls = stage.livekit.take_calls();
        calls.sort_by_key(|call| format!("{call:?}"));
        let granted = |identity: &str, microphone, camera, screen_share| Call::UpdateParticipant {
            identity: identity.to_owned(),
            grant: Grant { microphone, camera, screen_share },
        };
        assert_eq!(calls, [granted("ada", true, false, false), granted("auth0|bob", true, true, true)]);
    }

    /// Naming one of the three turned the other two on again.
    async fn r10_what_an_edit_of_media_does_not_name_stays(database) {
        let stage = Stage::new(&database).await;
        let muted = MediaPatch { microphone: Some(false), ..MediaPatch::default() };
        let id = stage.interview_with(|request| request.media = Some(muted)).await;
        let edit = async |media| {
            let patch = PatchSession { media: Some(media), ..PatchSession::default() };
            stage.services().patch_session(&stage.bob, id, None, patch).await.unwrap().media
        };
        let no_screen = MediaPatch { screen_share: Some(false), ..MediaPatch::default() };
        assert_eq!(edit(no_screen).await, MediaPolicy { microphone: false, camera: true, screen_share: false });
        assert_eq!(edit(MediaPatch::default()).await, MediaPolicy { microphone: false, camera: true, screen_share: false });
        let speak = MediaPatch { microphone: Some(true), ..MediaPatch::default() };
        assert_eq!(edit(speak).await, MediaPolicy { microphone: true, camera: true, screen_share: false });
    }
}
