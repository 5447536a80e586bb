//! The topics of STOMP: what is told there, and what SUBSCRIBE takes.

use mockly_domain::{ErrorCode as E, EventType, NotificationId, Timestamp};
use mockly_realtime::Disconnect;
use serde::Serialize;
use serde_json::{Error, Value, json};
use utoipa::ToSchema;

use super::draft::{Draft, close_codes, server as server_of};
use super::rooms::TRANSPORT;
use crate::openapi::problems::AUTHED;
use crate::socket::stomp::refusal;

/// What CONNECT and what follows can be refused for.
const REFUSALS: &[E] = &[
    E::InvalidTicket,
    E::AccessDenied,
    E::UnknownDestination,
    E::SendNotAllowed,
    E::LimitExceeded,
    E::RateLimited,
    E::ProtocolError,
    E::Internal,
    E::Unavailable,
];

/// What a user's own topic carries.
#[derive(Serialize, ToSchema)]
#[schema(as = NotificationMessage)]
struct NotificationMessage {
    /// Id; tells a repeat, and resumes as `last-event-id`.
    id: NotificationId,
    /// What it is about, such as `livekit:room-failed`.
    event: String,
    /// What there is to say.
    #[schema(value_type = Object)]
    payload: Value,
    /// When it was stored.
    timestamp: Timestamp,
}

pub(super) fn server() -> Value {
    let refusals = AUTHED.iter().chain(REFUSALS).map(|code| (refusal::close_code(*code), code.to_string()));
    let endings = [Disconnect::TokenExpired, Disconnect::TooSlow];
    let endings = endings.into_iter().map(|why| (why.close_code(), why.close_reason().into_owned()));
    let transport = TRANSPORT.iter().map(|(code, reason)| (*code, (*reason).to_owned()));
    let mut server = server_of("stomp", &["connect", "bearer", "token", "ticket"]);
    server["pathname"] = json!("/ws");
    server["protocolVersion"] = json!("1.2");
    server["description"] = json!(
        "STOMP 1.0 to 1.2 in the text frames of a WebSocket, at `/ws` and `/ws/websocket`, or by SockJS below `/ws`. \
         Clients subscribe; a SEND is refused with `send-not-allowed`. A refusal is an ERROR, then the close code."
    );
    server["x-close-codes"] = close_codes(refusals.chain(endings).chain(transport));
    server
}

pub(super) fn describe(draft: &mut Draft) -> Result<(), Error> {
    let notification = draft.schemas.of::<NotificationMessage>()?;
    let messages = &mut draft.parts.messages;
    for event_type in EventType::ALL {
        let narrowed = json!({ "type": "object", "properties": { "type": { "enum": [event_type.as_str()] } } });
        let payload = json!({ "allOf": [{ "$ref": "#/components/schemas/SessionEventResponse" }, narrowed] });
        let message = frame(event_type.as_str(), summary_of(*event_type), &message_headers(), &payload);
        messages.insert(event_message(*event_type), message);
    }
    let told = "Something was sent to the user.";
    messages.insert("topic.notification".to_owned(), frame("notification", told, &message_headers(), &notification));
    let text = json!({ "type": "string", "description": "What is wrong and what to do." });
    let mut error = frame("ERROR", "A frame was refused, and the connection ends.", &error_headers(), &text);
    error["contentType"] = json!("text/plain");
    messages.insert("stomp.ERROR".to_owned(), error);
    let subscribe = json!({
        "name": "SUBSCRIBE",
        "title": "SUBSCRIBE",
        "summary": "Listen, from now on or from a known event on.",
        "headers": subscribe_headers(),
    });
    messages.insert("stomp.SUBSCRIBE".to_owned(), subscribe);

    let of_session: Vec<String> = EventType::ALL.iter().copied().map(event_message).collect();
    let session = ("sessionId", "The session's id.");
    let user = ("userId", "The own user id, percent-encoded.");
    let all = "Everything that happens to a session, in the order of `sequence` without a gap; resumes for 7 days.";
    let readers = "who created it, takes part, waits, is enrolled, or is an admin";
    topic(draft, ("session", "/topic/sessions/{sessionId}", all), session, readers, &of_session);
    let own = "What happens to the sessions that a user created, takes part in or is enrolled for; PARTICIPANT_JOINED and \
               PARTICIPANT_LEFT only of sessions with at most 50 participants. Resumes from 60 s before the known event.";
    topic(draft, ("userSessions", "/topic/users/{userId}/sessions", own), user, "the user", &of_session);
    let sent = "What was sent to a user. Resumes from 60 s before the known notification, for 7 days.";
    let sent = ("userNotifications", "/topic/users/{userId}/notifications", sent);
    topic(draft, sent, user, "the user", &["topic.notification".to_owned()]);
    Ok(())
}

/// Adds a topic: its channel, who may subscribe, and what they hear.
fn topic(
    draft: &mut Draft,
    (name, address, description): (&str, &str, &str),
    (parameter, means): (&str, &str),
    readers: &str,
    messages: &[String],
) {
    let heard: Vec<String> = messages.iter().cloned().chain(["stomp.ERROR".to_owned()]).collect();
    let subscribe = ["stomp.SUBSCRIBE".to_owned()];
    let channel = json!({
        "address": address,
        "description": description,
        "servers": [{ "$ref": "#/servers/stomp" }],
        "parameters": { parameter: { "description": means } },
    });
    draft.parts.channel(name, heard.iter().chain(&subscribe).cloned(), channel);
    let operation = |action, title: &str| json!({ "action": action, "title": title, "x-users": readers });
    let receive = operation("receive", &format!("Subscribed to by {readers}"));
    draft.parts.operation(format!("{name}.receive"), name, &subscribe, receive);
    draft.parts.operation(format!("{name}.send"), name, &heard, operation("send", "Heard by those who subscribe"));
}

fn event_message(event_type: EventType) -> String {
    format!("topic.{event_type}")
}

fn frame(name: &str, summary: &str, headers: &Value, payload: &Value) -> Value {
    json!({ "name": name, "title": name, "summary": summary, "headers": headers, "payload": payload })
}

fn message_headers() -> Value {
    json!({
        "type": "object",
        "required": ["destination", "message-id", "subscription"],
        "properties": {
            "destination": { "type": "string" },
            "message-id": { "type": "string", "description": "`eventId`, or the notification's `id`." },
            "subscription": { "type": "string", "description": "The `id` of SUBSCRIBE." },
            "resume": {
                "type": "string",
                "enum": ["lost"],
                "description": "On the first MESSAGE where `last-event-id` is unknown or too old.",
            },
        },
    })
}

fn error_headers() -> Value {
    json!({
        "type": "object",
        "required": ["message"],
        "properties": {
            "message": { "$ref": "#/components/schemas/ErrorCode" },
            "receipt-id": { "type": "string", "description": "The `receipt` of the refused frame." },
        },
    })
}

fn subscribe_headers() -> Value {
    json!({
        "type": "object",
        "required": ["destination"],
        "properties": {
            "destination": { "type": "string", "description": "The channel's address." },
            "id": { "type": "string", "description": "Needed from STOMP 1.1 on." },
            "ack": { "type": "string", "enum": ["auto", "client", "client-individual"] },
            "last-event-id": { "type": "string", "description": "The last `eventId` (or notification's `id`) known." },
        },
    })
}

const fn summary_of(event_type: EventType) -> &'static str {
    match event_type {
        EventType::SessionCreated => "It was made.",
        EventType::SessionUpdated => "Its status, an edit, an admission or role, a recording or artifact changed.",
        EventType::ParticipantJoined => "Somebody joined.",
        EventType::ParticipantLeft => "Somebody left or was removed.",
        EventType::SessionEnded => "It ended or was canceled.",
    }
}
