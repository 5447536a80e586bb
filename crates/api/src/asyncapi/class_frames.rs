//! Frames of the dialect of class clients that follow from those of the other one.

use serde_json::{Map, Value, json};

use super::schemas::Variant;

/// A command as class clients send it: the payload's members stand beside `action`.
pub(super) fn class_command(action: &str, variant: &Variant) -> Value {
    let mut payload = variant.frame["properties"]["payload"].clone();
    if action == "sendMessage" {
        rename_text(&mut payload);
    }
    let head = json!({
        "type": "object",
        "required": ["action"],
        "properties": {
            "action": { "type": "string", "enum": [action] },
            "sessionId": { "type": "string", "description": "`roomId` of the path; may be left out." },
        },
    });
    json!({ "allOf": [head, payload] })
}

fn rename_text(payload: &mut Value) {
    let Some(payload) = payload.as_object_mut() else { return };
    if let Some(Value::Object(properties)) = payload.get_mut("properties") {
        *properties =
            std::mem::take(properties).into_iter().map(|(name, of)| (renamed(name), of)).collect::<Map<_, _>>();
    }
    for name in payload.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten() {
        *name = json!(renamed(name.as_str().unwrap_or_default().to_owned()));
    }
    for part in payload.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        rename_text(part);
    }
}

fn renamed(name: String) -> String {
    if name == "chatContent" { "message".to_owned() } else { name }
}

/// An event as class clients hear it that has no shape of its own for them.
pub(super) fn class_event(name: &str, variant: &Variant) -> Value {
    json!({
        "type": "object",
        "required": ["type", "data"],
        "properties": {
            "type": { "type": "string", "enum": [name] },
            "data": variant.frame["properties"]["payload"],
        },
    })
}
