//! Rooms at their doors: who is in, who waits, what is said and done, and who hears it.

mod absence;
mod adhoc;
mod chat;
mod closing;
pub(crate) mod hall;
mod hands;
mod media;
mod polls;
mod presence;
mod records;
mod removal;
mod restart;
mod rights;
mod waiting;
