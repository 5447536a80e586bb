//! R13: the server sets sender, id and time; the client's id makes a repeat harmless; what is taken back is gone.

use std::sync::Arc;

use mockly_domain::room::{ChatMessage, Door, MessageRef, MessageType, RoomCommand as Do, RoomEvent};
use mockly_domain::{Admission, ErrorCode, MessageId};
use mockly_service::{IdSource, NoMedia, SystemIds};

use super::hall::{GRACE, SECOND, Tab, named, session_key};
use crate::sessions::stage::{Stage, code, refused};
use crate::support::{TestWorld, on_both_databases};

fn say(content: &str) -> Do {
    Do::AddChat { chat_id: None, content: content.to_owned(), message_type: MessageType::Chat }
}

fn say_as(chat_id: &str, content: &str) -> Do {
    Do::AddChat { chat_id: Some(chat_id.to_owned()), content: content.to_owned(), message_type: MessageType::Chat }
}

/// What the doors have.
async fn recent(stage: &Stage, tab: &Tab) -> Vec<ChatMessage> {
    match stage.send(tab, Do::GetRecentChats).await.pop() {
        Some(RoomEvent::GetRecentChats(messages)) => messages,
        other => panic!("no history but {other:?}"),
    }
}

fn texts(messages: &[ChatMessage]) -> Vec<&str> {
    messages.iter().map(|message| message.chat_content.as_str()).collect()
}

on_both_databases! {
    async fn r13_a_message_is_trimmed_stored_and_told(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[]).await;
        let room = session_key(id);
        let ada = stage.enter(&stage.ada, &room).await;
        let mut ear = stage.listen(ada.room_id()).await;
        assert!(stage.send(&ada, say("  Hello, Bob \n")).await.is_empty());
        let messages = stage.messages(&mut ear).await;
        let RoomEvent::AddChat(told) = &messages[0].event else { panic!("{messages:?}") };
        assert_eq!((told.client_id.as_str(), told.display_name.as_str()), ("ada", "Name of ada"));
        assert_eq!((told.chat_content.as_str(), told.message_type), ("Hello, Bob", MessageType::Chat));
        assert_eq!((told.session_id.clone(), told.chat_id.clone()), (id.to_string(), told.message_id.to_string()));
        assert_eq!(told.timestamp, stage.now().as_micros() / 1_000);
        assert_eq!(recent(&stage, &ada).await, std::slice::from_ref(told));
        let rest = stage.services().list_messages(&stage.bob, id, None, None, 50).await.unwrap();
        assert_eq!((rest.items, rest.has_more), (vec![told.clone()], false));
    }

    async fn r13_lengths_and_kinds_are_bounded(database) {
        let stage = Stage::new(&database).await;
        let room = session_key(stage.class(Admission::Open, &[]).await);
        let ada = stage.enter(&stage.ada, &room).await;
        let host = stage.enter(&stage.bob, &room).await;
        let mut ear = stage.listen(ada.room_id()).await;
        let long = "\u{1F600}".repeat(1_001);
        for content in ["", " \t\r\n", long.as_str()] {
            let wrong = refused(stage.try_send(&ada, say(content)).await);
            assert_eq!((wrong.code, wrong.fields[0].field.as_str()), (ErrorCode::ValidationFailed, "chatContent"));
        }
        for chat_id in ["", &"x".repeat(129)] {
            let wrong = refused(stage.try_send(&ada, say_as(chat_id, "Hi")).await);
            assert_eq!((wrong.code, wrong.fields[0].field.as_str()), (ErrorCode::ValidationFailed, "chatId"));
        }
        for tab in [&ada, &host] {
            let system =
                Do::AddChat { chat_id: None, content: "Fire!".to_owned(), message_type: MessageType::System };
            assert_eq!(code(stage.try_send(tab, system).await), ErrorCode::Forbidden);
        }
        assert!(stage.news(&mut ear).await.is_empty());
        let fits = format!("  {}  ", "\u{1F600}".repeat(1_000));
        stage.send(&ada, say(&fits)).await;
        stage.send(&ada, say_as(&"x".repeat(128), "x")).await;
        stage.send(&ada, Do::AddChat {
            chat_id: None,
            content: "Why?".to_owned(),
            message_type: MessageType::Question,
        })
        .await;
        assert_eq!(texts(&recent(&stage, &ada).await), [fits.trim(), "x", "Why?"]);
    }

    /// PostgreSQL keeps no NUL in a text: such a message was an internal error there, and stored on SQLite.
    async fn r13_text_that_cannot_be_stored_is_refused_as_such(database) {
        let stage = Stage::new(&database).await;
        let room = session_key(stage.class(Admission::Open, &[]).await);
        let host = stage.enter(&stage.bob, &room).await;
        let ask = |question: &str, option: &str| Do::CreatePoll {
            question: question.to_owned(),
            options: vec!["a".to_owned(), option.to_owned()],
        };
        let cases = [
            (say("a\0b"), "chatContent"),
            (say_as("a\0b", "Hi"), "chatId"),
            (ask("a\0b", "b"), "chatContent"),
            (ask("Well?", "a\0b"), "options"),
        ];
        for (command, field) in cases {
            let wrong = refused(stage.try_send(&host, command).await);
            assert_eq!((wrong.code, wrong.fields[0].field.as_str()), (ErrorCode::ValidationFailed, field));
        }
        let unknown = Do::DeleteChat(MessageRef::ChatId("a\0b".to_owned()));
        assert_eq!(code(stage.try_send(&host, unknown).await), ErrorCode::MessageNotFound);
    }

    async fn r13_a_repeat_of_a_chat_id_gives_the_stored_message_to_its_sender_alone(database) {
        let stage = Stage::new(&database).await;
        let room = session_key(stage.class(Admission::Open, &[]).await);
        let ada = stage.enter(&stage.ada, &room).await;
        let host = stage.enter(&stage.bob, &room).await;
        let mut ear = stage.listen(ada.room_id()).await;
        stage.send(&ada, say_as("m1", "Once")).await;
        let again = stage.send(&ada, say_as("m1", "Twice")).await;
        assert!(matches!(&again[..], [RoomEvent::AddChat(told)] if told.chat_content == "Once" && told.chat_id == "m1"));
        // Another sender's id is another id.
        stage.send(&host, say_as("m1", "Mine")).await;
        let told = [r#"add_chat ada "Once" > admitted"#, r#"add_chat auth0|bob "Mine" > admitted"#];
        assert_eq!(stage.news(&mut ear).await, told);
        // However many repeats come at once, one is stored.
        let tries = (0..6).map(|_| stage.try_send(&ada, say_as("m2", "At once")));
        for outcome in futures_util::future::join_all(tries).await {
            outcome.unwrap();
        }
        assert_eq!(stage.news(&mut ear).await, [r#"add_chat ada "At once" > admitted"#]);
    }

    async fn r13_a_message_is_taken_back_by_its_author_or_a_host(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let ada = stage.enter(&stage.ada, &room).await;
        let host = stage.enter(&stage.bob, &room).await;
        let eve = stage.enter(&stage.eve, &room).await;
        for (tab, chat_id, text) in
            [(&ada, "a1", "One"), (&ada, "a2", "Two"), (&ada, "a3", "Three"), (&eve, "a1", "Four"), (&eve, "e", "Five")]
        {
            stage.send(tab, say_as(chat_id, text)).await;
            stage.sleep(SECOND);
        }
        let all = recent(&stage, &ada).await;
        let by_id = |number: usize| Do::DeleteChat(MessageRef::Id(all[number].message_id));
        let by_chat_id = |chat_id: &str| Do::DeleteChat(MessageRef::ChatId(chat_id.to_owned()));
        assert_eq!(code(stage.try_send(&eve, by_id(0)).await), ErrorCode::Forbidden);
        assert_eq!(code(stage.try_send(&eve, by_chat_id("a2")).await), ErrorCode::MessageNotFound);
        let unknown = Do::DeleteChat(MessageRef::Id(MessageId(SystemIds.uuid())));
        assert_eq!(code(stage.try_send(&host, unknown).await), ErrorCode::MessageNotFound);
        let mut ear = stage.listen(ada.room_id()).await;
        stage.send(&ada, by_id(1)).await;
        stage.send(&ada, by_chat_id("a3")).await;
        // For a host it is the newest of that id, whoever sent it.
        stage.send(&host, by_chat_id("a1")).await;
        stage.send(&host, by_id(0)).await;
        let by = ["ada", "ada", "auth0|bob", "auth0|bob"];
        assert_eq!(stage.news(&mut ear).await, by.map(|who| format!("delete_chat {who} > admitted")));
        // Once more is no news, for its author and for hosts.
        stage.send(&ada, by_id(1)).await;
        stage.send(&host, by_id(1)).await;
        assert!(stage.news(&mut ear).await.is_empty());
        assert_eq!(texts(&recent(&stage, &ada).await), ["Five"]);
        let rest = stage.services().list_messages(&stage.ada, id, None, None, 50).await.unwrap();
        assert_eq!(texts(&rest.items), ["Five"]);
    }

    async fn r13_history_is_read_in_pages_and_survives_the_session_and_the_server(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Open, &[&stage.eve]).await;
        let room = session_key(id);
        let ada = stage.enter(&stage.ada, &room).await;
        for number in 0..107 {
            let message_type = if number % 50 == 0 { MessageType::Question } else { MessageType::Chat };
            stage.send(&ada, Do::AddChat { chat_id: None, content: number.to_string(), message_type }).await;
        }
        let newest = recent(&stage, &ada).await;
        assert_eq!((newest.len(), texts(&newest)[0], texts(&newest)[99]), (100, "7", "106"));
        stage.services().end_session(&stage.bob, id).await.unwrap();
        let later = TestWorld::with(&database, Arc::new(NoMedia), |_settings| ());
        let page = async |before, kind, limit| later.services.list_messages(&stage.ada, id, before, kind, limit).await;
        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let rows = page(before, None, 40).await.unwrap();
            before = rows.items.first().map(|message| message.message_id);
            seen.splice(0..0, rows.items);
            if !rows.has_more {
                break;
            }
        }
        assert_eq!(texts(&seen), (0..107).map(|number| number.to_string()).collect::<Vec<_>>());
        let questions = page(None, Some(MessageType::Question), 10).await.unwrap();
        assert_eq!((texts(&questions.items), questions.has_more), (vec!["0", "50", "100"], false));
        let nobody = stage.user("nobody").await;
        let refused = later.services.list_messages(&nobody, id, None, None, 10).await;
        assert_eq!(code(refused.map(|rows| rows.has_more)), ErrorCode::AccessDenied);
    }

    async fn one_who_waits_reads_no_messages(database) {
        let stage = Stage::new(&database).await;
        let id = stage.class(Admission::Knock, &[]).await;
        stage.enter(&stage.ada, &session_key(id)).await;
        let rest = stage.services().list_messages(&stage.ada, id, None, None, 50).await;
        assert_eq!(code(rest.map(|rows| rows.has_more)), ErrorCode::Waiting);
    }

    async fn chat_of_an_ad_hoc_room_lives_with_the_room(database) {
        let stage = Stage::new(&database).await;
        let room = named("chatter");
        let ada = stage.try_enter(&stage.ada, &room, Door::Chat).await.unwrap();
        stage.send(&ada, say_as("m1", "Hello")).await;
        assert_eq!(recent(&stage, &ada).await[0].session_id, "chatter");
        stage.close(&ada).await;
        stage.pass(GRACE).await;
        let ada = stage.enter(&stage.ada, &room).await;
        assert!(recent(&stage, &ada).await.is_empty());
        // Ids of the former life are free.
        stage.send(&ada, say_as("m1", "Again")).await;
        assert_eq!(texts(&recent(&stage, &ada).await), ["Again"]);
    }
}
