//! R3: waiting is a state of the user, any host decides, and nobody is forgotten.

use mockly_data::Store;
use mockly_domain::ParticipantStatus::{Denied, Invited, Joined, Left, Waiting};
use mockly_domain::room::{Door, MessageType, RoomCommand as Do, RoomEvent, RoomRole, Target};
use mockly_domain::{Admission, ErrorCode, EventType, UserId};
use mockly_service::{PatchSession, Principal};

use super::hall::{GRACE, SECOND, ids, session_key};
use crate::sessions::stage::{Stage, code};
use crate::support::on_both_databases;

fn user(who: &Principal) -> Target {
    Target::User(who.user_id().clone())
}

on_both_databases! {
    async fn r3_who_knocks_waits_until_a_host_lets_them_in(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Knock, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        assert_eq!(host.role(), RoomRole::Host);
        let mut ear = stage.listen(host.room_id()).await;
        let ada = stage.enter(&stage.ada, &room).await;
        assert_eq!((ada.role(), stage.status(id, &stage.ada).await), (RoomRole::Waiting, Waiting));
        assert_eq!(ids(&ada.entered.state.participants), ["auth0|bob"]);
        stage.send(&ada, Do::RequestWaiting).await;
        let knocked = ["connect ada waiting > everyone (ada=waiting)", "request_waiting ada > hosts"];
        assert_eq!(stage.news(&mut ear).await, knocked);
        // One who waits does nothing else.
        let say = || Do::AddChat { chat_id: None, content: "Hi".to_owned(), message_type: MessageType::Chat };
        for command in [say(), Do::RaiseHand, Do::GetRecentChats, Do::AcceptWaiting(Target::All)] {
            assert_eq!(code(stage.try_send(&ada, command).await), ErrorCode::Forbidden);
        }
        assert!(stage.news(&mut ear).await.is_empty());

        stage.send(&host, Do::AcceptWaiting(user(&stage.ada))).await;
        let admitted = ["accept_waiting ada > everyone (ada=participant)", "room_state > everyone"];
        assert_eq!(stage.news(&mut ear).await, admitted);
        assert_eq!(stage.status(id, &stage.ada).await, Joined);
        assert_eq!(stage.story(id).await.last(), Some(&EventType::ParticipantJoined));
        stage.send(&ada, say()).await;
        stage.news(&mut ear).await;
        // A second decision changes nothing and is heard by all hosts.
        stage.send(&host, Do::AcceptWaiting(user(&stage.ada))).await;
        stage.send(&host, Do::DenyWaiting(user(&stage.ada))).await;
        assert_eq!(stage.news(&mut ear).await, ["accept_waiting ada > hosts", "deny_waiting ada > hosts"]);
        assert_eq!(stage.status(id, &stage.ada).await, Joined);
        let nobody = Do::AcceptWaiting(Target::User(UserId::new("nobody").unwrap()));
        assert_eq!(code(stage.try_send(&host, nobody).await), ErrorCode::ParticipantNotFound);
        // Knocking is for those who wait.
        assert_eq!(code(stage.try_send(&ada, Do::RequestWaiting).await), ErrorCode::Forbidden);
    }

    async fn r3_waiting_and_admission_survive_reloads(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Knock, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let mut ear = stage.listen(host.room_id()).await;
        stage.close(&ada).await;
        stage.pass_short_of(GRACE).await;
        let ada = stage.enter(&stage.ada, &room).await;
        assert_eq!(ada.role(), RoomRole::Waiting);
        stage.close(&host).await;
        let host = stage.enter(&stage.bob, &room).await;
        assert_eq!(ids(&host.entered.state.waiting_users), ["ada"]);
        let back = ["ada offline", "ada online", "auth0|bob offline", "auth0|bob online"];
        assert_eq!(stage.news(&mut ear).await, back.map(|who| format!("presence {who} > everyone")));
        stage.send(&host, Do::AcceptWaiting(Target::All)).await;
        // Admitted stays admitted.
        stage.services().leave_session(&stage.ada, id).await.unwrap();
        assert_eq!(stage.status(id, &stage.ada).await, Left);
        assert_eq!(stage.enter(&stage.ada, &room).await.role(), RoomRole::Participant);
    }

    async fn r3_one_who_waits_and_is_gone_for_good_waits_no_longer(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Knock, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let mut ear = stage.listen(host.room_id()).await;
        stage.close(&ada).await;
        stage.pass(GRACE).await;
        let gone = ["presence ada offline > everyone", "disconnect ada 1 left > everyone (ada=gone)"];
        assert_eq!(stage.news(&mut ear).await, gone);
        assert_eq!(stage.status(id, &stage.ada).await, Invited);
    }

    async fn r3_one_who_is_denied_is_out_until_a_host_undoes_it(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Knock, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let mut ear = stage.listen(host.room_id()).await;
        stage.send(&host, Do::DenyWaiting(user(&stage.ada))).await;
        assert_eq!(
            stage.news(&mut ear).await,
            [
                "deny_waiting ada > hosts+ada",
                "disconnect ada 1 left > everyone (ada=gone) [turned away ada]",
            ]
        );
        assert_eq!(stage.status(id, &stage.ada).await, Denied);
        // Frames after the denial.
        for command in [Do::RequestWaiting, Do::RaiseHand] {
            assert_eq!(code(stage.try_send(&ada, command).await), ErrorCode::Forbidden);
        }
        stage.close(&ada).await;
        let refused = stage.try_enter(&stage.ada, &room, Door::Zoom).await.map(|tab| tab.role());
        assert_eq!(code(refused), ErrorCode::Denied);
        stage.send(&host, Do::DenyWaiting(user(&stage.ada))).await;
        assert_eq!(stage.news(&mut ear).await, ["deny_waiting ada > hosts"]);
        stage.send(&host, Do::AcceptWaiting(user(&stage.ada))).await;
        assert_eq!(stage.news(&mut ear).await, ["accept_waiting ada > everyone"]);
        assert_eq!(stage.status(id, &stage.ada).await, Invited);
        assert_eq!(stage.enter(&stage.ada, &room).await.role(), RoomRole::Participant);
    }

    async fn r3_one_who_was_denied_may_ask_again_after_a_minute(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Knock, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        for _ in 0..2 {
            stage.enter(&stage.ada, &room).await;
            stage.send(&host, Do::DenyWaiting(Target::All)).await;
            stage.pass(SECOND * 59).await;
            let refused = stage.try_enter(&stage.ada, &room, Door::Zoom).await.map(|tab| tab.role());
            assert_eq!(code(refused), ErrorCode::Denied);
            stage.pass(SECOND).await;
        }
        assert_eq!(stage.enter(&stage.ada, &room).await.role(), RoomRole::Waiting);
        stage.send(&host, Do::AcceptWaiting(user(&stage.ada))).await;
        assert_eq!(stage.status(id, &stage.ada).await, Joined);
    }

    async fn r3_everybody_is_let_in_or_turned_away_at_once(database) {
        let stage = Stage::new(&database).await;
        let carol = stage.user("carol").await;
        let id = stage.class(Admission::Knock, &[&stage.eve, &carol]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        for who in [&stage.ada, &stage.eve] {
            stage.enter(who, &room).await;
            stage.sleep(SECOND);
        }
        let mut ear = stage.listen(host.room_id()).await;
        stage.send(&host, Do::AcceptWaiting(Target::All)).await;
        assert_eq!(
            stage.news(&mut ear).await,
            [
                "accept_waiting ada > everyone (ada=participant)",
                "accept_waiting eve > everyone (eve=participant)",
                "room_state > everyone",
            ]
        );
        stage.enter(&carol, &room).await;
        stage.send(&host, Do::DenyWaiting(Target::All)).await;
        assert_eq!(stage.status(id, &carol).await, Denied);
        assert_eq!(stage.status(id, &stage.ada).await, Joined);
    }

    async fn r3_an_open_door_admits_everybody_who_waits(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Knock, &[&stage.eve]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        for who in [&stage.ada, &stage.eve] {
            stage.enter(who, &room).await;
        }
        let mut ear = stage.listen(host.room_id()).await;
        let open = PatchSession { admission: Some(Admission::Open), ..PatchSession::default() };
        stage.services().patch_session(&stage.bob, id, None, open).await.unwrap();
        assert_eq!(
            stage.news(&mut ear).await,
            [
                "accept_waiting ada > everyone (ada=participant)",
                "accept_waiting eve > everyone (eve=participant)",
                "room_state > everyone",
            ]
        );
        for who in [&stage.ada, &stage.eve] {
            assert_eq!(stage.status(id, who).await, Joined);
        }
    }

    async fn r3_the_end_answers_everybody_who_waits(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Knock, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let mut ear = stage.listen(host.room_id()).await;
        stage.services().end_session(&stage.bob, id).await.unwrap();
        assert_eq!(stage.news(&mut ear).await, ["session_ended ENDED > everyone [ended]"]);
        assert_eq!(stage.status(id, &stage.ada).await, Left);
        // Nobody can do anything after it, and connections that go cause nothing.
        for tab in [&host, &ada] {
            assert_eq!(code(stage.try_send(tab, Do::RequestWaiting).await), ErrorCode::Forbidden);
            stage.close(tab).await;
        }
        stage.pass(GRACE * 2).await;
        assert!(stage.news(&mut ear).await.is_empty());
        let refused = stage.try_enter(&stage.ada, &room, Door::Zoom).await.map(|tab| tab.role());
        assert_eq!(code(refused), ErrorCode::SessionClosed);
    }

    // Once nobody was let in where there were not seats for all.
    async fn r3_of_all_who_wait_as_many_are_let_in_as_there_are_seats_for(database) {
        let stage = Stage::new(&database).await;
        let carol = stage.user("carol").await;
        let id = stage.class(Admission::Knock, &[&stage.eve, &carol]).await;
        stage.rewrite(id, |session| session.max_participants = 3).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        stage.enter(&stage.eve, &room).await;
        // Who goes and comes again waits anew.
        stage.services().leave_session(&stage.eve, id).await.unwrap();
        for who in [&stage.ada, &carol, &stage.eve] {
            stage.sleep(SECOND);
            stage.enter(who, &room).await;
        }
        let mut ear = stage.listen(host.room_id()).await;
        let answers = stage.send(&host, Do::AcceptWaiting(Target::All)).await;
        let [RoomEvent::Error { code, message, event }] = &answers[..] else { panic!("{answers:?}") };
        assert_eq!((*code, event.as_deref()), (ErrorCode::SessionFull, Some("accept_waiting")));
        assert!(message.starts_with("2 admitted; 1 still waiting."), "{message}");
        assert_eq!(
            stage.news(&mut ear).await,
            [
                "accept_waiting ada > everyone (ada=participant)",
                "accept_waiting carol > everyone (carol=participant)",
                "room_state > everyone",
            ]
        );
        assert_eq!(stage.status(id, &stage.eve).await, Waiting);
        // An open door does the same.
        let open = PatchSession { admission: Some(Admission::Open), ..PatchSession::default() };
        stage.services().patch_session(&stage.bob, id, None, open).await.unwrap();
        assert_eq!(stage.status(id, &stage.eve).await, Waiting);
        stage.rewrite(id, |session| session.max_participants = 4).await;
        assert!(stage.send(&host, Do::AcceptWaiting(Target::All)).await.is_empty());
        assert_eq!(stage.status(id, &stage.eve).await, Joined);
    }

    // Once a reload, or one more tab, threw out whoever waited for a seat.
    async fn r3_waiting_for_a_seat_survives_reloads(database) {
        let stage = Stage::new(&database).await;
        let id = stage.lesson(Admission::Open, &[&stage.eve]).await;
        stage.rewrite(id, |session| session.max_participants = 2).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        stage.enter(&stage.ada, &room).await;
        stage.sleep(SECOND);
        let eve = stage.enter(&stage.eve, &room).await;
        stage.services().start_session(&stage.bob, id).await.unwrap();
        let mut ear = stage.listen(host.room_id()).await;
        let second = stage.enter(&stage.eve, &room).await;
        assert_eq!(second.role(), RoomRole::Waiting);
        for tab in [&eve, &second] {
            stage.close(tab).await;
        }
        stage.pass_short_of(GRACE).await;
        let eve = stage.enter(&stage.eve, &room).await;
        assert_eq!((eve.role(), ids(&eve.entered.state.waiting_users)), (RoomRole::Waiting, vec!["eve"]));
        stage.pass(GRACE * 2).await;
        assert_eq!(stage.status(id, &stage.eve).await, Waiting);
        let back = ["presence eve offline > everyone", "presence eve online > everyone"];
        assert_eq!(stage.news(&mut ear).await, back);
        // A host's word makes no seat; one that is free is theirs without it.
        assert_eq!(code(stage.try_send(&host, Do::AcceptWaiting(user(&stage.eve))).await), ErrorCode::SessionFull);
        stage.send(&host, Do::RemoveParticipant(user(&stage.ada))).await;
        assert_eq!(
            stage.news(&mut ear).await,
            [
                "remove_participant ada > hosts+ada",
                "disconnect ada 1 left > everyone (ada=gone) [turned away ada]",
                "accept_waiting eve > everyone (eve=participant)",
                "room_state > everyone",
            ]
        );
    }

    // Once nobody was told singly where many were let in, and clients that wait for it waited for ever.
    async fn r3_of_many_who_are_let_in_at_once_each_is_told(database) {
        let stage = Stage::new(&database).await;
        let mut pupils = Vec::new();
        for n in 0..21 {
            pupils.push(stage.user(&format!("pupil-{n:02}")).await);
        }
        let id = stage.class(Admission::Knock, &pupils.iter().collect::<Vec<_>>()).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        for pupil in &pupils {
            stage.enter(pupil, &room).await;
            stage.sleep(SECOND);
        }
        let mut ear = stage.listen(host.room_id()).await;
        stage.send(&host, Do::AcceptWaiting(Target::All)).await;
        let names: Vec<String> = pupils.iter().map(|pupil| pupil.user_id().to_string()).collect();
        let mut told: Vec<String> = names.iter().map(|name| format!("accept_waiting {name} > {name}")).collect();
        let roles: Vec<String> = names.iter().map(|name| format!(" ({name}=participant)")).collect();
        told.push(format!("room_state > everyone{}", roles.concat()));
        assert_eq!(stage.news(&mut ear).await, told);
    }

    async fn r6_nobody_is_let_in_who_has_no_seat(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Knock, &[&stage.eve]).await;
        stage.rewrite(id, |session| session.max_participants = 2).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        for who in [&stage.ada, &stage.eve] {
            stage.enter(who, &room).await;
        }
        stage.send(&host, Do::AcceptWaiting(user(&stage.ada))).await;
        let mut ear = stage.listen(host.room_id()).await;
        assert_eq!(code(stage.try_send(&host, Do::AcceptWaiting(user(&stage.eve))).await), ErrorCode::SessionFull);
        assert!(stage.news(&mut ear).await.is_empty());
        assert_eq!(stage.status(id, &stage.eve).await, Waiting);
        // Whoever is in keeps the seat; so does the host, also with nobody's word.
        assert_eq!(stage.enter(&stage.ada, &room).await.role(), RoomRole::Participant);
        stage.close(&host).await;
        stage.pass(GRACE).await;
        assert_eq!(stage.enter(&stage.bob, &room).await.role(), RoomRole::Host);
        assert_eq!(stage.world.database.participants().seats_taken_by_others(id, stage.eve.user_id()).await.unwrap(), 2);
    }
}
