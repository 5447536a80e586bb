//! What was stored for others to take up.

/// What a unit of work has for others to take up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one for each who waits")]
pub(crate) struct Wakes {
    /// Session events.
    pub(crate) events: bool,
    /// Notifications.
    pub(crate) notifications: bool,
    /// Events of rooms.
    pub(crate) rooms: bool,
    /// Jobs.
    pub(crate) jobs: bool,
}

impl Wakes {
    /// Everything may have been stored; whoever is woken for nothing looks and sleeps on.
    pub(crate) const ALL: Self = Self { events: true, notifications: true, rooms: true, jobs: true };

    /// This and that.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            events: self.events | other.events,
            notifications: self.notifications | other.notifications,
            rooms: self.rooms | other.rooms,
            jobs: self.jobs | other.jobs,
        }
    }
}
