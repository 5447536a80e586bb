//! R4: a class whose host is away is told so after a minute and ends after the timeout, unless they are back.

use std::sync::Arc;
use std::time::Duration;

use mockly_data::Store;
use mockly_domain::room::{Door, RoomCommand as Do, RoomEvent, RoomRole, Target};
use mockly_domain::{Admission, ConnectionId, EndReason, ErrorCode, SessionId, SessionStatus};
use mockly_realtime::Outbox;
use mockly_service::{IdSource, SystemIds};

use super::hall::{Ear, SECOND, named, session_key};
use crate::sessions::stage::{Stage, code};
use crate::support::{TestWorld, on_both_databases};

const TOLD_AFTER: Duration = Duration::from_mins(1);
/// What is left of the timeout when the doors are told.
const TIMEOUT_LEFT: Duration = TIMEOUT.saturating_sub(TOLD_AFTER);
/// The world's `HOST_ABSENCE_TIMEOUT`.
const TIMEOUT: Duration = Duration::from_mins(10);

impl Stage {
    /// Lets time go by and takes what is due then; but before a class's deadline has its turn, Bob comes to its door and
    /// goes again.
    async fn pass_while_bob_looks_in(&self, class: SessionId, time: Duration) {
        let other = self.running_interview().await;
        self.services().media_token(&self.ada, other).await.unwrap();
        self.services().end_session(&self.ada, other).await.unwrap();
        let (services, bob) = (self.services().clone(), self.bob.clone());
        self.livekit.when_deleting(async move {
            let (id, outbox) = (ConnectionId(SystemIds.uuid()), Outbox::new(64 * 1024));
            services.door_opened(id, outbox);
            services.enter_room(&bob, &session_key(class), Door::Zoom, id).await.unwrap();
            services.door_closed(id);
            services.follow_presence().await.unwrap();
        });
        self.pass(time).await;
    }

    async fn host_news(&self, ear: &mut Ear) -> Vec<String> {
        self.news(ear).await.into_iter().filter(|news| news.starts_with("host_")).collect()
    }
}

on_both_databases! {
    async fn r4_a_class_ends_when_its_host_does_not_come_back(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let mut ear = stage.listen(ada.room_id()).await;
        let went = stage.now();
        stage.close(&host).await;
        stage.pass_short_of(TOLD_AFTER).await;
        let gone = ["presence auth0|bob offline > everyone", "disconnect auth0|bob 1 left > everyone (auth0|bob=gone)"];
        assert_eq!(stage.news(&mut ear).await, gone);
        stage.pass(SECOND).await;
        let told = stage.messages(&mut ear).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].event, RoomEvent::HostAbsent { ends_at: went.plus(TIMEOUT) });
        // Nobody is promoted.
        assert_eq!(code(stage.try_send(&ada, Do::AcceptWaiting(Target::All)).await), ErrorCode::Forbidden);
        stage.pass_short_of(TIMEOUT_LEFT).await;
        stage.assert_status(id, SessionStatus::Active).await;
        assert!(stage.news(&mut ear).await.is_empty());
        stage.pass(SECOND).await;
        let session = stage.session(id).await;
        assert_eq!((session.status, session.end_reason), (SessionStatus::Ended, Some(EndReason::HostAbsent)));
        assert_eq!(stage.news(&mut ear).await, ["session_ended HOST_ABSENT > everyone [ended]"]);
    }

    async fn r4_back_in_time_nothing_ends(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let mut ear = stage.listen(ada.room_id()).await;
        // Within the minute the doors hear nothing of it.
        stage.close(&host).await;
        stage.pass_short_of(TOLD_AFTER).await;
        let host = stage.enter(&stage.bob, &room).await;
        assert_eq!(host.role(), RoomRole::Host);
        assert!(stage.news(&mut ear).await.iter().all(|news| !news.starts_with("host_")));
        stage.close(&host).await;
        stage.pass(TOLD_AFTER).await;
        assert_eq!(stage.news(&mut ear).await.last().unwrap(), "host_absent > everyone");
        stage.pass_short_of(TIMEOUT_LEFT).await;
        let _host = stage.enter(&stage.bob, &room).await;
        let back = [
            "connect auth0|bob host > everyone (auth0|bob=host)",
            "host_returned > everyone",
        ];
        assert_eq!(stage.news(&mut ear).await, back);
        stage.pass(TIMEOUT * 3).await;
        stage.assert_status(id, SessionStatus::Active).await;
        assert!(stage.news(&mut ear).await.is_empty());
    }

    async fn r4_absence_counts_from_the_start(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        let ada = stage.enter(&stage.ada, &session_key(id)).await;
        let mut ear = stage.listen(ada.room_id()).await;
        stage.pass(TOLD_AFTER).await;
        assert_eq!(stage.news(&mut ear).await, ["host_absent > everyone"]);
        stage.pass(TIMEOUT_LEFT).await;
        assert_eq!(stage.session(id).await.end_reason, Some(EndReason::HostAbsent));
    }

    // Once whoever came later learned nothing of it.
    async fn r4_whoever_comes_later_is_told_the_same_deadline(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let went = stage.now();
        stage.pass_short_of(TOLD_AFTER).await;
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        // Nobody has been at a door.
        stage.pass(SECOND * 30).await;
        let absent = [RoomEvent::HostAbsent { ends_at: went.plus(TIMEOUT) }];
        for door in [Door::Zoom, Door::Chat, Door::Class] {
            assert_eq!(stage.try_enter(&stage.ada, &room, door).await.unwrap().entered.told, absent);
        }
        assert_eq!(stage.enter(&stage.eve, &room).await.entered.told, absent);
        let mut ear = stage.listen(stage.enter(&stage.eve, &room).await.room_id()).await;
        let host = stage.enter(&stage.bob, &room).await;
        assert!(host.entered.told.is_empty());
        assert_eq!(stage.news(&mut ear).await.last().unwrap(), "host_returned > everyone");
        assert!(stage.enter(&stage.ada, &room).await.entered.told.is_empty());
    }

    // Once a deadline that waited for its turn acted although it had been moved meanwhile.
    async fn r4_a_deadline_that_was_moved_while_it_waited_does_not_act(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        let ada = stage.enter(&stage.ada, &session_key(id)).await;
        let mut ear = stage.listen(ada.room_id()).await;
        Box::pin(stage.pass_while_bob_looks_in(id, TOLD_AFTER)).await;
        assert!(stage.host_news(&mut ear).await.is_empty());
        stage.pass_short_of(TOLD_AFTER).await;
        assert!(stage.host_news(&mut ear).await.is_empty());
        stage.pass(SECOND).await;
        assert_eq!(stage.host_news(&mut ear).await, ["host_absent > everyone"]);
        Box::pin(stage.pass_while_bob_looks_in(id, TIMEOUT_LEFT)).await;
        stage.assert_status(id, SessionStatus::Active).await;
        assert_eq!(stage.host_news(&mut ear).await, ["host_returned > everyone"]);
        stage.pass_short_of(TIMEOUT).await;
        stage.assert_status(id, SessionStatus::Active).await;
        stage.pass(SECOND).await;
        assert_eq!(stage.session(id).await.end_reason, Some(EndReason::HostAbsent));
    }

    async fn r4_in_the_media_room_the_host_is_there(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        stage.joined(id, &stage.bob, "PA_1").await;
        let ada = stage.enter(&stage.ada, &session_key(id)).await;
        let mut ear = stage.listen(ada.room_id()).await;
        stage.pass(TIMEOUT * 2).await;
        stage.assert_status(id, SessionStatus::Active).await;
        stage.left(id, &stage.bob, "PA_1").await;
        stage.pass(TOLD_AFTER).await;
        assert_eq!(stage.news(&mut ear).await.last().unwrap(), "host_absent > everyone");
        stage.joined(id, &stage.bob, "PA_2").await;
        assert_eq!(stage.news(&mut ear).await.last().unwrap(), "host_returned > everyone");
        stage.pass(TIMEOUT * 2).await;
        stage.assert_status(id, SessionStatus::Active).await;
    }

    async fn r4_deadlines_that_were_overslept_fire_once(database) {
        let stage = Stage::new(&database).await;
        let livekit = Arc::clone(&stage.livekit) as _;
        let other = TestWorld::with(&database, livekit, |_settings| ());
        let id = stage.class(Admission::Open, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let mut ear = stage.listen(ada.room_id()).await;
        stage.close(&host).await;
        for clock in [&stage.world.clock, &other.clock] {
            clock.advance(Duration::from_hours(20));
        }
        let (one, two) = futures_util::join!(stage.services().run_due_jobs(), other.services.run_due_jobs());
        assert!(one.unwrap() + two.unwrap() >= 2);
        let news = stage.news(&mut ear).await;
        let ends = news.iter().filter(|news| news.starts_with("session_ended HOST_ABSENT")).count();
        assert_eq!((ends, news.last().map(String::as_str)), (1, Some("session_ended HOST_ABSENT > everyone [ended]")));
        assert!(news.iter().filter(|news| news.starts_with("host_absent")).count() <= 1);
        assert_eq!(stage.world.database.jobs().next_due().await.unwrap(), None);
    }

    async fn only_classes_end_for_want_of_a_host(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        let room = session_key(id);
        let ada = stage.enter(&stage.ada, &room).await;
        let host = stage.enter(&stage.bob, &room).await;
        stage.close(&host).await;
        let mut ear = stage.listen(ada.room_id()).await;
        stage.pass(TIMEOUT * 3).await;
        stage.assert_status(id, SessionStatus::Active).await;
        assert!(stage.news(&mut ear).await.iter().all(|news| !news.starts_with("host_")));
        // Neither does a room without a session.
        let ada = stage.try_enter(&stage.ada, &named("talk"), Door::Chat).await.unwrap();
        stage.pass(TIMEOUT * 3).await;
        stage.send(&ada, Do::RaiseHand).await;
    }
}
