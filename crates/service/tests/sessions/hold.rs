//! R1: a user holds at most one INTERVIEW.

use std::time::Duration;

use futures_util::future::join_all;
use mockly_domain::{EndReason, ErrorCode, EventType, SessionStatus};
use mockly_service::PatchSession;

use super::stage::{Stage, code, refused, with_interviewer};
use crate::support::on_both_databases;

const DAY: Duration = Duration::from_hours(24);
const SECOND: Duration = Duration::from_secs(1);

on_both_databases! {
    async fn r1_of_two_hundred_simultaneous_creations_one_wins(database) {
        let stage = Stage::new(&database).await;
        let answers = join_all(
            (0..200).map(|_| stage.services().create_session(&stage.ada, with_interviewer(&stage.bob))),
        )
        .await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 199));
        let held = won.into_iter().next().unwrap().unwrap().id;
        for answer in lost {
            let refused = refused(answer);
            assert_eq!((refused.code, refused.active_session_id), (ErrorCode::ActiveSessionExists, Some(held)));
            assert!(refused.detail.contains(&held.to_string()), "{}", refused.detail);
        }
        assert_eq!(stage.held_by(&stage.ada).await, Some(held));
        assert_eq!(stage.held_by(&stage.bob).await, None);
    }

    /// Bob is asked into many interviews, and holds the one that he joins first.
    async fn r1_of_simultaneous_joins_of_different_interviews_one_wins(database) {
        let stage = Stage::new(&database).await;
        let mut ids = Vec::new();
        for n in 0..20 {
            let candidate = stage.user(&format!("candidate {n}")).await;
            ids.push(stage.services().create_session(&candidate, with_interviewer(&stage.bob)).await.unwrap().id);
        }
        let answers = join_all(ids.iter().map(|id| stage.services().join_session(&stage.bob, *id, None))).await;
        let held = stage.held_by(&stage.bob).await.unwrap();
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for (id, answer) in ids.iter().zip(answers) {
            if let Ok(view) = answer {
                assert_eq!((view.id, view.status), (held, SessionStatus::Active));
            } else {
                assert_eq!(refused(answer).active_session_id, Some(held));
                // A join that lost leaves no trace.
                assert_eq!(stage.story(*id).await, [EventType::SessionCreated]);
                stage.assert_status(*id, SessionStatus::Scheduled).await;
            }
        }
    }

    async fn r1_creating_and_joining_a_second_are_refused_with_what_to_do(database) {
        let stage = Stage::new(&database).await;
        let own = stage.interview().await;
        let carol = stage.user("carol").await;
        let second = stage.services().create_session(&stage.ada, with_interviewer(&carol)).await;
        assert_eq!(code(second), ErrorCode::ActiveSessionExists);
        let other = stage.services().create_session(&carol, with_interviewer(&stage.ada)).await.unwrap().id;
        let joined = refused(stage.services().join_session(&stage.ada, other, None).await);
        assert_eq!((joined.code, joined.active_session_id), (ErrorCode::ActiveSessionExists, Some(own)));
        assert!(joined.detail.contains("leave"), "{}", joined.detail);
        let can_join = stage.services().can_join(&stage.ada, other).await.unwrap();
        assert_eq!((can_join.allowed, can_join.code), (false, Some(ErrorCode::ActiveSessionExists)));
        assert_eq!(code(stage.services().media_token(&stage.ada, other).await), ErrorCode::ActiveSessionExists);
        // Her own one is no obstacle to itself.
        stage.services().join_session(&stage.ada, own, None).await.unwrap();
    }

    async fn r1_the_creator_holds_until_the_end_and_the_other_until_leaving(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        assert_eq!((stage.held_by(&stage.ada).await, stage.held_by(&stage.bob).await), (Some(id), None));
        for who in [&stage.ada, &stage.bob] {
            stage.services().join_session(who, id, None).await.unwrap();
            assert_eq!(stage.held_by(who).await, Some(id));
        }
        for who in [&stage.ada, &stage.bob] {
            stage.services().leave_session(who, id).await.unwrap();
        }
        assert_eq!((stage.held_by(&stage.ada).await, stage.held_by(&stage.bob).await), (Some(id), None));
        stage.services().join_session(&stage.bob, id, None).await.unwrap();
        stage.services().end_session(&stage.bob, id).await.unwrap();
        assert_eq!((stage.held_by(&stage.ada).await, stage.held_by(&stage.bob).await), (None, None));
        stage.interview().await;
    }

    async fn r1_removal_releases_and_a_lost_connection_does_not(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        // Made by Ada, who is then removed by Bob: she made it, so she holds it on.
        for (who, sid) in [(&stage.ada, "PA_ada"), (&stage.bob, "PA_bob")] {
            stage.joined(id, who, sid).await;
        }
        stage.left(id, &stage.bob, "PA_bob").await;
        stage.pass(Duration::from_secs(15)).await;
        assert_eq!(stage.status(id, &stage.bob).await, mockly_domain::ParticipantStatus::Left);
        assert_eq!(stage.held_by(&stage.bob).await, Some(id));
        // Saying so releases what the lost connection did not.
        let before = stage.story(id).await;
        stage.services().leave_session(&stage.bob, id).await.unwrap();
        assert_eq!(stage.held_by(&stage.bob).await, None);
        assert_eq!(stage.story(id).await, before);

        stage.services().join_session(&stage.bob, id, None).await.unwrap();
        stage.services().remove_participant(&stage.bob, id, stage.ada.user_id()).await.unwrap();
        assert_eq!(stage.held_by(&stage.ada).await, Some(id));
        stage.services().remove_participant(&stage.admin, id, stage.bob.user_id()).await.unwrap();
        assert_eq!(stage.held_by(&stage.bob).await, None);
    }

    async fn r1_canceling_and_deleting_release(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.services().cancel_session(&stage.ada, id).await.unwrap();
        assert_eq!(stage.held_by(&stage.ada).await, None);
        let id = stage.interview().await;
        stage.services().delete_session(&stage.ada, id).await.unwrap();
        assert_eq!(stage.held_by(&stage.ada).await, None);
    }

    /// The latest of creation, `scheduledAt` and the last reschedule counts; the example in the documents is in the past.
    async fn r1_a_no_show_frees_its_creator_after_a_day(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview_with(|request| {
            request.scheduled_at = Some(stage.now().minus(Duration::from_hours(10_000)));
        })
        .await;
        assert_eq!(stage.pass_short_of(DAY).await, 0);
        assert_eq!(stage.pass(SECOND).await, 1);
        let session = stage.session(id).await;
        assert_eq!((session.status, session.end_reason), (SessionStatus::Canceled, Some(EndReason::Expired)));
        assert_eq!(stage.story(id).await, [EventType::SessionCreated, EventType::SessionEnded]);

        // By its planned start.
        let id = stage.interview_with(|request| request.scheduled_at = Some(stage.now().plus(DAY))).await;
        stage.pass_short_of(DAY * 2).await;
        stage.assert_status(id, SessionStatus::Scheduled).await;
        // By the last reschedule, although that was into the past.
        let patch = PatchSession { scheduled_at: Some(stage.now().minus(DAY * 9)), ..PatchSession::default() };
        stage.services().patch_session(&stage.ada, id, None, patch).await.unwrap();
        stage.pass_short_of(DAY).await;
        assert_eq!(stage.held_by(&stage.ada).await, Some(id));
        stage.pass(SECOND).await;
        stage.assert_status(id, SessionStatus::Canceled).await;
        assert_eq!(stage.held_by(&stage.ada).await, None);
        stage.interview().await;
    }
}
