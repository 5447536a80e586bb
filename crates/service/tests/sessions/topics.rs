//! Who may hear a topic, what they missed, and who is there.

use std::sync::Arc;
use std::time::Duration;

use mockly_data::Store;
use mockly_domain::{EndReason, ErrorCode, SessionId, SessionStatus};
use mockly_realtime::Topic;
use mockly_service::{IdSource, NoMedia, PatchSession, ResumePoint, SystemIds};

use super::stage::{Stage, code, with_interviewer};
use crate::support::{TestWorld, on_both_databases};

const SECOND: Duration = Duration::from_secs(1);
/// The world's `EMPTY_ROOM_TIMEOUT`.
const EMPTY: Duration = Duration::from_mins(2);

impl Stage {
    async fn edit(&self, id: SessionId, title: usize) {
        let patch = PatchSession { title: Some(title.to_string()), ..PatchSession::default() };
        self.services().patch_session(&self.ada, id, None, patch).await.unwrap();
    }

    async fn follow_presence(&self) {
        self.services().follow_presence().await.unwrap();
    }
}

on_both_databases! {
    async fn a_topic_is_heard_by_whom_it_concerns(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let hears = async |who, topic: &Topic| stage.services().authorize_topic(who, topic).await;
        let session = Topic::Session(id);
        for who in [&stage.ada, &stage.bob, &stage.admin] {
            hears(who, &session).await.unwrap();
        }
        assert_eq!(code(hears(&stage.eve, &session).await), ErrorCode::AccessDenied);
        let nowhere = Topic::Session(SessionId(SystemIds.uuid()));
        assert_eq!(code(hears(&stage.ada, &nowhere).await), ErrorCode::AccessDenied);
        for topic in [Topic::UserSessions, Topic::UserNotifications] {
            hears(&stage.bob, &topic(stage.bob.user_id().clone())).await.unwrap();
            assert_eq!(code(hears(&stage.bob, &topic(stage.ada.user_id().clone())).await), ErrorCode::AccessDenied);
        }
    }

    async fn a_session_topic_resumes_after_the_last_event(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        for title in 1..=6 {
            stage.edit(id, title).await;
        }
        let events = stage.events(id).await;
        let topic = Topic::Session(id);
        let last_seen = events[2].event_id.to_string();
        let mut point = stage.services().resume_point(&topic, &last_seen).await.unwrap().unwrap();
        let mut missed = Vec::new();
        loop {
            let batch = stage.services().replay(&topic, &point, 2).await.unwrap();
            assert!(batch.len() <= 2);
            let Some(last) = batch.last() else { break };
            point = point.after(last);
            missed.extend(batch.iter().map(|message| message.sequence));
        }
        assert_eq!(missed, [4, 5, 6, 7]);
        let carol = stage.user("carol").await;
        let other = stage.services().create_session(&carol, with_interviewer(&stage.bob)).await.unwrap().id;
        let of_other = stage.events(other).await[0].event_id.to_string();
        let unknown = SystemIds.uuid().to_string();
        for unusable in [of_other.as_str(), unknown.as_str(), "", "x"] {
            assert_eq!(stage.services().resume_point(&topic, unusable).await.unwrap(), None, "{unusable}");
        }
        stage.sleep(Duration::from_hours(7 * 24));
        assert!(stage.services().resume_point(&topic, &last_seen).await.unwrap().is_some());
        stage.sleep(SECOND);
        assert_eq!(stage.services().resume_point(&topic, &last_seen).await.unwrap(), None);
    }

    async fn a_user_topic_resumes_from_a_minute_before_the_last_event(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.sleep(SECOND);
        stage.edit(id, 1).await;
        stage.sleep(SECOND * 60);
        stage.edit(id, 2).await;
        stage.sleep(SECOND);
        stage.edit(id, 3).await;
        let topic = Topic::UserSessions(stage.bob.user_id().clone());
        let seen = stage.events(id).await[2].event_id.to_string();
        let point = stage.services().resume_point(&topic, &seen).await.unwrap().unwrap();
        let first = stage.services().replay(&topic, &point, 2).await.unwrap();
        assert_eq!(first.iter().map(|message| message.sequence).collect::<Vec<_>>(), [2, 3]);
        let rest = stage.services().replay(&topic, &point.after(first.last().unwrap()), 9).await.unwrap();
        assert_eq!(rest.iter().map(|message| message.sequence).collect::<Vec<_>>(), [4]);
        // Of another's events nothing is told, whatever id is named.
        let of_eve = Topic::UserSessions(stage.eve.user_id().clone());
        let point = stage.services().resume_point(&of_eve, &seen).await.unwrap().unwrap();
        assert!(stage.services().replay(&of_eve, &point, 9).await.unwrap().is_empty());
        let notifications = Topic::UserNotifications(stage.bob.user_id().clone());
        assert_eq!(stage.services().resume_point(&notifications, &seen).await.unwrap(), None);
        let mismatched = ResumePoint::Session { sequence: 0 };
        assert!(stage.services().replay(&topic, &mismatched, 9).await.unwrap().is_empty());
    }

    async fn listening_to_the_topic_is_being_there(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        // Two tabs are one presence.
        for _ in 0..2 {
            stage.services().topic_opened(&stage.ada, id);
        }
        stage.follow_presence().await;
        assert_eq!(stage.session(id).await.first_connected_at, Some(stage.now()));
        stage.services().topic_closed(stage.ada.user_id(), id);
        stage.follow_presence().await;
        stage.pass(EMPTY * 3).await;
        stage.assert_status(id, SessionStatus::Active).await;
        // An admin who looks in is nobody.
        stage.services().topic_opened(&stage.admin, id);
        stage.services().topic_closed(stage.ada.user_id(), id);
        stage.follow_presence().await;
        stage.pass_short_of(EMPTY).await;
        stage.assert_status(id, SessionStatus::Active).await;
        stage.pass(SECOND).await;
        assert_eq!(stage.session(id).await.end_reason, Some(EndReason::Empty));
    }

    async fn coming_back_to_the_topic_in_time_ends_nothing(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        // Listened to before the start, which then counts.
        stage.services().topic_opened(&stage.bob, id);
        stage.follow_presence().await;
        assert_eq!(stage.session(id).await.first_connected_at, None);
        stage.services().start_session(&stage.bob, id).await.unwrap();
        assert_eq!(stage.session(id).await.first_connected_at, Some(stage.now()));
        stage.services().topic_closed(stage.bob.user_id(), id);
        stage.follow_presence().await;
        stage.pass_short_of(EMPTY).await;
        stage.services().topic_opened(&stage.ada, id);
        stage.follow_presence().await;
        stage.pass(EMPTY * 3).await;
        stage.assert_status(id, SessionStatus::Active).await;
        // Back and forth between two looks is no change.
        stage.services().topic_closed(stage.ada.user_id(), id);
        stage.services().topic_opened(&stage.ada, id);
        stage.follow_presence().await;
        stage.pass(EMPTY * 3).await;
        stage.assert_status(id, SessionStatus::Active).await;
        // Whoever is thrown out counts no longer, socket or not.
        stage.services().remove_participant(&stage.admin, id, stage.ada.user_id()).await.unwrap();
        stage.pass(EMPTY).await;
        stage.assert_status(id, SessionStatus::Ended).await;
    }

    async fn a_node_that_died_takes_its_people_with_it(database) {
        let stage = Stage::new(&database).await;
        let other = TestWorld::with(&database, Arc::new(NoMedia), |_settings| ());
        let id = stage.running_interview().await;
        stage.services().topic_opened(&stage.ada, id);
        stage.follow_presence().await;
        other.outlive().await;
        stage.sleep(SECOND * 6);
        stage.pass(EMPTY).await;
        assert_eq!(stage.session(id).await.end_reason, Some(EndReason::Empty));
    }

    /// A node that was silent for too long was taken out, and its sign of life brought back the node alone: the sessions
    /// of everyone connected to it ended as empty.
    async fn a_node_that_was_taken_for_dead_brings_its_people_back(database) {
        let stage = Stage::new(&database).await;
        let other = TestWorld::with(&database, Arc::new(NoMedia), |_settings| ());
        let id = stage.running_interview().await;
        stage.services().topic_opened(&stage.ada, id);
        stage.follow_presence().await;
        other.outlive().await;
        assert!(!stage.world.database.presence().is_anybody_there(id).await.unwrap());
        stage.sleep(SECOND * 7);
        stage.follow_presence().await;
        assert!(stage.world.database.presence().is_anybody_there(id).await.unwrap());
        stage.pass(EMPTY * 2).await;
        stage.assert_status(id, SessionStatus::Active).await;
    }

    async fn presence_of_a_session_that_is_gone_is_no_fault(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.services().topic_opened(&stage.ada, id);
        stage.services().delete_session(&stage.ada, id).await.unwrap();
        stage.follow_presence().await;
        stage.services().topic_closed(stage.ada.user_id(), id);
        stage.follow_presence().await;
    }

    /// The node went first, and whatever kept its sessions from following left them ACTIVE for ever, their people unable
    /// to hold another.
    async fn a_session_that_cannot_be_read_keeps_no_other_from_ending(database) {
        let stage = Stage::new(&database).await;
        let other = TestWorld::with(&database, Arc::new(NoMedia), |_settings| ());
        let mut people = vec![(stage.ada.clone(), stage.bob.clone())];
        for name in ["b", "c", "d", "e"] {
            people.push((stage.user(&format!("{name}1")).await, stage.user(&format!("{name}2")).await));
        }
        let mut ids = Vec::new();
        for (one, two) in &people {
            let mut request = with_interviewer(two);
            request.title = Some(if ids.len() == 2 { "broken" } else { "whole" }.to_owned());
            let id = stage.services().create_session(one, request).await.unwrap().id;
            stage.services().join_session(one, id, None).await.unwrap();
            stage.services().topic_opened(one, id);
            ids.push(id);
        }
        database.execute("UPDATE sessions SET kind = 'BROKEN' WHERE title = 'broken'").await;
        let presence = || stage.world.database.presence();
        assert!(stage.services().follow_presence().await.is_err());
        for (id, (one, _)) in ids.iter().zip(&people) {
            let is_whole = *id != ids[2];
            assert_eq!(presence().is_anybody_there(*id).await.unwrap(), is_whole);
            // Those that failed are written when it can be done.
            stage.services().topic_closed(one.user_id(), *id);
            stage.services().topic_opened(one, *id);
        }
        database.execute("UPDATE sessions SET kind = 'INTERVIEW' WHERE title = 'broken'").await;
        stage.follow_presence().await;
        assert!(presence().is_anybody_there(ids[2]).await.unwrap());

        // The node dies while that session cannot be read.
        database.execute("UPDATE sessions SET kind = 'BROKEN' WHERE title = 'broken'").await;
        other.outlive().await;
        database.execute("UPDATE sessions SET kind = 'INTERVIEW' WHERE title = 'broken'").await;
        assert!(presence().is_anybody_there(ids[2]).await.unwrap());
        other.services.follow_presence().await.unwrap();
        stage.sleep(SECOND * 6);
        stage.pass(EMPTY).await;
        for id in ids {
            assert_eq!(stage.session(id).await.end_reason, Some(EndReason::Empty));
        }
    }
}
