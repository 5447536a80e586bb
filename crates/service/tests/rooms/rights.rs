//! Who may send what through which door, and that what is refused changes nothing.

use mockly_domain::room::{Door, MediaSource, MessageRef, MessageType, RoomCommand as Do, Target};
use mockly_domain::{Admission, ErrorCode, PollId};
use mockly_service::{IdSource, SystemIds};

use super::hall::{ids, named, session_key};
use crate::sessions::stage::{Stage, code};
use crate::support::on_both_databases;

/// Commands of hosts alone.
fn of_hosts() -> Vec<Do> {
    let poll_id = PollId(SystemIds.uuid());
    vec![
        Do::AcceptWaiting(Target::All),
        Do::DenyWaiting(Target::All),
        Do::AcceptScreenshare(Target::All),
        Do::DenyScreenshare(Target::All),
        Do::MuteParticipant { target: Target::All, source: MediaSource::Microphone },
        Do::AskUnmute(Target::All),
        Do::RemoveParticipant(Target::All),
        Do::LowerHand(Some(Target::All)),
        Do::CreatePoll { question: "Well?".to_owned(), options: vec!["a".to_owned(), "b".to_owned()] },
        Do::ClosePoll(poll_id),
    ]
}

on_both_databases! {
    async fn what_hosts_do_nobody_else_does(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        for room in [session_key(id), named("talk")] {
            let host = stage.enter(&stage.bob, &room).await;
            let ada = stage.enter(&stage.ada, &room).await;
            let eve = stage.enter(&stage.eve, &room).await;
            stage.send(&host, Do::AcceptWaiting(Target::All)).await;
            stage.send(&host, Do::AcceptScreenshare(Target::User(stage.eve.user_id().clone()))).await;
            stage.send(&host, Do::RaiseHand).await;
            let mut ear = stage.listen(host.room_id()).await;
            let before = stage.state(&stage.bob, &room).await;
            for command in of_hosts() {
                for tab in [&ada, &eve] {
                    assert_eq!(code(stage.try_send(tab, command.clone()).await), ErrorCode::Forbidden);
                }
            }
            assert!(stage.news(&mut ear).await.is_empty());
            assert_eq!(stage.state(&stage.bob, &room).await, before);
            assert_eq!(ids(&before.sharing_screen), ["eve"]);
        }
    }

    /// Of an admin's account role nothing follows at a door.
    async fn an_admin_who_takes_part_is_like_anyone(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.admin]).await;
        let admin = stage.enter(&stage.admin, &session_key(id)).await;
        for command in of_hosts() {
            assert_eq!(code(stage.try_send(&admin, command).await), ErrorCode::Forbidden);
        }
    }

    async fn each_door_takes_its_part(database) {
        let stage = Stage::new(&database).await;
        let room = session_key(stage.class(Admission::Open, &[]).await);
        let chat = stage.try_enter(&stage.bob, &room, Door::Chat).await.unwrap();
        let screen = stage.try_enter(&stage.bob, &room, Door::Screenshare).await.unwrap();
        let mut ear = stage.listen(chat.room_id()).await;
        let say = Do::AddChat { chat_id: None, content: "x".to_owned(), message_type: MessageType::Chat };
        let gone = Do::DeleteChat(MessageRef::ChatId("x".to_owned()));
        for command in [say, gone, Do::GetRecentChats, Do::RaiseHand, Do::LowerHand(None)] {
            assert_eq!(code(stage.try_send(&screen, command).await), ErrorCode::WrongDoor);
        }
        let screens = [Do::RequestScreenshare, Do::AcceptScreenshare(Target::All), Do::StopScreenshare];
        for command in screens {
            assert_eq!(code(stage.try_send(&chat, command).await), ErrorCode::WrongDoor);
        }
        for tab in [&chat, &screen] {
            for command in [Do::ToggleAudio { enabled: true }, Do::ClosePoll(PollId(SystemIds.uuid()))] {
                assert_eq!(code(stage.try_send(tab, command).await), ErrorCode::WrongDoor);
            }
            // The waiting room is at every door.
            stage.send(tab, Do::AcceptWaiting(Target::All)).await;
        }
        assert!(stage.news(&mut ear).await.is_empty());
    }
}
