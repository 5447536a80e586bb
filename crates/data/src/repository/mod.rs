//! One repository a table, or a pair of tables that belong together. They are plain types, since there is one SQL
//! adapter.

mod analysis;
mod artifact;
mod by_position;
mod chat;
mod class;
mod credential;
mod event;
mod idempotency;
mod inbox;
mod job;
mod livekit;
mod notification;
mod participant;
mod poll;
mod presence;
mod refresh_token;
mod roll;
mod room;
mod room_connection;
mod room_event;
mod room_hand;
mod service_key;
mod session;
mod ticket;
mod user;

pub use analysis::AnalysisRepository;
pub use artifact::ArtifactRepository;
pub use by_position::{ByPosition, NewRows};
pub use chat::{ChatRepository, ChatRow};
pub use class::{ClassRepository, Enrolment, Invitation};
pub use credential::{Credential, CredentialRepository};
pub use event::{EventRepository, NewEvent};
pub use idempotency::{IdempotencyClaim, IdempotencyRepository, IdempotencyRow};
pub use inbox::InboxRepository;
pub use job::{Job, JobRepository, JobRow, NewJob};
pub use livekit::{LivekitParticipant, LivekitRepository, LivekitRoom};
pub use notification::NotificationRepository;
pub use participant::ParticipantRepository;
pub use poll::{PollRepository, PollRow};
pub use presence::{NodeRow, PresenceRepository};
pub use refresh_token::{RefreshToken, RefreshTokenRepository};
pub use roll::{RollEntry, RollRepository, SessionParts, Shown};
pub use room::{RoomMemberRow, RoomRepository, RoomRow};
pub use room_connection::{RoomConnectionRepository, RoomConnectionRow};
pub use room_event::RoomEventRepository;
pub use room_hand::{RoomHand, RoomHandRepository};
pub use service_key::ServiceKeyRepository;
pub use session::{SessionFilter, SessionRepository, SessionSort};
pub use ticket::{Ticket, TicketRepository};
pub use user::UserRepository;

/// A repository: an executor and nothing else.
macro_rules! repository {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name<'c> {
            pub(crate) db: crate::executor::Executor<'c>,
        }
    };
}

use repository;

/// The values of an `IN`, filled up with the last one to a power of two: a statement of each length would be one more that
/// a connection has to keep prepared.
fn few_lengths<T: Clone>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.into_iter().collect();
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
}
