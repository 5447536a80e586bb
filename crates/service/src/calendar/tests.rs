//! What a calendar says to one who knows RFC 5545 and no time zone database. The system tests read it by a parser of
//! somebody else's too.

use mockly_domain::{Admission, MediaPolicy, SessionId, SessionKind, UserId};

use super::*;

const HOUR: i64 = 3_600;

fn session(time_zone: &str, scheduled_at: &str) -> Session {
    let at = Timestamp::parse(scheduled_at).unwrap();
    Session {
        id: "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f".parse::<SessionId>().unwrap(),
        kind: SessionKind::Mentoring,
        status: SessionStatus::Scheduled,
        title: "System design".to_owned(),
        description: None,
        created_by: UserId::new("ada").unwrap(),
        scheduled_at: at,
        rescheduled_at: at,
        started_at: None,
        ended_at: None,
        end_reason: None,
        duration_min: 60,
        time_zone: time_zone.to_owned(),
        max_participants: 2,
        admission: Admission::Open,
        media: MediaPolicy::default(),
        lesson: None,
        first_connected_at: None,
        version: 3,
        last_sequence: 1,
        created_at: at,
        updated_at: at,
    }
}

fn file(session: &Session) -> String {
    write(&EventFacts {
        session,
        organizer: "Ada \"the first\" Adams; x",
        url: "https://mockly.example/meeting/0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f",
        now: Timestamp::parse("2026-01-01T00:00:00Z").unwrap(),
    })
}

/// A component with its properties, each a name, its parameters and its value.
#[derive(Debug, Default)]
struct Component {
    name: String,
    properties: Vec<(String, String, String)>,
    components: Vec<Self>,
}

/// Reads a whole file (RFC 5545, 3.1 and 3.4).
fn parse(file: &str) -> Component {
    let unfolded = file.replace("\r\n ", "");
    let mut open = vec![Component::default()];
    for line in unfolded.split_terminator("\r\n") {
        let quoted = |place: usize| line[..place].matches('"').count() % 2 == 1;
        let end_of_head = line.match_indices(':').map(|(place, _)| place).find(|place| !quoted(*place)).unwrap();
        let (head, value) = (&line[..end_of_head], &line[end_of_head + 1..]);
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        match name {
            "BEGIN" => open.push(Component { name: value.to_owned(), ..Component::default() }),
            "END" => {
                let closed = open.pop().unwrap();
                assert_eq!(closed.name, value);
                open.last_mut().unwrap().components.push(closed);
            }
            _ => {
                let property = (name.to_owned(), parameters.to_owned(), value.to_owned());
                open.last_mut().unwrap().properties.push(property);
            }
        }
    }
    let [outside] = &mut open[..] else { panic!("a component is not closed") };
    let calendar = outside.components.pop().unwrap();
    assert!(outside.components.is_empty() && calendar.name == "VCALENDAR");
    calendar
}

fn component<'c>(of: &'c Component, name: &str) -> &'c Component {
    of.components.iter().find(|component| component.name == name).unwrap_or_else(|| panic!("no {name}"))
}

/// Parameters and value of the one property with a name.
fn property(component: &Component, name: &str) -> (String, String) {
    let found: Vec<_> = component.properties.iter().filter(|(known, ..)| known == name).collect();
    let [(_, parameters, value)] = &found[..] else { panic!("{name} stands {} times", found.len()) };
    (parameters.clone(), value.clone())
}

fn value(component: &Component, name: &str) -> String {
    property(component, name).1
}

fn read(text: &str) -> DateTime {
    DateTime::strptime("%Y%m%dT%H%M%S", text).unwrap()
}

/// Seconds of `+HHMM`.
fn seconds(offset: &str) -> i64 {
    let number = |from: usize| offset[from..from + 2].parse::<i64>().unwrap();
    let size = number(1) * HOUR + number(3) * 60 + if offset.len() > 5 { number(5) } else { 0 };
    if offset.starts_with('-') { -size } else { size }
}

/// What an event's local time means by its VTIMEZONE alone: the last observance that began before it decides.
fn by_the_file(zone: &Component, local: DateTime) -> i64 {
    let as_utc = |local: DateTime| TimeZone::UTC.to_timestamp(local).unwrap().as_second();
    let begun = zone.components.iter().map(|observance| {
        let (from, to) = (seconds(&value(observance, "TZOFFSETFROM")), seconds(&value(observance, "TZOFFSETTO")));
        (as_utc(read(&value(observance, "DTSTART"))) - from, to)
    });
    // A local time is looked up by the offset that it would have before the switch and after it; the first that fits.
    let mut begun: Vec<(i64, i64)> = begun.collect();
    begun.sort_unstable();
    let offsets: Vec<i64> = begun.iter().map(|(_, to)| *to).collect();
    for offset in &offsets {
        let instant = as_utc(local) - offset;
        let in_force = begun.iter().rev().find(|(at, _)| *at <= instant);
        if in_force.is_some_and(|(_, to)| to == offset) {
            return instant;
        }
    }
    panic!("{local} has no offset");
}

/// The file says when the session is, whoever reads it.
#[track_caller]
fn check(zone_name: &str, scheduled_at: &str, expected_local: &str) {
    let session = session(zone_name, scheduled_at);
    let calendar = parse(&file(&session));
    let event = component(&calendar, "VEVENT");
    assert_eq!(property(event, "DTSTART"), (format!("TZID={zone_name}"), expected_local.to_owned()));
    let zone = component(&calendar, "VTIMEZONE");
    assert_eq!(value(zone, "TZID"), zone_name);
    let times = [("DTSTART", session.scheduled_at), ("DTEND", session.planned_end())];
    for (property, meant) in times {
        assert_eq!(by_the_file(zone, read(&value(event, property))), meant.as_secs(), "{zone_name} {property}");
    }
}

#[test]
fn r14_local_times_are_right_on_either_side_of_both_switches() {
    for (zone, at, local) in [
        ("Europe/Berlin", "2026-01-15T10:00:00Z", "20260115T110000"),
        ("Europe/Berlin", "2026-07-15T10:00:00Z", "20260715T120000"),
        // Forward at 01:00 UTC on 29 March: the hour before, across, and after.
        ("Europe/Berlin", "2026-03-29T00:00:00Z", "20260329T010000"),
        ("Europe/Berlin", "2026-03-29T00:30:00Z", "20260329T013000"),
        ("Europe/Berlin", "2026-03-29T01:00:00Z", "20260329T030000"),
        // Back at 01:00 UTC on 25 October.
        ("Europe/Berlin", "2026-10-24T22:00:00Z", "20261025T000000"),
        ("Europe/Berlin", "2026-10-25T02:00:00Z", "20261025T030000"),
        ("America/New_York", "2026-03-08T06:30:00Z", "20260308T013000"),
        ("America/New_York", "2026-03-08T07:00:00Z", "20260308T030000"),
        ("America/New_York", "2026-11-01T03:00:00Z", "20261031T230000"),
        ("America/New_York", "2026-11-01T07:00:00Z", "20261101T020000"),
        // The southern summer ends in April and begins in October.
        ("Australia/Sydney", "2026-01-15T10:00:00Z", "20260115T210000"),
        ("Australia/Sydney", "2026-04-04T17:00:00Z", "20260405T030000"),
        ("Australia/Sydney", "2026-10-03T15:30:00Z", "20261004T013000"),
        ("Australia/Sydney", "2026-10-03T16:00:00Z", "20261004T030000"),
        // No switch for eighty years, and half an hour beside the others.
        ("Asia/Kolkata", "2026-01-15T10:00:00Z", "20260115T153000"),
        // A zone that leaves its summer time for Ramadan, by no rule.
        ("Africa/Casablanca", "2026-02-20T10:00:00Z", "20260220T100000"),
        ("Africa/Casablanca", "2026-04-20T10:00:00Z", "20260420T110000"),
        ("Etc/GMT-3", "2026-01-15T10:00:00Z", "20260115T130000"),
    ] {
        check(zone, at, local);
    }
}

#[test]
fn r14_a_zone_has_both_switches_of_the_year() {
    for zone in ["Europe/Berlin", "America/New_York", "Australia/Sydney"] {
        let calendar = parse(&file(&session(zone, "2026-06-15T10:00:00Z")));
        let zone = component(&calendar, "VTIMEZONE");
        for year in ["2025", "2026"] {
            for kind in ["STANDARD", "DAYLIGHT"] {
                let switches = zone.components.iter().filter(|observance| observance.name == kind);
                assert!(switches.into_iter().any(|observance| value(observance, "DTSTART").starts_with(year)));
            }
        }
    }
}

#[test]
fn r14_utc_has_no_zone_and_a_local_time_that_comes_twice_is_told_in_utc() {
    for (zone, at) in [
        ("UTC", "2026-01-15T10:00:00Z"),
        // The second 02:30 of the night in which Berlin's clocks go back; a reader would take it for the first.
        ("Europe/Berlin", "2026-10-25T01:30:00Z"),
        // It begins before that night's second hour and ends in it.
        ("Europe/Berlin", "2026-10-25T00:15:00Z"),
    ] {
        let session = session(zone, at);
        let calendar = parse(&file(&session));
        assert!(calendar.components.iter().all(|component| component.name != "VTIMEZONE"), "{calendar:?}");
        let event = component(&calendar, "VEVENT");
        for (property, meant) in [("DTSTART", session.scheduled_at), ("DTEND", session.planned_end())] {
            let told = value(event, property);
            let instant = TimeZone::UTC.to_timestamp(read(told.strip_suffix('Z').unwrap())).unwrap();
            assert_eq!(instant.as_second(), meant.as_secs(), "{zone} {property}");
        }
    }
}

#[test]
fn texts_come_back_as_they_were_and_lines_are_short() {
    let mut session = session("Europe/Berlin", "2026-01-15T10:00:00Z");
    session.title =
        "Größe; Komma, \\ Schrägstrich: 会議の予定と長い題名を何度も折り返すための文章 🎉🎉🎉🎉🎉🎉".to_owned();
    session.description = Some("first line\r\nsecond, line\nthird; line\u{7}".to_owned());
    let text = file(&session);
    for line in text.split_terminator("\r\n") {
        assert!(line.len() <= 75, "{line}");
        assert!(!line.contains(['\r', '\n']), "{line:?}");
    }
    let calendar = parse(&text);
    assert_eq!(value(&calendar, "METHOD"), "PUBLISH");
    let event = component(&calendar, "VEVENT");
    let unescape =
        |text: String| text.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\");
    assert_eq!(unescape(value(event, "SUMMARY")), session.title);
    assert_eq!(unescape(value(event, "DESCRIPTION")), "first line\nsecond, line\nthird; line");
    assert_eq!(value(event, "SEQUENCE"), "2");
    assert_eq!(value(event, "STATUS"), "CONFIRMED");
    assert_eq!(value(event, "UID"), session.id.to_string());
    let organizer = (r#"CN="Ada ^'the first^' Adams; x""#.to_owned(), "invalid:nomail".to_owned());
    assert_eq!(property(event, "ORGANIZER"), organizer);
    session.status = SessionStatus::Canceled;
    assert!(file(&session).contains("\r\nSTATUS:CANCELLED\r\n"));
}

#[test]
fn the_last_and_the_first_instant_have_a_file() {
    for at in ["9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z"] {
        for zone in ["UTC", "Pacific/Kiritimati", "America/Adak"] {
            assert!(file(&session(zone, at)).ends_with("END:VCALENDAR\r\n"), "{zone} {at}");
        }
    }
}
