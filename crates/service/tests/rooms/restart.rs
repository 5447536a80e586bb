//! The server stops or dies, and runs again: nobody is taken out for it, and nobody attended meanwhile.

use std::sync::Arc;
use std::time::Duration;

use mockly_domain::ParticipantStatus::{Joined, Left, Waiting};
use mockly_domain::room::{MessageType, RoomCommand as Do, RoomEvent, RoomRole, Target};
use mockly_domain::{Admission, Timestamp};
use mockly_service::{NoMedia, OpenSockets, Services};
use tokio_util::sync::CancellationToken;

use super::hall::{GRACE, SECOND, ids, named, session_key};
use crate::sessions::stage::Stage;
use crate::support::{TestDatabase, TestWorld, on_both_databases};

/// Stops a node in order, as on SIGTERM.
async fn stop(services: &Services) {
    let stop = CancellationToken::new();
    stop.cancel();
    services.clone().run_presence(OpenSockets::default, stop).await;
}

impl Stage {
    /// From now on it is the next run of the server that does everything, after nothing ran for a while.
    async fn run_again(&mut self, database: &TestDatabase, after: Duration) {
        self.world = self.world.next_run(database, Arc::clone(&self.livekit) as _, after);
        self.services().follow_presence().await.unwrap();
    }
}

on_both_databases! {
    // Once everybody attended until somebody noticed that the server had died.
    async fn r12_nobody_attends_while_the_server_is_down(database) {
        let mut stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let came = stage.now();
        stage.enter(&stage.bob, &room).await;
        stage.enter(&stage.ada, &room).await;
        stage.sleep(Duration::from_mins(10));
        stage.services().follow_presence().await.unwrap();
        let seen = stage.now();
        stage.sleep(SECOND * 5);
        let late = stage.now();
        stage.enter(&stage.eve, &room).await;

        stage.run_again(&database, Duration::from_hours(15)).await;
        // On SQLite it can only be a former run; elsewhere it may be another node that is alive.
        if !database.pool().is_sqlite() {
            stage.world.outlive().await;
        }
        stage.pass_short_of(GRACE).await;
        assert_eq!(stage.status(id, &stage.ada).await, Joined, "the grace counts from when it was noticed");
        stage.pass(SECOND).await;
        assert_eq!(stage.status(id, &stage.ada).await, Left);
        let there = |from: Timestamp, until: Timestamp| (vec![(from, until)], until.since(from).as_secs(), Some(until));
        let attended = async || {
            let rows = stage.services().attendance(&stage.bob, id).await.unwrap();
            let of = |who: &str| rows.iter().find(|row| row.user_id.as_str() == who).cloned().unwrap();
            ["auth0|bob", "ada", "eve"].map(of).map(|row| (row.intervals, row.total_sec, row.last_left_at))
        };
        // Of one who came after the last sign of life no more than that is known.
        let expected = [there(came, seen), there(came, seen), there(late, late)];
        assert_eq!(attended().await, expected);
        stage.services().end_session(&stage.bob, id).await.unwrap();
        assert_eq!(attended().await, expected);
    }

    // Once whoever could not come back because there was no server had left when it was there again.
    async fn r7_a_planned_restart_takes_nobody_out(database) {
        let mut stage = Stage::new(&database).await;
        let carol = stage.user("carol").await;
        let id = stage.class(Admission::Knock, &[&stage.eve, &carol]).await;
        let (room, talk) = (session_key(id), named("talk"));
        let host = stage.enter(&stage.bob, &room).await;
        for who in [&stage.ada, &stage.eve] {
            stage.enter(who, &room).await;
        }
        stage.send(&host, Do::AcceptWaiting(Target::All)).await;
        stage.enter(&carol, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        stage.send(&ada, Do::RaiseHand).await;
        stage.send(&host, Do::AcceptScreenshare(Target::User(stage.ada.user_id().clone()))).await;
        let ad_hoc = stage.enter(&stage.ada, &talk).await;
        let say = Do::AddChat { chat_id: None, content: "Hello".to_owned(), message_type: MessageType::Chat };
        stage.send(&ad_hoc, say).await;
        stage.sleep(SECOND * 100);
        let went = stage.now();
        stop(stage.services()).await;

        stage.run_again(&database, SECOND * 40).await;
        stage.pass(Duration::ZERO).await;
        stage.pass_short_of(GRACE).await;
        for (who, status) in [(&stage.bob, Joined), (&stage.ada, Joined), (&stage.eve, Joined), (&carol, Waiting)] {
            assert_eq!(stage.status(id, who).await, status, "{}", who.user_id());
        }
        let again = stage.enter(&stage.ada, &room).await;
        assert_eq!((again.role(), ids(&again.entered.state.hands_raised)), (RoomRole::Screenshare, vec!["ada"]));
        assert_eq!(stage.enter(&carol, &room).await.role(), RoomRole::Waiting);
        let talking = stage.enter(&stage.ada, &talk).await;
        assert_eq!((talking.role(), talking.room_id()), (RoomRole::Host, ad_hoc.room_id()));
        let chats = stage.send(&talking, Do::GetRecentChats).await;
        assert!(matches!(&chats[..], [RoomEvent::GetRecentChats(messages)] if messages.len() == 1));
        // Who does not come back has left, and did so when they went.
        stage.pass(SECOND).await;
        let eve = stage.place(id, &stage.eve).await;
        assert_eq!((eve.status, eve.left_at), (Left, Some(went)));
        stage.pass(GRACE * 2).await;
        for (who, status) in [(&stage.ada, Joined), (&carol, Waiting)] {
            assert_eq!(stage.status(id, who).await, status, "{}", who.user_id());
        }
        stage.send(&talking, Do::RaiseHand).await;
    }

    async fn r7_of_a_grace_nothing_is_lost_to_a_short_restart(database) {
        let mut stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        stage.enter(&stage.ada, &session_key(id)).await;
        stop(stage.services()).await;
        stage.run_again(&database, SECOND * 10).await;
        stage.pass_short_of(GRACE).await;
        assert_eq!(stage.status(id, &stage.ada).await, Joined);
        stage.pass(SECOND).await;
        assert_eq!(stage.status(id, &stage.ada).await, Left);
    }

    async fn r7_where_another_node_runs_on_the_grace_does_too(database) {
        let stage = Stage::new(&database).await;
        let other = TestWorld::with(&database, Arc::new(NoMedia), |_settings| ());
        let id = stage.class(Admission::Open, &[]).await;
        stage.enter(&stage.ada, &session_key(id)).await;
        for services in [stage.services(), &other.services] {
            services.follow_presence().await.unwrap();
        }
        stop(stage.services()).await;
        other.clock.advance(GRACE);
        other.services.follow_presence().await.unwrap();
        // SQLite is for a single node: another one is the run before.
        let newest = if database.pool().is_sqlite() { other } else { other.next_run(&database, Arc::new(NoMedia), SECOND) };
        newest.clock.advance(stage.now().plus(GRACE).since(newest.now()));
        newest.services.run_due_jobs().await.unwrap();
        assert_eq!(stage.status(id, &stage.ada).await, Left);
    }
}
