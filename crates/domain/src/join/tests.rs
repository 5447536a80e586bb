//! The join decision as a table (R2).

use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::{MediaPolicy, ParticipantId, SessionStatus, UserId};

const SCHEDULED_AT: i64 = 1_768_471_200;

fn session(kind: SessionKind, status: SessionStatus, admission: Admission) -> Session {
    let scheduled_at = Timestamp::from_secs(SCHEDULED_AT);
    Session {
        id: SessionId(Uuid::from_u128(1)),
        kind,
        status,
        title: String::new(),
        description: None,
        created_by: UserId::new("creator").unwrap(),
        scheduled_at,
        rescheduled_at: scheduled_at,
        started_at: None,
        ended_at: None,
        end_reason: None,
        duration_min: 60,
        time_zone: "UTC".to_owned(),
        max_participants: 2,
        admission,
        media: MediaPolicy::default(),
        lesson: None,
        first_connected_at: None,
        version: 1,
        last_sequence: 0,
        created_at: scheduled_at,
        updated_at: scheduled_at,
    }
}

fn participant(role: ParticipantRole, status: ParticipantStatus) -> Participant {
    Participant {
        id: ParticipantId(Uuid::from_u128(2)),
        session_id: SessionId(Uuid::from_u128(1)),
        user_id: UserId::new("somebody").unwrap(),
        role,
        status,
        admitted: false,
        holds: false,
        joined_at: None,
        left_at: None,
        last_seen_at: None,
        denied_at: None,
    }
}

fn question<'a>(session: &'a Session, participant: Option<&'a Participant>) -> JoinQuestion<'a> {
    JoinQuestion {
        session,
        participant,
        is_enrolled: false,
        wanted_role: None,
        seats_taken: 0,
        holds_other: None,
        window: JoinWindow::default(),
        now: session.scheduled_at,
    }
}

fn answer(question: &JoinQuestion<'_>) -> Result<JoinOutcome, ErrorCode> {
    decide(question).map_err(|refusal| refusal.code)
}

/// The host and the other role of each kind.
const ROLES: [(SessionKind, ParticipantRole, ParticipantRole); 3] = [
    (SessionKind::Interview, ParticipantRole::Interviewer, ParticipantRole::Candidate),
    (SessionKind::Mentoring, ParticipantRole::Mentor, ParticipantRole::Mentee),
    (SessionKind::Class, ParticipantRole::Teacher, ParticipantRole::Student),
];

#[test]
fn every_status_role_admission_and_session_status_is_decided() {
    use JoinOutcome::{AlreadyIn, AlreadyWaiting, Enter, Wait};
    use ParticipantStatus::{Denied, Invited, Joined, Left, Removed, Waiting};
    // In the order: host of an OPEN session, host of KNOCK, other of OPEN, other of KNOCK.
    let open_session = [
        (Invited, [Ok(Enter), Ok(Enter), Ok(Enter), Ok(Wait)]),
        (Waiting, [Ok(Enter), Ok(Enter), Ok(Enter), Ok(AlreadyWaiting)]),
        (Joined, [Ok(AlreadyIn); 4]),
        (Left, [Ok(Enter), Ok(Enter), Ok(Enter), Ok(Wait)]),
        (Denied, [Err(ErrorCode::Denied); 4]),
        (Removed, [Err(ErrorCode::Removed); 4]),
    ];
    assert_eq!(open_session.len(), ParticipantStatus::ALL.len());
    for (kind, host, other) in ROLES {
        // A student of a class that has not started waits for the teacher, which is no matter of this table.
        let statuses = SessionStatus::ALL
            .iter()
            .filter(|status| kind != SessionKind::Class || **status != SessionStatus::Scheduled);
        for session_status in statuses {
            for (status, expected) in open_session {
                let cases = [
                    (host, Admission::Open),
                    (host, Admission::Knock),
                    (other, Admission::Open),
                    (other, Admission::Knock),
                ];
                for ((role, admission), in_open) in cases.into_iter().zip(expected) {
                    let session = session(kind, *session_status, admission);
                    let someone = participant(role, status);
                    // The own status goes first, so that one who was removed is not told that it is over.
                    let expected = match in_open {
                        Ok(_) if !session_status.is_open() => Err(ErrorCode::SessionClosed),
                        decided => decided,
                    };
                    let decided = answer(&question(&session, Some(&someone)));
                    assert_eq!(decided, expected, "{session_status} {kind}, {status} {role}, {admission}");
                }
            }
        }
    }
}

#[test]
fn what_need_not_be_asked_changes_nothing() {
    let mut unasked = (0, 0);
    for (kind, host, other) in ROLES {
        for ((session_status, status), role) in SessionStatus::ALL
            .iter()
            .flat_map(|session_status| ParticipantStatus::ALL.iter().map(move |status| (*session_status, *status)))
            .flat_map(|both| [host, other].map(|role| (both, role)))
        {
            let session = session(kind, session_status, Admission::Open);
            let someone = participant(role, status);
            let question = question(&session, Some(&someone));
            let expected = answer(&question);
            if !asks_for_seats(Some(&someone)) {
                unasked.0 += 1;
                assert_eq!(answer(&JoinQuestion { seats_taken: u32::MAX, ..question }), expected);
            }
            if !asks_for_held(&session, Some(&someone)) {
                unasked.1 += 1;
                let holds_other = Some(SessionId(Uuid::from_u128(3)));
                assert_eq!(answer(&JoinQuestion { holds_other, ..question }), expected);
            }
        }
    }
    assert!(unasked.0 > 0 && unasked.1 > unasked.0);
}

#[test]
fn admitted_stays_admitted() {
    let session = session(SessionKind::Interview, SessionStatus::Active, Admission::Knock);
    for status in [ParticipantStatus::Invited, ParticipantStatus::Waiting, ParticipantStatus::Left] {
        let mut candidate = participant(ParticipantRole::Candidate, status);
        candidate.admitted = true;
        assert_eq!(answer(&question(&session, Some(&candidate))), Ok(JoinOutcome::Enter), "{status}");
    }
}

#[test]
fn strangers_and_other_roles_are_refused() {
    let session = session(SessionKind::Interview, SessionStatus::Active, Admission::Open);
    assert_eq!(answer(&question(&session, None)), Err(ErrorCode::AccessDenied));
    let candidate = participant(ParticipantRole::Candidate, ParticipantStatus::Invited);
    for role in ParticipantRole::ALL {
        let asked = JoinQuestion { wanted_role: Some(*role), ..question(&session, Some(&candidate)) };
        let expected =
            if *role == ParticipantRole::Candidate { Ok(JoinOutcome::Enter) } else { Err(ErrorCode::RoleMismatch) };
        assert_eq!(answer(&asked), expected, "{role}");
    }
}

#[test]
fn the_window_of_a_mentoring_binds_both_alike_and_its_bounds_are_inside() {
    let step = Duration::from_micros(1);
    let scheduled_at = Timestamp::from_secs(SCHEDULED_AT);
    let opens = scheduled_at.minus(Duration::from_mins(15));
    for (duration_min, closes_after_min) in [(1, 120), (60, 120), (90, 120), (91, 121), (180, 210), (1_440, 1_470)] {
        let closes = scheduled_at.plus(Duration::from_mins(closes_after_min));
        let mut session = session(SessionKind::Mentoring, SessionStatus::Active, Admission::Open);
        session.duration_min = duration_min;
        assert_eq!(JoinWindow::default().of(&session), Some((opens, closes)), "{duration_min} min");
        for role in [ParticipantRole::Mentor, ParticipantRole::Mentee] {
            // Who is in stays in, but after the window gets no token and joins no more.
            for (status, inside) in [
                (ParticipantStatus::Invited, JoinOutcome::Enter),
                (ParticipantStatus::Left, JoinOutcome::Enter),
                (ParticipantStatus::Joined, JoinOutcome::AlreadyIn),
            ] {
                let someone = participant(role, status);
                for (now, expected) in [
                    (opens.minus(step), Err(ErrorCode::NotOpenYet)),
                    (opens, Ok(inside)),
                    (scheduled_at, Ok(inside)),
                    (closes, Ok(inside)),
                    (closes.plus(step), Err(ErrorCode::WindowClosed)),
                ] {
                    let decided = decide(&JoinQuestion { now, ..question(&session, Some(&someone)) });
                    if let Err(refusal) = decided {
                        assert_eq!((refusal.opens_at, refusal.closes_at), (Some(opens), Some(closes)));
                    }
                    let decided = decided.map_err(|refusal| refusal.code);
                    assert_eq!(decided, expected, "{duration_min} min, {status} {role} at {now}");
                }
            }
        }
    }
}

#[test]
fn interviews_and_classes_have_no_window() {
    for (kind, host, _) in ROLES.into_iter().filter(|(kind, ..)| *kind != SessionKind::Mentoring) {
        let session = session(kind, SessionStatus::Active, Admission::Open);
        let someone = participant(host, ParticipantStatus::Invited);
        for now in [Timestamp::MIN, Timestamp::MAX] {
            let decided = answer(&JoinQuestion { now, ..question(&session, Some(&someone)) });
            assert_eq!(decided, Ok(JoinOutcome::Enter), "{kind}");
        }
    }
}

/// R1: holding another INTERVIEW keeps one out of an INTERVIEW alone, and not out of the one that one is in.
#[test]
fn r1_who_holds_another_interview_is_told_which() {
    let other = SessionId(Uuid::from_u128(9));
    for (kind, host, _) in ROLES {
        let session = session(kind, SessionStatus::Active, Admission::Open);
        for status in [ParticipantStatus::Invited, ParticipantStatus::Waiting, ParticipantStatus::Left] {
            let someone = participant(host, status);
            let decided = decide(&JoinQuestion { holds_other: Some(other), ..question(&session, Some(&someone)) });
            if kind == SessionKind::Interview {
                let refusal = decided.unwrap_err();
                assert_eq!(refusal.code, ErrorCode::ActiveSessionExists, "{status}");
                assert_eq!(refusal.active_session_id, Some(other));
            } else {
                assert_eq!(decided, Ok(JoinOutcome::Enter), "{kind} {status}");
            }
        }
        let someone = participant(host, ParticipantStatus::Joined);
        let decided = answer(&JoinQuestion { holds_other: Some(other), ..question(&session, Some(&someone)) });
        assert_eq!(decided, Ok(JoinOutcome::AlreadyIn), "{kind}");
    }
}

/// R6: hosts always get in, and so does whoever was in before.
#[test]
fn r6_seats_are_counted_for_newcomers_alone() {
    let session = session(SessionKind::Class, SessionStatus::Active, Admission::Open);
    for (role, was_in, seats_taken, expected) in [
        (ParticipantRole::Student, false, 1, Ok(JoinOutcome::Enter)),
        (ParticipantRole::Student, false, 2, Err(ErrorCode::SessionFull)),
        (ParticipantRole::Student, false, u32::MAX, Err(ErrorCode::SessionFull)),
        (ParticipantRole::Student, true, 2, Ok(JoinOutcome::Enter)),
        (ParticipantRole::Teacher, false, 2, Ok(JoinOutcome::Enter)),
    ] {
        let mut someone = participant(role, ParticipantStatus::Invited);
        someone.joined_at = was_in.then_some(session.scheduled_at);
        let decided = answer(&JoinQuestion { seats_taken, ..question(&session, Some(&someone)) });
        assert_eq!(decided, expected, "{role}, in before: {was_in}, {seats_taken} taken");
    }
}

/// R3: who waits for a seat goes on waiting, however often they come; a host's word gives none.
#[test]
fn r3_whoever_waits_for_a_seat_goes_on_waiting() {
    let session = session(SessionKind::Class, SessionStatus::Active, Admission::Open);
    for (admitted, seats_taken, expected) in [
        (false, 2, Ok(JoinOutcome::AlreadyWaiting)),
        (false, 1, Ok(JoinOutcome::Enter)),
        (true, 2, Err(ErrorCode::SessionFull)),
    ] {
        let mut someone = participant(ParticipantRole::Student, ParticipantStatus::Waiting);
        someone.admitted = admitted;
        let decided = answer(&JoinQuestion { seats_taken, ..question(&session, Some(&someone)) });
        assert_eq!(decided, expected, "admitted: {admitted}, {seats_taken} taken");
    }
}

/// A student who has no place yet is let in like one who is invited; before the start everyone but the teacher waits.
#[test]
fn the_enrolled_join_and_wait_for_the_start() {
    use JoinOutcome::{AlreadyWaiting, Enter, Wait};
    use ParticipantStatus::{Denied, Invited, Removed, Waiting};
    use SessionStatus::{Active, Canceled, Ended, Scheduled};
    for (kind, status, admission, place, enrolled, expected) in [
        (SessionKind::Class, Active, Admission::Open, None, true, Ok(Enter)),
        (SessionKind::Class, Active, Admission::Knock, None, true, Ok(Wait)),
        (SessionKind::Class, Scheduled, Admission::Open, None, true, Ok(Wait)),
        (SessionKind::Class, Scheduled, Admission::Open, Some(Invited), false, Ok(Wait)),
        (SessionKind::Class, Scheduled, Admission::Open, Some(Waiting), true, Ok(AlreadyWaiting)),
        (SessionKind::Class, Active, Admission::Open, Some(Waiting), true, Ok(Enter)),
        (SessionKind::Class, Ended, Admission::Open, None, true, Err(ErrorCode::SessionClosed)),
        (SessionKind::Class, Canceled, Admission::Open, None, true, Err(ErrorCode::SessionClosed)),
        (SessionKind::Class, Active, Admission::Open, None, false, Err(ErrorCode::AccessDenied)),
        (SessionKind::Class, Active, Admission::Open, Some(Removed), true, Err(ErrorCode::Removed)),
        (SessionKind::Class, Active, Admission::Open, Some(Denied), true, Err(ErrorCode::Denied)),
        (SessionKind::Mentoring, Scheduled, Admission::Open, Some(Invited), false, Ok(Enter)),
    ] {
        let session = session(kind, status, admission);
        let role = if kind == SessionKind::Class { ParticipantRole::Student } else { ParticipantRole::Mentee };
        let someone = place.map(|place| participant(role, place));
        let asked = JoinQuestion { is_enrolled: enrolled, ..question(&session, someone.as_ref()) };
        assert_eq!(answer(&asked), expected, "{kind} {status} {admission} {place:?} enrolled: {enrolled}");
    }
    let session = session(SessionKind::Class, Scheduled, Admission::Open);
    let teacher = participant(ParticipantRole::Teacher, Invited);
    assert_eq!(answer(&question(&session, Some(&teacher))), Ok(Enter));
    let as_teacher =
        JoinQuestion { is_enrolled: true, wanted_role: Some(ParticipantRole::Teacher), ..question(&session, None) };
    assert_eq!(answer(&as_teacher), Err(ErrorCode::RoleMismatch));
}
