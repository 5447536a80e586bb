//! MENTORING: who can be booked, when, and what LiveKit has to do with it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use mockly_data::Store;
use mockly_domain::view::SessionView;
use mockly_domain::{
    ErrorCode, EventType, ParticipantRole, ParticipantStatus, SessionId, SessionKind, SessionStatus, Timestamp,
    UserRole,
};
use mockly_service::{CreateSession, NoMedia, PatchSession, Principal, ServiceError};
use serde_json::{Value, json};

use super::livekit::{Call, closed};
use super::stage::{Stage, code, refused, somebody};
use crate::support::{TestDatabase, TestWorld, on_both_databases};

const MINUTE: Duration = Duration::from_mins(1);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// From now until one of tomorrow at this time can be joined.
const TO_OPENING: Duration = Duration::from_mins(24 * 60 - 15);
/// The smallest step that a clock takes here.
const TICK: Duration = Duration::from_micros(1);

/// Mia can be booked; Ada books.
struct Office {
    stage: Stage,
    mia: Principal,
}

impl Office {
    async fn new(database: &TestDatabase) -> Self {
        let stage = Stage::new(database).await;
        let mia = somebody(&stage.world, "mia", &[UserRole::Mentor]).await;
        Self { stage, mia }
    }

    async fn book(&self, who: &Principal, at: Timestamp, minutes: u32) -> Result<SessionView, ServiceError> {
        let request = CreateSession { duration_min: Some(minutes), ..with_mentor(&self.mia, at) };
        self.stage.services().create_session(who, request).await
    }

    /// An hour of Mia's, tomorrow at this time.
    async fn booked(&self) -> SessionId {
        self.book(&self.stage.ada, self.stage.now().plus(DAY), 60).await.unwrap().id
    }

    async fn reschedule(
        &self,
        who: &Principal,
        id: SessionId,
        patch: PatchSession,
    ) -> Result<SessionView, ServiceError> {
        self.stage.services().patch_session(who, id, None, patch).await
    }

    /// What somebody was told, oldest first: event and payload.
    async fn told_to(&self, who: &Principal) -> Vec<(String, Value)> {
        let told = self.stage.world.database.notifications();
        let told = told.list_of_user(who.user_id(), Timestamp::MIN, 0, 100).await.unwrap();
        told.into_iter().map(|one| (one.event, serde_json::from_str(&one.payload).unwrap())).collect()
    }

    fn rooms_made(&self) -> usize {
        self.stage.livekit.take_calls().iter().filter(|call| matches!(call, Call::CreateRoom { .. })).count()
    }
}

fn with_mentor(mentor: &Principal, at: Timestamp) -> CreateSession {
    CreateSession { mentor_id: Some(mentor.user_id().clone()), scheduled_at: Some(at), ..CreateSession::default() }
}

on_both_databases! {
    async fn a_booking_has_two_places_a_page_and_a_room(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let view = office.book(&stage.ada, stage.now().plus(DAY), 45).await.unwrap();
        assert_eq!((view.kind, view.status, view.duration), (SessionKind::Mentoring, SessionStatus::Scheduled, 45));
        assert_eq!((view.title.as_str(), view.max_participants), ("Mentoring", 2));
        assert_eq!(view.meeting_url, Some(format!("https://mockly.example/meeting/{}", view.id)));
        assert_eq!(view.websocket_url, format!("wss://mockly.example/ws/zoom/{}", view.id));
        assert_eq!(stage.place(view.id, &stage.ada).await.role, ParticipantRole::Mentee);
        assert_eq!(stage.place(view.id, &office.mia).await.role, ParticipantRole::Mentor);
        assert_eq!((stage.held_by(&stage.ada).await, stage.held_by(&office.mia).await), (None, None));
        assert_eq!(stage.story(view.id).await, [EventType::SessionCreated]);
        assert_eq!(stage.recipients_of_last(view.id).await, ["ada", "mia"]);
        let room = stage.world.database.livekit().find_room(view.id).await.unwrap().unwrap();
        assert_eq!((room.name, room.sid), (format!("session-{}", view.id), None));

        // A mentor gives a mentee time.
        let request = CreateSession {
            mentee_id: Some(stage.bob.user_id().clone()),
            scheduled_at: Some(stage.now().plus(DAY * 2)),
            ..CreateSession::default()
        };
        let given = stage.services().create_session(&office.mia, request).await.unwrap();
        assert_eq!(stage.place(given.id, &stage.bob).await.role, ParticipantRole::Mentee);
        assert_eq!(given.created_by, *office.mia.user_id());
    }

    async fn bookings_that_make_no_sense_are_refused(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let at = Some(stage.now().plus(DAY));
        let mia = Some(office.mia.user_id().clone());
        let create = async |who: &Principal, request| code(stage.services().create_session(who, request).await);
        let none = CreateSession::default;
        let to_bob = CreateSession { mentor_id: Some(stage.bob.user_id().clone()), scheduled_at: at, ..none() };
        assert_eq!(create(&stage.ada, to_bob).await, ErrorCode::NotAMentor);
        let as_mentor = CreateSession { mentee_id: Some(stage.bob.user_id().clone()), scheduled_at: at, ..none() };
        assert_eq!(create(&stage.ada, as_mentor).await, ErrorCode::NotAMentor);
        let own = CreateSession { mentor_id: mia.clone(), scheduled_at: at, ..none() };
        assert_eq!(create(&office.mia, own).await, ErrorCode::SameUser);
        let unknown = CreateSession { mentor_id: Some("nobody".parse().unwrap()), scheduled_at: at, ..none() };
        assert_eq!(create(&stage.ada, unknown).await, ErrorCode::UnknownUser);
        let timeless = CreateSession { mentor_id: mia.clone(), ..none() };
        let refusal = refused(stage.services().create_session(&stage.ada, timeless).await);
        assert_eq!((refusal.code, refusal.fields[0].field.as_str()), (ErrorCode::ValidationFailed, "scheduledAt"));
        for two in [
            CreateSession { mentor_id: mia.clone(), mentee_id: mia.clone(), scheduled_at: at, ..none() },
            CreateSession { mentor_id: mia.clone(), interviewer_id: mia.clone(), scheduled_at: at, ..none() },
            CreateSession { mentor_id: mia, class_id: Some("0197c1a0-0000-7000-8000-000000000000".parse().unwrap()), ..none() },
        ] {
            assert_eq!(create(&stage.ada, two).await, ErrorCode::AmbiguousKind);
        }
    }

    /// Both bounds are inclusive, and bind mentor and mentee alike.
    async fn r2_the_window_binds_both_and_its_bounds_are_inclusive(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let id = office.booked().await;
        stage.sleep(TO_OPENING.saturating_sub(TICK));
        for who in [&stage.ada, &office.mia] {
            let refusal = refused(stage.services().join_session(who, id, None).await);
            assert_eq!((refusal.code, refusal.opens_at), (ErrorCode::NotOpenYet, Some(stage.now().plus(TICK))));
            assert_eq!(code(stage.services().media_token(who, id).await), ErrorCode::NotOpenYet);
        }
        stage.sleep(TICK);
        for who in [&stage.ada, &office.mia] {
            assert!(stage.services().can_join(who, id).await.unwrap().allowed);
        }
        stage.sleep(15 * MINUTE + 2 * HOUR);
        for who in [&stage.ada, &office.mia] {
            assert!(stage.services().can_join(who, id).await.unwrap().allowed);
            stage.services().media_token(who, id).await.unwrap();
        }
        stage.sleep(TICK);
        for who in [&stage.ada, &office.mia] {
            let refusal = refused(stage.services().join_session(who, id, None).await);
            assert_eq!((refusal.code, refusal.closes_at), (ErrorCode::WindowClosed, Some(stage.now().minus(TICK))));
        }
    }

    async fn the_first_join_makes_it_active_and_a_token_ends_with_the_window(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let id = office.booked().await;
        stage.sleep(DAY);
        let token = stage.services().media_token(&stage.ada, id).await.unwrap();
        assert_eq!((token.expires_at, token.participant_name.as_str()), (stage.now().plus(2 * HOUR), "Name of ada"));
        stage.assert_status(id, SessionStatus::Scheduled).await;
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        stage.assert_status(id, SessionStatus::Active).await;
        stage.services().join_session(&office.mia, id, None).await.unwrap();
        assert_eq!(stage.story(id).await, [
            EventType::SessionCreated,
            EventType::ParticipantJoined,
            EventType::SessionUpdated,
            EventType::ParticipantJoined,
        ]);
        // A long one stays open until half an hour after its end, and its tokens with it.
        let long = office.book(&stage.bob, stage.now().plus(HOUR), 240).await.unwrap().id;
        stage.sleep(HOUR);
        let token = stage.services().media_token(&stage.bob, long).await.unwrap();
        assert_eq!(token.expires_at, stage.now().plus(270 * MINUTE));
    }

    async fn two_of_one_user_do_not_overlap(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let at = stage.now().plus(DAY);
        office.book(&stage.ada, at, 60).await.unwrap();
        for (minutes_later, minutes, free) in
            [(0, 60, false), (59, 1, false), (60, 30, true), (30, 15, false), (90, 1_440, true)]
        {
            let answer = office.book(&stage.bob, at.plus(minutes_later * MINUTE), minutes).await;
            assert_eq!(answer.is_ok(), free, "{minutes_later} min later for {minutes} min: {answer:?}");
            if !free {
                assert_eq!(code(answer), ErrorCode::TimeConflict);
            }
        }
        // One that ends when another begins is beside it, one that ends later is not.
        assert_eq!(code(office.book(&stage.eve, at.minus(30 * MINUTE), 31).await), ErrorCode::TimeConflict);
        office.book(&stage.eve, at.minus(30 * MINUTE), 30).await.unwrap();
        // The mentee's time counts as well, with whomever.
        let max = somebody(&stage.world, "max", &[UserRole::Mentor]).await;
        let elsewhere = stage.services().create_session(&stage.ada, with_mentor(&max, at.plus(30 * MINUTE))).await;
        assert_eq!(code(elsewhere), ErrorCode::TimeConflict);
        // An interview takes nobody's time.
        stage.interview_with(|request| request.scheduled_at = Some(at)).await;
    }

    async fn a_canceled_booking_frees_its_time(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let id = office.booked().await;
        assert_eq!(code(office.book(&stage.bob, stage.now().plus(DAY), 60).await), ErrorCode::TimeConflict);
        stage.services().cancel_session(&stage.ada, id).await.unwrap();
        office.book(&stage.bob, stage.now().plus(DAY), 60).await.unwrap();
    }

    async fn moving_and_lengthening_ask_again_whether_the_time_is_free(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let at = stage.now().plus(DAY);
        let first = office.book(&stage.ada, at, 60).await.unwrap().id;
        let second = office.book(&stage.bob, at.plus(2 * HOUR), 60).await.unwrap().id;
        let moved = |at| PatchSession { scheduled_at: Some(at), ..PatchSession::default() };
        let long = |minutes| PatchSession { duration_min: Some(minutes), ..PatchSession::default() };
        let clash = office.reschedule(&stage.bob, second, moved(at.plus(30 * MINUTE))).await;
        assert_eq!(code(clash), ErrorCode::TimeConflict);
        assert_eq!(code(office.reschedule(&office.mia, first, long(121)).await), ErrorCode::TimeConflict);
        assert_eq!(stage.story(first).await.len(), 1);
        // Neither stands in its own way.
        office.reschedule(&office.mia, first, long(120)).await.unwrap();
        office.reschedule(&stage.bob, second, moved(at.plus(150 * MINUTE))).await.unwrap();
    }

    async fn of_two_hundred_mentees_at_once_one_gets_the_slot(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let mut mentees = Vec::new();
        for n in 0..200 {
            mentees.push(stage.user(&format!("mentee {n}")).await);
        }
        let at = stage.now().plus(DAY);
        let answers = join_all(mentees.iter().map(|mentee| office.book(mentee, at, 60))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 199));
        for answer in lost {
            assert_eq!(code(answer), ErrorCode::TimeConflict);
        }
    }

    async fn two_hundred_times_of_two_mentees_one_gets_the_slot(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        for round in 1..=200 {
            let at = stage.now().plus(HOUR * round);
            let (one, two) = tokio::join!(office.book(&stage.ada, at, 60), office.book(&stage.bob, at, 60));
            let (won, lost): (Vec<_>, Vec<_>) = [one, two].into_iter().partition(Result::is_ok);
            assert_eq!((won.len(), lost.len()), (1, 1), "round {round}");
            assert_eq!(code(lost.into_iter().next().unwrap()), ErrorCode::TimeConflict);
        }
    }

    /// Moving a booking to a time that somebody books at the same moment.
    async fn two_hundred_times_of_a_move_and_a_booking_one_gets_the_slot(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let id = office.book(&stage.ada, stage.now().plus(HOUR), 60).await.unwrap().id;
        for round in 2..=201 {
            let at = stage.now().plus(HOUR * round);
            let to_it = PatchSession { scheduled_at: Some(at), ..PatchSession::default() };
            let (moved, booked) =
                tokio::join!(office.reschedule(&stage.ada, id, to_it), office.book(&stage.bob, at, 60));
            assert!(moved.is_ok() != booked.is_ok(), "round {round}: {moved:?}, {booked:?}");
            let lost = if moved.is_ok() { code(booked) } else { code(moved) };
            assert_eq!(lost, ErrorCode::TimeConflict);
        }
    }

    /// Two mentors who book each other at once must neither wait for each other for ever nor both succeed.
    async fn mentors_who_book_each_other_do_not_wait_for_each_other(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let max = somebody(&stage.world, "max", &[UserRole::Mentor]).await;
        let at = stage.now().plus(DAY);
        let answers = join_all((0..40).map(|n| {
            let (who, whom) = if n % 2 == 0 { (&max, &office.mia) } else { (&office.mia, &max) };
            stage.services().create_session(who, with_mentor(whom, at))
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    }

    async fn the_room_is_made_at_once_and_again_when_the_session_opens(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let id = office.booked().await;
        assert_eq!(stage.pass(Duration::ZERO).await, 1);
        assert_eq!(office.rooms_made(), 1);
        let room = stage.world.database.livekit().find_room(id).await.unwrap().unwrap();
        assert_eq!(room.sid, Some(stage.livekit.room_sid(id)));
        // LiveKit closes a room to which nobody comes.
        stage.livekit.drop_room(id);
        assert_eq!(stage.pass_short_of(TO_OPENING).await, 0);
        // With the reminder of both, which is due at the same moment.
        assert_eq!(stage.pass(SECOND).await, 2);
        assert_eq!(office.rooms_made(), 1);
        assert_eq!(office.told_to(&stage.admin).await, []);
        // Moved: it opens at another time.
        let later = PatchSession { scheduled_at: Some(stage.now().plus(DAY)), ..PatchSession::default() };
        office.reschedule(&stage.ada, id, later).await.unwrap();
        stage.pass_short_of(TO_OPENING).await;
        assert_eq!(office.rooms_made(), 0);
        stage.pass(SECOND).await;
        assert_eq!(office.rooms_made(), 1);
        // Canceled: nothing is made any more.
        stage.services().cancel_session(&stage.ada, id).await.unwrap();
        stage.pass(DAY).await;
        assert_eq!(stage.livekit.take_calls(), [closed(id)]);
    }

    async fn livekit_away_fails_no_booking_and_admins_are_told_once(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let second_admin = somebody(&stage.world, "admin 2", &[UserRole::Admin]).await;
        stage.livekit.set_down(true);
        let id = office.booked().await;
        stage.pass(Duration::ZERO).await;
        let scheduled_at = stage.session(id).await.scheduled_at;
        for admin in [&stage.admin, &second_admin] {
            let told = office.told_to(admin).await;
            let [(event, payload)] = &told[..] else { panic!("told once: {told:?}") };
            assert_eq!(event, "livekit:room-failed");
            assert_eq!((&payload["sessionId"], &payload["title"]), (&json!(id), &json!("Mentoring")));
            assert_eq!(payload["scheduledAt"], json!(scheduled_at));
            assert!(payload["message"].as_str().unwrap().contains("LiveKit"));
        }
        assert_eq!(office.told_to(&stage.ada).await, []);
        let told: Vec<String> = office.told_to(&office.mia).await.into_iter().map(|(event, _)| event).collect();
        assert_eq!(told, ["session:invited"]);
        // Still away when it opens, and at every further try: nobody is told again.
        stage.pass(TO_OPENING).await;
        stage.pass(HOUR).await;
        assert_eq!(office.told_to(&stage.admin).await.len(), 1);
        stage.livekit.set_down(false);
        stage.pass(HOUR).await;
        assert_eq!(office.rooms_made(), 1);
        // Another session is another matter.
        stage.livekit.set_down(true);
        office.booked().await;
        stage.pass(Duration::ZERO).await;
        assert_eq!(office.told_to(&stage.admin).await.len(), 2);
    }

    async fn without_livekit_there_is_nothing_to_tell(database) {
        let world = TestWorld::with(&database, Arc::new(NoMedia), |_settings| ());
        let mia = somebody(&world, "mia", &[UserRole::Mentor]).await;
        let (ada, admin) = (somebody(&world, "ada", &[]).await, somebody(&world, "admin", &[UserRole::Admin]).await);
        let view = world.services.create_session(&ada, with_mentor(&mia, world.now().plus(DAY))).await.unwrap();
        assert!(world.database.livekit().find_room(view.id).await.unwrap().is_some());
        assert_eq!(world.services.run_due_jobs().await.unwrap(), 0);
        let told = world.database.notifications().list_of_user(admin.user_id(), Timestamp::MIN, 0, 9).await.unwrap();
        assert_eq!(told, []);
        assert_eq!(code(world.services.create_media_room(&ada, view.id).await), ErrorCode::LivekitNotConfigured);
    }

    async fn the_media_room_is_made_for_participants_and_admins(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let id = office.booked().await;
        for who in [&stage.ada, &office.mia, &stage.admin] {
            let place = stage.services().create_media_room(who, id).await.unwrap();
            assert_eq!((place.room_id, place.room_name), (id, format!("session-{id}")));
            assert_eq!(place.meeting_url, format!("https://mockly.example/meeting/{id}"));
        }
        assert_eq!(code(stage.services().create_media_room(&stage.eve, id).await), ErrorCode::AccessDenied);
        stage.services().remove_participant(&office.mia, id, stage.ada.user_id()).await.unwrap();
        assert_eq!(code(stage.services().create_media_room(&stage.ada, id).await), ErrorCode::Removed);
        assert_eq!(stage.status(id, &stage.ada).await, ParticipantStatus::Removed);
        stage.services().cancel_session(&office.mia, id).await.unwrap();
        assert_eq!(code(stage.services().create_media_room(&office.mia, id).await), ErrorCode::SessionClosed);
    }

    async fn a_room_that_was_never_made_is_not_deleted(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        stage.livekit.set_down(true);
        let id = office.booked().await;
        stage.pass(Duration::ZERO).await;
        stage.services().cancel_session(&stage.ada, id).await.unwrap();
        assert_eq!(stage.pass(DAY).await, 0);
    }

    /// A booking's room is none until LiveKit has made it: there is nothing to compare.
    async fn bookings_to_come_cost_reconciliation_nothing(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let id = office.booked().await;
        assert_eq!(stage.world.database.sessions().list_with_media(None, 10).await.unwrap(), []);
        stage.pass(Duration::ZERO).await;
        let compared = stage.world.database.sessions().list_with_media(None, 10).await.unwrap();
        assert_eq!(compared, [id]);
    }

    /// R14, over the use case: who may read it, and what an edit and a cancellation change in it.
    async fn r14_the_calendar_follows_the_session(database) {
        let office = Office::new(&database).await;
        let stage = &office.stage;
        let id = office.booked().await;
        let calendar = async |who| stage.services().session_calendar(who, id).await;
        let first = calendar(&stage.ada).await.unwrap();
        for line in [
            format!("UID:{id}"),
            "SEQUENCE:0".to_owned(),
            "STATUS:CONFIRMED".to_owned(),
            "DTSTART:20260116T100000Z".to_owned(),
        ] {
            assert!(first.lines().any(|found| found == line), "{line} in {first}");
        }
        // The link is longer than a line.
        assert!(first.replace("\r\n ", "").contains(&format!("URL:https://mockly.example/meeting/{id}\r\n")), "{first}");
        let moved = PatchSession {
            scheduled_at: Some(stage.now().plus(DAY * 2)),
            time_zone: Some("Europe/Berlin".to_owned()),
            ..PatchSession::default()
        };
        office.reschedule(&stage.ada, id, moved).await.unwrap();
        stage.services().cancel_session(&stage.ada, id).await.unwrap();
        let last = calendar(&office.mia).await.unwrap();
        for line in [
            format!("UID:{id}"),
            "SEQUENCE:2".to_owned(),
            "STATUS:CANCELLED".to_owned(),
            "DTSTART;TZID=Europe/Berlin:20260117T110000".to_owned(),
        ] {
            assert!(last.lines().any(|found| found == line), "{line} in {last}");
        }
        assert_eq!(code(calendar(&stage.eve).await), ErrorCode::AccessDenied);
    }
}
