//! The use cases: who may do what, the one-active-session rule, LiveKit, and the follow-up work. REST, sockets, webhooks
//! and timers all call the same commands here, so that no rule lives in an adapter.
//!
//! A command decides by the domain's rules, writes state, event and job rows in one unit of work, and only after the
//! commit wakes the relay, which tells everyone. This crate must never know actix, a wire protocol, SQL or the
//! environment.
//!
//! To add a command: a file in the folder of the thing it changes, with one public method of [`Services`] in it.

mod admin;
mod analyses;
mod artifacts;
mod blob;
mod calendar;
mod classes;
mod error;
mod idempotency;
mod identity;
mod jobs;
pub mod media;
mod notifications;
mod peers;
mod ports;
mod presence;
mod principal;
mod purge;
mod readiness;
mod relay;
mod rooms;
mod service_keys;
mod services;
mod sessions;
mod topics;
mod under_key;
mod wakes;

pub use admin::{JobRow, NodeRow, Stats};
pub use analyses::{AnalyserSettings, AnalysisNews, AnalysisView};
pub use artifacts::{ArtifactLimits, ContentLink, NewArtifact, OpenArtifact, Received, Upload};
pub use blob::{BlobReader, BlobStore, BlobWriter, DiskBlobs, S3Blobs, S3Settings};
pub use classes::{
    ClassDetails, CreateClass, EnrolEntry, EnrolmentReport, Invitation, Newcomer, PatchClass, RefusedEntry, StudentRow,
};
pub use error::{Refused, ServiceError};
pub use idempotency::{Claim, ClaimedKey, IdempotencyKey, KeyOwner, StoredAnswer};
pub use identity::{
    ChangePassword, IdentitySettings, OidcSettings, ProfilePatch, PutUser, Register, Registration, SignedIn, Ticket,
};
pub use media::{
    LivekitMedia, LivekitReadiness, LivekitSettings, Media, MediaError, MediaRoomPlace, MediaToken, NoMedia,
};
pub use notifications::SentNotification;
pub use peers::{RedisReadiness, RedisSettings};
pub use ports::{Clock, IdSource, SystemClock, SystemIds};
pub use presence::OpenSockets;
pub use principal::{Principal, Requester};
pub use readiness::Readiness;
pub use relay::RelayStart;
pub use rooms::{Entered, Welcome};
pub use service_keys::CreatedServiceKey;
pub use services::{Page, Paged, Rows, ServiceSettings, Services};
pub use sessions::{AttendanceRow, CanJoin, CreateSession, ListSessions, PatchSession, SessionSort};
pub use topics::ResumePoint;
pub use under_key::under_key;
