//! Sessions: one planned or running meeting each.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire_enum::wire_enum;
use crate::{Lesson, SessionId, Timestamp, UserId};

wire_enum!(
    /// What a session is for; decides its roles and rules.
    SessionKind {
        /// Two people, one of whom asks.
        Interview = "INTERVIEW",
        /// A booked meeting with a mentor.
        Mentoring = "MENTORING",
        /// A teacher and many students.
        Class = "CLASS",
    }
);

wire_enum!(
    /// Where a session stands: `SCHEDULED -> ACTIVE -> ENDED`, or `SCHEDULED -> CANCELED`.
    SessionStatus {
        /// Planned.
        Scheduled = "SCHEDULED",
        /// Running.
        Active = "ACTIVE",
        /// Over.
        Ended = "ENDED",
        /// Will not take place.
        Canceled = "CANCELED",
    }
);

impl SessionStatus {
    /// Whether the session can still be joined.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Scheduled | Self::Active)
    }
}

wire_enum!(
    /// Why a session ended or was canceled.
    EndReason {
        /// Somebody entitled ended it.
        Ended = "ENDED",
        /// Somebody entitled canceled it.
        Canceled = "CANCELED",
        /// Nobody had been connected for the configured time.
        Empty = "EMPTY",
        /// Nobody ever came.
        Expired = "EXPIRED",
        /// The host had been away for the configured time.
        HostAbsent = "HOST_ABSENT",
    }
);

wire_enum!(
    /// Who gets in without being asked for.
    Admission {
        /// Everyone who may join.
        Open = "OPEN",
        /// Hosts at once, everyone else when a host admits them.
        Knock = "KNOCK",
    }
);

/// What those who are not host may publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaPolicy {
    /// Microphone.
    pub microphone: bool,
    /// Camera.
    pub camera: bool,
    /// Screen.
    pub screen_share: bool,
}

impl MediaPolicy {
    /// The policy with what a patch names; the rest stays.
    #[must_use]
    pub fn with(self, patch: MediaPatch) -> Self {
        Self {
            microphone: patch.microphone.unwrap_or(self.microphone),
            camera: patch.camera.unwrap_or(self.camera),
            screen_share: patch.screen_share.unwrap_or(self.screen_share),
        }
    }
}

/// What those who are not host may publish, as far as it is named; what is left out stays as it is, or as the kind of
/// session has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaPatch {
    /// Microphone.
    pub microphone: Option<bool>,
    /// Camera.
    pub camera: Option<bool>,
    /// Screen.
    pub screen_share: Option<bool>,
}

impl Default for MediaPolicy {
    fn default() -> Self {
        Self { microphone: true, camera: true, screen_share: true }
    }
}

/// A session as the rules see one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Id.
    pub id: SessionId,
    /// What it is for.
    pub kind: SessionKind,
    /// Where it stands.
    pub status: SessionStatus,
    /// Heading.
    pub title: String,
    /// Text below it.
    pub description: Option<String>,
    /// Who made it.
    pub created_by: UserId,
    /// When it is planned to start.
    pub scheduled_at: Timestamp,
    /// When it was last given a new time; its creation where never.
    pub rescheduled_at: Timestamp,
    /// When it became ACTIVE.
    pub started_at: Option<Timestamp>,
    /// When it ended or was canceled.
    pub ended_at: Option<Timestamp>,
    /// Why it did.
    pub end_reason: Option<EndReason>,
    /// Planned length in minutes.
    pub duration_min: u32,
    /// IANA name of the organiser's time zone.
    pub time_zone: String,
    /// How many distinct users may be in at once.
    pub max_participants: u32,
    /// Who gets in without being asked for.
    pub admission: Admission,
    /// What those who are not host may publish.
    pub media: MediaPolicy,
    /// Of a CLASS: what it is a session of.
    pub lesson: Option<Lesson>,
    /// When somebody was first connected while it was ACTIVE.
    pub first_connected_at: Option<Timestamp>,
    /// Counts edits and status changes; what `ETag` carries.
    pub version: i64,
    /// Sequence of the newest event.
    pub last_sequence: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Session {
    /// Name of the LiveKit room that carries the session's media.
    pub fn livekit_room_name(&self) -> String {
        livekit_room_name(self.id)
    }

    /// When the session is planned to be over.
    pub fn planned_end(&self) -> Timestamp {
        self.scheduled_at.plus(Duration::from_secs(u64::from(self.duration_min) * 60))
    }
}

/// Name of a session's LiveKit room: `session-<id>`.
pub fn livekit_room_name(id: SessionId) -> String {
    format!("session-{id}")
}

/// The session a LiveKit room belongs to; `None` where the room is not ours.
pub fn session_of_livekit_room(name: &str) -> Option<SessionId> {
    name.strip_prefix("session-")?.parse().ok()
}
