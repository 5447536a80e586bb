//! Who may do what, as tables.

use uuid::Uuid;

use super::*;
use crate::{
    Admission, MediaPolicy, ParticipantId, ParticipantRole, ParticipantStatus, SessionId, SessionStatus, Timestamp,
};

const ACTIONS: [Action; 13] = [
    Action::Read,
    Action::AskToJoin,
    Action::Follow,
    Action::Leave,
    Action::ReadRecords,
    Action::Edit,
    Action::Start,
    Action::End,
    Action::Cancel,
    Action::Delete,
    Action::RemoveParticipant,
    Action::AddArtifact,
    Action::DeleteArtifact,
];

fn user(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

fn session(kind: SessionKind) -> Session {
    Session {
        id: SessionId(Uuid::from_u128(1)),
        kind,
        status: SessionStatus::Active,
        title: String::new(),
        description: None,
        created_by: user("creator"),
        scheduled_at: Timestamp::EPOCH,
        rescheduled_at: Timestamp::EPOCH,
        started_at: None,
        ended_at: None,
        end_reason: None,
        duration_min: 60,
        time_zone: "UTC".to_owned(),
        max_participants: 2,
        admission: Admission::Open,
        media: MediaPolicy::default(),
        lesson: None,
        first_connected_at: None,
        version: 1,
        last_sequence: 0,
        created_at: Timestamp::EPOCH,
        updated_at: Timestamp::EPOCH,
    }
}

fn participant(user_id: &UserId, role: ParticipantRole, status: ParticipantStatus) -> Participant {
    Participant {
        id: ParticipantId(Uuid::from_u128(2)),
        session_id: SessionId(Uuid::from_u128(1)),
        user_id: user_id.clone(),
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

/// One letter for each action in the order of [`ACTIONS`]: `.` may, `A` access-denied, `F` forbidden, `D` denied,
/// `R` removed, `W` waiting.
fn rights(kind: SessionKind, id: &str, is_admin: bool, place: Option<(ParticipantRole, ParticipantStatus)>) -> String {
    rights_of(kind, id, is_admin, place, false)
}

fn rights_of(
    kind: SessionKind,
    id: &str,
    is_admin: bool,
    place: Option<(ParticipantRole, ParticipantStatus)>,
    is_enrolled: bool,
) -> String {
    let (session, user_id) = (session(kind), user(id));
    let participant = place.map(|(role, status)| participant(&user_id, role, status));
    let caller = Caller { user_id: &user_id, is_admin, participant: participant.as_ref(), is_enrolled };
    let letter = |action| match authorize(action, &session, caller) {
        Ok(()) => '.',
        Err(ErrorCode::AccessDenied) => 'A',
        Err(ErrorCode::Forbidden) => 'F',
        Err(ErrorCode::Denied) => 'D',
        Err(ErrorCode::Removed) => 'R',
        Err(ErrorCode::Waiting) => 'W',
        Err(other) => panic!("{action:?} is refused with {other}"),
    };
    ACTIONS.into_iter().map(letter).collect()
}

#[test]
fn rights_follow_from_role_and_from_having_made_the_session() {
    use ParticipantRole::{Candidate, Interviewer, Mentee, Mentor, Student, Teacher};
    for status in [ParticipantStatus::Invited, ParticipantStatus::Joined, ParticipantStatus::Left] {
        // Read, ask, follow, leave, records, edit, start, end, cancel, delete, remove, add a file, delete it.
        for (kind, host, other, of_creator, of_host, of_other) in [
            (SessionKind::Interview, Interviewer, Candidate, "..........F.F", ".........F...", ".....FF.FFF.F"),
            (SessionKind::Mentoring, Mentor, Mentee, "..........F.F", ".........F...", ".....FF.FFF.F"),
            (SessionKind::Class, Teacher, Student, ".......F..F.F", ".............", ".....FFFFFF.F"),
        ] {
            assert_eq!(rights(kind, "stranger", false, None), "AAAAAAAAAAAAA", "{kind}");
            assert_eq!(rights(kind, "creator", false, None), of_creator, "{kind}");
            assert_eq!(rights(kind, "creator", false, Some((host, status))), ".............", "{kind} {status}");
            assert_eq!(rights(kind, "somebody", false, Some((host, status))), of_host, "{kind} {status}");
            assert_eq!(rights(kind, "somebody", false, Some((other, status))), of_other, "{kind} {status}");
        }
    }
}

/// Students read what they are enrolled in; the own status goes first.
#[test]
fn the_enrolled_have_the_rights_of_a_student() {
    let place = |status| Some((ParticipantRole::Student, status));
    assert_eq!(rights_of(SessionKind::Class, "somebody", false, None, true), ".....FFFFFFFF");
    let removed = rights_of(SessionKind::Class, "somebody", false, place(ParticipantStatus::Removed), true);
    assert_eq!(removed, "..RRRRRRRRRRR");
    let waiting = rights_of(SessionKind::Class, "somebody", false, place(ParticipantStatus::Waiting), true);
    assert_eq!(waiting, "....WWWWFWWWW");
}

#[test]
fn an_admin_reads_ends_and_removes_everywhere_and_does_no_more_than_others_elsewhere() {
    for (kind, host) in [
        (SessionKind::Interview, ParticipantRole::Interviewer),
        (SessionKind::Mentoring, ParticipantRole::Mentor),
        (SessionKind::Class, ParticipantRole::Teacher),
    ] {
        assert_eq!(rights(kind, "admin", true, None), ".....FF....F.", "{kind}");
        assert_eq!(rights(kind, "admin", true, Some((host, ParticipantStatus::Joined))), ".............", "{kind}");
    }
}

/// The own status goes before all but ADMIN.
#[test]
fn one_who_waits_or_was_turned_away_keeps_little() {
    use ParticipantStatus::{Denied, Removed, Waiting};
    for (status, of_participant, of_creator) in [
        // A creator keeps ending and canceling.
        (Denied, "..DDDDDDDDDDD", "..DDDDD..DDDD"),
        (Removed, "..RRRRRRRRRRR", "..RRRRR..RRRR"),
        (Waiting, "....WWWWFWWWW", "....WWWW.WWWW"),
    ] {
        let place = Some((ParticipantRole::Candidate, status));
        assert_eq!(rights(SessionKind::Interview, "somebody", false, place), of_participant, "{status}");
        assert_eq!(rights(SessionKind::Interview, "creator", false, place), of_creator, "{status}");
        let of_admin = rights(SessionKind::Interview, "admin", true, place);
        assert_eq!(of_admin, ".....FF....F.", "{status}");
    }
}
