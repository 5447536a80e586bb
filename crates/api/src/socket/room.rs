//! The doors of rooms: one connection each, two dialects of frames, one set of commands and events.
//!
//! ```text
//! text frame ── dialect (zoom · class) ── inbound ── RoomCommand ── service
//! text frame ── dialect ── RoomEvent ── hub (listener: what this role and door hear)
//! ```
//!
//! A door decides nothing: who may come in, who may send what and who hears it is the service's and the domain's.

pub(crate) mod class;
mod connection;
mod dialect;
mod doorway;
mod entry;
pub(crate) mod inbound;
mod listener;
pub(crate) mod refusal;
mod rooms;

pub(super) use connection::RoomConnection;
pub(super) use doorway::Doorway;
pub(super) use rooms::Rooms;
