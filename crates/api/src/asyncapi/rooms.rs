//! The doors of rooms: what each takes and tells, in its dialect, and who may send and hears it.

use std::collections::{BTreeMap, BTreeSet};

use mockly_domain::room::{Door, RoomCommand, RoomEvent, RoomRole};
use mockly_domain::{ErrorCode as E, UserId};
use mockly_realtime::Disconnect;
use serde::de::Error as _;
use serde_json::{Error, Value, json};

use super::class_frames::{class_command, class_event};
use super::draft::{Draft, close_codes, server as server_of};
use super::frames::RoomFrame;
use super::schemas::SENDER;
use crate::openapi::problems;
use crate::socket::room::class::{self, ClassEvent};
use crate::socket::room::inbound::{Fault, Inbound};
use crate::socket::room::refusal;

const ROLES: [RoomRole; 4] = [RoomRole::Waiting, RoomRole::Participant, RoomRole::Screenshare, RoomRole::Host];

/// What coming in can be refused for, beside what the join decision says. Who has no good token is refused with 401
/// before the upgrade.
const ENTRY: &[E] =
    &[E::SessionNotFound, E::AccessDenied, E::LimitExceeded, E::RateLimited, E::Internal, E::Unavailable];
/// Why a connection ends that was in.
const ENDINGS: &[Disconnect] =
    &[Disconnect::TokenExpired, Disconnect::Removed, Disconnect::Ended, Disconnect::Left, Disconnect::TooSlow];
/// What the WebSocket itself is closed for (RFC 6455, section 7.4.1), and going away.
pub(super) const TRANSPORT: &[(u16, &str)] = &[
    (1001, "retry-after-ms=N"),
    (1002, "a violation of RFC 6455"),
    (1007, "text is not UTF-8"),
    (1009, "message too big"),
];

/// Who hears an event.
#[derive(Clone, Copy)]
enum Audience {
    Everyone,
    Admitted,
    Hosts,
    /// Those whom it concerns, and the hosts.
    Concerned,
    /// The one whom it answers.
    Sender,
}

/// Messages of a door by who sends or hears them.
type Groups = BTreeMap<(Door, &'static str, String), (Value, BTreeSet<String>)>;

pub(super) fn describe(draft: &mut Draft) -> Result<(), Error> {
    let mut groups = Groups::new();
    describe_commands(draft, &mut groups)?;
    describe_events(draft, &mut groups)?;
    for door in Door::ALL {
        let name = door.as_str();
        let of_door = || groups.iter().filter(|((other, ..), _)| other == door);
        let messages: BTreeSet<String> = of_door().flat_map(|(_, (_, messages))| messages.clone()).collect();
        draft.parts.channel(name, messages.into_iter(), channel_of(*door));
        for ((_, action, who), (operation, messages)) in of_door() {
            let messages: Vec<String> = messages.iter().cloned().collect();
            draft.parts.operation(format!("{name}.{action}.{who}"), name, &messages, operation.clone());
        }
    }
    Ok(())
}

pub(super) fn server() -> Value {
    let entry = problems::JOIN.iter().chain(ENTRY).map(|code| (refusal::close_code(*code), code.to_string()));
    let endings = ENDINGS.iter().map(|why| (why.close_code(), why.close_reason().into_owned()));
    let transport = TRANSPORT.iter().map(|(code, reason)| (*code, (*reason).to_owned()));
    let mut server = server_of("ws", &["token", "ticket", "bearer"]);
    server["description"] = json!(
        "WebSockets with a JSON object in each text frame. A bad token is refused with 401 before the upgrade, a foreign \
         Origin with 403. Who may not come in gets one `error` and then the close code; a frame that has no effect gets \
         an `error`, and only a flood of them ends the connection."
    );
    server["x-close-codes"] = close_codes(entry.chain(endings).chain(transport));
    server
}

fn channel_of(door: Door) -> Value {
    json!({
        "address": format!("/ws/{}/{{roomId}}", door.as_str()),
        "title": format!("The door `{}`", door.as_str()),
        "description": match door {
            Door::Zoom => "Everything.",
            Door::Chat => "Chat and hands.",
            Door::Screenshare => "Screen sharing.",
            Door::Class => "Everything, in the dialect of class clients: `{action, …}` in, `{type, data}` out.",
        },
        "servers": [{ "$ref": "#/servers/doors" }],
        "parameters": {
            "roomId": { "description": "The session's id, or 1 to 128 of `A-Z a-z 0-9 . _ ~ -` for an ad-hoc room." },
        },
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {
                    "type": "object",
                    "properties": { "token": { "type": "string" }, "ticket": { "type": "string" } },
                },
                "bindingVersion": "0.1.0",
            },
        },
    })
}

fn describe_commands(draft: &mut Draft, groups: &mut Groups) -> Result<(), Error> {
    for variant in draft.schemas.variants::<RoomFrame>("event")? {
        let sample = draft.schemas.sample(&variant.frame, false);
        let command = read(Inbound::of_event(sample.to_string().as_bytes()))?;
        let name = format!("command.{}", variant.name);
        draft.message(&name, command.name(), &variant.description, &variant.frame, &sample);

        let action = class::action_of(command.name());
        let frame = class_command(&action, &variant);
        let sample = draft.schemas.sample(&frame, false);
        let class_name = format!("class.command.{action}");
        draft.message(&class_name, &action, &variant.description, &frame, &sample);

        let roles: Vec<&str> =
            ROLES.into_iter().filter(|role| command.is_allowed_to(*role)).map(RoomRole::as_str).collect();
        let operation = json!({
            "action": "receive",
            "title": format!("Sent as {}", roles.join(", ")),
            "x-roles": roles,
        });
        for door in Door::ALL.iter().filter(|door| door.takes(&command)) {
            let message = if *door == Door::Class { &class_name } else { &name };
            let group = groups.entry((*door, "receive", roles.join("-")));
            group.or_insert_with(|| (operation.clone(), BTreeSet::new())).1.insert(message.clone());
        }
    }
    Ok(())
}

fn describe_events(draft: &mut Draft, groups: &mut Groups) -> Result<(), Error> {
    let own = draft.schemas.variants::<ClassEvent>("type")?;
    let mut add = |door: Door, audience: Audience, message: String| {
        let group = groups.entry((door, "send", audience.as_str().to_owned()));
        group.or_insert_with(|| (audience.operation(), BTreeSet::new())).1.insert(message);
    };
    for mut variant in draft.schemas.variants::<RoomEvent>("event")? {
        if let Some(code) = variant.frame.pointer_mut("/properties/payload/properties/code") {
            *code = json!({ "$ref": "#/components/schemas/ErrorCode" });
        }
        for full in [true, false] {
            let sample = draft.schemas.sample(&variant.frame, full);
            let read = serde_json::from_value(sample.clone());
            let event: RoomEvent = read.map_err(|error| Error::custom(format!("{sample}: {error}")))?;
            let audience = audience_of(&event);
            let name = format!("event.{}", variant.name);
            draft.message(&name, &variant.name, &variant.description, &variant.frame, &sample);
            for door in Door::ALL.iter().filter(|door| **door != Door::Class && door.carries(&event)) {
                add(*door, audience, name.clone());
            }

            let sample = class::outbound(&event);
            let class_type = sample["type"].as_str().unwrap_or_default().to_owned();
            let class_name = format!("class.event.{class_type}");
            if let Some(own) = own.iter().find(|own| own.name == class_type) {
                draft.message(&class_name, &class_type, &own.description, &own.frame, &sample);
            } else {
                let frame = class_event(&class_type, &variant);
                draft.message(&class_name, &class_type, &variant.description, &frame, &sample);
            }
            add(Door::Class, audience, class_name);
        }
    }
    // What the dialect has beyond the events of the room: the greeting.
    for own in own {
        let name = format!("class.event.{}", own.name);
        if !draft.parts.messages.contains_key(&name) {
            let sample = draft.schemas.sample(&own.frame, false);
            draft.message(&name, &own.name, &own.description, &own.frame, &sample);
            add(Door::Class, Audience::Sender, name);
        }
    }
    Ok(())
}

fn read(frame: Result<Inbound, Fault>) -> Result<RoomCommand, Error> {
    let sender = UserId::new(SENDER).map_err(Error::custom)?;
    frame.and_then(|inbound| inbound.command(&sender)).map_err(|fault| Error::custom(fault.message))
}

impl Draft {
    fn message(&mut self, name: &str, title: &str, summary: &Value, payload: &Value, example: &Value) {
        let message = json!({
            "name": title,
            "title": title,
            "summary": summary,
            "payload": payload,
            "examples": [{ "payload": example }],
        });
        self.parts.messages.insert(name.to_owned(), message);
    }
}

impl Audience {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Admitted => "admitted",
            Self::Hosts => "hosts",
            Self::Concerned => "concerned",
            Self::Sender => "sender",
        }
    }

    fn operation(self) -> Value {
        let (title, from) = match self {
            Self::Everyone => ("Heard by everyone", Some(RoomRole::Waiting)),
            Self::Admitted => ("Heard by everyone who is in", Some(RoomRole::Participant)),
            Self::Hosts => ("Heard by the hosts", Some(RoomRole::Host)),
            Self::Concerned => ("Heard by those whom it concerns, and by the hosts", Some(RoomRole::Host)),
            Self::Sender => ("Heard by the one whom it answers", None),
        };
        let roles = ROLES.into_iter().filter(|role| from.is_some_and(|from| *role >= from)).map(RoomRole::as_str);
        json!({ "action": "send", "title": title, "x-roles": roles.collect::<Vec<_>>() })
    }
}

const fn audience_of(event: &RoomEvent) -> Audience {
    match event {
        // Of a state, one who waits sees the hosts and themselves.
        RoomEvent::Connect(_)
        | RoomEvent::Disconnect(_)
        | RoomEvent::Presence { .. }
        | RoomEvent::RoomState(_)
        | RoomEvent::AcceptWaiting(_)
        | RoomEvent::StopScreenshare(_)
        | RoomEvent::SessionStarted { .. }
        | RoomEvent::SessionEnded { .. }
        | RoomEvent::HostAbsent { .. }
        | RoomEvent::HostReturned { .. } => Audience::Everyone,
        RoomEvent::AddChat(_)
        | RoomEvent::DeleteChat { .. }
        | RoomEvent::RaiseHand(_)
        | RoomEvent::LowerHand(_)
        | RoomEvent::ToggleAudio { .. }
        | RoomEvent::ToggleVideo { .. }
        | RoomEvent::Poll(_) => Audience::Admitted,
        RoomEvent::RequestWaiting(_) | RoomEvent::RequestScreenshare(_) => Audience::Hosts,
        RoomEvent::DenyWaiting(_)
        | RoomEvent::AcceptScreenshare(_)
        | RoomEvent::DenyScreenshare(_)
        | RoomEvent::MuteParticipant { .. }
        | RoomEvent::AskUnmute(_)
        | RoomEvent::RemoveParticipant(_) => Audience::Concerned,
        RoomEvent::GetRecentChats(_) | RoomEvent::VotePoll { .. } | RoomEvent::Pong {} | RoomEvent::Error { .. } => {
            Audience::Sender
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document has what `RoomFrame` says; this has all of it read, and nothing else that can be sent.
    #[test]
    fn every_command_has_its_message_in_both_dialects() {
        let document = super::super::asyncapi(&crate::openapi::openapi()).unwrap();
        let messages = document["components"]["messages"].as_object().unwrap();
        let known = |prefix: &str| messages.keys().filter(|name| name.starts_with(prefix)).count();
        for name in RoomCommand::NAMES {
            let example = |message: String| messages[&message]["examples"][0]["payload"].to_string();
            let command = read(Inbound::of_event(example(format!("command.{name}")).as_bytes())).unwrap();
            assert_eq!(command.name(), *name);
            let action = class::action_of(name);
            let frame = example(format!("class.command.{action}"));
            assert_eq!(read(class::inbound(frame.as_bytes(), "room")).unwrap(), command);
        }
        assert_eq!((known("command."), known("class.command.")), (RoomCommand::NAMES.len(), RoomCommand::NAMES.len()));
    }
}
