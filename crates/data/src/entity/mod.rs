//! SeaORM's view of the tables. These types never leave the crate.

#![expect(unreachable_pub, reason = "the derives of SeaORM need public items in modules that are private")]

pub(crate) mod analysis;
pub(crate) mod artifact;
pub(crate) mod chat_message;
pub(crate) mod class;
pub(crate) mod class_invitation;
pub(crate) mod class_student;
pub(crate) mod credential;
pub(crate) mod idempotency_key;
pub(crate) mod job;
pub(crate) mod livekit_participant;
pub(crate) mod livekit_room;
pub(crate) mod node;
pub(crate) mod node_user;
pub(crate) mod notification;
pub(crate) mod participant;
pub(crate) mod poll;
pub(crate) mod poll_vote;
pub(crate) mod refresh_token;
pub(crate) mod room;
pub(crate) mod room_connection;
pub(crate) mod room_event;
pub(crate) mod room_hand;
pub(crate) mod room_member;
pub(crate) mod service_key;
pub(crate) mod session;
pub(crate) mod session_event;
pub(crate) mod session_event_recipient;
pub(crate) mod session_presence;
pub(crate) mod ticket;
pub(crate) mod user;
pub(crate) mod webhook_event;
