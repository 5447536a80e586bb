//! Two people, a stranger and an admin on one node, and what tests ask about their sessions.

use std::sync::Arc;
use std::time::Duration;

use mockly_data::Store;
use mockly_domain::view::SessionView;
use mockly_domain::{
    ErrorCode, EventType, Participant, ParticipantStatus, Session, SessionEvent, SessionId, SessionStatus, Timestamp,
    User, UserId, UserRole,
};
use mockly_service::{
    BlobStore, CreateSession, DiskBlobs, Principal, Refused, ServiceError, ServiceSettings, Services,
};

use super::livekit::FakeLivekit;
use crate::support::{TestDatabase, TestWorld};

pub(crate) struct Stage {
    pub(crate) world: TestWorld,
    pub(crate) livekit: Arc<FakeLivekit>,
    /// Makes the sessions, as candidate.
    pub(crate) ada: Principal,
    /// Their interviewer, who is host.
    pub(crate) bob: Principal,
    /// Takes part in nothing.
    pub(crate) eve: Principal,
    pub(crate) admin: Principal,
}

impl Stage {
    pub(crate) async fn new(database: &TestDatabase) -> Self {
        Self::with_blobs(database, Arc::new(DiskBlobs::new(database.files())), |_settings| ()).await
    }

    /// The same with files elsewhere, and with other settings.
    pub(crate) async fn with_blobs(
        database: &TestDatabase,
        blobs: Arc<dyn BlobStore>,
        change: impl FnOnce(&mut ServiceSettings),
    ) -> Self {
        let livekit = Arc::new(FakeLivekit::new());
        let world = TestWorld::with_blobs(database, Arc::clone(&livekit) as _, blobs, change);
        let ada = somebody(&world, "ada", &[]).await;
        let bob = somebody(&world, "auth0|bob", &[UserRole::Teacher]).await;
        let eve = somebody(&world, "eve", &[]).await;
        let admin = somebody(&world, "admin", &[UserRole::Admin]).await;
        Self { world, livekit, ada, bob, eve, admin }
    }

    pub(crate) fn services(&self) -> &Services {
        &self.world.services
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// One more user.
    pub(crate) async fn user(&self, id: &str) -> Principal {
        somebody(&self.world, id, &[]).await
    }

    /// An interview that Ada made with Bob, for now.
    pub(crate) async fn interview(&self) -> SessionId {
        self.interview_with(|_defaults| ()).await
    }

    pub(crate) async fn interview_with(&self, change: impl FnOnce(&mut CreateSession)) -> SessionId {
        let mut request = with_interviewer(&self.bob);
        change(&mut request);
        self.services().create_session(&self.ada, request).await.unwrap().id
    }

    /// An interview that both have joined.
    pub(crate) async fn running_interview(&self) -> SessionId {
        let id = self.interview().await;
        for who in [&self.ada, &self.bob] {
            self.services().join_session(who, id, None).await.unwrap();
        }
        id
    }

    /// The row of a session.
    pub(crate) async fn session(&self, id: SessionId) -> Session {
        self.world.database.sessions().find(id).await.unwrap().expect("the session is there")
    }

    /// Changes a session behind the use cases' back.
    pub(crate) async fn rewrite(&self, id: SessionId, change: impl FnOnce(&mut Session)) {
        let work = self.world.database.begin().await.unwrap();
        let mut session = work.sessions().lock(id).await.unwrap().unwrap();
        change(&mut session);
        work.sessions().update(&session).await.unwrap();
        work.commit().await.unwrap();
    }

    pub(crate) async fn place(&self, id: SessionId, who: &Principal) -> Participant {
        self.world.database.participants().find(id, who.user_id()).await.unwrap().expect("takes part")
    }

    pub(crate) async fn status(&self, id: SessionId, who: &Principal) -> ParticipantStatus {
        self.place(id, who).await.status
    }

    pub(crate) async fn held_by(&self, who: &Principal) -> Option<SessionId> {
        self.world.database.participants().held_by(who.user_id()).await.unwrap()
    }

    /// The session's events, after checking what must hold of all of them: their sequence has no gap, their ids differ,
    /// and each carries the session as of then.
    pub(crate) async fn events(&self, id: SessionId) -> Vec<SessionEvent> {
        let events = self.world.database.events().list_of_session(id, 0, 10_000).await.unwrap();
        for (event, sequence) in events.iter().zip(1..) {
            assert_eq!(event.sequence, sequence, "a gap in the sequence");
            assert_eq!(view(event).id, id);
            assert!(events.iter().filter(|other| other.event_id == event.event_id).count() == 1);
            let body: serde_json::Value = serde_json::from_str(&event.body()).unwrap();
            assert_eq!(body["type"], event.event_type.as_str());
        }
        events
    }

    /// The types of the session's events.
    pub(crate) async fn story(&self, id: SessionId) -> Vec<EventType> {
        self.events(id).await.iter().map(|event| event.event_type).collect()
    }

    /// What the last event carries.
    pub(crate) async fn told(&self, id: SessionId) -> SessionView {
        view(self.events(id).await.last().expect("an event"))
    }

    /// On whose user topic the last event stands, in the order of their ids.
    pub(crate) async fn recipients_of_last(&self, id: SessionId) -> Vec<String> {
        let position = self.events(id).await.last().unwrap().position;
        let recipients = self.world.database.events().recipients(&[position]).await.unwrap();
        let mut ids: Vec<String> = recipients.into_iter().map(|(_, user)| user.to_string()).collect();
        ids.sort_unstable();
        ids
    }

    /// Lets time go by without anything being done.
    pub(crate) fn sleep(&self, time: Duration) {
        self.world.clock.advance(time);
    }

    /// Lets time go by and does what is due then; how many jobs that were.
    pub(crate) async fn pass(&self, time: Duration) -> usize {
        self.sleep(time);
        self.services().run_due_jobs().await.unwrap()
    }

    /// As [`Stage::pass`], to one second before the span is over.
    pub(crate) async fn pass_short_of(&self, span: Duration) -> usize {
        self.pass(span.saturating_sub(Duration::from_secs(1))).await
    }

    pub(crate) async fn assert_status(&self, id: SessionId, status: SessionStatus) {
        assert_eq!(self.session(id).await.status, status);
    }
}

/// A user with a token.
pub(crate) async fn somebody(world: &TestWorld, id: &str, roles: &[UserRole]) -> Principal {
    let now = world.now();
    let user = User {
        id: UserId::new(id).unwrap(),
        source: None,
        display_name: format!("Name of {id}"),
        email: None,
        email_verified: false,
        avatar_url: None,
        roles: roles.to_vec(),
        profile_issued_at: None,
        created_at: now,
        updated_at: now,
    };
    let work = world.database.begin().await.unwrap();
    work.users().insert(&user).await.unwrap();
    work.commit().await.unwrap();
    Principal { user, expires_at: now.plus(Duration::from_mins(15)) }
}

/// A request of an interview in which the caller is the candidate.
pub(crate) fn with_interviewer(interviewer: &Principal) -> CreateSession {
    CreateSession { interviewer_id: Some(interviewer.user_id().clone()), ..CreateSession::default() }
}

/// What an event carries.
pub(crate) fn view(event: &SessionEvent) -> SessionView {
    serde_json::from_str(&event.data).unwrap()
}

/// Why a rule said no.
#[track_caller]
pub(crate) fn refused<T>(result: Result<T, ServiceError>) -> Refused {
    match result {
        Err(ServiceError::Refused(refused)) => *refused,
        Err(other) => panic!("failed instead of refusing: {other:?}"),
        Ok(_) => panic!("not refused"),
    }
}

/// The code of whatever went wrong.
#[track_caller]
pub(crate) fn code<T>(result: Result<T, ServiceError>) -> ErrorCode {
    match result {
        Err(error) => error.code(),
        Ok(_) => panic!("not refused"),
    }
}
