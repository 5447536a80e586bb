//! R12: attendance and analytics of what happened at the doors.

use std::time::Duration;

use mockly_domain::room::{Door, MessageRef, MessageType, RoomCommand as Do, RoomEvent, Target};
use mockly_domain::{Admission, ErrorCode};

use super::hall::{GRACE, session_key};
use crate::sessions::stage::{Stage, code};
use crate::support::on_both_databases;

on_both_databases! {
    async fn r12_attendance_is_what_the_doors_saw_merged_over_tabs(database) {
        let stage = Stage::new(&database).await;
        let start = stage.now();
        let at = |secs: u64| start.plus(Duration::from_secs(secs));
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let until = async |secs: u64| {
            stage.pass(at(secs).since(stage.now())).await;
        };
        stage.enter(&stage.bob, &room).await;
        until(60).await;
        let first = stage.enter(&stage.ada, &room).await;
        until(70).await;
        let second = stage.try_enter(&stage.ada, &room, Door::Chat).await.unwrap();
        until(100).await;
        stage.close(&first).await;
        // The media room counts like a door.
        stage.joined(id, &stage.ada, "PA_1").await;
        until(110).await;
        stage.close(&second).await;
        until(130).await;
        stage.left(id, &stage.ada, "PA_1").await;
        until(140).await;
        let third = stage.enter(&stage.ada, &room).await;
        until(150).await;
        stage.close(&third).await;
        until(200).await;
        stage.enter(&stage.ada, &room).await;
        until(230).await;
        let rows = stage.services().attendance(&stage.bob, id).await.unwrap();
        let ada = rows.iter().find(|row| row.user_id.as_str() == "ada").unwrap();
        assert_eq!(ada.intervals, [(at(60), at(130)), (at(140), at(150)), (at(200), at(230))]);
        assert_eq!((ada.total_sec, ada.late_sec, ada.no_show), (70 + 10 + 30, 60, false));
        assert_eq!((ada.first_joined_at, ada.last_left_at), (Some(at(60)), None));
        stage.services().end_session(&stage.bob, id).await.unwrap();
        until(900).await;
        let rows = stage.services().attendance(&stage.bob, id).await.unwrap();
        let of = |id: &str| rows.iter().find(|row| row.user_id.as_str() == id).unwrap();
        assert_eq!((of("ada").total_sec, of("ada").last_left_at), (110, Some(at(230))));
        assert_eq!((of("auth0|bob").total_sec, of("auth0|bob").late_sec), (230, 0));
        assert_eq!((of("eve").no_show, of("eve").total_sec), (true, 0));
    }

    async fn r12_waiting_is_no_attendance(database) {
        let stage = Stage::new(&database).await;
        let start = stage.now();
        let id = stage.class(Admission::Knock, &[]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        stage.sleep(Duration::from_secs(100));
        stage.send(&host, Do::AcceptWaiting(Target::All)).await;
        stage.sleep(Duration::from_secs(20));
        stage.close(&ada).await;
        stage.pass(GRACE).await;
        let rows = stage.services().attendance(&stage.bob, id).await.unwrap();
        let ada = rows.iter().find(|row| row.user_id.as_str() == "ada").unwrap();
        let at = |secs| start.plus(Duration::from_secs(secs));
        assert_eq!((ada.total_sec, &ada.intervals[..]), (20, &[(at(100), at(120))][..]));
    }

    async fn analytics_count_what_was_said_raised_and_asked(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let eve = stage.enter(&stage.eve, &room).await;
        let say = |message_type| Do::AddChat { chat_id: Some("x".to_owned()), content: "x".to_owned(), message_type };
        stage.send(&ada, say(MessageType::Question)).await;
        stage.send(&host, say(MessageType::Answer)).await;
        stage.send(&eve, say(MessageType::Chat)).await;
        stage.send(&eve, Do::DeleteChat(MessageRef::ChatId("x".to_owned()))).await;
        // Ada's hand is up for 10 s, Eve's for 30 s, and Bob's to the end.
        stage.send(&ada, Do::RaiseHand).await;
        stage.send(&eve, Do::RaiseHand).await;
        stage.sleep(Duration::from_secs(10));
        stage.send(&ada, Do::LowerHand(None)).await;
        stage.sleep(Duration::from_secs(20));
        stage.services().leave_session(&stage.eve, id).await.unwrap();
        let ask = Do::CreatePoll { question: "Well?".to_owned(), options: vec!["a".to_owned(), "b".to_owned()] };
        stage.send(&host, ask).await;
        let met = stage.enter(&stage.ada, &room).await.entered.told;
        let [RoomEvent::Poll(poll)] = &met[..] else { panic!("{met:?}") };
        stage.send(&ada, Do::VotePoll { poll_id: poll.poll_id, option_id: "2".to_owned() }).await;
        let so_far = stage.services().analytics(&stage.ada, id).await.unwrap();
        assert_eq!((so_far.duration_sec, so_far.unique_participants, so_far.peak_participants), (30, 3, 3));
        stage.send(&host, Do::RaiseHand).await;
        stage.sleep(Duration::from_secs(20));
        stage.services().end_session(&stage.bob, id).await.unwrap();
        stage.sleep(Duration::from_secs(1_000));
        let analytics = stage.services().analytics(&stage.ada, id).await.unwrap();
        assert_eq!(analytics.duration_sec, 50);
        let messages: Vec<_> = analytics.messages.iter().map(|(kind, count)| (*kind, *count)).collect();
        assert_eq!(messages, [(MessageType::Question, 1), (MessageType::Answer, 1)]);
        assert_eq!((analytics.hands.raised, analytics.hands.average_wait_sec), (3, 20.0));
        assert_eq!(analytics.polls[0].options[1].votes, 1);
        let stranger = stage.user("stranger").await;
        let refused = stage.services().analytics(&stranger, id).await.map(|analytics| analytics.duration_sec);
        assert_eq!(code(refused), ErrorCode::AccessDenied);
    }
}
