//! Rows, with what a test does not care about filled in.

use mockly_data::{DataError, Database, NewJob, Store, UnitOfWork};
use mockly_domain::{
    Admission, JobId, MediaPolicy, Participant, ParticipantId, ParticipantRole, ParticipantStatus, Session, SessionId,
    SessionKind, SessionStatus, Timestamp, User, UserId, UserRole,
};
use uuid::Uuid;

/// Seconds after the beginning of the test's time.
pub(crate) fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_768_471_200 + secs)
}

/// Ids that sort by number.
pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(crate) fn user_id(text: &str) -> UserId {
    UserId::new(text).unwrap()
}

pub(crate) fn user(id: &str, display_name: &str, roles: &[UserRole]) -> User {
    User {
        id: user_id(id),
        source: None,
        display_name: display_name.to_owned(),
        email: None,
        email_verified: false,
        avatar_url: None,
        roles: roles.to_vec(),
        profile_issued_at: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

/// A SCHEDULED interview.
pub(crate) fn session(number: u128, created_by: &str) -> Session {
    Session {
        id: SessionId(id(number)),
        kind: SessionKind::Interview,
        status: SessionStatus::Scheduled,
        title: "Interview".to_owned(),
        description: None,
        created_by: user_id(created_by),
        scheduled_at: at(0),
        rescheduled_at: at(0),
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
        created_at: at(0),
        updated_at: at(0),
    }
}

/// An invited candidate who holds nothing; its id is the number of the session and its own.
pub(crate) fn participant(session: u128, number: u128, user: &str) -> Participant {
    Participant {
        id: ParticipantId(id(session << 32 | number)),
        session_id: SessionId(id(session)),
        user_id: user_id(user),
        role: ParticipantRole::Candidate,
        status: ParticipantStatus::Invited,
        admitted: false,
        holds: false,
        joined_at: None,
        left_at: None,
        last_seen_at: None,
        denied_at: None,
    }
}

pub(crate) fn job(number: u128, unique_key: Option<&str>, run_at: Timestamp) -> NewJob {
    NewJob {
        id: JobId(id(number)),
        kind: "test",
        unique_key: unique_key.map(str::to_owned),
        payload: number.to_string(),
        run_at,
    }
}

/// Does something in a unit of work of its own.
pub(crate) async fn write<T>(database: &Database, step: impl AsyncFnOnce(&UnitOfWork) -> Result<T, DataError>) -> T {
    let work = database.begin().await.unwrap();
    let outcome = step(&work).await.unwrap();
    work.commit().await.unwrap();
    outcome
}

/// Adds users named by their ids.
pub(crate) async fn with_users(database: &Database, ids: &[&str]) {
    write(database, async |work| {
        for id in ids {
            work.users().insert(&user(id, id, &[])).await?;
        }
        Ok(())
    })
    .await;
}

/// Adds an interview of `ada` and of nobody else.
pub(crate) async fn with_session(database: &Database, number: u128) -> SessionId {
    write(database, async |work| {
        work.users().insert(&user("ada", "Ada", &[])).await?;
        work.sessions().insert(&session(number, "ada")).await
    })
    .await;
    SessionId(id(number))
}
