//! VTIMEZONE (RFC 5545, 3.6.5) from the time zone database.
//!
//! Every switch of the span is an observance of its own, with no rule in it: a rule says what a zone does every year,
//! which is wrong for Morocco and for every zone in the year of a reform, and right nowhere that this is not.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp as Instant};

use super::civil::civil;
use super::lines::Lines;

/// Far more switches than any zone has in the two years of a span.
const SWITCHES_MAX: usize = 64;

/// Writes what the zone does between two instants.
pub(super) fn write(lines: &mut Lines, zone: &TimeZone, name: &str, from: Instant, until: Instant) {
    lines.raw("BEGIN", "VTIMEZONE");
    lines.raw("TZID", name);
    let just_after = from.saturating_add(SignedDuration::from_nanos(1)).unwrap_or(from);
    match zone.preceding(just_after).next() {
        Some(switch) => observance(lines, zone, switch.timestamp()),
        // One that never switched: as if it had begun with the epoch.
        None => observance(lines, zone, Instant::UNIX_EPOCH),
    }
    for switch in zone.following(from).take(SWITCHES_MAX).take_while(|switch| switch.timestamp() < until) {
        observance(lines, zone, switch.timestamp());
    }
    lines.raw("END", "VTIMEZONE");
}

/// What holds from an instant on.
fn observance(lines: &mut Lines, zone: &TimeZone, at: Instant) {
    let before = at.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(at);
    let offset_before = zone.to_offset(before);
    let info = zone.to_offset_info(at);
    let component = if info.dst().is_dst() { "DAYLIGHT" } else { "STANDARD" };
    lines.raw("BEGIN", component);
    // In the local time that ends with the switch.
    lines.raw("DTSTART", &civil(offset_before.to_datetime(at)));
    lines.raw("TZOFFSETFROM", &offset(offset_before));
    lines.raw("TZOFFSETTO", &offset(info.offset()));
    lines.text("TZNAME", info.abbreviation());
    lines.raw("END", component);
}

/// `+HHMM`, with seconds where there are any.
fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes, rest) = (seconds.abs() / 3_600, seconds.abs() / 60 % 60, seconds.abs() % 60);
    if rest == 0 { format!("{sign}{hours:02}{minutes:02}") } else { format!("{sign}{hours:02}{minutes:02}{rest:02}") }
}
