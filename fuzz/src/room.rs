//! Frames at the doors of rooms, in both dialects.

use mockly_api::socket::fuzzing::{class_command, zoom_command};
use mockly_domain::UserId;
use serde_json::{Map, Value, json};

const ROOM: &str = "room";
/// A refusal is a sentence, not an echo.
const REFUSAL_BYTES_MAX: usize = 1_024;

/// A frame is a command or a short refusal; the same frame in the other dialect is the same command; a frame that speaks
/// for somebody else never gets through.
pub(crate) fn room(input: &[u8]) {
    let Ok(sender) = UserId::new("ada") else { return };
    for refusal in [zoom_command(input, &sender).err(), class_command(input, ROOM, &sender).err()].into_iter().flatten()
    {
        assert!(refusal.len() <= REFUSAL_BYTES_MAX, "{} bytes: {refusal}", refusal.len());
    }
    let Ok(Value::Object(frame)) = serde_json::from_slice(input) else { return };
    if let Some(class) = in_class(&frame) {
        assert_eq!(class_command(class.as_bytes(), ROOM, &sender), zoom_command(input, &sender));
    }
    let speaks_as = frame.get("payload").and_then(|payload| payload.get("clientId"));
    if let (Some(Value::String(event)), Some(Value::String(id))) = (frame.get("event"), speaks_as)
        && ["add_chat", "raise_hand", "vote_poll"].contains(&event.as_str())
        && id != sender.as_str()
    {
        assert!(zoom_command(input, &sender).is_err(), "{id} was spoken for");
    }
}

/// A frame `{event, payload}` in the other dialect, where it can be said there.
fn in_class(frame: &Map<String, Value>) -> Option<String> {
    let Some(Value::String(event)) = frame.get("event") else { return None };
    let mut payload = match frame.get("payload") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(payload)) => payload.clone(),
        Some(_) => return None,
    };
    // Names that mean something of their own there, or that camelCase cannot carry there and back.
    let plain = event.chars().all(|character| character.is_ascii_lowercase() || character == '_')
        && !event.is_empty()
        && !event.contains("__")
        && !event.starts_with('_')
        && !event.ends_with('_');
    if !plain
        || event == "send_message"
        || ["action", "sessionId", "message"].iter().any(|&name| payload.contains_key(name))
    {
        return None;
    }
    let action = if event == "add_chat" { "sendMessage".to_owned() } else { camel_case(event) };
    if event == "add_chat"
        && let Some(text) = payload.remove("chatContent")
    {
        payload.insert("message".to_owned(), text);
    }
    payload.insert("action".to_owned(), json!(action));
    Some(Value::Object(payload).to_string())
}

fn camel_case(name: &str) -> String {
    let mut upper = false;
    let mut out = String::new();
    for character in name.chars() {
        if character == '_' {
            upper = true;
        } else {
            out.push(if upper { character.to_ascii_uppercase() } else { character });
            upper = false;
        }
    }
    out
}
