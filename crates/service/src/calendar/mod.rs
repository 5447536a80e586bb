//! A session as an iCalendar file (RFC 5545; METHOD by RFC 5546).
//!
//! Written by hand: the format is lines, and what is hard in it, a VTIMEZONE that is right, no crate makes from the time
//! zone database that the rest of the server goes by.

mod civil;
mod lines;
mod zone;

#[cfg(test)]
mod tests;

use jiff::Timestamp as Instant;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use mockly_domain::{Session, SessionStatus, Timestamp};

use civil::civil;
use lines::Lines;

/// The organiser where no address is to be told: iTIP asks for one (RFC 5546, 3.2.1), and e-mail addresses are nobody
/// else's business.
const NO_ADDRESS: &str = "invalid:nomail";
/// How far around an event its time zone is told, so that both switches of its year are there for a calendar that moves
/// it.
const ZONE_SPAN_DAYS: i64 = 366;

/// What an event says besides the session itself.
pub(crate) struct EventFacts<'a> {
    pub(crate) session: &'a Session,
    /// Name of whoever made the session.
    pub(crate) organizer: &'a str,
    /// The page to meet on.
    pub(crate) url: &'a str,
    /// When the file is made.
    pub(crate) now: Timestamp,
}

/// The file.
pub(crate) fn write(facts: &EventFacts<'_>) -> String {
    let session = facts.session;
    let (start, end) = (instant(session.scheduled_at), instant(session.planned_end()));
    let zone = TimeZone::get(&session.time_zone).ok().filter(|_| !is_utc(&session.time_zone));
    // A local time that comes twice means its first occurrence (RFC 5545, 3.3.5); the second can only be told in UTC.
    let local = zone.as_ref().and_then(|zone| Some((zone, only(zone, start)?, only(zone, end)?)));

    let mut lines = Lines::default();
    lines.raw("BEGIN", "VCALENDAR");
    lines.raw("VERSION", "2.0");
    lines.raw("PRODID", concat!("-//Mockly//Mockly ", env!("CARGO_PKG_VERSION"), "//EN"));
    lines.raw("CALSCALE", "GREGORIAN");
    lines.raw("METHOD", "PUBLISH");
    if let Some((zone, ..)) = local {
        let (from, until) = (days_from(start, -ZONE_SPAN_DAYS), days_from(end, ZONE_SPAN_DAYS));
        zone::write(&mut lines, zone, &session.time_zone, from, until);
    }
    lines.raw("BEGIN", "VEVENT");
    lines.raw("UID", &session.id.to_string());
    // `version` begins at 1 and counts edits and changes of status.
    lines.raw("SEQUENCE", &(session.version - 1).to_string());
    lines.raw("STATUS", if session.status == SessionStatus::Canceled { "CANCELLED" } else { "CONFIRMED" });
    lines.raw("DTSTAMP", &utc(instant(facts.now)));
    lines.raw("CREATED", &utc(instant(session.created_at)));
    lines.raw("LAST-MODIFIED", &utc(instant(session.updated_at)));
    if let Some((_, start, end)) = local {
        let in_zone = |property| format!("{property};TZID={}", session.time_zone);
        lines.raw(&in_zone("DTSTART"), &civil(start));
        lines.raw(&in_zone("DTEND"), &civil(end));
    } else {
        lines.raw("DTSTART", &utc(start));
        lines.raw("DTEND", &utc(end));
    }
    lines.text("SUMMARY", &session.title);
    if let Some(description) = &session.description {
        lines.text("DESCRIPTION", description);
    }
    lines.raw("URL", facts.url);
    lines.raw(&format!("ORGANIZER;CN={}", lines::parameter(facts.organizer)), NO_ADDRESS);
    lines.raw("END", "VEVENT");
    lines.raw("END", "VCALENDAR");
    lines.finish()
}

/// Whole seconds: iCalendar has no fractions.
fn instant(time: Timestamp) -> Instant {
    Instant::from_second(time.as_secs()).unwrap_or(Instant::UNIX_EPOCH)
}

fn days_from(instant: Instant, days: i64) -> Instant {
    let moved = instant.as_second().saturating_add(days * 24 * 60 * 60);
    Instant::from_second(moved.clamp(Instant::MIN.as_second(), Instant::MAX.as_second())).unwrap_or(instant)
}

/// The local time, if it means this instant to whoever reads it.
fn only(zone: &TimeZone, instant: Instant) -> Option<DateTime> {
    let local = zone.to_datetime(instant);
    zone.to_ambiguous_timestamp(local).compatible().ok().filter(|read| *read == instant).map(|_| local)
}

/// RFC 5545 wants UTC without a TZID (3.2.19).
fn is_utc(name: &str) -> bool {
    matches!(name, "UTC" | "Etc/UTC")
}

fn utc(instant: Instant) -> String {
    civil(TimeZone::UTC.to_datetime(instant)) + "Z"
}
