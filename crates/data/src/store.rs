//! Where repositories come from: the pool (each statement on its own) or a unit of work (all in its transaction).

use crate::database::{Database, UnitOfWork};
use crate::repository::{
    AnalysisRepository, ArtifactRepository, ChatRepository, ClassRepository, CredentialRepository, EventRepository,
    IdempotencyRepository, InboxRepository, JobRepository, LivekitRepository, NotificationRepository,
    ParticipantRepository, PollRepository, PresenceRepository, RefreshTokenRepository, RollRepository,
    RoomConnectionRepository, RoomEventRepository, RoomHandRepository, RoomRepository, ServiceKeyRepository,
    SessionRepository, TicketRepository, UserRepository,
};

macro_rules! store {
    ($($(#[$meta:meta])* $method:ident: $repository:ident),+ $(,)?) => {
        /// The repositories, over the pool or within a unit of work.
        pub trait Store: Sync {
            $($(#[$meta])* fn $method(&self) -> $repository<'_>;)+
        }

        impl Store for Database {
            $(fn $method(&self) -> $repository<'_> { $repository { db: self.executor() } })+
        }

        impl Store for UnitOfWork {
            $(fn $method(&self) -> $repository<'_> { $repository { db: self.executor() } })+
        }
    };
}

store!(
    /// Users.
    users: UserRepository,
    /// Classes, their students and invitations.
    classes: ClassRepository,
    /// Passwords of own accounts.
    credentials: CredentialRepository,
    /// Refresh tokens.
    refresh_tokens: RefreshTokenRepository,
    /// Keys of other services.
    service_keys: ServiceKeyRepository,
    /// Socket tickets.
    tickets: TicketRepository,
    /// Idempotency keys.
    idempotency: IdempotencyRepository,
    /// Sessions.
    sessions: SessionRepository,
    /// Participants.
    participants: ParticipantRepository,
    /// Session events.
    events: EventRepository,
    /// Artifacts.
    artifacts: ArtifactRepository,
    /// Analyses of recordings.
    analyses: AnalysisRepository,
    /// Follow-up work.
    jobs: JobRepository,
    /// LiveKit's rooms and participants.
    livekit: LivekitRepository,
    /// Notifications to users.
    notifications: NotificationRepository,
    /// Webhooks that took effect.
    inbox: InboxRepository,
    /// Nodes and who is connected to them.
    presence: PresenceRepository,
    /// Who takes part in sessions, and who is there.
    roll: RollRepository,
    /// Rooms and their members.
    rooms: RoomRepository,
    /// Connections at the doors of rooms.
    room_connections: RoomConnectionRepository,
    /// Events of rooms.
    room_events: RoomEventRepository,
    /// Raised hands.
    hands: RoomHandRepository,
    /// Chat messages.
    chat: ChatRepository,
    /// Polls.
    polls: PollRepository,
);
