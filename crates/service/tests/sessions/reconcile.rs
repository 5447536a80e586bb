//! R8: what webhooks did not tell is found out by asking.

use std::time::Duration;

use futures_util::join;
use mockly_data::Store;
use mockly_domain::EventType::{ParticipantJoined, SessionCreated, SessionUpdated};
use mockly_domain::ParticipantStatus::{Joined, Left};
use mockly_domain::{EndReason, ErrorCode, SessionStatus};
use mockly_realtime::Topic;
use tokio_util::sync::CancellationToken;

use super::livekit::thrown_out;
use super::relay::Ear;
use super::stage::{Stage, code, with_interviewer};
use crate::support::on_both_databases;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

on_both_databases! {
    async fn r8_a_coming_that_was_not_told_is_found(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        let came = stage.now();
        stage.livekit.put(id, "PA_1", "auth0|bob", came);
        stage.livekit.put_recorder(id, "PA_2");
        stage.sleep(MINUTE);
        stage.services().reconcile().await.unwrap();
        let bob = stage.place(id, &stage.bob).await;
        assert_eq!((bob.status, bob.joined_at), (Joined, Some(came)));
        assert_eq!(stage.held_by(&stage.bob).await, Some(id));
        let story = stage.story(id).await;
        // Asking again, and the late webhook, change nothing.
        stage.services().reconcile().await.unwrap();
        stage.joined(id, &stage.bob, "PA_1").await;
        stage.services().reconcile().await.unwrap();
        assert_eq!(stage.story(id).await, story);
        assert_eq!(stage.pass(Duration::ZERO).await, 0);
    }

    /// A token lets in before anybody has joined; where the webhook of that was lost, the session stayed SCHEDULED for
    /// ever, since only ACTIVE ones were asked about.
    async fn r8_a_first_coming_that_was_not_told_starts_the_session(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.services().media_token(&stage.ada, id).await.unwrap();
        stage.livekit.put(id, "PA_1", "ada", stage.now());
        stage.services().reconcile().await.unwrap();
        stage.assert_status(id, SessionStatus::Active).await;
        assert_eq!(stage.story(id).await, [SessionCreated, ParticipantJoined, SessionUpdated]);
    }

    async fn r8_a_going_that_was_not_told_is_found_as_of_when_they_were_last_seen(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        for (who, sid) in [(&stage.ada, "PA_1"), (&stage.bob, "PA_2")] {
            stage.joined(id, who, sid).await;
            stage.livekit.put(id, sid, who.user_id().as_str(), stage.now());
        }
        for _ in 0..3 {
            stage.sleep(MINUTE);
            stage.services().reconcile().await.unwrap();
        }
        let seen = stage.now();
        stage.livekit.take("PA_2");
        stage.sleep(MINUTE);
        stage.services().reconcile().await.unwrap();
        stage.pass(Duration::ZERO).await;
        let bob = stage.place(id, &stage.bob).await;
        assert_eq!((bob.status, bob.left_at), (Left, Some(seen)));
        assert_eq!(stage.status(id, &stage.ada).await, Joined);
        // The late webhook changes nothing, although it knows better.
        stage.left(id, &stage.bob, "PA_2").await;
        stage.pass(MINUTE).await;
        assert_eq!(stage.place(id, &stage.bob).await.left_at, Some(seen));
    }

    /// What came after LiveKit was asked is not in its answer, and is left alone.
    async fn r8_whoever_came_this_moment_is_left_alone(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.services().reconcile().await.unwrap();
        assert_eq!(stage.world.database.livekit().list_present(&[id]).await.unwrap().len(), 1);
        stage.sleep(SECOND);
        stage.services().reconcile().await.unwrap();
        assert!(stage.world.database.livekit().list_present(&[id]).await.unwrap().is_empty());
    }

    async fn r8_a_restart_of_livekit_is_survived(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.services().media_token(&stage.ada, id).await.unwrap();
        for (who, sid) in [(&stage.ada, "PA_1"), (&stage.bob, "PA_2")] {
            stage.joined(id, who, sid).await;
        }
        stage.livekit.restart();
        stage.sleep(SECOND * 5);
        stage.services().reconcile().await.unwrap();
        // Bob's client has found the new server within the grace.
        stage.joined(id, &stage.bob, "PA_3").await;
        stage.pass(SECOND * 10).await;
        assert_eq!((stage.status(id, &stage.ada).await, stage.status(id, &stage.bob).await), (Left, Joined));
        stage.pass(MINUTE * 5).await;
        stage.assert_status(id, SessionStatus::Active).await;
    }

    async fn r8_a_downtime_of_ours_is_caught_up_with(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.livekit.put(id, "PA_1", "ada", stage.now());
        let carol = stage.user("carol").await;
        let other = stage.services().create_session(&carol, with_interviewer(&stage.eve)).await.unwrap().id;
        stage.services().media_token(&carol, other).await.unwrap();
        // Down for an hour: Ada went, Bob came and went, Carol and Eve came.
        let seen = stage.now();
        stage.livekit.take("PA_1");
        stage.sleep(MINUTE * 30);
        let came = stage.now();
        stage.livekit.put(other, "PA_3", "carol", came);
        stage.livekit.put(other, "PA_4", "eve", came);
        stage.sleep(MINUTE * 30);
        stage.services().reconcile().await.unwrap();
        stage.pass(Duration::ZERO).await;
        assert_eq!(stage.place(id, &stage.ada).await.left_at, Some(seen));
        let session = stage.session(id).await;
        assert_eq!((session.status, session.end_reason), (SessionStatus::Ended, Some(EndReason::Empty)));
        for who in [&carol, &stage.eve] {
            let place = stage.place(other, who).await;
            assert_eq!((place.status, place.joined_at), (Joined, Some(came)));
        }
    }

    async fn r9_whoever_has_no_business_there_is_thrown_out(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        stage.services().remove_participant(&stage.bob, id, stage.ada.user_id()).await.unwrap();
        stage.livekit.put(id, "PA_1", "ada", stage.now());
        for _ in 0..2 {
            // However often: LiveKit may have failed to do it.
            stage.services().reconcile().await.unwrap();
            stage.livekit.take_calls();
            stage.livekit.put(id, "PA_1", "ada", stage.now());
            stage.pass(Duration::ZERO).await;
            assert_eq!(stage.livekit.take_calls(), [thrown_out(id, stage.ada.user_id())]);
            stage.livekit.put(id, "PA_1", "ada", stage.now());
        }
    }

    async fn livekit_being_away_changes_nothing(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.sleep(MINUTE);
        stage.livekit.set_down(true);
        assert_eq!(code(stage.services().reconcile().await), ErrorCode::LivekitUnavailable);
        stage.pass(MINUTE * 60).await;
        assert_eq!(stage.status(id, &stage.ada).await, Joined);
        stage.assert_status(id, SessionStatus::Active).await;
    }

    async fn many_sessions_are_compared(database) {
        let stage = Stage::new(&database).await;
        let mut ids = Vec::new();
        for n in 0..130 {
            let candidate = stage.user(&format!("candidate {n}")).await;
            let id = stage.services().create_session(&candidate, with_interviewer(&stage.bob)).await.unwrap().id;
            stage.services().join_session(&candidate, id, None).await.unwrap();
            stage.livekit.put(id, &format!("PA_{n}"), candidate.user_id().as_str(), stage.now());
            ids.push(id);
        }
        stage.services().reconcile().await.unwrap();
        assert_eq!(stage.world.database.livekit().list_present(&ids).await.unwrap().len(), 130);
    }

    async fn r8_a_session_that_cannot_be_compared_holds_no_other_up(database) {
        let stage = Stage::new(&database).await;
        let carol = stage.user("carol").await;
        let dave = stage.user("dave").await;
        let first = stage.interview().await;
        let second = stage.services().create_session(&carol, with_interviewer(&stage.eve)).await.unwrap().id;
        for (who, id) in [(&stage.ada, first), (&carol, second)] {
            stage.services().join_session(who, id, None).await.unwrap();
        }
        let third = stage.services().create_session(&dave, with_interviewer(&stage.admin)).await.unwrap().id;
        stage.services().join_session(&dave, third, None).await.unwrap();
        for (id, sid, who) in [(first, "PA_1", "auth0|bob"), (second, "PA_2", "eve"), (third, "PA_3", "admin")] {
            stage.livekit.put(id, sid, who, stage.now());
        }
        let unlisted = first.min(second).min(third);
        stage.livekit.refuse_to_list(unlisted);
        stage.services().reconcile().await.unwrap();
        for (id, who) in [(first, &stage.bob), (second, &stage.eve), (third, &stage.admin)] {
            assert_eq!(stage.status(id, who).await == Joined, id != unlisted);
        }
    }

    /// What a refused webhook would have told waited for the next minute.
    async fn r8_a_webhook_that_is_refused_has_livekit_asked_soon(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        let stop = CancellationToken::new();
        let relay = stage.world.relay(&stop).await;
        let mut ear = Ear::new(&stage.world, &stage.ada, &Topic::Session(id));
        // The comparison at start finds Ada; time alone would bring the next one in a minute.
        stage.livekit.put(id, "PA_1", "ada", stage.now());
        let listening = async {
            while stage.world.database.livekit().list_present(&[id]).await.unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
            stage.livekit.put(id, "PA_2", "auth0|bob", stage.now());
            let refused = stage.services().receive_webhook("Bearer x", b"{}").await;
            assert_eq!(code(refused), ErrorCode::InvalidSignature);
            assert_eq!(ear.next_body().await["type"], "PARTICIPANT_JOINED");
            stop.cancel();
        };
        join!(relay, stage.services().clone().run_reconciliation(stop.clone()), listening);
        assert_eq!(stage.status(id, &stage.bob).await, Joined);
    }
}
