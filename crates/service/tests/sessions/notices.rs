//! What people should notice: who is told what, once, and not by whoever did it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mockly_data::{NewJob, Store};
use mockly_domain::room::RoomCommand;
use mockly_domain::{
    Admission, ErrorCode, JobId, JobState, Notification, NotificationId, ServiceKeyScope, SessionId, UserId,
};
use mockly_realtime::Topic;
use mockly_service::{IdSource, Newcomer, OpenSockets, Page, PatchSession, Principal, Requester, SystemIds};
use serde_json::{Map, Value, json};

use super::relay::Ear;
use super::school::School;
use super::stage::{Stage, code, somebody};
use crate::rooms::hall::session_key;
use crate::support::on_both_databases;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const ALL: Page = Page { page: 0, size: 100 };

impl Stage {
    /// What somebody was told, newest first.
    async fn bell(&self, who: &Principal) -> Vec<Notification> {
        self.services().list_notifications(who, false, ALL).await.unwrap().items
    }

    /// The events of it, oldest first.
    async fn heard(&self, who: &Principal) -> Vec<String> {
        self.bell(who).await.into_iter().rev().map(|told| told.event).collect()
    }

    /// What the newest says.
    async fn newest(&self, who: &Principal) -> Value {
        serde_json::from_str(&self.bell(who).await.first().expect("a notification").payload).unwrap()
    }

    async fn move_to(&self, id: SessionId, from_now: Duration) {
        let patch = PatchSession { scheduled_at: Some(self.now().plus(from_now)), ..PatchSession::default() };
        self.services().patch_session(&self.ada, id, None, patch).await.unwrap();
    }
}

on_both_databases! {
    async fn the_other_one_is_invited_reminded_and_told_of_the_start(database) {
        let stage = Stage::new(&database).await;
        let at = stage.now().plus(HOUR);
        let id = stage.interview_with(|request| request.scheduled_at = Some(at)).await;
        assert_eq!(stage.heard(&stage.bob).await, ["session:invited"]);
        let expected = json!({
            "sessionId": id, "title": "Interview", "kind": "INTERVIEW", "scheduledAt": at,
            "message": format!("Name of ada invited you to \u{201c}Interview\u{201d} at {at}."),
            "userId": "ada", "userDisplayName": "Name of ada",
        });
        assert_eq!(stage.newest(&stage.bob).await, expected);
        assert!(stage.heard(&stage.ada).await.is_empty());

        stage.pass_short_of(45 * MINUTE).await;
        assert!(stage.heard(&stage.ada).await.is_empty());
        stage.pass(Duration::from_secs(1)).await;
        assert_eq!(stage.heard(&stage.ada).await, ["session:starting-soon"]);
        stage.services().join_session(&stage.bob, id, None).await.unwrap();
        assert_eq!(stage.heard(&stage.ada).await, ["session:starting-soon", "session:started"]);
        assert_eq!(stage.heard(&stage.bob).await, ["session:invited", "session:starting-soon"]);
        assert!(stage.heard(&stage.eve).await.is_empty());
    }

    async fn a_reminder_moves_with_its_session_and_goes_with_it(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview_with(|request| request.scheduled_at = Some(stage.now().plus(HOUR))).await;
        let before = stage.session(id).await.scheduled_at;
        stage.move_to(id, 3 * HOUR).await;
        assert_eq!(stage.heard(&stage.bob).await, ["session:invited", "session:rescheduled"]);
        assert_eq!(stage.newest(&stage.bob).await["previousScheduledAt"], json!(before));
        assert_eq!(stage.pass(2 * HOUR).await, 0);
        assert_eq!(stage.pass(45 * MINUTE).await, 1);
        assert_eq!(stage.heard(&stage.ada).await, ["session:starting-soon"]);
        // Too near for a reminder.
        stage.move_to(id, 10 * MINUTE).await;
        assert_eq!(stage.pass(5 * MINUTE).await, 0);
        stage.move_to(id, 2 * HOUR).await;
        stage.services().cancel_session(&stage.ada, id).await.unwrap();
        assert_eq!(stage.newest(&stage.bob).await["endReason"], "CANCELED");
        assert_eq!(stage.pass(24 * HOUR).await, 0);
        assert_eq!(stage.heard(&stage.ada).await, ["session:starting-soon"]);
    }

    async fn a_reminder_that_is_late_is_not_sent(database) {
        let stage = Stage::new(&database).await;
        stage.interview_with(|request| request.scheduled_at = Some(stage.now().plus(HOUR))).await;
        assert_eq!(stage.pass(HOUR).await, 1);
        assert!(stage.heard(&stage.ada).await.is_empty());
    }

    async fn nobody_who_was_removed_is_told_and_both_are_when_nobody_came(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.pass(24 * HOUR).await;
        for who in [&stage.ada, &stage.bob] {
            assert_eq!(stage.newest(who).await["endReason"], "EXPIRED");
        }
        let other = stage.interview_with(|request| request.scheduled_at = Some(stage.now().plus(HOUR))).await;
        assert_ne!(id, other);
        stage.services().remove_participant(&stage.bob, other, stage.ada.user_id()).await.unwrap();
        let before = stage.heard(&stage.ada).await;
        stage.services().delete_session(&stage.admin, other).await.unwrap();
        assert_eq!(stage.heard(&stage.ada).await, before);
        assert_eq!(stage.heard(&stage.bob).await.last().unwrap(), "session:canceled");
    }

    async fn everyone_in_a_class_is_invited_and_newcomers_to_what_comes_next(database) {
        let school = School::new(&database).await;
        let stage = &school.stage;
        school.enrol(&[0, 1]).await;
        let later = school.lesson_with(|request| request.scheduled_at = Some(stage.now().plus(48 * HOUR))).await;
        let next = school.lesson_with(|request| request.scheduled_at = Some(stage.now().plus(24 * HOUR))).await;
        assert_eq!(stage.heard(&school.students[0]).await, ["session:invited", "session:invited"]);
        assert!(stage.heard(&school.teacher).await.is_empty());
        let newcomers = [0, 2].map(|n| Newcomer::UserId(school.students[n].user_id().to_string()));
        school.enrol_all(newcomers.to_vec()).await;
        assert_eq!(stage.bell(&school.students[0]).await.len(), 2);
        assert_eq!(stage.bell(&school.students[2]).await.len(), 1);
        assert_eq!(stage.newest(&school.students[2]).await["sessionId"], json!(next));
        stage.services().start_session(&school.teacher, later).await.unwrap();
        for n in 0..3 {
            assert_eq!(stage.heard(&school.students[n]).await.last().unwrap(), "session:started");
        }
        assert!(stage.heard(&school.teacher).await.is_empty() && stage.heard(&school.students[3]).await.is_empty());
        stage.services().end_session(&school.teacher, later).await.unwrap();
        stage.services().delete_class(&school.teacher, school.class).await.unwrap();
        assert_eq!(stage.newest(&school.students[1]).await["sessionId"], json!(next));
    }

    async fn a_class_of_a_thousand_is_told_with_two_statements(database) {
        let written = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&written);
        let watched = database.watched(move |statement| {
            if statement.starts_with("INSERT INTO \"notifications\"") {
                seen.fetch_add(1, Ordering::Relaxed);
            }
        });
        let school = School::new(&watched).await;
        let stage = &school.stage;
        let mut ids = Vec::new();
        for n in 0..1_000 {
            ids.push(Newcomer::UserId(somebody(&stage.world, &format!("pupil {n}"), &[]).await.user_id().to_string()));
        }
        school.enrol_all(ids).await;
        school.lesson().await;
        let all = stage.world.database.notifications().list_new(0, &[], 2_000).await.unwrap().rows;
        assert_eq!(all.iter().filter(|told| told.event == "session:invited").count(), 1_000);
        assert_eq!(written.load(Ordering::Relaxed), 2);
    }

    /// A hand that goes up and down would fill its host's list.
    async fn a_hand_that_waves_is_told_once_until_its_host_has_read_it(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let (host, ada) = (stage.enter(&stage.bob, &room).await, stage.enter(&stage.ada, &room).await);
        let eve = stage.enter(&stage.eve, &room).await;
        for _ in 0..3 {
            stage.send(&ada, RoomCommand::RaiseHand).await;
            stage.send(&ada, RoomCommand::LowerHand(None)).await;
            stage.world.clock.advance(Duration::from_secs(1));
        }
        stage.send(&eve, RoomCommand::RaiseHand).await;
        stage.send(&host, RoomCommand::RaiseHand).await;
        assert_eq!(stage.heard(&stage.bob).await, ["room:hand-raised", "room:hand-raised"]);
        let newest = stage.newest(&stage.bob).await;
        assert_eq!((&newest["userId"], &newest["userDisplayName"]), (&json!("eve"), &json!("Name of eve")));
        stage.services().mark_all_notifications_read(&stage.bob).await.unwrap();
        stage.send(&ada, RoomCommand::RaiseHand).await;
        assert_eq!(stage.heard(&stage.bob).await.len(), 3);
    }

    async fn hosts_are_told_who_waits_for_them_but_not_who_waits_for_the_start(database) {
        let stage = Stage::new(&database).await;
        let id = stage.lesson(Admission::Knock, &[&stage.eve]).await;
        stage.services().join_session(&stage.eve, id, None).await.unwrap();
        assert!(stage.heard(&stage.bob).await.is_empty());
        // From the start on eve waits for the host.
        stage.services().start_session(&stage.bob, id).await.unwrap();
        assert_eq!(stage.heard(&stage.bob).await, ["room:waiting"]);
        assert_eq!(stage.newest(&stage.bob).await["userId"], "eve");
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        let ada = stage.enter(&stage.ada, &session_key(id)).await;
        stage.send(&ada, RoomCommand::RequestWaiting).await;
        assert_eq!(stage.heard(&stage.bob).await, ["room:waiting", "room:waiting"]);
        assert_eq!(stage.newest(&stage.bob).await["userId"], "ada");
    }

    async fn admins_hear_of_dead_jobs_once_and_have_them_tried_again(database) {
        let stage = Stage::new(&database).await;
        let (services, now) = (stage.services(), stage.now());
        let broken = |number: u128| NewJob {
            id: JobId(SystemIds.uuid()),
            kind: "test",
            unique_key: Some(format!("test:{number}")),
            payload: "no job".to_owned(),
            run_at: now,
        };
        let work = stage.world.database.begin().await.unwrap();
        for number in 0..2 {
            work.jobs().schedule(&broken(number), now).await.unwrap();
        }
        work.commit().await.unwrap();
        for _ in 0..20 {
            stage.pass(2 * HOUR).await;
        }
        assert_eq!(stage.heard(&stage.admin).await, ["job:dead"]);
        let told = stage.newest(&stage.admin).await;
        assert_eq!((&told["jobKind"], &told["attempts"]), (&json!("test"), &json!(20)));
        let dead = services.list_jobs(&stage.admin, Some(JobState::Dead), ALL).await.unwrap();
        assert_eq!(dead.total, 2);
        let id = dead.items[0].id;
        let again = services.retry_job(&stage.admin, id).await.unwrap();
        assert_eq!((again.state, again.attempts), (JobState::Waiting, 0));
        assert_eq!(code(services.retry_job(&stage.admin, id).await), ErrorCode::JobNotDead);
        assert_eq!(code(services.retry_job(&stage.admin, JobId(SystemIds.uuid())).await), ErrorCode::JobNotFound);
        assert_eq!(stage.pass(Duration::ZERO).await, 1);
        assert_eq!(code(services.retry_job(&stage.ada, id).await), ErrorCode::Forbidden);
        assert_eq!(code(services.list_jobs(&stage.ada, None, ALL).await), ErrorCode::Forbidden);
        assert_eq!(code(services.read_stats(&stage.ada, OpenSockets::default()).await), ErrorCode::Forbidden);
        let stats = services.read_stats(&stage.admin, OpenSockets::default()).await.unwrap();
        assert_eq!((stats.users, stats.jobs.iter().map(|(_, count)| count).sum::<u64>()), (4, 2));
    }

    async fn a_service_tells_a_user_something_once_and_hears_whether_it_was_taken(database) {
        let stage = Stage::new(&database).await;
        let services = stage.services();
        let scopes = vec![ServiceKeyScope::Notifications];
        let key = services.create_service_key(&stage.admin, "Jobs", scopes).await.unwrap().key;
        let by = Requester::Service(&key);
        let payload = Map::from_iter([("n".to_owned(), json!(1))]);
        let ada = stage.ada.user_id();
        let sent = services.send_notification(by, ada, "analysis:started", &payload).await.unwrap();
        assert!(!sent.delivered);
        let _ear = Ear::new(&stage.world, &stage.ada, &Topic::UserNotifications(ada.clone()));
        let admin = Requester::User(&stage.admin);
        assert!(services.send_notification(admin, ada, "x", &payload).await.unwrap().delivered);
        assert_eq!(stage.heard(&stage.ada).await, ["analysis:started", "x"]);

        let nobody = UserId::new("nobody").unwrap();
        assert_eq!(code(services.send_notification(by, &nobody, "x", &payload).await), ErrorCode::UnknownUser);
        let bob = Requester::User(&stage.bob);
        assert_eq!(code(services.send_notification(bob, ada, "x", &payload).await), ErrorCode::Forbidden);
        let scopes = vec![ServiceKeyScope::ActAs];
        let other = services.create_service_key(&stage.admin, "Other", scopes).await.unwrap().key;
        let other = services.send_notification(Requester::Service(&other), ada, "x", &payload).await;
        assert_eq!(code(other), ErrorCode::ServiceKeyScope);
        // `{"n":"…"}` has 8 bytes around its text.
        let of_size = |bytes: usize| Map::from_iter([("n".to_owned(), json!("x".repeat(bytes - 8)))]);
        services.send_notification(by, ada, "x", &of_size(16 * 1024)).await.unwrap();
        for (event, payload) in [("x", of_size(16 * 1024 + 1)), ("connect", Map::new()), ("a\nb", Map::new())] {
            let refused = services.send_notification(by, ada, event, &payload).await;
            assert_eq!(code(refused), ErrorCode::ValidationFailed, "{event}");
        }
    }

    async fn a_bell_is_ones_own(database) {
        let stage = Stage::new(&database).await;
        let services = stage.services();
        stage.interview().await;
        let told = stage.bell(&stage.bob).await.remove(0);
        assert_eq!(code(services.mark_notification_read(&stage.eve, told.id).await), ErrorCode::AccessDenied);
        let unknown = NotificationId(SystemIds.uuid());
        assert_eq!(code(services.mark_notification_read(&stage.bob, unknown).await), ErrorCode::NotificationNotFound);
        services.mark_all_notifications_read(&stage.eve).await.unwrap();
        let unread = async || services.list_notifications(&stage.bob, true, ALL).await.unwrap().total;
        assert_eq!(unread().await, 1);
        let read = services.mark_notification_read(&stage.bob, told.id).await.unwrap();
        assert_eq!(read.read_at, Some(stage.now()));
        stage.sleep(MINUTE);
        assert_eq!(services.mark_notification_read(&stage.bob, told.id).await.unwrap(), read);
        assert_eq!((unread().await, stage.bell(&stage.bob).await), (0, vec![read]));
    }
}
