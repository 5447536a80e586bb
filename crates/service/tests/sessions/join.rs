//! Joining, waiting and leaving (R2, R3, R6).

use std::time::Duration;

use futures_util::future::join_all;
use mockly_data::Store;
use mockly_domain::EventType::{ParticipantJoined, ParticipantLeft, SessionCreated, SessionUpdated};
use mockly_domain::ParticipantStatus::{Invited, Joined, Left, Waiting};
use mockly_domain::{
    Admission, ErrorCode, Participant, ParticipantId, ParticipantRole, SessionId, SessionKind, SessionStatus,
};
use mockly_service::{IdSource, PatchSession, Principal, SystemIds};

use super::stage::{Stage, code, refused, with_interviewer};
use crate::support::on_both_databases;

async fn seat(stage: &Stage, id: SessionId, who: &Principal) {
    let place = Participant {
        id: ParticipantId(SystemIds.uuid()),
        session_id: id,
        user_id: who.user_id().clone(),
        role: ParticipantRole::Candidate,
        status: Invited,
        admitted: false,
        holds: false,
        joined_at: None,
        left_at: None,
        last_seen_at: None,
        denied_at: None,
    };
    let work = stage.world.database.begin().await.unwrap();
    work.participants().insert(&place).await.unwrap();
    work.commit().await.unwrap();
}

on_both_databases! {
    async fn the_first_join_starts_an_interview_and_a_repeat_tells_nothing(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.sleep(Duration::from_mins(5));
        let view = stage.services().join_session(&stage.ada, id, None).await.unwrap();
        assert_eq!((view.status, view.started_at, view.version), (SessionStatus::Active, Some(stage.now()), 2));
        let first = [SessionCreated, ParticipantJoined, SessionUpdated];
        assert_eq!(stage.story(id).await, first);
        let ada = stage.place(id, &stage.ada).await;
        assert_eq!((ada.status, ada.joined_at, ada.left_at), (Joined, Some(stage.now()), None));

        stage.sleep(Duration::from_mins(5));
        let again = stage.services().join_session(&stage.ada, id, Some(ParticipantRole::Candidate)).await.unwrap();
        assert_eq!(again, view);
        assert_eq!(stage.story(id).await, first);

        // A join is no edit: whoever read the session before can still change it.
        let second = stage.services().join_session(&stage.bob, id, None).await.unwrap();
        assert_eq!((second.version, second.started_at), (2, view.started_at));
        assert_eq!(stage.story(id).await, [SessionCreated, ParticipantJoined, SessionUpdated, ParticipantJoined]);
        assert_eq!(stage.recipients_of_last(id).await, ["ada", "auth0|bob"]);
    }

    async fn simultaneous_joins_of_one_user_are_one(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let answers = join_all((0..20).map(|_| stage.services().join_session(&stage.bob, id, None))).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(stage.story(id).await, [SessionCreated, ParticipantJoined, SessionUpdated]);
    }

    async fn joins_that_are_refused_tell_nothing(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let join = async |who, role| code(stage.services().join_session(who, id, role).await);
        assert_eq!(join(&stage.eve, None).await, ErrorCode::AccessDenied);
        // ADMIN opens no door.
        assert_eq!(join(&stage.admin, None).await, ErrorCode::AccessDenied);
        assert_eq!(join(&stage.ada, Some(ParticipantRole::Interviewer)).await, ErrorCode::RoleMismatch);
        let unknown = SessionId(SystemIds.uuid());
        assert_eq!(code(stage.services().join_session(&stage.ada, unknown, None).await), ErrorCode::SessionNotFound);
        let told = refused(stage.services().join_session(&stage.eve, id, None).await);
        assert!(told.of_join && !told.detail.is_empty());
        stage.services().cancel_session(&stage.ada, id).await.unwrap();
        assert_eq!(join(&stage.ada, None).await, ErrorCode::SessionClosed);
        assert_eq!(stage.story(id).await.len(), 2);
    }

    async fn leaving_is_told_once_and_only_of_those_who_were_in(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let untouched = stage.services().leave_session(&stage.bob, id).await.unwrap();
        assert_eq!(untouched.status, SessionStatus::Scheduled);
        assert_eq!(stage.story(id).await, [SessionCreated]);
        stage.services().join_session(&stage.bob, id, None).await.unwrap();
        stage.sleep(Duration::from_secs(40));
        for _ in 0..2 {
            let view = stage.services().leave_session(&stage.bob, id).await.unwrap();
            assert_eq!((view.status, view.version), (SessionStatus::Active, 2));
        }
        assert_eq!(stage.story(id).await, [SessionCreated, ParticipantJoined, SessionUpdated, ParticipantLeft]);
        let bob = stage.place(id, &stage.bob).await;
        assert_eq!((bob.status, bob.left_at), (Left, Some(stage.now())));
        // The first join and the last leave are kept.
        let first = bob.joined_at;
        stage.sleep(Duration::from_secs(40));
        stage.services().join_session(&stage.bob, id, None).await.unwrap();
        let bob = stage.place(id, &stage.bob).await;
        assert_eq!((bob.status, bob.joined_at, bob.left_at), (Joined, first, None));
        assert_eq!(code(stage.services().leave_session(&stage.eve, id).await), ErrorCode::AccessDenied);
        assert_eq!(code(stage.services().leave_session(&stage.admin, id).await), ErrorCode::AccessDenied);
        // After the end, leaving is a no-op.
        stage.services().end_session(&stage.bob, id).await.unwrap();
        let story = stage.story(id).await;
        stage.services().leave_session(&stage.ada, id).await.unwrap();
        assert_eq!(stage.story(id).await, story);
    }

    /// R3: waiting is a state of the user in the session; hosts never wait; OPEN admits all who wait.
    async fn r3_one_who_knocks_waits_until_the_session_opens(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview_with(|request| request.admission = Some(Admission::Knock)).await;
        for _ in 0..2 {
            let view = stage.services().join_session(&stage.ada, id, None).await.unwrap();
            assert_eq!(view.status, SessionStatus::Scheduled);
        }
        assert_eq!(stage.status(id, &stage.ada).await, Waiting);
        assert_eq!(stage.story(id).await, [SessionCreated, SessionUpdated]);
        let asked = stage.services().can_join(&stage.ada, id).await.unwrap();
        assert_eq!((asked.allowed, asked.code), (true, Some(ErrorCode::Waiting)));

        let view = stage.services().join_session(&stage.bob, id, None).await.unwrap();
        assert_eq!((view.status, view.version), (SessionStatus::Active, 2));
        let carol = stage.user("carol").await;
        stage.rewrite(id, |session| session.max_participants = 9).await;
        seat(&stage, id, &carol).await;
        stage.services().join_session(&carol, id, None).await.unwrap();
        let before = stage.story(id).await;

        let open = PatchSession { admission: Some(Admission::Open), ..PatchSession::default() };
        stage.services().patch_session(&stage.bob, id, Some(2), open).await.unwrap();
        for who in [&stage.ada, &stage.bob, &carol] {
            assert_eq!(stage.status(id, who).await, Joined);
        }
        let story = stage.story(id).await;
        assert_eq!(story[before.len()..], [SessionUpdated, ParticipantJoined, ParticipantJoined]);
        // Admitted stays admitted.
        let knock = PatchSession { admission: Some(Admission::Knock), ..PatchSession::default() };
        stage.services().patch_session(&stage.bob, id, None, knock).await.unwrap();
        stage.services().leave_session(&carol, id).await.unwrap();
        stage.services().join_session(&carol, id, None).await.unwrap();
        assert_eq!(stage.status(id, &carol).await, Joined);
    }

    async fn r3_opening_admits_as_far_as_there_are_seats_and_holds(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview_with(|request| {
            (request.admission, request.max_participants) = (Some(Admission::Knock), Some(3));
        })
        .await;
        let mut waiting = Vec::new();
        for name in ["1", "2", "3"] {
            let who = stage.user(name).await;
            seat(&stage, id, &who).await;
            stage.services().join_session(&who, id, None).await.unwrap();
            waiting.push(who);
        }
        // The first one has taken something else meanwhile.
        let elsewhere = with_interviewer(&stage.eve);
        stage.services().create_session(&waiting[0], elsewhere).await.unwrap();
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        let open = PatchSession { admission: Some(Admission::Open), ..PatchSession::default() };
        let view = stage.services().patch_session(&stage.bob, id, None, open).await.unwrap();
        // Whoever was let in first started it.
        assert_eq!(view.status, SessionStatus::Active);
        let statuses = [
            stage.status(id, &stage.ada).await,
            stage.status(id, &waiting[0]).await,
            stage.status(id, &waiting[1]).await,
            stage.status(id, &waiting[2]).await,
        ];
        assert_eq!(statuses, [Joined, Waiting, Joined, Joined]);
    }

    async fn r3_one_who_waits_may_leave_and_reads_little(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview_with(|request| request.admission = Some(Admission::Knock)).await;
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        let services = stage.services();
        assert!(services.read_session(&stage.ada, id).await.is_ok());
        assert!(services.list_events(&stage.ada, id, 0, 10).await.is_ok());
        assert_eq!(code(services.attendance(&stage.ada, id).await), ErrorCode::Waiting);
        assert_eq!(code(services.end_session(&stage.ada, id).await), ErrorCode::Waiting);
        assert_eq!(code(services.media_token(&stage.ada, id).await), ErrorCode::Waiting);
        services.leave_session(&stage.ada, id).await.unwrap();
        assert_eq!(stage.status(id, &stage.ada).await, Invited);
        assert_eq!(stage.story(id).await, [SessionCreated, SessionUpdated, SessionUpdated]);
    }

    /// R6: distinct users are counted inside the transaction; whoever was in keeps the seat, and hosts always get in.
    async fn r6_the_last_seat_goes_to_one(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview_with(|request| request.max_participants = Some(2)).await;
        let mut rivals = Vec::new();
        for n in 0..8 {
            let rival = stage.user(&format!("rival {n}")).await;
            seat(&stage, id, &rival).await;
            rivals.push(rival);
        }
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        let answers = join_all(rivals.iter().map(|rival| stage.services().join_session(rival, id, None))).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let won = answers.iter().position(Result::is_ok).unwrap();
        for refused in answers.into_iter().filter(Result::is_err) {
            assert_eq!(code(refused), ErrorCode::SessionFull);
        }
        stage.services().leave_session(&rivals[won], id).await.unwrap();
        let other = &rivals[(won + 1) % rivals.len()];
        assert_eq!(code(stage.services().join_session(other, id, None).await), ErrorCode::SessionFull);
        stage.services().join_session(&rivals[won], id, None).await.unwrap();
        stage.services().join_session(&stage.bob, id, None).await.unwrap();
    }

    /// R2: the window of a MENTORING, whose problem document says when to come.
    async fn r2_a_mentoring_is_joined_inside_its_window(database) {
        let stage = Stage::new(&database).await;
        let starts = stage.now().plus(Duration::from_hours(10));
        let id = stage.interview_with(|request| request.scheduled_at = Some(starts)).await;
        stage.rewrite(id, |session| session.kind = SessionKind::Mentoring).await;
        let (opens, closes) = (starts.minus(Duration::from_mins(15)), starts.plus(Duration::from_hours(2)));
        for who in [&stage.ada, &stage.bob] {
            let early = refused(stage.services().join_session(who, id, None).await);
            assert_eq!((early.code, early.opens_at, early.closes_at), (ErrorCode::NotOpenYet, Some(opens), Some(closes)));
            assert!(early.detail.contains(&opens.to_string()));
            assert_eq!(code(stage.services().media_token(who, id).await), ErrorCode::NotOpenYet);
        }
        stage.sleep(opens.since(stage.now()));
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        // Holding is a matter of interviews.
        assert_eq!(stage.held_by(&stage.bob).await, None);
        stage.sleep(closes.since(stage.now()));
        assert!(stage.services().can_join(&stage.bob, id).await.unwrap().allowed);
        stage.sleep(Duration::from_micros(1));
        let late = stage.services().can_join(&stage.bob, id).await.unwrap();
        assert_eq!((late.allowed, late.code), (false, Some(ErrorCode::WindowClosed)));
        assert_eq!((late.opens_at, late.closes_at), (Some(opens), Some(closes)));
        assert_eq!(code(stage.services().join_session(&stage.bob, id, None).await), ErrorCode::WindowClosed);
        assert_eq!(stage.status(id, &stage.ada).await, Joined);
    }
}
