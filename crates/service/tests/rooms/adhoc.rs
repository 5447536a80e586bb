//! Ad-hoc rooms: the first user leads, others wait, and the room is gone with its last user.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::future::join_all;
use mockly_data::{RoomMemberRow, Store};
use mockly_domain::room::{Door, MessageType, RoomCommand as Do, RoomEvent, RoomRole, Target};
use mockly_domain::{ErrorCode, ParticipantStatus, UserId};
use tokio::sync::Notify;

use super::hall::{GRACE, SECOND, Tab, ended, ids, named};
use crate::sessions::stage::{Stage, code};
use crate::support::{Backend, on_both_databases, run};

fn user(who: &mockly_service::Principal) -> Target {
    Target::User(who.user_id().clone())
}

/// Making a room that is there waits for nobody, and locking it waits for whoever ends it: once there was no room then. Of
/// SQLite's writers the second waits before it does anything.
#[test]
fn whoever_comes_as_a_room_ends_begins_it_anew() {
    run(Backend::Postgres, |database| async move {
        let inserted = Arc::new(Notify::new());
        let told = Arc::clone(&inserted);
        let watched = database.watched(move |statement| {
            if statement.starts_with("INSERT INTO \"rooms\"") {
                told.notify_one();
            }
        });
        let stage = Stage::new(&watched).await;
        let room = named("once");
        let ada = stage.enter(&stage.ada, &room).await;
        inserted.notified().await;
        let work = stage.world.database.begin().await.unwrap();
        work.rooms().lock(ada.room_id()).await.unwrap().unwrap();
        let end = async {
            inserted.notified().await;
            work.rooms().delete(ada.room_id()).await.unwrap();
            work.commit().await.unwrap();
        };
        let (bob, ()) = tokio::join!(stage.enter(&stage.bob, &room), end);
        assert_eq!(bob.role(), RoomRole::Host);
        assert_ne!(bob.room_id(), ada.room_id());
    });
}

on_both_databases! {
    async fn the_first_user_leads_and_others_wait(database) {
        let stage = Stage::new(&database).await;
        let room = named("room123");
        let ada = stage.enter(&stage.ada, &room).await;
        assert_eq!((ada.role(), ada.entered.welcome.status), (RoomRole::Host, None));
        assert_eq!(ada.entered.welcome.session_id, "room123");
        let bob = stage.enter(&stage.bob, &room).await;
        let eve = stage.enter(&stage.eve, &room).await;
        assert_eq!((bob.role(), eve.role()), (RoomRole::Waiting, RoomRole::Waiting));
        // Who waits sees the hosts and themselves.
        let seen = &eve.entered.state;
        assert_eq!((ids(&seen.hosts), ids(&seen.participants)), (vec!["ada"], vec!["ada"]));
        assert_eq!(ids(&seen.waiting_users), ["eve"]);
        let all = stage.state(&stage.ada, &room).await;
        assert_eq!((ids(&all.participants), ids(&all.waiting_users)), (vec!["ada"], vec!["auth0|bob", "eve"]));
        let mut ear = stage.listen(ada.room_id()).await;
        assert!(stage.news(&mut ear).await.is_empty());
        stage.send(&ada, Do::AcceptWaiting(user(&stage.bob))).await;
        assert_eq!(
            stage.news(&mut ear).await,
            ["accept_waiting auth0|bob > everyone (auth0|bob=participant)", "room_state > everyone"]
        );
    }

    async fn of_simultaneous_first_users_one_leads(database) {
        let stage = Stage::new(&database).await;
        let mut users = Vec::new();
        for number in 0..8 {
            users.push(stage.user(&format!("user-{number}")).await);
        }
        for round in 0..5 {
            let room = named(&format!("race-{round}"));
            let tabs = join_all(users.iter().map(|user| stage.enter(user, &room))).await;
            let hosts = tabs.iter().filter(|tab| tab.role() == RoomRole::Host).count();
            let waiting = tabs.iter().filter(|tab| tab.role() == RoomRole::Waiting).count();
            assert_eq!((hosts, waiting), (1, 7));
            assert_eq!(tabs.iter().map(Tab::room_id).collect::<HashSet<_>>().len(), 1);
        }
    }

    async fn the_last_host_hands_over_to_whoever_has_been_there_longest(database) {
        let stage = Stage::new(&database).await;
        let room = named("talk");
        let carol = stage.user("carol").await;
        let ada = stage.enter(&stage.ada, &room).await;
        let mut others = Vec::new();
        for who in [&stage.eve, &stage.bob, &carol] {
            others.push(stage.enter(who, &room).await);
            stage.sleep(SECOND);
        }
        // Bob waited shorter than Eve, but is in for longer.
        for who in [&stage.bob, &stage.eve] {
            stage.send(&ada, Do::AcceptWaiting(user(who))).await;
            stage.sleep(SECOND);
        }
        let mut ear = stage.listen(ada.room_id()).await;
        stage.close(&ada).await;
        assert_eq!(stage.news(&mut ear).await, ["presence ada offline > everyone"]);
        stage.pass_short_of(GRACE).await;
        assert!(stage.news(&mut ear).await.is_empty());
        stage.pass(SECOND).await;
        assert_eq!(
            stage.news(&mut ear).await,
            ["disconnect ada 2 left > everyone (ada=gone)", "room_state > everyone (auth0|bob=host)"]
        );
        let state = stage.state(&stage.bob, &room).await;
        assert_eq!((ids(&state.hosts), ids(&state.participants)), (vec!["auth0|bob"], vec!["auth0|bob", "eve"]));
        assert_eq!(ids(&state.waiting_users), ["carol"]);
        // Who led before has no claim.
        assert_eq!(stage.enter(&stage.ada, &room).await.role(), RoomRole::Waiting);
    }

    async fn where_only_waiting_users_are_left_the_longest_waiting_leads(database) {
        let stage = Stage::new(&database).await;
        let room = named("queue");
        let ada = stage.enter(&stage.ada, &room).await;
        stage.sleep(SECOND);
        let _eve = stage.enter(&stage.eve, &room).await;
        stage.sleep(SECOND);
        let _bob = stage.enter(&stage.bob, &room).await;
        let mut ear = stage.listen(ada.room_id()).await;
        stage.close(&ada).await;
        stage.pass(GRACE).await;
        assert_eq!(
            stage.news(&mut ear).await,
            [
                "presence ada offline > everyone",
                "disconnect ada 0 left > everyone (ada=gone)",
                "accept_waiting eve > everyone (eve=host)",
                "room_state > everyone",
            ]
        );
        let state = stage.state(&stage.eve, &room).await;
        assert_eq!((ids(&state.hosts), ids(&state.waiting_users)), (vec!["eve"], vec!["auth0|bob"]));
    }

    async fn a_host_who_is_back_within_the_grace_still_leads(database) {
        let stage = Stage::new(&database).await;
        let room = named("back");
        let ada = stage.enter(&stage.ada, &room).await;
        let bob = stage.enter(&stage.bob, &room).await;
        stage.send(&ada, Do::AcceptWaiting(user(&stage.bob))).await;
        let mut ear = stage.listen(ada.room_id()).await;
        stage.close(&ada).await;
        stage.pass_short_of(GRACE).await;
        let again = stage.enter(&stage.ada, &room).await;
        assert_eq!((again.role(), again.room_id()), (RoomRole::Host, ada.room_id()));
        stage.pass(GRACE * 2).await;
        let news = ["presence ada offline > everyone", "presence ada online > everyone"];
        assert_eq!(stage.news(&mut ear).await, news);
        // The grace counts from the last going.
        stage.close(&again).await;
        stage.pass_short_of(GRACE).await;
        assert_eq!(code(stage.try_send(&bob, Do::AcceptWaiting(Target::All)).await), ErrorCode::Forbidden);
    }

    async fn a_room_is_gone_with_its_last_user_and_its_name_begins_anew(database) {
        let stage = Stage::new(&database).await;
        let room = named("once");
        let ada = stage.enter(&stage.ada, &room).await;
        let say = Do::AddChat { chat_id: None, content: "Hello".to_owned(), message_type: MessageType::Chat };
        stage.send(&ada, say).await;
        let bob = stage.enter(&stage.bob, &room).await;
        stage.close(&bob).await;
        stage.close(&ada).await;
        stage.pass_short_of(GRACE).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let chats = stage.send(&ada, Do::GetRecentChats).await;
        assert!(matches!(&chats[..], [RoomEvent::GetRecentChats(messages)] if messages.len() == 1));
        stage.close(&ada).await;
        stage.pass(GRACE).await;
        assert_eq!(code(stage.try_send(&ada, Do::RaiseHand).await), ErrorCode::NotFound);
        let bob = stage.enter(&stage.bob, &room).await;
        assert_eq!(bob.role(), RoomRole::Host);
        assert_ne!(bob.room_id(), ada.room_id());
        let chats = stage.send(&bob, Do::GetRecentChats).await;
        assert!(matches!(&chats[..], [RoomEvent::GetRecentChats(messages)] if messages.is_empty()));
        let mut ear = stage.listen(bob.room_id()).await;
        stage.pass(GRACE * 2).await;
        assert!(stage.news(&mut ear).await.is_empty());
    }

    async fn one_who_was_denied_may_ask_again_after_a_minute(database) {
        let stage = Stage::new(&database).await;
        let room = named("door");
        let ada = stage.enter(&stage.ada, &room).await;
        let bob = stage.enter(&stage.bob, &room).await;
        let mut ear = stage.listen(ada.room_id()).await;
        stage.send(&ada, Do::DenyWaiting(user(&stage.bob))).await;
        assert_eq!(
            stage.news(&mut ear).await,
            [
                "deny_waiting auth0|bob > hosts+auth0|bob",
                "disconnect auth0|bob 1 left > everyone (auth0|bob=gone) [turned away auth0|bob]",
            ]
        );
        assert_eq!(code(stage.try_send(&bob, Do::RequestWaiting).await), ErrorCode::Forbidden);
        stage.close(&bob).await;
        for _ in 0..2 {
            let refused = stage.try_enter(&stage.bob, &room, Door::Zoom).await.map(|tab| tab.role());
            assert_eq!(code(refused), ErrorCode::Denied);
            stage.pass(SECOND * 59).await;
            stage.sleep(SECOND);
            let again = stage.enter(&stage.bob, &room).await;
            assert_eq!(again.role(), RoomRole::Waiting);
            stage.send(&ada, Do::DenyWaiting(Target::All)).await;
        }
        // A host can undo it before.
        stage.news(&mut ear).await;
        stage.send(&ada, Do::AcceptWaiting(user(&stage.bob))).await;
        assert_eq!(stage.news(&mut ear).await, ["accept_waiting auth0|bob > everyone"]);
        assert_eq!(stage.enter(&stage.bob, &room).await.role(), RoomRole::Participant);
    }

    // Once the first two hundred rows were looked at, whoever they were of.
    async fn those_who_were_turned_away_do_not_hide_the_others(database) {
        let stage = Stage::new(&database).await;
        let room = named("door");
        let host = stage.enter(&stage.bob, &room).await;
        let work = stage.world.database.begin().await.unwrap();
        for n in 0..201 {
            let user = UserId::new(format!("gone {n}")).unwrap();
            let mut gone = RoomMemberRow::new(host.room_id(), user, stage.now());
            gone.status = Some(ParticipantStatus::Removed);
            work.rooms().put_member(&gone).await.unwrap();
        }
        work.commit().await.unwrap();
        stage.sleep(SECOND);
        stage.enter(&stage.ada, &room).await;
        let mut ear = stage.listen(host.room_id()).await;
        stage.send(&host, Do::AcceptWaiting(Target::All)).await;
        let let_in = ["accept_waiting ada > everyone (ada=participant)", "room_state > everyone"];
        assert_eq!(stage.news(&mut ear).await, let_in);
    }

    async fn one_who_was_removed_stays_out_until_a_host_undoes_it(database) {
        let stage = Stage::new(&database).await;
        let room = named("out");
        let ada = stage.enter(&stage.ada, &room).await;
        let bob = stage.enter(&stage.bob, &room).await;
        stage.send(&ada, Do::AcceptWaiting(Target::All)).await;
        stage.send(&bob, Do::RaiseHand).await;
        let mut ear = stage.listen(ada.room_id()).await;
        for _ in 0..2 {
            stage.send(&ada, Do::RemoveParticipant(user(&stage.bob))).await;
        }
        assert_eq!(
            stage.news(&mut ear).await,
            [
                "remove_participant auth0|bob > hosts+auth0|bob",
                "disconnect auth0|bob 1 left > everyone (auth0|bob=gone) [turned away auth0|bob]",
            ]
        );
        assert!(stage.state(&stage.ada, &room).await.hands_raised.is_empty());
        stage.pass(SECOND * 600).await;
        let refused = stage.try_enter(&stage.bob, &room, Door::Chat).await.map(|tab| tab.role());
        assert_eq!(code(refused), ErrorCode::Removed);
        stage.send(&ada, Do::AcceptWaiting(user(&stage.bob))).await;
        assert_eq!(stage.enter(&stage.bob, &room).await.role(), RoomRole::Participant);
        let oneself = stage.try_send(&ada, Do::RemoveParticipant(user(&stage.ada))).await;
        assert_eq!(code(oneself), ErrorCode::Forbidden);
        assert_eq!(ended(&ada), None);
    }
}
