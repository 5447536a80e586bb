//! What a session looks like from outside: `SessionResponse` and its parts. It stands here because REST answers it and
//! every event carries it, and both must be the same.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Admission, Artifact, ArtifactId, ArtifactType, Class, ClassId, ClassType, EndReason, Lesson, MediaPolicy,
    Participant, ParticipantId, ParticipantRole, ParticipantStatus, PublicUrl, Session, SessionId, SessionKind,
    SessionStatus, Timestamp, UserId,
};

/// A session, the same for every reader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionResponse)]
pub struct SessionView {
    /// Id.
    pub id: SessionId,
    /// The same id under the name that earlier clients read.
    pub session_id: SessionId,
    /// What it is for.
    pub kind: SessionKind,
    /// Where it stands.
    pub status: SessionStatus,
    /// Heading.
    pub title: String,
    /// Text below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Of a CLASS: what it is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub class_type: Option<ClassType>,
    /// Of a CLASS: the class; left out once the class was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_id: Option<ClassId>,
    /// Of a CLASS: the class's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_name: Option<String>,
    /// Of a CLASS: who teaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teacher_id: Option<UserId>,
    /// Of a CLASS: the teacher's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teacher_name: Option<String>,
    /// Who made it.
    pub created_by: UserId,
    /// Their name.
    pub creator_display_name: String,
    /// When it is planned to start.
    pub scheduled_at: Timestamp,
    /// `startedAt`, else `scheduledAt`.
    pub starts_at: Timestamp,
    /// When it became ACTIVE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended or was canceled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The same as `endedAt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<EndReason>,
    /// Planned length in minutes.
    pub duration: u32,
    /// IANA time zone of the organiser.
    pub time_zone: String,
    /// How many distinct users may be in at once.
    pub max_participants: u32,
    /// How many distinct users are present now.
    pub participant_count: u32,
    /// Who gets in without being asked for.
    pub admission: Admission,
    /// What those who are not host may publish.
    pub media: MediaPolicy,
    /// Always `livekit`.
    pub room_provider: String,
    /// Name of the LiveKit room.
    pub room_id: String,
    /// The page on which it takes place, absolute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting_url: Option<String>,
    /// The door of its room, absolute and without a token.
    pub websocket_url: String,
    /// Counts edits and status changes; the `ETag`.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// At most 50 of its participants.
    pub participants: Vec<ParticipantView>,
    /// Its files.
    pub artifacts: Vec<ArtifactView>,
}

/// One participant of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionParticipantResponse)]
pub struct ParticipantView {
    /// Id of this place.
    pub id: ParticipantId,
    /// Session.
    pub session_id: SessionId,
    /// User.
    pub user_id: UserId,
    /// The user's name.
    pub user_name: String,
    /// The same.
    pub user_display_name: String,
    /// The user's picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_avatar_url: Option<String>,
    /// Role in the session.
    pub role: ParticipantRole,
    /// The same under the name that earlier clients read.
    pub role_in_session: ParticipantRole,
    /// Where the participant stands.
    pub status: ParticipantStatus,
    /// When they first joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joined_at: Option<Timestamp>,
    /// When they last left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_at: Option<Timestamp>,
    /// When they were last seen anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
    /// Whether they are present now.
    pub online: bool,
    /// Whether their hand is up.
    pub is_hand_raised: bool,
}

impl ParticipantView {
    /// Joins a participant with the user's profile and presence.
    pub fn new(
        participant: &Participant,
        name: String,
        avatar_url: Option<String>,
        online: bool,
        is_hand_raised: bool,
    ) -> Self {
        Self {
            id: participant.id,
            session_id: participant.session_id,
            user_id: participant.user_id.clone(),
            user_name: name.clone(),
            user_display_name: name,
            user_avatar_url: avatar_url,
            role: participant.role,
            role_in_session: participant.role,
            status: participant.status,
            joined_at: participant.joined_at,
            left_at: participant.left_at,
            last_seen_at: participant.last_seen_at,
            online,
            is_hand_raised,
        }
    }
}

/// One file of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ArtifactResponse)]
pub struct ArtifactView {
    /// Id.
    pub id: ArtifactId,
    /// Session.
    pub session_id: SessionId,
    /// What it is.
    #[serde(rename = "type")]
    pub artifact_type: ArtifactType,
    /// Where to read its bytes.
    pub storage_url: String,
    /// The name it was given.
    pub file_name: String,
    /// Media type.
    pub content_type: String,
    /// Length of the recording in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_sec: Option<i64>,
    /// Size in bytes.
    pub size_bytes: i64,
    /// Hex digest of the bytes.
    pub sha256: String,
    /// Who added it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploaded_by: Option<UserId>,
    /// When it was stored.
    pub created_at: Timestamp,
}

impl ArtifactView {
    /// A file as everyone sees it.
    pub fn new(artifact: &Artifact, public_url: &PublicUrl) -> Self {
        Self {
            id: artifact.id,
            session_id: artifact.session_id,
            artifact_type: artifact.artifact_type,
            storage_url: public_url.resolve(&artifact.storage_url),
            file_name: artifact.file_name.clone(),
            content_type: artifact.content_type.clone(),
            duration_sec: artifact.duration_sec,
            size_bytes: artifact.size_bytes,
            sha256: artifact.sha256.clone(),
            uploaded_by: artifact.uploaded_by.clone(),
            created_at: artifact.created_at,
        }
    }
}

impl SessionView {
    /// Joins a session with its creator's name, its participants, its files and its addresses.
    pub fn new(
        session: &Session,
        creator_display_name: String,
        participant_count: u32,
        participants: Vec<ParticipantView>,
        artifacts: Vec<ArtifactView>,
        public_url: &PublicUrl,
    ) -> Self {
        Self {
            id: session.id,
            session_id: session.id,
            kind: session.kind,
            status: session.status,
            title: session.title.clone(),
            description: session.description.clone(),
            class_type: None,
            class_id: None,
            class_name: None,
            teacher_id: None,
            teacher_name: None,
            created_by: session.created_by.clone(),
            creator_display_name,
            scheduled_at: session.scheduled_at,
            starts_at: session.started_at.unwrap_or(session.scheduled_at),
            started_at: session.started_at,
            ended_at: session.ended_at,
            ends_at: session.ended_at,
            end_reason: session.end_reason,
            duration: session.duration_min,
            time_zone: session.time_zone.clone(),
            max_participants: session.max_participants,
            participant_count,
            admission: session.admission,
            media: session.media,
            room_provider: "livekit".to_owned(),
            room_id: session.livekit_room_name(),
            meeting_url: public_url.meeting_of(session),
            websocket_url: public_url.websocket_of(session),
            version: session.version,
            created_at: session.created_at,
            updated_at: session.updated_at,
            participants,
            artifacts,
        }
    }

    /// Adds what a session of a class has besides.
    #[must_use]
    pub fn with_lesson(mut self, lesson: &Lesson, class: Option<&Class>, teacher_name: String) -> Self {
        self.class_type = Some(lesson.class_type);
        self.class_id = lesson.class_id;
        self.class_name = class.map(|class| class.name.clone()).or_else(|| lesson.class_name.clone());
        self.teacher_id = Some(lesson.teacher_id.clone());
        self.teacher_name = Some(teacher_name);
        self
    }
}
