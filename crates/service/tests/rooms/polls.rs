//! Polls: one vote per user, changeable until closed; who voted what is the voter's own business.

use mockly_domain::room::{Audience, Door, PollView, RoomCommand as Do, RoomEvent, RoomRole, Target};
use mockly_domain::{Admission, ErrorCode, PollId};
use mockly_service::{IdSource, SystemIds};

use super::hall::{Ear, named, session_key};
use crate::sessions::stage::{Stage, code, refused};
use crate::support::on_both_databases;

fn ask(question: &str, options: &[&str]) -> Do {
    let options = options.iter().map(|&option| option.to_owned()).collect();
    Do::CreatePoll { question: question.to_owned(), options }
}

fn vote(poll_id: PollId, option_id: &str) -> Do {
    Do::VotePoll { poll_id, option_id: option_id.to_owned() }
}

/// The poll that was told last.
async fn poll(stage: &Stage, ear: &mut Ear) -> PollView {
    match stage.messages(ear).await.pop().map(|message| message.event) {
        Some(RoomEvent::Poll(poll)) => poll,
        other => panic!("no poll but {other:?}"),
    }
}

on_both_databases! {
    async fn a_poll_takes_one_vote_per_user_until_it_is_closed(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let eve = stage.enter(&stage.eve, &room).await;
        let mut ear = stage.listen(host.room_id()).await;
        stage.send(&host, ask("  Ready? ", &[" Yes ", "No"])).await;
        let made = poll(&stage, &mut ear).await;
        assert_eq!((made.question.as_str(), made.closed), ("Ready?", false));
        let options: Vec<_> =
            made.options.iter().map(|option| (option.id.as_str(), option.text.as_str(), option.votes)).collect();
        assert_eq!(options, [("1", "Yes", 0), ("2", "No", 0)]);
        assert!(stage.send(&ada, vote(made.poll_id, "1")).await.is_empty());
        // The own vote is heard by the voter alone, in all of their tabs.
        let told = stage.messages(&mut ear).await;
        let RoomEvent::VotePoll { client_id, option_id, .. } = &told[1].event else { panic!("{told:?}") };
        assert_eq!((client_id.as_str(), option_id.as_str()), ("ada", "1"));
        assert_eq!(told[1].audience, Audience::only(vec![stage.ada.user_id().clone()]));
        stage.send(&eve, vote(made.poll_id, "1")).await;
        stage.send(&ada, vote(made.poll_id, "2")).await;
        stage.send(&host, vote(made.poll_id, "2")).await;
        let votes = [("2:0", "eve"), ("1:1", "ada"), ("1:2", "auth0|bob")].map(|(votes, voter)| {
            [format!("poll Ready? {votes} > admitted"), format!("vote_poll {voter} > {voter}")]
        });
        assert_eq!(stage.news(&mut ear).await, votes.concat());
        for option in ["0", "3", "-1", "x", "", "99999999999"] {
            let wrong = refused(stage.try_send(&ada, vote(made.poll_id, option)).await);
            assert_eq!((wrong.code, wrong.fields[0].field.as_str()), (ErrorCode::ValidationFailed, "optionId"));
        }
        let unknown = PollId(SystemIds.uuid());
        assert_eq!(code(stage.try_send(&ada, vote(unknown, "1")).await), ErrorCode::PollNotFound);
        assert_eq!(code(stage.try_send(&ada, Do::ClosePoll(made.poll_id)).await), ErrorCode::Forbidden);
        assert!(stage.news(&mut ear).await.is_empty());

        for _ in 0..2 {
            stage.send(&host, Do::ClosePoll(made.poll_id)).await;
        }
        assert_eq!(stage.news(&mut ear).await, ["poll Ready? 1:2 closed > admitted"]);
        assert_eq!(code(stage.try_send(&ada, vote(made.poll_id, "1")).await), ErrorCode::PollClosed);
        // Kept with the session.
        stage.services().end_session(&stage.bob, id).await.unwrap();
        let polls = stage.services().analytics(&stage.ada, id).await.unwrap().polls;
        assert_eq!(polls.len(), 1);
        assert_eq!((polls[0].closed, polls[0].options[1].votes), (true, 2));
    }

    async fn whoever_comes_in_meets_the_open_polls_and_the_own_vote(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let mut ear = stage.listen(host.room_id()).await;
        stage.send(&host, ask("Closed", &["a", "b"])).await;
        let closed = poll(&stage, &mut ear).await;
        stage.send(&host, Do::ClosePoll(closed.poll_id)).await;
        stage.send(&host, ask("Open", &["a", "b"])).await;
        let open = poll(&stage, &mut ear).await;
        stage.send(&ada, vote(open.poll_id, "2")).await;
        let met = stage.enter(&stage.ada, &room).await.entered.told;
        let [RoomEvent::Poll(seen), RoomEvent::VotePoll { poll_id, option_id, .. }] = &met[..] else {
            panic!("{met:?}")
        };
        assert_eq!((seen.poll_id, seen.options[1].votes), (open.poll_id, 1));
        assert_eq!((*poll_id, option_id.as_str()), (open.poll_id, "2"));
        let met = stage.enter(&stage.eve, &room).await.entered.told;
        assert!(matches!(&met[..], [RoomEvent::Poll(_)]), "{met:?}");
    }

    // Once only those met them who came in by themselves.
    async fn whoever_is_let_in_meets_the_open_polls_and_the_own_vote(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Knock, &[&stage.eve]).await;
        for room in [session_key(id), named("talk")] {
            let host = stage.enter(&stage.bob, &room).await;
            stage.enter(&stage.eve, &room).await;
            let mut ear = stage.listen(host.room_id()).await;
            stage.send(&host, ask("Closed", &["a", "b"])).await;
            let closed = poll(&stage, &mut ear).await;
            stage.send(&host, Do::ClosePoll(closed.poll_id)).await;
            stage.send(&host, ask("Open", &["a", "b"])).await;
            poll(&stage, &mut ear).await;
            stage.send(&host, Do::AcceptWaiting(Target::All)).await;
            let let_in = stage.news(&mut ear).await;
            assert_eq!(let_in[let_in.len() - 2..], ["room_state > everyone", "poll Open 0:0 > eve"]);
        }
        // In a session one may have voted before.
        let room = session_key(id);
        let [host, eve] = [stage.enter(&stage.bob, &room).await, stage.enter(&stage.eve, &room).await];
        let RoomEvent::Poll(open) = &eve.entered.told[0] else { panic!("{:?}", eve.entered.told) };
        stage.send(&eve, vote(open.poll_id, "2")).await;
        stage.send(&host, Do::RemoveParticipant(Target::User(stage.eve.user_id().clone()))).await;
        let class = stage.session(id).await.lesson.unwrap().class_id.unwrap();
        stage.services().enrol_student(&stage.bob, class, stage.eve.user_id()).await.unwrap();
        assert_eq!(stage.enter(&stage.eve, &room).await.role(), RoomRole::Waiting);
        let mut ear = stage.listen(host.room_id()).await;
        stage.send(&host, Do::AcceptWaiting(Target::All)).await;
        let let_in = stage.news(&mut ear).await;
        assert_eq!(let_in[let_in.len() - 2..], ["poll Open 0:1 > eve", "vote_poll eve > eve"]);
    }

    // Once those of a room with 200 large polls were cut off while they came in.
    async fn so_many_polls_are_open_as_whoever_comes_in_can_take_at_once(database) {
        let stage = Stage::new(&database).await;
        let room = session_key(stage.class(Admission::Open, &[]).await);
        let host = stage.enter(&stage.bob, &room).await;
        // Nothing takes more room in JSON.
        let (question, option) = ("\u{1}".repeat(1_000), "\u{1}".repeat(200));
        let large = || ask(&question, &[option.as_str(); 10]);
        for _ in 0..20 {
            stage.send(&host, large()).await;
        }
        assert_eq!(code(stage.try_send(&host, large()).await), ErrorCode::LimitExceeded);
        let met = stage.enter(&stage.ada, &room).await.entered.told;
        let bytes: usize = met.iter().map(|event| serde_json::to_vec(event).unwrap().len()).sum();
        assert_eq!(met.len(), 20);
        assert!((300_000..500_000).contains(&bytes), "{bytes} bytes, half of an outbox at most");
        let RoomEvent::Poll(first) = &met[0] else { panic!("{:?}", met[0]) };
        stage.send(&host, Do::ClosePoll(first.poll_id)).await;
        stage.send(&host, large()).await;
    }

    // Once whoever came in heard the open polls at doors that carry none.
    async fn polls_are_met_only_at_the_doors_that_carry_them(database) {
        let stage = Stage::new(&database).await;
        let room = session_key(stage.class(Admission::Open, &[]).await);
        let host = stage.enter(&stage.bob, &room).await;
        stage.send(&host, ask("Open", &["a", "b"])).await;
        for (door, polls) in [(Door::Zoom, 1), (Door::Class, 1), (Door::Chat, 0), (Door::Screenshare, 0)] {
            let met = stage.try_enter(&stage.ada, &room, door).await.unwrap().entered.told;
            assert_eq!(met.len(), polls, "{door:?}: {met:?}");
        }
    }

    async fn a_poll_that_makes_no_sense_is_refused(database) {
        let stage = Stage::new(&database).await;
        let room = session_key(stage.class(Admission::Open, &[]).await);
        let host = stage.enter(&stage.bob, &room).await;
        let ada = stage.enter(&stage.ada, &room).await;
        let mut ear = stage.listen(host.room_id()).await;
        let (long, many) = ("x".repeat(201), ["x"; 11]);
        let question = "q".repeat(1_001);
        let cases = [
            (ask(" ", &["a", "b"]), "chatContent"),
            (ask(&question, &["a", "b"]), "chatContent"),
            (ask("q", &["a"]), "options"),
            (ask("q", &many), "options"),
            (ask("q", &["a", " "]), "options"),
            (ask("q", &["a", &long]), "options"),
        ];
        for (command, field) in cases {
            let wrong = refused(stage.try_send(&host, command).await);
            assert_eq!((wrong.code, wrong.fields[0].field.as_str()), (ErrorCode::ValidationFailed, field));
        }
        assert_eq!(code(stage.try_send(&ada, ask("q", &["a", "b"])).await), ErrorCode::Forbidden);
        assert!(stage.news(&mut ear).await.is_empty());
    }
}
