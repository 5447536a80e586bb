//! The AsyncAPI document: complete, true to the code's own rules, and the one that is committed.

use std::collections::BTreeSet;

use mockly_domain::EventType;
use mockly_domain::room::{RoomCommand, RoomEvent};
use serde_json::Value;
use utoipa::PartialSchema as _;

fn document() -> Value {
    serde_json::from_str(&mockly_api::asyncapi_text().unwrap()).unwrap()
}

/// The messages of a channel.
fn messages<'a>(document: &'a Value, channel: &str) -> BTreeSet<&'a str> {
    document["channels"][channel]["messages"].as_object().unwrap().keys().map(String::as_str).collect()
}

/// The messages of an operation, without the dialect.
fn messages_of<'a>(document: &'a Value, operation: &str) -> BTreeSet<&'a str> {
    let messages = document["operations"][operation]["messages"].as_array().unwrap();
    messages.iter().map(|message| message["$ref"].as_str().unwrap().rsplit('.').next().unwrap()).collect()
}

#[test]
fn the_committed_document_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/asyncapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let fresh = committed == mockly_api::asyncapi_text().unwrap();
    assert!(fresh, "docs/asyncapi.json is stale; run `make gen` and commit it");
}

#[test]
fn the_door_that_carries_everything_has_every_event_and_every_command() {
    let schema = serde_json::to_value(RoomEvent::schema()).unwrap();
    let events = schema["oneOf"].as_array().unwrap().iter();
    let events = events.map(|event| format!("event.{}", event["properties"]["event"]["enum"][0].as_str().unwrap()));
    let commands = RoomCommand::NAMES.iter().map(|name| format!("command.{name}"));
    let all: BTreeSet<String> = events.chain(commands).collect();
    let document = document();
    assert_eq!(messages(&document, "zoom"), all.iter().map(String::as_str).collect());
}

#[test]
fn the_door_of_classes_says_everything_in_its_dialect() {
    let document = document();
    let heard: BTreeSet<&str> = messages(&document, "class");
    for name in ["welcome", "message", "handRaised", "participantJoined", "connect", "sessionEnded", "roomState"] {
        assert!(heard.contains(format!("class.event.{name}").as_str()), "{name}");
    }
    // The names that this dialect replaces.
    for name in ["addChat", "raiseHand", "lowerHand", "disconnect"] {
        assert!(!heard.contains(format!("class.event.{name}").as_str()), "{name}");
    }
    let send = &document["components"]["messages"]["class.command.sendMessage"]["examples"][0]["payload"];
    assert_eq!(*send, serde_json::json!({ "action": "sendMessage", "message": "Hello, everyone!" }));
}

#[test]
fn operations_say_who_sends_and_who_hears() {
    let document = document();
    let check = |operation: &str, messages: &[&str], roles: &[&str]| {
        assert_eq!(messages_of(&document, operation), messages.iter().copied().collect(), "{operation}");
        assert_eq!(document["operations"][operation]["x-roles"], serde_json::json!(roles), "{operation}");
    };
    check("zoom.receive.waiting", &["request_waiting"], &["waiting"]);
    check("zoom.receive.participant", &["request_screenshare"], &["participant"]);
    check("zoom.send.hosts", &["request_waiting", "request_screenshare"], &["host"]);
    check("zoom.send.sender", &["get_recent_chats", "vote_poll", "pong", "error"], &[]);
    check("chat.receive.host", &["accept_waiting", "deny_waiting", "remove_participant"], &["host"]);
    check(
        "chat.send.admitted",
        &["add_chat", "delete_chat", "raise_hand", "lower_hand"],
        &["participant", "screenshare", "host"],
    );
    check("class.receive.waiting", &["requestWaiting"], &["waiting"]);
}

#[test]
fn topics_carry_the_documented_events() {
    let document = document();
    let events: BTreeSet<&str> = EventType::ALL.iter().map(|event| event.as_str()).chain(["ERROR"]).collect();
    assert_eq!(messages_of(&document, "session.send"), events);
    assert_eq!(messages_of(&document, "userSessions.send"), events);
    assert_eq!(messages_of(&document, "userNotifications.send"), ["notification", "ERROR"].into());
}

#[test]
fn close_codes_come_with_their_reasons() {
    let document = document();
    let codes = &document["servers"]["doors"]["x-close-codes"];
    let has = |code: &str, reason: &str| codes[code].as_array().unwrap().iter().any(|known| known == reason);
    for (code, reason) in [
        ("1001", "retry-after-ms=N"),
        ("1013", "too slow"),
        ("4401", "token-expired"),
        ("4403", "denied"),
        ("4403", "removed"),
        ("4404", "session-not-found"),
        ("4409", "session-full"),
        ("4410", "session-closed"),
        ("4410", "ended"),
        ("4425", "not-open-yet"),
        ("4429", "rate-limited"),
    ] {
        assert!(has(code, reason), "{code} {reason}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_what_rest_has_is_not_repeated() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let openapi: Value = serde_json::from_str(&mockly_api::openapi_text().unwrap()).unwrap();
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.contains("openapi.json#/components/schemas/SessionEventResponse"));
    assert!(found.contains("#/components/schemas/RoomMember"));
    for reference in found {
        let (file, pointer) = reference.split_once('#').unwrap();
        let target = if file.is_empty() { &document } else { &openapi };
        assert!(target.pointer(pointer).is_some(), "{reference}");
    }
    let shared = openapi["components"]["schemas"].as_object().unwrap();
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(!shared.contains_key(name), "{name} stands twice");
    }
}
