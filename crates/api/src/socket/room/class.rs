//! The dialect of class clients: `{action, …}` in, `{type, data}` out. What has no name of its own there has the name of
//! the other dialect in camelCase, and its payload.

use std::fmt;

use mockly_domain::room::{Entrant, Member, RoomEvent};
use mockly_domain::{ErrorCode, SessionStatus, Timestamp};
use mockly_service::Entered;
use serde_json::{Map, Value, json};

use super::inbound::{Fault, Inbound, object, shorten};

/// Reads `{action, …}`. A `sessionId` that is not this room's is refused: the frame was meant for another socket.
pub(super) fn inbound(text: &[u8], room: &str) -> Result<Inbound, Fault> {
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
    if action == "sendMessage" {
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
pub(super) fn outbound(event: &RoomEvent) -> Value {
    match event {
        RoomEvent::Connect(entrant) if !entrant.role_changed => typed("participantJoined", joined(entrant)),
        RoomEvent::Disconnect(gone) => typed(
            "participantLeft",
            json!({
                "userId": gone.client_id,
                "userName": gone.display_name,
                "participantCount": gone.participant_count,
            }),
        ),
        RoomEvent::AddChat(message) => typed(
            "message",
            json!({
                "messageId": message.message_id,
                "sessionId": message.session_id,
                "userId": message.client_id,
                "userName": message.display_name,
                "message": message.chat_content,
                "messageType": lower(message.message_type),
                "timestamp": Timestamp::from_micros(message.timestamp.saturating_mul(1_000)),
                "chatId": message.chat_id,
            }),
        ),
        RoomEvent::RaiseHand(actor) => {
            typed("handRaised", json!({ "userId": actor.client_id, "userName": actor.display_name }))
        }
        RoomEvent::LowerHand(actor) => {
            typed("handLowered", json!({ "userId": actor.client_id, "userName": actor.display_name }))
        }
        RoomEvent::SessionEnded { end_reason } => typed("sessionEnded", json!({ "endReason": lower(end_reason) })),
        RoomEvent::Error { code, message, event } => {
            let event = event.as_deref().map(action_of);
            let mut data = json!({ "code": code, "message": message });
            if let (Some(event), Some(data)) = (event, data.as_object_mut()) {
                data.insert("event".to_owned(), Value::String(event));
            }
            typed("error", data)
        }
        other => untyped(other),
    }
}

/// `welcome`: who one is, where the session stands, and who is there.
pub(super) fn welcome(entered: &Entered) -> Value {
    let welcome = &entered.welcome;
    let role = welcome.role_in_session.map_or_else(|| entered.role.as_str().to_owned(), lower);
    let raised = &entered.state.hands_raised;
    let participants: Vec<Value> =
        entered.state.participants.iter().map(|member| participant(member, raised)).collect();
    let mut data = json!({
        "sessionId": welcome.session_id,
        "userId": welcome.user_id,
        "role": role,
        "participantCount": welcome.participant_count,
        "participants": participants,
        "handsRaised": raised.iter().map(|member| json!({
            "userId": member.client_id,
            "userName": member.display_name,
        })).collect::<Vec<_>>(),
    });
    if let (Some(status), Some(data)) = (welcome.status, data.as_object_mut()) {
        data.insert("status".to_owned(), Value::String(status_name(status).to_owned()));
    }
    typed("welcome", data)
}

fn joined(entrant: &Entrant) -> Value {
    json!({
        "userId": entrant.client_id,
        "userName": entrant.display_name,
        "role": entrant.role_in_session.map_or_else(|| entrant.role.as_str().to_owned(), lower),
        "participantCount": entrant.participant_count,
    })
}

fn participant(member: &Member, raised: &[Member]) -> Value {
    json!({
        "userId": member.client_id,
        "userName": member.display_name,
        "role": member.role_in_session.map_or_else(|| member.role.as_str().to_owned(), lower),
        "online": member.online,
        "isHandRaised": raised.iter().any(|raised| raised.client_id == member.client_id),
    })
}

/// What has no shape of its own here: the other dialect's name in camelCase, and its payload.
fn untyped(event: &RoomEvent) -> Value {
    let Ok(Value::Object(mut frame)) = serde_json::to_value(event) else { return Value::Null };
    let name = frame.get("event").and_then(Value::as_str).map(camel_case).unwrap_or_default();
    typed(&name, frame.remove("payload").unwrap_or_else(|| Value::Object(Map::new())))
}

fn typed(name: &str, data: Value) -> Value {
    Value::Object(Map::from_iter([("type".to_owned(), Value::String(name.to_owned())), ("data".to_owned(), data)]))
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
fn action_of(event: &str) -> String {
    if event == "add_chat" { "sendMessage".to_owned() } else { camel_case(event) }
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
    use mockly_domain::room::{Actor, MessageType, RoomCommand, Target};
    use mockly_domain::{EndReason, UserId};

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
}
