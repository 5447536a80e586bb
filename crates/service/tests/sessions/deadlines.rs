//! What happens when nobody is there: EMPTY, EXPIRED, the grace, each exactly once.

use std::sync::Arc;
use std::time::Duration;

use mockly_data::Store;
use mockly_domain::EventType::{ParticipantLeft, SessionEnded};
use mockly_domain::ParticipantStatus::{Joined, Left};
use mockly_domain::{EndReason, SessionStatus};
use mockly_service::PatchSession;

use super::livekit::closed;
use super::stage::{Stage, with_interviewer};
use crate::support::{TestWorld, on_both_databases};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);
const GRACE: Duration = Duration::from_secs(15);
/// The world's `EMPTY_ROOM_TIMEOUT`.
const EMPTY: Duration = Duration::from_mins(2);

on_both_databases! {
    async fn an_active_session_in_which_nobody_is_left_ends(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.joined(id, &stage.bob, "PA_2").await;
        stage.sleep(HOUR);
        stage.left(id, &stage.ada, "PA_1").await;
        stage.pass(EMPTY * 2).await;
        stage.assert_status(id, SessionStatus::Active).await;
        stage.left(id, &stage.bob, "PA_2").await;
        stage.pass_short_of(EMPTY).await;
        stage.assert_status(id, SessionStatus::Active).await;
        stage.pass(SECOND).await;
        let session = stage.session(id).await;
        assert_eq!((session.status, session.end_reason), (SessionStatus::Ended, Some(EndReason::Empty)));
        assert_eq!(stage.held_by(&stage.ada).await, None);
    }

    async fn whoever_comes_back_stops_the_deadline(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.left(id, &stage.ada, "PA_1").await;
        stage.pass_short_of(EMPTY).await;
        stage.joined(id, &stage.ada, "PA_2").await;
        stage.pass(EMPTY * 9).await;
        stage.assert_status(id, SessionStatus::Active).await;
        // The next one counts anew.
        stage.left(id, &stage.ada, "PA_2").await;
        stage.pass_short_of(EMPTY).await;
        stage.assert_status(id, SessionStatus::Active).await;
        stage.pass(SECOND).await;
        stage.assert_status(id, SessionStatus::Ended).await;
    }

    async fn looking_in_early_ends_nothing(database) {
        let stage = Stage::new(&database).await;
        let starts = stage.now().plus(HOUR * 5);
        let id = stage.interview_with(|request| request.scheduled_at = Some(starts)).await;
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.left(id, &stage.ada, "PA_1").await;
        stage.pass(starts.since(stage.now())).await;
        stage.pass_short_of(EMPTY).await;
        stage.assert_status(id, SessionStatus::Active).await;
        stage.pass(SECOND).await;
        stage.assert_status(id, SessionStatus::Ended).await;
    }

    /// Joined by REST alone, nobody was ever connected: a day after the later of its start and its planned end.
    async fn an_active_session_to_which_nobody_ever_connected_expires(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.sleep(HOUR * 2);
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        stage.pass_short_of(HOUR * 24).await;
        stage.assert_status(id, SessionStatus::Active).await;
        // A longer plan moves it: the deadline looks again when it fires.
        let longer = PatchSession { duration_min: Some(180), ..PatchSession::default() };
        stage.services().patch_session(&stage.ada, id, None, longer).await.unwrap();
        stage.pass_short_of(HOUR).await;
        stage.assert_status(id, SessionStatus::Active).await;
        stage.pass(SECOND).await;
        stage.assert_status(id, SessionStatus::Active).await;
        stage.pass(SECOND).await;
        let session = stage.session(id).await;
        assert_eq!((session.status, session.end_reason), (SessionStatus::Ended, Some(EndReason::Expired)));
    }

    async fn one_who_connected_once_does_not_expire(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.pass(HOUR * 1_000).await;
        stage.assert_status(id, SessionStatus::Active).await;
    }

    async fn after_the_grace_one_who_did_not_come_back_has_left_when_they_went(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.joined(id, &stage.bob, "PA_2").await;
        stage.sleep(SECOND * 40);
        let went = stage.now();
        stage.left(id, &stage.bob, "PA_2").await;
        let shown = stage.services().read_session(&stage.ada, id).await.unwrap();
        assert_eq!((shown.participants[1].status, shown.participants[1].online), (Joined, false));
        stage.pass_short_of(GRACE).await;
        assert_eq!(stage.status(id, &stage.bob).await, Joined);
        // Overslept: what is told is still when they went.
        stage.pass(HOUR).await;
        let bob = stage.place(id, &stage.bob).await;
        assert_eq!((bob.status, bob.left_at), (Left, Some(went)));
        assert_eq!(stage.story(id).await.last(), Some(&ParticipantLeft));
        assert_eq!(stage.session(id).await.version, 2);
    }

    async fn whoever_is_back_within_the_grace_never_left(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.bob, "PA_1").await;
        let story = stage.story(id).await;
        for sid in ["PA_1", "PA_2"] {
            stage.left(id, &stage.bob, sid).await;
            stage.pass_short_of(GRACE).await;
            stage.joined(id, &stage.bob, if sid == "PA_1" { "PA_2" } else { "PA_3" }).await;
        }
        stage.pass(GRACE * 4).await;
        assert_eq!(stage.story(id).await, story);
        // The grace of the last going counts.
        let went = stage.now();
        stage.left(id, &stage.bob, "PA_3").await;
        stage.pass(GRACE).await;
        assert_eq!(stage.place(id, &stage.bob).await.left_at, Some(went));
    }

    /// The grace of a connection that was lost before threw out whoever had left and joined again since, as of a time
    /// before they joined.
    async fn a_grace_does_not_outlive_leaving_and_joining_again(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.bob, "PA_1").await;
        stage.left(id, &stage.bob, "PA_1").await;
        stage.pass(SECOND * 5).await;
        stage.services().leave_session(&stage.bob, id).await.unwrap();
        stage.pass(SECOND * 5).await;
        stage.services().join_session(&stage.bob, id, None).await.unwrap();
        stage.pass(SECOND * 5).await;
        assert_eq!(stage.status(id, &stage.bob).await, Joined);
    }

    async fn deadlines_fire_once_though_two_nodes_overslept_them(database) {
        let stage = Stage::new(&database).await;
        let livekit = Arc::clone(&stage.livekit) as _;
        let other = TestWorld::with(&database, livekit, |_settings| ());
        let id = stage.interview().await;
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.left(id, &stage.ada, "PA_1").await;
        stage.services().media_token(&stage.ada, id).await.unwrap();
        stage.livekit.take_calls();
        for clock in [&stage.world.clock, &other.clock] {
            clock.advance(HOUR * 72);
        }
        let (one, two) = futures_util::join!(stage.services().run_due_jobs(), other.services.run_due_jobs());
        // Grace, EMPTY, EXPIRED (which finds nothing to do), and what closes the room.
        assert_eq!(one.unwrap() + two.unwrap(), 4);
        let story = stage.story(id).await;
        assert_eq!(story.iter().filter(|event| **event == SessionEnded).count(), 1);
        assert_eq!(story.last(), Some(&SessionEnded));
        assert_eq!(stage.livekit.take_calls(), [closed(id)]);
        assert_eq!(stage.world.database.jobs().next_due().await.unwrap(), None);
    }

    /// Whoever came and went while the deadline's job was under way lost the new deadline to the old one.
    async fn a_deadline_that_was_set_anew_while_it_fired_runs_anew(database) {
        let stage = Stage::new(&database).await;
        let (carol, dave) = (stage.user("carol").await, stage.user("dave").await);
        let other = stage.services().create_session(&carol, with_interviewer(&dave)).await.unwrap().id;
        stage.services().media_token(&carol, other).await.unwrap();
        let id = stage.running_interview().await;
        stage.services().topic_opened(&stage.ada, id);
        stage.services().follow_presence().await.unwrap();
        stage.services().topic_closed(stage.ada.user_id(), id);
        stage.services().follow_presence().await.unwrap();
        // Of the two jobs taken at once, the first is under way when Ada looks in.
        stage.services().cancel_session(&carol, other).await.unwrap();
        let (services, ada) = (stage.services().clone(), stage.ada.clone());
        stage.livekit.when_deleting(async move {
            services.topic_opened(&ada, id);
            services.follow_presence().await.unwrap();
            services.topic_closed(ada.user_id(), id);
            services.follow_presence().await.unwrap();
        });
        stage.pass(EMPTY).await;
        assert!(stage.livekit.take_calls().contains(&closed(other)));
        stage.assert_status(id, SessionStatus::Active).await;
        stage.pass_short_of(EMPTY).await;
        stage.assert_status(id, SessionStatus::Active).await;
        stage.pass(SECOND).await;
        stage.assert_status(id, SessionStatus::Ended).await;
    }

    /// A subscription that was open and not written down yet did not count.
    async fn whoever_came_this_moment_is_there(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.left(id, &stage.ada, "PA_1").await;
        stage.services().topic_opened(&stage.ada, id);
        stage.pass(EMPTY).await;
        stage.assert_status(id, SessionStatus::Active).await;
    }

    /// Where the step that sets the deadline was lost, nothing else ended the session, and both could hold no other.
    async fn a_deadline_that_was_never_set_is_made_up_for(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        stage.services().topic_opened(&stage.ada, id);
        stage.services().follow_presence().await.unwrap();
        stage.services().watch_deserted().await.unwrap();
        assert_eq!(stage.pass(EMPTY * 2).await, 0);
        database.execute("DELETE FROM session_presence").await;
        stage.services().watch_deserted().await.unwrap();
        stage.pass_short_of(EMPTY).await;
        // Looking again does not put it off.
        stage.services().watch_deserted().await.unwrap();
        stage.assert_status(id, SessionStatus::Active).await;
        stage.pass(SECOND).await;
        assert_eq!(stage.session(id).await.end_reason, Some(EndReason::Empty));
    }
}
