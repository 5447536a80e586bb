//! Rooms: the live side of a session, and ad-hoc rooms. The doors call [`Services::enter_room`] and
//! [`Services::room_command`]; what happens is told through [`mockly_realtime::Topic::Room`].
//!
//! ```text
//! enter ─┐                        ┌─ session.rs   what a session's change means at its doors
//! leave ─┼─ unit (one room locked)┤
//! command┘      │                 └─ adhoc.rs     rooms without a session: the first user leads
//!               └─ log            the room's events, in the transaction of the change
//! ```
//!
//! Who is in a session's room, and who waits, is the session's business (`sessions::Change`): a door is one more way to
//! join. What only lives in the room (hands, sound, the leave to share a screen) is in the room's own rows.
//!
//! To add a command: a variant of `domain::room::RoomCommand`, its line in `command.rs`, and its file here.

mod absence;
mod actor;
mod adhoc;
mod analytics;
mod chat;
mod command;
mod departures;
mod enter;
mod hands;
mod leave;
mod log;
mod media;
mod messages;
mod open_polls;
mod polls;
mod screen;
mod session;
mod state;
mod unit;
mod waiting;

pub use enter::{Entered, Welcome};

pub(crate) use actor::{actor_of, presence};
pub(crate) use departures::Departures;
pub(crate) use log::{Draft, RoomSlot};
