//! `[sessions]`: how long sessions live by themselves.

use std::time::Duration;

use super::reader::Reader;
use super::table;

/// The section.
#[derive(Debug, Clone)]
pub(crate) struct SessionsConfig {
    pub(crate) empty_room_timeout: Duration,
}

impl SessionsConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let bounds = Duration::from_secs(1)..=Duration::from_hours(24);
        Self { empty_room_timeout: reader.duration(&table::EMPTY_ROOM_TIMEOUT, bounds) }
    }
}
