//! R10: media tokens.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{DecodingKey, Validation};
use mockly_data::Store;
use mockly_domain::{ErrorCode, EventType, MediaPolicy, ParticipantStatus, SessionKind, SessionStatus};
use mockly_service::{LivekitReadiness, NoMedia};
use serde_json::{Value, json};

use super::livekit::{API_KEY, API_SECRET, Call, closed};
use super::stage::{Stage, code, somebody, with_interviewer};
use crate::support::{TestWorld, on_both_databases};

/// The claims of a token that was signed with the API secret.
pub(crate) fn claims(token: &str) -> Value {
    let validation = Validation { validate_exp: false, ..Validation::default() };
    let key = DecodingKey::from_secret(API_SECRET.as_bytes());
    jsonwebtoken::decode(token, &key, &validation).unwrap().claims
}

on_both_databases! {
    async fn r10_a_token_says_who_where_and_what(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let media = MediaPolicy { microphone: true, camera: false, screen_share: false };
        stage.rewrite(id, |session| session.media = media).await;
        let answer = stage.services().media_token(&stage.ada, id).await.unwrap();
        assert_eq!((answer.room_id.as_str(), answer.url.as_str()), (&*format!("session-{id}"), "ws://livekit.example"));
        assert!(!format!("{answer:?}").contains(&answer.token));
        let now = stage.now().as_secs();
        let of_candidate = claims(&answer.token);
        for (name, expected) in [
            ("iss", json!(API_KEY)),
            ("sub", json!("ada")),
            ("name", json!("Name of ada")),
            ("metadata", json!("CANDIDATE")),
            ("nbf", json!(now)),
            ("exp", json!(now + 24 * 3_600)),
        ] {
            assert_eq!(of_candidate[name], expected, "{name}");
        }
        let video = &of_candidate["video"];
        assert_eq!((&video["roomJoin"], &video["room"]), (&json!(true), &json!(format!("session-{id}"))));
        assert_eq!((&video["canSubscribe"], &video["canPublish"]), (&json!(true), &json!(true)));
        assert_eq!(video["canPublishSources"], json!(["microphone"]));
        for right in ["roomAdmin", "roomCreate", "roomList", "roomRecord", "hidden", "ingressAdmin"] {
            assert_ne!(video[right], json!(true), "{right}");
        }
        let of_host = claims(&stage.services().media_token(&stage.bob, id).await.unwrap().token);
        assert_eq!((&of_host["sub"], &of_host["metadata"]), (&json!("auth0|bob"), &json!("INTERVIEWER")));
        assert_eq!(of_host["video"]["canPublish"], json!(true));
        // A list of all sources would refuse tracks of an unknown one, the default of several SDKs.
        let limit = &of_host["video"]["canPublishSources"];
        assert!(limit.is_null() || *limit == json!([]), "{limit}");

        let silent = MediaPolicy { microphone: false, camera: false, screen_share: false };
        stage.rewrite(id, |session| session.media = silent).await;
        let of_candidate = claims(&stage.services().media_token(&stage.ada, id).await.unwrap().token);
        assert_eq!(of_candidate["video"]["canPublish"], json!(false));
    }

    async fn r10_a_token_changes_no_state_and_comes_after_its_room(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.services().media_token(&stage.bob, id).await.unwrap();
        let created =
            Call::CreateRoom { room: format!("session-{id}"), empty_timeout_sec: 120, max_participants: 4 };
        assert_eq!(stage.livekit.take_calls(), [created]);
        stage.assert_status(id, SessionStatus::Scheduled).await;
        assert_eq!(stage.status(id, &stage.bob).await, ParticipantStatus::Invited);
        assert_eq!(stage.held_by(&stage.bob).await, None);
        assert_eq!(stage.story(id).await, [EventType::SessionCreated]);
        let room = stage.world.database.livekit().find_room(id).await.unwrap().unwrap();
        assert_eq!((room.sid, room.finished_at), (Some("RM_1".to_owned()), None));
        // A room that is gone is made again.
        stage.livekit.drop_room(id);
        stage.services().media_token(&stage.bob, id).await.unwrap();
        let room = stage.world.database.livekit().find_room(id).await.unwrap().unwrap();
        assert_eq!(room.sid, Some(stage.livekit.room_sid(id)));
    }

    async fn r10_a_token_ends_with_the_window(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.rewrite(id, |session| session.kind = SessionKind::Mentoring).await;
        stage.sleep(Duration::from_mins(30));
        let token = claims(&stage.services().media_token(&stage.ada, id).await.unwrap().token);
        assert_eq!(token["exp"], json!(stage.now().as_secs() + 90 * 60));
        stage.rewrite(id, |session| session.duration_min = 1_440).await;
        let token = claims(&stage.services().media_token(&stage.ada, id).await.unwrap().token);
        assert_eq!(token["exp"], json!(stage.now().as_secs() + 24 * 3_600));
    }

    async fn r10_whoever_may_not_join_gets_no_token_and_no_room(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        assert_eq!(code(stage.services().media_token(&stage.eve, id).await), ErrorCode::AccessDenied);
        stage.services().cancel_session(&stage.ada, id).await.unwrap();
        assert_eq!(code(stage.services().media_token(&stage.ada, id).await), ErrorCode::SessionClosed);
        stage.services().delete_session(&stage.ada, id).await.unwrap();
        assert_eq!(code(stage.services().media_token(&stage.ada, id).await), ErrorCode::SessionNotFound);
        assert_eq!(stage.livekit.take_calls(), []);
    }

    async fn livekit_being_away_or_missing_is_said_by_its_code(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        assert_eq!(stage.services().readiness().await.livekit, LivekitReadiness::Up);
        stage.livekit.set_down(true);
        let away = code(stage.services().media_token(&stage.ada, id).await);
        assert_eq!((away, away.status()), (ErrorCode::LivekitUnavailable, 503));
        let readiness = stage.services().readiness().await;
        assert_eq!((readiness.livekit, readiness.database), (LivekitReadiness::Degraded, true));
        // A probe is not kept waiting by it either.
        stage.livekit.fall_silent();
        assert_eq!(stage.services().readiness().await.livekit, LivekitReadiness::Degraded);
        // Everything but media works.
        stage.services().join_session(&stage.ada, id, None).await.unwrap();

        let without = TestWorld::with(&database, Arc::new(NoMedia), |_settings| ());
        let missing = code(without.services.media_token(&stage.ada, id).await);
        assert_eq!((missing, missing.status()), (ErrorCode::LivekitNotConfigured, 503));
        assert_eq!(without.services.readiness().await.livekit, LivekitReadiness::NotConfigured);
        without.services.end_session(&stage.ada, id).await.unwrap();
        assert_eq!(code(without.services.receive_webhook("x", b"{}").await), ErrorCode::InvalidSignature);
        without.services.reconcile().await.unwrap();
    }

    /// R5: a room made while its session ended must not outlive it.
    async fn r5_ending_closes_the_room_of_a_token(database) {
        let stage = Stage::new(&database).await;
        let carol = somebody(&stage.world, "carol", &[]).await;
        let id = stage.services().create_session(&carol, with_interviewer(&stage.bob)).await.unwrap().id;
        let (token, canceled) = futures_util::join!(
            stage.services().media_token(&carol, id),
            stage.services().cancel_session(&carol, id),
        );
        canceled.unwrap();
        if let Err(error) = token {
            assert_eq!(error.code(), ErrorCode::SessionClosed);
        }
        stage.pass(Duration::ZERO).await;
        let calls = stage.livekit.take_calls();
        // Whoever was first: a room that was made is closed after.
        assert!(calls.is_empty() || calls.last() == Some(&closed(id)), "{calls:?}");
    }
}
