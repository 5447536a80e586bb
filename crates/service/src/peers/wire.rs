//! Wakes as nodes write them: the sender's id and the tables, `0197c1a0-… events jobs`.

use mockly_domain::NodeId;

use crate::wakes::Wakes;

/// The channel of all nodes.
pub(super) const CHANNEL: &str = "mockly:wakes";
/// Longest message that is looked at.
const BYTES_MAX: usize = 256;

pub(super) fn write(node: NodeId, wakes: Wakes) -> String {
    let Wakes { events, notifications, rooms, jobs } = wakes;
    let named = [(events, " events"), (notifications, " notifications"), (rooms, " rooms"), (jobs, " jobs")];
    let names: String = named.iter().filter(|(stored, _)| *stored).map(|(_, name)| *name).collect();
    format!("{node}{names}")
}

/// Who says so, and what to look at. What this version has no name for is nothing to it.
pub(super) fn read(bytes: &[u8]) -> Option<(NodeId, Wakes)> {
    let text = std::str::from_utf8(bytes.get(..bytes.len().min(BYTES_MAX))?).ok()?;
    let mut words = text.split(' ');
    let node = words.next()?.parse().ok()?;
    let mut wakes = Wakes::default();
    for word in words {
        match word {
            "events" => wakes.events = true,
            "notifications" => wakes.notifications = true,
            "rooms" => wakes.rooms = true,
            "jobs" => wakes.jobs = true,
            _ => {}
        }
    }
    Some((node, wakes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let node = NodeId(uuid::Uuid::from_u128(7));
        for wakes in [Wakes::default(), Wakes::ALL, Wakes { rooms: true, ..Wakes::default() }] {
            assert_eq!(read(write(node, wakes).as_bytes()), Some((node, wakes)));
        }
        let newer = format!("{node} polls events");
        assert_eq!(read(newer.as_bytes()), Some((node, Wakes { events: true, ..Wakes::default() })));
        for broken in ["", "events", "7 events", "\u{fffd}"] {
            assert_eq!(read(broken.as_bytes()), None, "{broken}");
        }
        assert_eq!(read(&[0xff; 300]), None);
    }
}
