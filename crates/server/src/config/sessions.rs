//! `[sessions]`: when sessions can be joined, and how long they live by themselves.

use std::time::Duration;

use super::reader::Reader;
use super::table;

/// The section.
#[derive(Debug, Clone)]
pub(crate) struct SessionsConfig {
    pub(crate) empty_room_timeout: Duration,
    pub(crate) host_absence_timeout: Duration,
    pub(crate) chat_history_limit: u32,
    pub(crate) mentoring_opens_before: Duration,
    pub(crate) mentoring_closes_after: Duration,
}

impl SessionsConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let bounds = Duration::from_secs(1)..=Duration::from_hours(24);
        Self {
            empty_room_timeout: reader.duration(&table::EMPTY_ROOM_TIMEOUT, bounds),
            host_absence_timeout: reader
                .duration(&table::HOST_ABSENCE_TIMEOUT, Duration::from_mins(2)..=Duration::from_hours(24)),
            chat_history_limit: reader.number(&table::CHAT_HISTORY_LIMIT, 1..=500).unwrap_or_default(),
            mentoring_opens_before: reader
                .duration(&table::MENTORING_OPENS_BEFORE, Duration::ZERO..=Duration::from_hours(24)),
            mentoring_closes_after: reader
                .duration(&table::MENTORING_CLOSES_AFTER, Duration::from_mins(1)..=Duration::from_hours(24)),
        }
    }
}
