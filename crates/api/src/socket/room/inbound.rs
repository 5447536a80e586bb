//! From a frame to a command: names, types and whose name a frame speaks in. Every fault says what would be right.

use mockly_domain::room::{MediaSource, MessageRef, MessageType, RoomCommand, Target};
use mockly_domain::{ErrorCode, PollId, UserId};
use serde_json::{Map, Value};

/// Why a frame has no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(super) code: ErrorCode,
    pub(crate) message: String,
    /// The event of the frame, where it had one.
    pub(super) event: Option<String>,
}

/// A frame's event and payload.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Inbound {
    pub(super) event: String,
    pub(super) payload: Map<String, Value>,
}

impl Fault {
    pub(super) fn frame(message: impl Into<String>) -> Self {
        Self { code: ErrorCode::ProtocolError, message: message.into(), event: None }
    }
}

impl Inbound {
    /// Reads `{event, payload}`.
    pub(crate) fn of_event(text: &[u8]) -> Result<Self, Fault> {
        let mut frame = object(text)?;
        let Some(Value::String(event)) = frame.remove("event") else {
            return Err(Fault::frame("A frame needs `event`, a string such as `add_chat`."));
        };
        match frame.remove("payload") {
            None | Some(Value::Null) => Ok(Self { event, payload: Map::new() }),
            Some(Value::Object(payload)) => Ok(Self { event, payload }),
            Some(_) => Err(Fault {
                code: ErrorCode::ValidationFailed,
                message: "`payload` must be an object.".to_owned(),
                event: Some(shorten(&event)),
            }),
        }
    }

    /// The command that `sender` asks for.
    pub(crate) fn command(self, sender: &UserId) -> Result<RoomCommand, Fault> {
        let event = self.event.clone();
        self.try_command(sender).map_err(|(code, message)| Fault { code, message, event: Some(shorten(&event)) })
    }

    fn try_command(self, sender: &UserId) -> Result<RoomCommand, Refusal> {
        let payload = Payload(self.payload);
        let command = match self.event.as_str() {
            "accept_waiting" => return payload.target().map(RoomCommand::AcceptWaiting),
            "deny_waiting" => return payload.target().map(RoomCommand::DenyWaiting),
            "accept_screenshare" => return payload.target().map(RoomCommand::AcceptScreenshare),
            "deny_screenshare" => return payload.target().map(RoomCommand::DenyScreenshare),
            "ask_unmute" => return payload.target().map(RoomCommand::AskUnmute),
            "remove_participant" => return payload.target().map(RoomCommand::RemoveParticipant),
            "mute_participant" => {
                let source = payload.known::<MediaSource>("source")?;
                let source = source.ok_or_else(|| invalid("`source` must be MICROPHONE, CAMERA or SCREEN."))?;
                return Ok(RoomCommand::MuteParticipant { target: payload.target()?, source });
            }
            // Whether it may be somebody else's hand, the service decides.
            "lower_hand" => return payload.optional_target().map(RoomCommand::LowerHand),
            "ping" => RoomCommand::Ping,
            "get_recent_chats" => RoomCommand::GetRecentChats,
            "raise_hand" => RoomCommand::RaiseHand,
            "request_waiting" => RoomCommand::RequestWaiting,
            "request_screenshare" => RoomCommand::RequestScreenshare,
            "stop_screenshare" => RoomCommand::StopScreenshare,
            "toggle_audio" => RoomCommand::ToggleAudio { enabled: payload.flag("enabled")? },
            "toggle_video" => RoomCommand::ToggleVideo { enabled: payload.flag("enabled")? },
            "add_chat" => RoomCommand::AddChat {
                chat_id: payload.text("chatId")?,
                content: payload.needed_text("chatContent")?,
                message_type: payload.known("messageType")?.unwrap_or(MessageType::Chat),
            },
            "delete_chat" => RoomCommand::DeleteChat(payload.message()?),
            "create_poll" => RoomCommand::CreatePoll {
                question: payload.needed_text("chatContent")?,
                options: payload.texts("options")?,
            },
            "vote_poll" => RoomCommand::VotePoll { poll_id: payload.poll()?, option_id: payload.option()? },
            "close_poll" => RoomCommand::ClosePoll(payload.poll()?),
            other => {
                let other = shorten(other);
                return Err((ErrorCode::UnknownEvent, format!("There is no event `{other}` for clients to send.")));
            }
        };
        payload.speaks_for(sender)?;
        Ok(command)
    }
}

type Refusal = (ErrorCode, String);

fn invalid(message: impl Into<String>) -> Refusal {
    (ErrorCode::ValidationFailed, message.into())
}

struct Payload(Map<String, Value>);

impl Payload {
    /// A `clientId` must be the sender's; none is fine.
    fn speaks_for(&self, sender: &UserId) -> Result<(), Refusal> {
        match self.0.get("clientId") {
            None | Some(Value::Null) => Ok(()),
            Some(Value::String(id)) if id == sender.as_str() => Ok(()),
            Some(_) => Err((
                ErrorCode::ForgedIdentity,
                "`clientId` must be your own user id here; leave it out, the server knows who you are.".to_owned(),
            )),
        }
    }

    fn target(&self) -> Result<Target, Refusal> {
        self.optional_target()?
            .ok_or_else(|| invalid("`clientId` must name the user whom it concerns, or `all` be true."))
    }

    fn optional_target(&self) -> Result<Option<Target>, Refusal> {
        if self.0.get("all").is_some_and(|all| *all == Value::Bool(true)) {
            return Ok(Some(Target::All));
        }
        let Some(id) = self.text("clientId")? else { return Ok(None) };
        let user = UserId::new(id).map_err(|error| invalid(format!("`clientId` {error}.")))?;
        Ok(Some(Target::User(user)))
    }

    fn text(&self, field: &str) -> Result<Option<String>, Refusal> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(invalid(format!("`{field}` must be a string."))),
        }
    }

    fn needed_text(&self, field: &str) -> Result<String, Refusal> {
        self.text(field)?.ok_or_else(|| invalid(format!("`{field}` is needed: a string.")))
    }

    fn texts(&self, field: &str) -> Result<Vec<String>, Refusal> {
        let Some(Value::Array(items)) = self.0.get(field) else {
            return Err(invalid(format!("`{field}` is needed: an array of strings.")));
        };
        let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
        texts.ok_or_else(|| invalid(format!("`{field}` must be an array of strings.")))
    }

    fn flag(&self, field: &str) -> Result<bool, Refusal> {
        let flag = self.0.get(field).and_then(Value::as_bool);
        flag.ok_or_else(|| invalid(format!("`{field}` is needed: true or false.")))
    }

    fn known<T: std::str::FromStr>(&self, field: &str) -> Result<Option<T>, Refusal>
    where
        T::Err: std::fmt::Display,
    {
        let text = self.text(field)?;
        text.map(|text| text.parse().map_err(|error| invalid(format!("`{field}`: {error}.")))).transpose()
    }

    fn message(&self) -> Result<MessageRef, Refusal> {
        if let Some(id) = self.text("messageId")? {
            let id = id.parse().map_err(|error| invalid(format!("`messageId` {error}.")))?;
            return Ok(MessageRef::Id(id));
        }
        let chat_id = self.text("chatId")?;
        chat_id.map(MessageRef::ChatId).ok_or_else(|| invalid("`messageId` or `chatId` is needed: a string."))
    }

    fn poll(&self) -> Result<PollId, Refusal> {
        self.needed_text("pollId")?.parse().map_err(|error| invalid(format!("`pollId` {error}.")))
    }

    /// An option's id; a whole number is read as its digits.
    fn option(&self) -> Result<String, Refusal> {
        match self.0.get("optionId") {
            Some(Value::Number(number)) if number.is_u64() => Ok(number.to_string()),
            _ => self.needed_text("optionId"),
        }
    }
}

/// Reads a JSON object.
pub(super) fn object(text: &[u8]) -> Result<Map<String, Value>, Fault> {
    match serde_json::from_slice(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Fault::frame("A frame must be a JSON object.")),
        Err(_) => Err(Fault::frame("A frame must be a JSON object in UTF-8; this one cannot be read.")),
    }
}

/// What is echoed of a name that the peer chose.
pub(super) fn shorten(name: &str) -> String {
    name.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(frame: &str) -> Result<RoomCommand, Fault> {
        Inbound::of_event(frame.as_bytes())?.command(&UserId::new("ada").unwrap())
    }

    fn check_fault(frame: &str, code: ErrorCode, event: Option<&str>) {
        let fault = read(frame).unwrap_err();
        assert_eq!((fault.code, fault.event.as_deref()), (code, event), "{frame}: {}", fault.message);
    }

    #[test]
    fn the_frames_of_earlier_clients_are_read() {
        let chat = r#"{"event":"add_chat","payload":{"clientId":"ada","displayName":"x","chatId":"msg456",
                       "timestamp":1234567890,"chatContent":"Hello everyone!"}}"#;
        let expected = RoomCommand::AddChat {
            chat_id: Some("msg456".to_owned()),
            content: "Hello everyone!".to_owned(),
            message_type: MessageType::Chat,
        };
        assert_eq!(read(chat), Ok(expected));
        let accept = r#"{"event":"accept_waiting","payload":{"clientId":"waitingUser","displayName":"Jane Smith"}}"#;
        let user = UserId::new("waitingUser").unwrap();
        assert_eq!(read(accept), Ok(RoomCommand::AcceptWaiting(Target::User(user))));
        let all = r#"{"event":"accept_waiting","payload":{"all":true}}"#;
        assert_eq!(read(all), Ok(RoomCommand::AcceptWaiting(Target::All)));
        assert_eq!(read(r#"{"event":"ping"}"#), Ok(RoomCommand::Ping));
        assert_eq!(read(r#"{"event":"lower_hand","payload":{}}"#), Ok(RoomCommand::LowerHand(None)));
    }

    #[test]
    fn faults_say_which_event_and_why() {
        check_fault("", ErrorCode::ProtocolError, None);
        check_fault("[]", ErrorCode::ProtocolError, None);
        check_fault(r#"{"payload":{}}"#, ErrorCode::ProtocolError, None);
        check_fault(r#"{"event":"ping","payload":[]}"#, ErrorCode::ValidationFailed, Some("ping"));
        check_fault(r#"{"event":"explode"}"#, ErrorCode::UnknownEvent, Some("explode"));
        check_fault(r#"{"event":"connect"}"#, ErrorCode::UnknownEvent, Some("connect"));
        check_fault(
            r#"{"event":"add_chat","payload":{"chatContent":5}}"#,
            ErrorCode::ValidationFailed,
            Some("add_chat"),
        );
        check_fault(r#"{"event":"deny_waiting","payload":{}}"#, ErrorCode::ValidationFailed, Some("deny_waiting"));
        check_fault(
            r#"{"event":"mute_participant","payload":{"clientId":"bob","source":"NOSE"}}"#,
            ErrorCode::ValidationFailed,
            Some("mute_participant"),
        );
        check_fault(
            r#"{"event":"raise_hand","payload":{"clientId":"bob"}}"#,
            ErrorCode::ForgedIdentity,
            Some("raise_hand"),
        );
    }
}
