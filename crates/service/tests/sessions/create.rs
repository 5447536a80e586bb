//! Creating sessions.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mockly_domain::{
    Admission, ErrorCode, EventType, MediaPatch, MediaPolicy, ParticipantRole, ParticipantStatus, SessionKind,
    SessionStatus, UserId,
};
use mockly_service::CreateSession;

use super::stage::{Stage, code, refused, with_interviewer};
use crate::support::on_both_databases;

on_both_databases! {
    async fn an_interview_with_defaults(database) {
        let stage = Stage::new(&database).await;
        let view = stage.services().create_session(&stage.ada, with_interviewer(&stage.bob)).await.unwrap();
        assert_eq!((view.kind, view.status, view.version), (SessionKind::Interview, SessionStatus::Scheduled, 1));
        assert_eq!((view.duration, view.max_participants, view.time_zone.as_str()), (60, 2, "UTC"));
        assert_eq!((view.admission, view.media), (Admission::Open, MediaPolicy::default()));
        assert_eq!((view.scheduled_at, view.starts_at, view.created_at), (stage.now(), stage.now(), stage.now()));
        assert_eq!((view.started_at, view.ended_at, view.participant_count), (None, None, 0));
        assert_eq!((&view.created_by, view.creator_display_name.as_str()), (stage.ada.user_id(), "Name of ada"));
        assert_eq!((view.room_id, view.session_id), (format!("session-{}", view.id), view.id));
        let places: Vec<_> =
            view.participants.iter().map(|place| (place.user_id.as_str(), place.role, place.status)).collect();
        assert_eq!(places, [
            ("ada", ParticipantRole::Candidate, ParticipantStatus::Invited),
            ("auth0|bob", ParticipantRole::Interviewer, ParticipantStatus::Invited),
        ]);
        assert_eq!(stage.story(view.id).await, [EventType::SessionCreated]);
        assert_eq!(stage.told(view.id).await.participants, view.participants);
        assert_eq!(stage.recipients_of_last(view.id).await, ["ada", "auth0|bob"]);
        assert_eq!(stage.services().read_session(&stage.bob, view.id).await.unwrap().participants, view.participants);
    }

    /// The answer used to be read anew although the event had just been written with the same view.
    async fn what_the_event_shows_is_not_read_again_for_the_answer(database) {
        let statements = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&statements);
        let stage = Stage::new(&database.watched(move |statement| seen.lock().unwrap().push(statement.to_owned()))).await;
        statements.lock().unwrap().clear();
        let view = stage.services().create_session(&stage.ada, with_interviewer(&stage.bob)).await.unwrap();
        let of_creation = std::mem::take(&mut *statements.lock().unwrap());
        let reads = |table: &str| {
            let from = format!("FROM \"{table}\"");
            of_creation.iter().filter(|statement| statement.contains(&from)).count()
        };
        let count = of_creation.len();
        assert_eq!(reads("artifacts"), 1, "{count} statements: {of_creation:#?}");
        let rewritten = of_creation.iter().any(|statement| statement.starts_with("UPDATE \"sessions\""));
        assert!(!rewritten, "its row is right from the beginning: {of_creation:#?}");
        assert_eq!(stage.told(view.id).await, view);
    }

    async fn everything_that_can_be_said_is_kept(database) {
        let stage = Stage::new(&database).await;
        let media = MediaPolicy { microphone: true, camera: false, screen_share: false };
        let past = stage.now().minus(Duration::from_hours(1_000));
        let request = CreateSession {
            candidate_id: Some(stage.bob.user_id().clone()),
            scheduled_at: Some(past),
            title: Some("Rust".to_owned()),
            description: Some("Borrowing".to_owned()),
            duration_min: Some(1_440),
            max_participants: Some(7),
            time_zone: Some("europe/BERLIN".to_owned()),
            admission: Some(Admission::Knock),
            media: Some(MediaPatch { microphone: None, camera: Some(false), screen_share: Some(false) }),
            ..CreateSession::default()
        };
        let view = stage.services().create_session(&stage.ada, request).await.unwrap();
        assert_eq!((view.title.as_str(), view.description.as_deref()), ("Rust", Some("Borrowing")));
        assert_eq!((view.scheduled_at, view.duration, view.max_participants), (past, 1_440, 7));
        assert_eq!((view.time_zone.as_str(), view.admission, view.media), ("Europe/Berlin", Admission::Knock, media));
        assert_eq!(stage.place(view.id, &stage.ada).await.role, ParticipantRole::Interviewer);
        assert_eq!(stage.place(view.id, &stage.bob).await.role, ParticipantRole::Candidate);
    }

    async fn requests_that_make_no_sense_are_refused_and_leave_nothing(database) {
        let stage = Stage::new(&database).await;
        let (bob, ada) = (stage.bob.user_id().clone(), stage.ada.user_id().clone());
        let nobody = UserId::new("nobody").unwrap();
        let interview = |interviewer: &UserId, time_zone: Option<&str>| CreateSession {
            interviewer_id: Some(interviewer.clone()),
            time_zone: time_zone.map(str::to_owned),
            ..CreateSession::default()
        };
        for (what, request, expected) in [
            ("no kind", CreateSession::default(), ErrorCode::AmbiguousKind),
            (
                "two kinds",
                CreateSession { candidate_id: Some(bob.clone()), ..interview(&bob, None) },
                ErrorCode::AmbiguousKind,
            ),
            ("oneself", interview(&ada, None), ErrorCode::SameUser),
            ("somebody unknown", interview(&nobody, None), ErrorCode::UnknownUser),
            ("no such zone", interview(&bob, Some("Europe/Atlantis")), ErrorCode::ValidationFailed),
            ("an offset", interview(&bob, Some("+02:00")), ErrorCode::ValidationFailed),
            ("an empty zone", interview(&bob, Some("")), ErrorCode::ValidationFailed),
        ] {
            assert_eq!(code(stage.services().create_session(&stage.ada, request).await), expected, "{what}");
        }
        let zone = refused(stage.services().create_session(&stage.ada, interview(&bob, Some("Mars"))).await);
        assert_eq!(zone.fields[0].field, "timeZone");
        assert_eq!(stage.held_by(&stage.ada).await, None);
        assert_eq!(stage.pass(Duration::from_hours(100)).await, 0);
    }
}
