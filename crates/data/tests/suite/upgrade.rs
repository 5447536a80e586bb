//! A database of the first schema, with what it held, serves this version once it is migrated.

use mockly_data::Store as _;
use mockly_domain::{ArtifactId, EndReason, EventId, ParticipantStatus, SessionId, SessionStatus, Timestamp, UserRole};
use mockly_migrations::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};

use crate::support::{Backend, TestDatabase, at, id, run, user_id};

/// What the first schema held: an account, somebody of another issuer, an interview that has ended with its events and a
/// recording, and one to come with a job that waits. `#1` is the id with that number.
const FIRST: &[&str] = &[
    "INSERT INTO users VALUES ('ada', NULL, 'Ada', 'ada@example.org', NULL, ',TEACHER,', NULL, 1000000, 2000000)",
    "INSERT INTO users VALUES ('bob', 'OIDC', 'Bob', NULL, NULL, ',MEMBER,', 7000000, 1000000, 1000000)",
    "INSERT INTO credentials VALUES ('ada', 'ada@example.org', 'a hash')",
    "INSERT INTO sessions VALUES (#1, 'INTERVIEW', 'ENDED', 'First', 'Once', 'ada', 3000000, 3000000, 4000000, 5000000, \
     'ENDED', 60, 'Europe/Berlin', 2, 'OPEN', TRUE, FALSE, TRUE, 4000000, 3, 2, 1000000, 5000000)",
    "INSERT INTO sessions VALUES (#2, 'INTERVIEW', 'SCHEDULED', 'Next', NULL, 'ada', 9000000, 9000000, NULL, NULL, NULL, \
     30, 'UTC', 2, 'OPEN', TRUE, TRUE, TRUE, NULL, 1, 1, 1000000, 1000000)",
    "INSERT INTO session_participants VALUES (#3, #1, 'ada', 'INTERVIEWER', 'LEFT', TRUE, NULL, 4000000, 5000000, 5000000)",
    "INSERT INTO session_participants VALUES (#4, #1, 'bob', 'CANDIDATE', 'LEFT', TRUE, NULL, 4000000, 5000000, 5000000)",
    "INSERT INTO session_participants VALUES (#5, #2, 'bob', 'CANDIDATE', 'INVITED', TRUE, 'bob', NULL, NULL, NULL)",
    "INSERT INTO session_events (session_id, sequence, event_id, type, data, occurred_at, stored_at) \
     VALUES (#1, 1, #6, 'SESSION_CREATED', '{}', 1000000, 1000000)",
    "INSERT INTO session_events (session_id, sequence, event_id, type, data, occurred_at, stored_at) \
     VALUES (#1, 2, #7, 'SESSION_ENDED', '{}', 5000000, 5000000)",
    "INSERT INTO artifacts VALUES (#8, #1, 'AUDIO_MIXED', '/api/sessions/x/artifacts/y/content', 'a.wav', 'audio/wav', 60, \
     1024, '0000000000000000000000000000000000000000000000000000000000000000', 5000000)",
    "INSERT INTO jobs VALUES (#9, 'end_room', NULL, '{}', 9000000, 0, NULL, NULL, NULL, NULL, 1000000)",
];

async fn fill(connection: &DatabaseConnection, backend: Backend) {
    for statement in FIRST {
        let mut pieces = statement.split('#');
        let mut sql = pieces.next().unwrap().to_owned();
        for piece in pieces {
            let (number, rest) = piece.split_at(1);
            let id = id(number.parse().unwrap());
            let id = match backend {
                Backend::Sqlite => format!("X'{}'", id.simple()),
                Backend::Postgres => format!("'{id}'"),
            };
            sql += &id;
            sql += rest;
        }
        connection.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

async fn serves_after_every_change(home: &TestDatabase, backend: Backend) {
    let connection = home.raw().await;
    Migrator::up(&connection, Some(1)).await.unwrap();
    fill(&connection, backend).await;
    // One at a time, as somebody who takes every release would.
    for _ in 1..Migrator::migrations().len() {
        Migrator::up(&connection, Some(1)).await.unwrap();
    }
    connection.close().await.unwrap();

    let database = home.connect().await;
    assert!(database.is_up_to_date().await.unwrap());
    let ada = database.users().find(&user_id("ada")).await.unwrap().unwrap();
    assert_eq!((ada.display_name.as_str(), ada.roles.as_slice()), ("Ada", [UserRole::Teacher].as_slice()));
    let (first, place) = database.find_session_with_place(SessionId(id(1)), &user_id("bob")).await.unwrap().unwrap();
    assert_eq!(
        (first.title.as_str(), first.status, first.ended_at),
        ("First", SessionStatus::Ended, Some(Timestamp::from_secs(5)))
    );
    assert_eq!(first.end_reason, Some(EndReason::Ended));
    assert_eq!(place.unwrap().status, ParticipantStatus::Left);
    let events = database.events().list_of_session(SessionId(id(1)), 0, 10).await.unwrap();
    assert_eq!(events.iter().map(|event| event.event_id).collect::<Vec<_>>(), [EventId(id(6)), EventId(id(7))]);
    let recording = database.artifacts().find(ArtifactId(id(8))).await.unwrap().unwrap();
    assert_eq!((recording.file_name.as_str(), recording.size_bytes), ("a.wav", 1024));
    let next = database.sessions().find(SessionId(id(2))).await.unwrap().unwrap();
    assert_eq!((next.status, next.duration_min), (SessionStatus::Scheduled, 30));
    let work = database.begin().await.unwrap();
    let due = work.jobs().take_due(at(0), at(60), id(10), 10).await.unwrap();
    assert_eq!(due.iter().map(|job| job.kind.as_str()).collect::<Vec<_>>(), ["end_room"]);
}

#[test]
fn serves_after_every_change_on_sqlite() {
    run(Backend::Sqlite, async |home| serves_after_every_change(home, Backend::Sqlite).await);
}

#[test]
fn serves_after_every_change_on_postgres() {
    run(Backend::Postgres, async |home| serves_after_every_change(home, Backend::Postgres).await);
}
