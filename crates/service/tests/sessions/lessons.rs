//! Sessions of a class, from the plan to the end.

use std::time::Duration;

use futures_util::future::join_all;
use mockly_data::Store;
use mockly_domain::{
    Admission, ClassType, ErrorCode, EventType, MediaPatch, MediaPolicy, ParticipantRole, ParticipantStatus,
    SessionKind, SessionStatus, UserId,
};
use mockly_service::{CreateClass, CreateSession, Newcomer, PatchSession};

use super::school::School;
use super::stage::{code, refused};
use crate::support::on_both_databases;

on_both_databases! {
    async fn a_lesson_is_made_by_its_teacher_or_an_admin(database) {
        let school = School::new(&database).await;
        let services = school.stage.services();
        for who in [&school.teacher, &school.stage.admin] {
            let view = services.create_session(who, school.request()).await.unwrap();
            assert_eq!((view.kind, view.class_type), (SessionKind::Class, Some(ClassType::Lecture)));
            assert_eq!((view.max_participants, view.media.screen_share, view.media.camera), (100, false, true));
            assert_eq!(view.teacher_id.as_ref().map(UserId::as_str), Some("teacher"));
            assert_eq!(view.teacher_name.as_deref(), Some("Name of teacher"));
            let place = school.stage.place(view.id, &school.teacher).await;
            assert_eq!((place.role, place.status), (ParticipantRole::Teacher, ParticipantStatus::Invited));
        }
        for who in [&school.other_teacher, &school.students[0]] {
            assert_eq!(code(services.create_session(who, school.request()).await), ErrorCode::NotTheTeacher);
        }
        for (request, field) in [
            (CreateSession { title: None, ..school.request() }, "title"),
            (CreateSession { scheduled_at: None, ..school.request() }, "scheduledAt"),
            (CreateSession { class_type: None, ..school.request() }, "type"),
        ] {
            let fault = refused(services.create_session(&school.teacher, request).await);
            assert_eq!((fault.code, fault.fields[0].field.as_str()), (ErrorCode::ValidationFailed, field));
        }
        let wish = MediaPatch { microphone: Some(false), camera: None, screen_share: Some(true) };
        let media = MediaPolicy { microphone: false, camera: true, screen_share: true };
        let own = CreateSession { media: Some(wish), max_participants: Some(3), ..school.request() };
        let view = services.create_session(&school.teacher, own).await.unwrap();
        assert_eq!((view.max_participants, view.media), (3, media));
    }

    async fn students_wait_for_the_start_and_come_in_with_it(database) {
        let school = School::new(&database).await;
        school.enrol(&[0, 1, 2]).await;
        let services = school.stage.services();
        let id = school.lesson_with(|request| request.max_participants = Some(2)).await;
        for student in &school.students[..3] {
            services.join_session(student, id, None).await.unwrap();
            assert_eq!(school.stage.status(id, student).await, ParticipantStatus::Waiting);
            assert_eq!(school.stage.place(id, student).await.role, ParticipantRole::Student);
        }
        let started = services.start_session(&school.teacher, id).await.unwrap();
        assert_eq!(started.status, SessionStatus::Active);
        // Two seats, in the order of their coming; the third goes on waiting.
        for (student, status) in school.students.iter().zip([
            ParticipantStatus::Joined,
            ParticipantStatus::Joined,
            ParticipantStatus::Waiting,
        ]) {
            assert_eq!(school.stage.status(id, student).await, status);
        }
        let story = school.stage.story(id).await;
        assert_eq!(story[story.len() - 2..], [EventType::SessionUpdated, EventType::ParticipantJoined]);
        let told = school.stage.told(id).await;
        let joined = told.participants.iter().filter(|place| place.status == ParticipantStatus::Joined);
        assert_eq!((told.status, joined.count()), (SessionStatus::Active, 2));
        services.join_session(&school.students[2], id, None).await.unwrap();
        assert_eq!(school.stage.status(id, &school.students[2]).await, ParticipantStatus::Waiting);
        let asked = services.can_join(&school.students[2], id).await.unwrap();
        assert_eq!((asked.allowed, asked.code), (true, Some(ErrorCode::Waiting)));
        assert!(asked.message.contains("seat"), "{}", asked.message);
        // One who does not wait yet is no newcomer to the queue.
        school.enrol(&[3]).await;
        assert_eq!(code(services.join_session(&school.students[3], id, None).await), ErrorCode::SessionFull);
        services.leave_session(&school.students[0], id).await.unwrap();
        services.join_session(&school.students[0], id, None).await.unwrap();
    }

    // Once a seat that became free stayed so until one who waited for it knocked again.
    async fn a_seat_that_is_free_goes_to_whoever_has_waited_longest(database) {
        let school = School::new(&database).await;
        school.enrol(&[0, 1, 2, 3]).await;
        let (stage, services) = (&school.stage, school.stage.services());
        let id = school.lesson_with(|request| request.max_participants = Some(1)).await;
        for student in &school.students {
            services.join_session(student, id, None).await.unwrap();
        }
        services.start_session(&school.teacher, id).await.unwrap();
        let inside = async || {
            let mut inside = Vec::new();
            for (n, student) in school.students.iter().enumerate() {
                if stage.status(id, student).await == ParticipantStatus::Joined {
                    inside.push(n);
                }
            }
            inside
        };
        assert_eq!(inside().await, [0]);
        // Whoever leaves keeps the seat, whoever is removed does not.
        services.leave_session(&school.students[0], id).await.unwrap();
        assert!(inside().await.is_empty());
        services.remove_participant(&school.teacher, id, school.students[0].user_id()).await.unwrap();
        assert_eq!(inside().await, [1]);
        let more = PatchSession { max_participants: Some(2), ..PatchSession::default() };
        services.patch_session(&school.teacher, id, None, more).await.unwrap();
        assert_eq!(inside().await, [1, 2]);
        services.unenrol_student(&school.teacher, school.class, school.students[1].user_id()).await.unwrap();
        assert_eq!(inside().await, [2, 3]);
        assert_eq!(stage.story(id).await.last(), Some(&EventType::ParticipantJoined));
    }

    async fn with_knock_they_go_on_waiting(database) {
        let school = School::new(&database).await;
        school.enrol(&[0]).await;
        let services = school.stage.services();
        let id = school.lesson_with(|request| request.admission = Some(Admission::Knock)).await;
        services.join_session(&school.students[0], id, None).await.unwrap();
        services.start_session(&school.teacher, id).await.unwrap();
        assert_eq!(school.stage.status(id, &school.students[0]).await, ParticipantStatus::Waiting);
    }

    async fn nobodys_coming_starts_a_class(database) {
        let school = School::new(&database).await;
        school.enrol(&[0]).await;
        let services = school.stage.services();
        let id = school.lesson().await;
        services.join_session(&school.teacher, id, None).await.unwrap();
        services.join_session(&school.students[0], id, None).await.unwrap();
        assert_eq!(school.stage.status(id, &school.teacher).await, ParticipantStatus::Joined);
        school.stage.assert_status(id, SessionStatus::Scheduled).await;
    }

    async fn a_teacher_has_one_active_class_however_many_starts_race(database) {
        let school = School::new(&database).await;
        let services = school.stage.services();
        let wanted = CreateClass { name: "Geometry".to_owned(), ..CreateClass::default() };
        let other = services.create_class(&school.teacher, wanted).await.unwrap().class.id;
        let mut ids = Vec::new();
        for n in 0..20 {
            let class_id = Some(if n % 2 == 0 { school.class } else { other });
            ids.push(school.lesson_with(|request| request.class_id = class_id).await);
        }
        let answers = join_all(ids.iter().map(|id| services.start_session(&school.teacher, *id))).await;
        let won: Vec<_> = answers.iter().flatten().map(|view| view.id).collect();
        assert_eq!(won.len(), 1);
        for answer in answers.into_iter().filter(Result::is_err) {
            let refused = refused(answer);
            assert_eq!((refused.code, refused.active_session_id), (ErrorCode::ActiveSessionExists, Some(won[0])));
        }
        services.start_session(&school.teacher, won[0]).await.unwrap();
        services.end_session(&school.teacher, won[0]).await.unwrap();
        let next = *ids.iter().find(|id| **id != won[0]).unwrap();
        services.start_session(&school.teacher, next).await.unwrap();
    }

    async fn ending_is_the_hosts_and_notes_who_never_came(database) {
        let school = School::new(&database).await;
        school.enrol(&[0, 1]).await;
        let services = school.stage.services();
        let id = school.running().await;
        services.join_session(&school.students[0], id, None).await.unwrap();
        assert_eq!(code(services.end_session(&school.students[0], id).await), ErrorCode::Forbidden);
        school.stage.sleep(Duration::from_mins(5));
        services.end_session(&school.teacher, id).await.unwrap();
        assert_eq!(school.stage.status(id, &school.students[1]).await, ParticipantStatus::Invited);
        assert_eq!(school.stage.recipients_of_last(id).await, ["student 0", "student 1", "teacher"]);
        // For good, whatever becomes of the enrolment.
        services.unenrol_student(&school.teacher, school.class, school.students[1].user_id()).await.unwrap();
        let rows = services.attendance(&school.teacher, id).await.unwrap();
        let shown: Vec<_> = rows.iter().map(|row| (row.user_id.as_str(), row.no_show)).collect();
        assert_eq!(shown, [("teacher", true), ("student 0", false), ("student 1", true)]);
    }

    async fn the_enrolled_hear_of_their_classes(database) {
        let school = School::new(&database).await;
        school.enrol(&[0, 1]).await;
        let services = school.stage.services();
        let id = school.lesson().await;
        let everyone = ["student 0", "student 1", "teacher"];
        assert_eq!(school.stage.recipients_of_last(id).await, everyone);
        services.start_session(&school.teacher, id).await.unwrap();
        assert_eq!(school.stage.recipients_of_last(id).await, everyone);
        services.join_session(&school.students[0], id, None).await.unwrap();
        assert_eq!(school.stage.recipients_of_last(id).await, everyone);
        services.remove_participant(&school.teacher, id, school.students[0].user_id()).await.unwrap();
        services.end_session(&school.teacher, id).await.unwrap();
        assert_eq!(school.stage.recipients_of_last(id).await, ["student 1", "teacher"], "not who was removed");
    }

    async fn deleting_a_lesson_takes_the_topic_from_the_enrolled(database) {
        let school = School::new(&database).await;
        school.enrol(&[0]).await;
        let id = school.lesson().await;
        school.stage.services().delete_session(&school.teacher, id).await.unwrap();
        let mut revoked = school.stage.events(id).await.pop().unwrap().revokes;
        revoked.sort_unstable();
        let revoked: Vec<_> = revoked.iter().map(UserId::as_str).collect();
        assert_eq!(revoked, ["student 0", "teacher"]);
    }

    /// R6: two hundred times, two students want the last seat at once.
    async fn r6_of_two_students_one_gets_the_last_seat(database) {
        let school = School::new(&database).await;
        school.enrol(&[0, 1, 2]).await;
        let services = school.stage.services();
        for round in 0..200 {
            let id = school.lesson_with(|request| request.max_participants = Some(2)).await;
            services.start_session(&school.teacher, id).await.unwrap();
            services.join_session(&school.students[2], id, None).await.unwrap();
            let (one, two) = tokio::join!(
                services.join_session(&school.students[0], id, None),
                services.join_session(&school.students[1], id, None),
            );
            let (won, lost): (Vec<_>, Vec<_>) = [one, two].into_iter().partition(Result::is_ok);
            assert_eq!((won.len(), lost.len()), (1, 1), "round {round}");
            assert_eq!(code(lost.into_iter().next().unwrap()), ErrorCode::SessionFull);
            services.end_session(&school.teacher, id).await.unwrap();
        }
    }

    async fn a_class_of_a_thousand_is_enrolled_started_and_joined(database) {
        let school = School::new(&database).await;
        let services = school.stage.services();
        let mut students = Vec::new();
        for n in 0..1_000 {
            students.push(school.stage.user(&format!("pupil {n:04}")).await);
        }
        let newcomers = students.iter().map(|student| Newcomer::UserId(student.user_id().to_string())).collect();
        assert_eq!(school.enrol_all(newcomers).await.added, 1_000);
        let id = school.lesson_with(|request| request.max_participants = Some(1_001)).await;
        for student in &students[..200] {
            services.join_session(student, id, None).await.unwrap();
        }
        // What concerns one of many goes to that one and the host.
        assert_eq!(school.stage.recipients_of_last(id).await, ["pupil 0199", "teacher"]);
        services.start_session(&school.teacher, id).await.unwrap();
        let events = school.stage.events(id).await;
        assert_eq!(events.len(), 1 + 200 + 1 + 4, "made, waited for, started, admitted by fifties");
        let started = &events[201];
        let told = school.stage.world.database.events().recipients(&[started.position]).await.unwrap();
        assert_eq!(told.len(), 1_001);
        for student in &students[200..260] {
            services.join_session(student, id, None).await.unwrap();
        }
        let told = school.stage.told(id).await;
        assert_eq!(told.participants.len(), 1, "an event of a large session names those concerned");
        assert!(school.stage.recipients_of_last(id).await.is_empty());
        services.end_session(&school.teacher, id).await.unwrap();
        assert_eq!(school.stage.world.database.participants().count(id).await.unwrap(), 1_001);
    }
}
