//! The vocabulary and the rules of Mockly: entities, enums, ids, decisions as plain functions, domain events and the
//! one registry of error codes.
//!
//! This crate must never do I/O, read a clock, make an id or know a framework: whoever calls it hands in what it needs.
//! That is what makes every rule testable with a table of values.
//!
//! To add a rule: a function from values to a decision in the module of the thing it decides about, with its table of
//! cases below it. To add an error: one line in [`error::ErrorCode`]; every edge then fails to compile until it has
//! decided what the code looks like on its wire.

#![warn(clippy::indexing_slicing, clippy::string_slice)]

mod wire_enum;

pub mod access;
pub mod analysis;
pub mod analytics;
pub mod artifact;
pub mod attendance;
pub mod class;
pub mod error;
pub mod event;
pub mod id;
pub mod job;
pub mod join;
pub mod lifecycle;
pub mod link;
pub mod notification;
pub mod participant;
pub mod room;
pub mod service_key;
pub mod session;
pub mod timestamp;
pub mod user;
pub mod view;

pub use analysis::{Analysis, AnalysisStatus};
pub use artifact::{Artifact, ArtifactType};
pub use class::{Class, ClassType, Lesson};
pub use error::{ErrorCode, FieldError};
pub use event::{EventType, SessionEvent};
pub use id::{
    AnalysisId, ArtifactId, ClassId, ConnectionId, EventId, InvitationId, JobId, MessageId, NodeId, NotificationId,
    ParticipantId, PollId, RoomId, ServiceKeyId, SessionId, UserId,
};
pub use job::JobState;
pub use link::PublicUrl;
pub use notification::Notification;
pub use participant::{Participant, ParticipantRole, ParticipantStatus};
pub use service_key::{ServiceKey, ServiceKeyScope};
pub use session::{Admission, EndReason, MediaPatch, MediaPolicy, Session, SessionKind, SessionStatus};
pub use timestamp::Timestamp;
pub use user::{User, UserRole, UserSource};
