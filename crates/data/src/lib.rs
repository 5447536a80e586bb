//! Storage: SeaORM entities, repositories and the unit of work, one code base for SQLite and PostgreSQL.
//!
//! Repositories only store; they decide nothing. "Not found" is `None`. SeaORM's types and `DbErr` never leave this
//! crate. Every write goes through [`Database::begin`], which is the one place where a transaction starts; on SQLite it
//! begins IMMEDIATE, because a deferred one that reads before it writes fails under load (92 to 95 of 200 concurrent
//! transactions did, with "database is locked", against none).
//!
//! To add a repository: an entity, a file in `repository/`, and its line in the macro call in `store.rs`.

mod address;
mod convert;
mod database;
mod entity;
mod error;
mod executor;
mod gather;
mod pool;
mod repository;
mod store;
mod together;

pub use address::check_url;
pub use database::{Database, DatabaseSettings, UnitOfWork};
pub use error::DataError;
pub use repository::{
    AnalysisRepository, ArtifactRepository, ByPosition, ChatRepository, ChatRow, ClassRepository, Credential,
    CredentialRepository, Enrolment, EventRepository, IdempotencyClaim, IdempotencyRepository, IdempotencyRow,
    InboxRepository, Invitation, Job, JobRepository, JobRow, LivekitParticipant, LivekitRepository, LivekitRoom,
    NewEvent, NewJob, NewRows, NodeRow, NotificationRepository, ParticipantRepository, PollRepository, PollRow,
    PresenceRepository, RefreshToken, RefreshTokenRepository, RollEntry, RollRepository, RoomConnectionRepository,
    RoomConnectionRow, RoomEventRepository, RoomHand, RoomHandRepository, RoomMemberRow, RoomRepository, RoomRow,
    ServiceKeyRepository, SessionFilter, SessionParts, SessionRepository, SessionSort, Shown, Ticket, TicketRepository,
    UserRepository,
};
pub use store::Store;
pub use together::parts_of;
