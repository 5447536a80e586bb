//! Commands on sessions and what is asked of them, one file each.

mod active;
mod admit;
mod attendance;
mod calendar;
mod cancel;
mod change;
mod create;
mod delete;
mod end;
mod enrolled;
mod events;
mod join;
mod leave;
mod list;
mod notices;
mod participants;
mod patch;
mod read;
mod remove;
mod slot;
mod start;
mod view;

pub(crate) mod deadlines;

pub use attendance::AttendanceRow;
pub(crate) use attendance::attended;
pub use create::CreateSession;
pub use join::CanJoin;
pub(crate) use join::{Arrival, Joining, Unjoined};
pub use list::ListSessions;
pub use mockly_data::SessionSort;
pub use patch::PatchSession;

pub(crate) use change::{Change, PLACES_MAX};
pub(crate) use enrolled::is_enrolled;
pub(crate) use leave::LeftBy;
