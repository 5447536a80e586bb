//! The dialect of class clients: `{action, …}` in, `{type, data}` out. What has no name of its own there has the name of
//! the other dialect in camelCase, and its payload.

mod event;

use std::fmt;

use mockly_domain::room::{ChatMessage, Member, RoomEvent, RoomRole, RoomState};
use mockly_domain::{ErrorCode, ParticipantRole, SessionStatus, Timestamp, UserId};
use mockly_service::Entered;
use serde_json::{Value, json};

pub(crate) use event::ClassEvent;
use event::{Joined, Left, Message, Participant, Person, Promoted, Refusal, SessionEnded, Welcome};

use super::inbound::{Fault, Inbound, object, shorten};

/// What `add_chat` is called here; its text is `message`.
const SEND_MESSAGE: &str = "sendMessage";

/// Reads `{action, …}`. A `sessionId` that is not this room's is refused: the frame was meant for another socket.
pub(crate) fn inbound(text: &[u8], room: &str) -> Result<Inbound, Fault> {
    let mut payload = object(text)?;
    let Some(Value::String(action)) = payload.remove("action") else {
        return Err(Fault::frame("A frame needs `action`, a string such as `sendMessage`."));
    };
    if payload.get("sessionId").is_some_and(|id| !id.is_null() && id.as_str() != Some(room)) {
        return Err(Fault {
            code: ErrorCode::ValidationFailed,
            message: "`sessionId` must be the id of this room; leave it out, or send the frame on the other's socket."
                .to_owned(),
            event: Some(shorten(&action)),
        });
    }
    if action == SEND_MESSAGE {
        if let Some(message) = payload.remove("message") {
            payload.insert("chatContent".to_owned(), message);
        }
        return Ok(Inbound { event: "add_chat".to_owned(), payload });
    }
    if action.contains('_') {
        let known = camel_case(&action);
        return Err(Fault {
            code: ErrorCode::UnknownEvent,
            message: format!(
                "There is no action `{}`; names are in camelCase here: `{}`.",
                shorten(&action),
                shorten(&known)
            ),
            event: Some(shorten(&action)),
        });
    }
    Ok(Inbound { event: snake_case(&action), payload })
}

/// An event as `{type, data}`.
pub(crate) fn outbound(event: &RoomEvent) -> Value {
    own(event).map_or_else(|| untyped(event), |own| json!(own))
}

/// What has a shape of its own here.
fn own(event: &RoomEvent) -> Option<ClassEvent> {
    Some(match event {
        RoomEvent::Connect(entrant) if !entrant.role_changed => ClassEvent::ParticipantJoined(Joined {
            user_id: entrant.client_id.clone(),
            user_name: entrant.display_name.clone(),
            role: role_name(entrant.role_in_session, entrant.role),
            participant_count: entrant.participant_count,
        }),
        RoomEvent::Connect(promoted) => ClassEvent::Connect(Promoted {
            client_id: promoted.client_id.clone(),
            display_name: promoted.display_name.clone(),
            role: promoted.role,
            role_in_session: promoted.role_in_session.map(lower),
            participant_count: promoted.participant_count,
            role_changed: promoted.role_changed,
        }),
        RoomEvent::RoomState(state) => ClassEvent::RoomState(room_state(state)),
        RoomEvent::Disconnect(gone) => ClassEvent::ParticipantLeft(Left {
            user_id: gone.client_id.clone(),
            user_name: gone.display_name.clone(),
            participant_count: gone.participant_count,
        }),
        RoomEvent::AddChat(message) => ClassEvent::Message(chat_message(message)),
        RoomEvent::GetRecentChats(messages) => ClassEvent::GetRecentChats(messages.iter().map(chat_message).collect()),
        RoomEvent::RaiseHand(actor) => ClassEvent::HandRaised(person(&actor.client_id, &actor.display_name)),
        RoomEvent::LowerHand(actor) => ClassEvent::HandLowered(person(&actor.client_id, &actor.display_name)),
        RoomEvent::SessionEnded { end_reason } => {
            ClassEvent::SessionEnded(SessionEnded { end_reason: lower(end_reason) })
        }
        RoomEvent::Error { code, message, event } => {
            let event = event.as_deref().map(action_of);
            // The one field that has a name of its own here.
            let is_message = event.as_deref() == Some(SEND_MESSAGE);
            let message = if is_message { message.replace("chatContent", "message") } else { message.clone() };
            ClassEvent::Error(Refusal { code: *code, message, event })
        }
        _ => return None,
    })
}

/// `welcome`: who one is, where the session stands, and who is there.
pub(super) fn welcome(entered: &Entered) -> ClassEvent {
    let welcome = &entered.welcome;
    let raised = &entered.state.hands_raised;
    ClassEvent::Welcome(Welcome {
        session_id: welcome.session_id.clone(),
        user_id: welcome.user_id.clone(),
        role: role_name(welcome.role_in_session, entered.role),
        status: welcome.status.map(status_name),
        participant_count: welcome.participant_count,
        participants: entered.state.participants.iter().map(|member| participant(member, raised)).collect(),
        hands_raised: raised.iter().map(|member| person(&member.client_id, &member.display_name)).collect(),
    })
}

fn chat_message(message: &ChatMessage) -> Message {
    Message {
        message_id: message.message_id,
        session_id: message.session_id.clone(),
        user_id: message.client_id.clone(),
        user_name: message.display_name.clone(),
        message: message.chat_content.clone(),
        message_type: lower(message.message_type),
        timestamp: Timestamp::from_micros(message.timestamp.saturating_mul(1_000)),
        chat_id: message.chat_id.clone(),
    }
}

fn room_state(state: &RoomState) -> event::State {
    let members = |list: &[Member]| list.iter().map(room_member).collect();
    event::State {
        room_id: state.room_id.clone(),
        hosts: members(&state.hosts),
        participants: members(&state.participants),
        waiting_users: members(&state.waiting_users),
        hands_raised: members(&state.hands_raised),
        sharing_screen: members(&state.sharing_screen),
        unmuted: members(&state.unmuted),
        camera_on: members(&state.camera_on),
    }
}

fn room_member(member: &Member) -> event::Member {
    event::Member {
        client_id: member.client_id.clone(),
        display_name: member.display_name.clone(),
        role: member.role,
        role_in_session: member.role_in_session.map(lower),
        online: member.online,
    }
}

fn participant(member: &Member, raised: &[Member]) -> Participant {
    Participant {
        user_id: member.client_id.clone(),
        user_name: member.display_name.clone(),
        role: role_name(member.role_in_session, member.role),
        online: member.online,
        is_hand_raised: raised.iter().any(|raised| raised.client_id == member.client_id),
    }
}

fn person(id: &UserId, name: &str) -> Person {
    Person { user_id: id.clone(), user_name: name.to_owned() }
}

/// The role in the session; in an ad-hoc room, in the room.
fn role_name(in_session: Option<ParticipantRole>, in_room: RoomRole) -> String {
    in_session.map_or_else(|| in_room.as_str().to_owned(), lower)
}

/// What has no shape of its own here: the other dialect's name in camelCase, and its payload.
fn untyped(event: &RoomEvent) -> Value {
    let Ok(Value::Object(mut frame)) = serde_json::to_value(event) else { return Value::Null };
    let name = frame.get("event").and_then(Value::as_str).map(camel_case).unwrap_or_default();
    json!({ "type": name, "data": frame.remove("payload").unwrap_or_else(|| json!({})) })
}

/// A session's status as these clients spell it.
const fn status_name(status: SessionStatus) -> &'static str {
    match status {
        SessionStatus::Scheduled => "scheduled",
        SessionStatus::Active => "live",
        SessionStatus::Ended => "ended",
        SessionStatus::Canceled => "cancelled",
    }
}

fn lower(value: impl fmt::Display) -> String {
    value.to_string().to_ascii_lowercase()
}

/// The action that a client of this dialect sent for an event.
pub(crate) fn action_of(event: &str) -> String {
    if event == "add_chat" { SEND_MESSAGE.to_owned() } else { camel_case(event) }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        out.extend(letters);
    }
    out
}

fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use mockly_domain::EndReason;
    use mockly_domain::room::{Actor, MessageType, RoomCommand, Target};

    use super::*;

    fn read(frame: &str) -> Result<RoomCommand, Fault> {
        inbound(frame.as_bytes(), "room")?.command(&UserId::new("ada").unwrap())
    }

    #[test]
    fn the_actions_of_class_clients_are_read() {
        let send = r#"{"action":"sendMessage","sessionId":"room","message":"Why?","messageType":"question"}"#;
        let expected =
            RoomCommand::AddChat { chat_id: None, content: "Why?".to_owned(), message_type: MessageType::Question };
        assert_eq!(read(send), Ok(expected));
        assert_eq!(read(r#"{"action":"raiseHand","sessionId":"room"}"#), Ok(RoomCommand::RaiseHand));
        let bob = UserId::new("bob").unwrap();
        let accept = r#"{"action":"acceptWaiting","clientId":"bob"}"#;
        assert_eq!(read(accept), Ok(RoomCommand::AcceptWaiting(Target::User(bob))));
        let other = read(r#"{"action":"raiseHand","sessionId":"elsewhere"}"#).unwrap_err();
        assert_eq!((other.code, other.event.as_deref()), (ErrorCode::ValidationFailed, Some("raiseHand")));
        assert_eq!(read(r#"{"event":"ping"}"#).unwrap_err().code, ErrorCode::ProtocolError);
    }

    #[test]
    fn events_are_written_as_class_clients_read_them() {
        let ada = Actor { client_id: UserId::new("ada").unwrap(), display_name: "Ada".to_owned() };
        assert_eq!(
            outbound(&RoomEvent::RaiseHand(ada.clone())),
            json!({ "type": "handRaised", "data": { "userId": "ada", "userName": "Ada" } })
        );
        assert_eq!(
            outbound(&RoomEvent::SessionEnded { end_reason: EndReason::HostAbsent }),
            json!({ "type": "sessionEnded", "data": { "endReason": "host_absent" } })
        );
        assert_eq!(
            outbound(&RoomEvent::AcceptWaiting(ada)),
            json!({ "type": "acceptWaiting", "data": { "clientId": "ada", "displayName": "Ada" } })
        );
        assert_eq!(outbound(&RoomEvent::Pong {}), json!({ "type": "pong", "data": {} }));
    }

    #[test]
    fn roles_and_messages_are_spelled_here_as_everywhere_in_this_dialect() {
        let ada = Member {
            client_id: UserId::new("ada").unwrap(),
            display_name: "Ada".to_owned(),
            role: RoomRole::Host,
            role_in_session: Some(ParticipantRole::Teacher),
            online: true,
        };
        let state = RoomState { participants: vec![ada.clone()], ..RoomState::default() };
        let state = outbound(&RoomEvent::RoomState(state));
        assert_eq!((&state["type"], &state["data"]["hosts"]), (&json!("roomState"), &json!([])));
        assert_eq!(
            state["data"]["participants"][0],
            json!({
                "clientId": "ada", "displayName": "Ada", "role": "host", "roleInSession": "teacher", "online": true,
            })
        );
        let promoted = outbound(&RoomEvent::Connect(ada.with_new_role(3)));
        assert_eq!((&promoted["type"], &promoted["data"]["roleInSession"]), (&json!("connect"), &json!("teacher")));
        let message = ChatMessage {
            client_id: ada.client_id,
            display_name: ada.display_name,
            chat_id: "1".to_owned(),
            message_id: mockly_domain::MessageId(uuid::Uuid::nil()),
            timestamp: 1_768_471_200_000,
            chat_content: "Why?".to_owned(),
            message_type: MessageType::Question,
            session_id: "room".to_owned(),
        };
        let live = outbound(&RoomEvent::AddChat(message.clone()));
        assert_eq!((&live["type"], &live["data"]["messageType"]), (&json!("message"), &json!("question")));
        let recent = outbound(&RoomEvent::GetRecentChats(vec![message]));
        assert_eq!((&recent["type"], &recent["data"]), (&json!("getRecentChats"), &json!([live["data"]])));
    }

    #[test]
    fn faults_name_the_field_that_was_sent() {
        let told = |event: &str| {
            let message = "chatContent must be 1 to 1000 characters long.".to_owned();
            let event = Some(event.to_owned());
            outbound(&RoomEvent::Error { code: ErrorCode::ValidationFailed, message, event })["data"]["message"].clone()
        };
        assert_eq!(told("add_chat"), "message must be 1 to 1000 characters long.");
        assert_eq!(told("create_poll"), "chatContent must be 1 to 1000 characters long.");
    }
}
